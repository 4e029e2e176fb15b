// A host where the module vfio_ap is not loaded: every command says so, and none plans what cannot be written.
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isOfVfioAp } from "../answers/boot/boot-tree.ts";
import { parseHostDescription } from "../formats/description/host-description.ts";
import { hostOperations } from "../formats/description/host-operations.ts";
import { Player } from "../system/trace/player.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { copyToDirectory } from "../testing/support/copy-tree.ts";
import { apmatrix } from "../testing/support/lab-command.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const parent = temporaryDirectory();
const UUID = "5a6b7c8d-2222-4333-8444-99990000aaaa";

/** A copy of its /sys, as long as vfio_ap is not there. */
function unloaded(masks: string): string {
  const machine = parseHostDescription(`cards: [{ id: 0x0e, type: CEX6C }]\ndomains: [2, 0x21]\n${masks}`, "host");
  assert.ok(machine.ok);
  const player = new Player(DEFAULT_PROFILE);
  for (const [i, operation] of hostOperations(machine.value).entries()) player.apply(operation, i + 1);
  const directory = freshDirectory(parent);
  mkdirSync(join(directory, "sys"));
  copyToDirectory(player.sysfs, join(directory, "sys"));
  for (const path of [
    "devices/vfio_ap",
    "bus/matrix",
    "bus/mdev",
    "class/mdev_bus",
    "module/vfio_ap",
    "bus/ap/drivers/vfio_ap",
  ]) {
    assert.ok(isOfVfioAp(path), path);
    rmSync(join(directory, "sys", path), { recursive: true });
  }
  writeFileSync(
    join(directory, "want.yaml"),
    `mdevs: [{ uuid: ${UUID}, adapters: [14], domains: [0x21] }]\nhost: { free_by: masks }\n`,
  );
  return directory;
}

const LOADS = "vfio_ap is not loaded; modprobe vfio_ap loads it";

describe("a host without vfio_ap", () => {
  const own = (masks = "") => {
    const directory = unloaded(masks);
    return (...words: string[]) => apmatrix([...words, "--from", "sys"], { run: directory, directory });
  };

  it("answers ENOENT to every write below vfio_ap, and to others what it would", async () => {
    const on = own();
    for (const [path, value] of [
      ["devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create", UUID],
      ["/sys/bus/ap/drivers/vfio_ap/bind", "0e.0021"],
      [`bus/mdev/devices/${UUID}/remove`, "1"],
    ] as const)
      assert.equal((await on("explain-write", path, value)).stdout, `ENOENT\n  there is no such file: ${LOADS}\n`);
    assert.equal((await on("explain-write", "bus/ap/apmask", "-14")).stdout, "succeeds\n");
    const json = (await on("explain-write", "bus/ap/drivers/vfio_ap/bind", "0e.0021", "--format", "json")).stdout;
    assert.deepEqual(JSON.parse(json), { errno: "ENOENT", offenders: [], fix: null, needs: "modprobe vfio_ap" });
  });

  it("gets no plan that needs it, and one that does not", async () => {
    for (const masks of ["", 'masks: { apmask: "-14" }\n']) {
      const { code, stdout, stderr } = await own(masks)("plan", "want.yaml", "--out", "plan.jsonl");
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(
        stderr,
        new RegExp(`^apmatrix: sys: /sys/devices/vfio_ap/\\S+ is not there: ${LOADS}; then try again$`, "m"),
      );
    }
    const directory = unloaded("");
    writeFileSync(join(directory, "none.yaml"), "mdevs: []\n");
    assert.equal((await apmatrix(["plan", "none.yaml", "--from", "sys"], { run: directory, directory })).code, 0);
  });

  it("is shown as what it is, also by status", async () => {
    const on = own();
    assert.match((await on("show")).stdout, /^1 card, 2 queues, 2 of 2 bound \(complete\), vfio_ap is not loaded$/m);
    assert.equal(
      (JSON.parse((await on("show", "--format", "json")).stdout) as { vfio_ap_loaded: boolean }).vfio_ap_loaded,
      false,
    );
    assert.match(
      (await on("status", "want.yaml", "--root", ".")).stdout,
      /^vfio_ap is not loaded now, so there are no mdevs/m,
    );
  });
});
