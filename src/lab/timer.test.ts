// The scans that a lab makes by itself.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { hostNamed } from "../testing/support/hosts.ts";
import { Lab } from "./lab.ts";
import { startTimer } from "./timer.ts";

describe("the timer of a lab", () => {
  let lab: Lab;
  let timer: ReturnType<typeof startTimer>;
  let bugs: unknown[];
  let before: number;
  const scans = () => Number(lab.player.sysfs.read("bus/ap/scans").ok && lab.player.host.state.get("scans")) - before;

  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    lab = new Lab({ name: "lab", profile: DEFAULT_PROFILE, beginning: hostNamed("kernel-doc"), journal: undefined });
    before = lab.player.host.state.get("scans");
    bugs = [];
    timer = startTimer(lab, (bug) => bugs.push(bug));
  });
  afterEach(() => {
    timer.stop();
    mock.timers.reset();
  });

  it("scans every config_time seconds", () => {
    mock.timers.tick(29_999);
    assert.equal(scans(), 0);
    mock.timers.tick(1);
    assert.equal(scans(), 1);
    mock.timers.tick(30_000);
    assert.equal(scans(), 2);
  });

  it("begins to count anew when config_time is written, and again when the write is refused", () => {
    const write = (value: string) => lab.apply({ op: "write", path: "bus/ap/config_time", value });
    mock.timers.tick(20_000);
    write("5");
    mock.timers.tick(4_999);
    assert.equal(scans(), 0);
    mock.timers.tick(1);
    assert.equal(scans(), 1);
    assert.equal(write("4").r, "EINVAL");
    mock.timers.tick(5_000);
    assert.equal(scans(), 2);
  });

  it("is still when it is stopped", () => {
    timer.stop();
    mock.timers.tick(100_000);
    assert.equal(scans(), 0);
  });

  it("tells what goes wrong, and goes on", () => {
    lab.apply = () => {
      throw new Error("the journal is full");
    };
    mock.timers.tick(30_000);
    mock.timers.tick(30_000);
    assert.deepEqual(
      bugs.map((bug) => (bug as Error).message),
      ["the journal is full", "the journal is full"],
    );
  });
});
