// What export writes, given to the tools that it is for: a shell, chzdev, mdevctl. On a lab that has just booted they bring it to where
// the described host is.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { compareObserved } from "../../sources/compare-observed.ts";
import { directorySysfs } from "../../sources/directory-sysfs.ts";
import { openSource } from "../../sources/open-source.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import { PROGRAM } from "../support/program.ts";
import { LabProcess } from "./lab-process.ts";
import { run } from "./run-tool.ts";
import { mdevctl14, zdev } from "./s390-tools.ts";
import { canMount, fetchedTools, ROOT, unless } from "./tools.ts";

/** Two cards and their domains as after boot; and what becomes of them. */
const BOOTED = "cards: [{ id: 5, type: CEX5C }, { id: 6, type: CEX5A }]\ndomains: [4, 0x47, 0xab]\n";
const [ONE, TWO] = ["7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001", "7a2c1d3e-0002-4c58-9b1e-5f0c0a6d0002"];
const DESCRIBED = `${BOOTED}masks: { apmask: "-5,-6", aqmask: "-0x47" }
unbound: [06.0004]
mdevs:
  - { uuid: ${ONE}, adapters: [5, 6], domains: [4], control_domains: [4, 0x47] }
  - { uuid: ${TWO}, adapters: [5], domains: [0xab] }
`;

describe("exported files in the tools they are for", { skip: unless(canMount, fetchedTools) }, () => {
  let lab: LabProcess;
  let described: string;
  before(async () => {
    lab = await LabProcess.up(join(ROOT, "src", "testing", "clients", "hosts", "after-boot.yaml"));
    described = join(lab.work, "described.yaml");
    writeFileSync(described, DESCRIBED);
  });
  after(() => lab.down());

  const exported = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run([process.execPath, PROGRAM, "export", ...words]);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const mdevctl = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await mdevctl14(lab, join(lab.work, "conf"), ...args);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const expectDescribed = async (): Promise<void> => {
    const opened = await openSource(described);
    assert.ok(opened.ok);
    const differences = compareObserved(observeHost(opened.value.sysfs), observeHost(directorySysfs(lab.mount)));
    assert.deepEqual(differences, []);
  };
  const giveBack = () => {
    for (const uuid of [ONE, TWO]) lab.write(`devices/vfio_ap/matrix/${uuid}/remove`, "1");
    lab.write("bus/ap/apmask", `0x${"f".repeat(64)}`);
    lab.write("bus/ap/aqmask", `0x${"f".repeat(64)}`);
  };

  it("the script, run by sh with the lab as /sys; a second run ends at the first line that is refused", async () => {
    const file = join(lab.work, "export.sh");
    writeFileSync(file, await exported("shell", "--from", described));
    const first = await run(lab.inside(["sh", file]), { environment: lab.environment });
    assert.deepEqual([first.code, first.stderr], [0, ""]);
    await expectDescribed();
    const second = await run(lab.inside(["sh", file]), { environment: lab.environment });
    assert.notEqual(second.code, 0);
    await expectDescribed();
  });

  it("the host, described from what the mount shows", async () => {
    const again = join(lab.work, "again.yaml");
    writeFileSync(again, await exported("host", "--from", lab.mount));
    described = again;
    await expectDescribed();
    giveBack();
  });

  it("the line of chzdev, and its rule; the definitions of mdevctl", async () => {
    const [change, whole] = await Promise.all(
      [["--relative"], []].map((more) => exported("chzdev", "--from", described, ...more)),
    );
    assert.notEqual(change, whole);
    for (const line of [change, whole] as [string, string]) {
      const { code, stderr } = await zdev(lab, "chzdev", ...line.trim().split(" ").slice(1));
      assert.equal(code, 0, stderr);
      assert.equal(lab.read("bus/ap/apmask"), `0xf9${"f".repeat(62)}\n`);
    }
    const directory = join(lab.work, "definitions");
    await exported("mdevctl", "--from", described, "--out", `${directory}/`);
    for (const uuid of [ONE, TWO]) {
      await mdevctl("define", "-u", uuid, "-p", "matrix", "--jsonfile", join(directory, uuid));
      await mdevctl("start", "-u", uuid);
    }
    lab.write("bus/ap/drivers/vfio_ap/unbind", "06.0004");
    await expectDescribed();
    const listed = await mdevctl("list", "-d", "--dumpjson");
    assert.equal(
      listed.trim(),
      (await exported("mdevctl", "--from", described)).trim(),
      "byte for byte what mdevctl prints",
    );
  });

  it("the rule of udev, as chzdev's own list reads it", async () => {
    const rule = await exported("udev", "--from", described);
    writeFileSync(join(lab.work, "etc", "udev", "rules.d", "41-ap.rules"), rule);
    const { stdout } = await zdev(lab, "lszdev", "-t", "ap", "-i");
    assert.match(stdout, /apmask +"0-4,7-255" +"0-4,7-255"\n +aqmask +"0-70,72-255" +"0-70,72-255"/);
  });
});
