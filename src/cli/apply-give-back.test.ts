// Queues that a desired state gives back to the host's drivers, on a mounted lab: by masks and by overrides, beside guests that run, with
// what it costs, a yes where a guest loses, and nothing to do when it is done.
import assert from "node:assert/strict";
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { apmatrix, type CommandOptions, killLabs, labUp } from "../testing/support/lab-command.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const [TILL, BANK] = ["e1a4f0d2-0b7e-4c8e-8f00-5a61d3e90001", "e2a4f0d2-0b7e-4c8e-8f00-5a61d3e90002"];
const QUEUES = ["20.0006", "20.0007", "21.0006", "21.0007", "22.0006", "22.0007"];
const HOST = `
cards: [{ id: 0x20, type: CEX8C }, { id: 0x21, type: CEX8P }, { id: 0x22, type: CEX8C }]
domains: [0x06, 0x07]
mdevs:
  - { uuid: ${TILL}, adapters: [0x20], domains: [0x06, 0x07], guest: till }
  - { uuid: ${BANK}, adapters: [0x21], domains: [0x06] }
`;
const MASKS = 'masks: { apmask: "-0x20,-0x21,-0x22" }\n';
const OVERRIDES = `overrides: { ${QUEUES.slice(0, 5)
  .map((queue) => `"${queue}": vfio_ap`)
  .join(", ")} }\n`;
const KEPT = `mdevs: [{ uuid: ${TILL}, adapters: [0x20], domains: [6, 7] }]\n`;
const LESS = `mdevs: [{ uuid: ${TILL}, adapters: [0x20], domains: [6] }]\n`;

const skip = await mountSkip();
const parent = temporaryDirectory();
after(killLabs);

describe("give_back on a mounted lab", { skip }, () => {
  /** @returns how each apply ended, and which queues the host has then */
  async function given(host: string, desired: string, ...words: readonly (readonly string[])[]) {
    const directory = freshDirectory(parent);
    const options: CommandOptions = { run: freshDirectory(parent, "run"), directory };
    const sys = freshDirectory(directory, "sys");
    writeFileSync(join(directory, "host.yaml"), HOST + host);
    writeFileSync(join(directory, "want.yaml"), desired);
    const lab = await labUp(["host.yaml", "--mount", sys, "--no-timer"], options);
    const ends = [];
    for (const more of words)
      ends.push(await apmatrix(["apply", "want.yaml", "--from", sys, "--lock", "lock", ...more], options));
    const ofHost = QUEUES.filter((queue) => {
      try {
        return readlinkSync(join(sys, "bus/ap/devices", queue, "driver")).endsWith("/cex4queue");
      } catch {
        return false;
      }
    });
    const overrides = QUEUES.map((queue) =>
      readFileSync(join(sys, "devices/ap", `card${queue.slice(0, 2)}`, queue, "driver_override"), "utf8").trim(),
    );
    await lab.stop();
    return { ends, ofHost, overrides };
  }

  it("by masks gives what no mdev wants, where no bit takes a queue from an mdev, and says what stays", async () => {
    const { ends, ofHost } = await given(MASKS, `${KEPT}host: { give_back: unused }\n`, ["--dry-run"], [], []);
    const [shown, done, again] = ends;
    assert.match(
      shown?.stdout ?? "",
      /= not back to the host, as a bit of a mask would take queues from mdevs: 21\.0007\n/,
    );
    assert.match(shown?.stdout ?? "", /\+ the host gets 22\.0006 22\.0007, reset by its drivers\n/);
    assert.match(done?.stdout ?? "", /^1\/1 bus\/ap\/apmask \+0x22 {2}ok\nApplied: 1 write\.$/m);
    assert.match(again?.stdout ?? "", /^Nothing to do/m);
    assert.deepEqual(ofHost, ["22.0006", "22.0007"]);
  });

  it("by overrides gives each queue alone, and asks before a guest loses the one that goes back", async () => {
    const desired = `${LESS}host: { give_back: [20.0007, 22.0006] }\n`;
    const { ends, ofHost, overrides } = await given(OVERRIDES, desired, [], ["--allow-loss", "all"], []);
    const [asked, done, again] = ends;
    assert.equal(asked?.code, 1);
    assert.match(
      asked?.stderr ?? "",
      /running guests would lose queues, and what is in them: \S+ 2 -> 1; nothing was written/,
    );
    assert.equal(done?.code, 0, done?.stderr);
    assert.match(done?.stdout ?? "", /devices\/ap\/card20\/20\.0007\/driver_override "" {2}ok$/m);
    assert.match(again?.stdout ?? "", /^Nothing to do/m);
    assert.deepEqual(
      [ofHost, overrides],
      [
        ["20.0007", "22.0006", "22.0007"],
        ["vfio_ap", "", "vfio_ap", "vfio_ap", "", ""],
      ],
    );
  });

  it("together with queues that go to a guest does both, and takes nothing from whom it keeps", async () => {
    const desired = `mdevs: [{ uuid: ${TILL}, adapters: [0x20, 0x22], domains: [6, 7] }]\nhost: { give_back: unused, free_by: overrides }\n`;
    const { ends, ofHost } = await given(OVERRIDES, desired, ["--dry-run"], [], []);
    const [shown, done, again] = ends;
    assert.match(shown?.stdout ?? "", /guests that end with fewer queues: 0; queues lost for a time: 0/);
    assert.equal(done?.code, 0, done?.stderr);
    assert.match(again?.stdout ?? "", /^Nothing to do/m);
    assert.deepEqual(ofHost, ["21.0007"]);
  });
});
