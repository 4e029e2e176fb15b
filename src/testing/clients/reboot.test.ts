// What apmatrix status says of the next boot, against a boot: a lab comes up, the rule's masks are written, and Debian's mdevctl starts
// what it finds defined, as udev would have it do.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { formatMdevctlFile } from "../../formats/tools/mdevctl-json.ts";
import { compareObserved } from "../../sources/compare-observed.ts";
import { directorySysfs } from "../../sources/directory-sysfs.ts";
import { readPersistentFiles } from "../../sources/machine/persistent-files.ts";
import { reboot } from "../../sources/machine/reboot.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import { hostSysfs } from "../../system/sysfs/sysfs.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { Random } from "../soak/random.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { LabProcess } from "./lab-process.ts";
import { mdevctl14 } from "./s390-tools.ts";
import { canMount, fetchedTools, unless } from "./tools.ts";

const ROUNDS = 10;
const MACHINE = `
cards: [{ id: 0x05, type: CEX8C }, { id: 0x06, type: CEX8P }]
domains: [0x04, 0x47, 0xab]
`;
const uuid = (n: number): string => `6d646576-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;

/** Attributes that are mostly sensible: in bases that people use, one of them sometimes beyond what there is. */
function randomAttributes(random: Random) {
  const number = (id: number) =>
    random.pick([`${id}`, `0x${id.toString(16)}`, `0x${id.toString(16).padStart(4, "0")}`]);
  const some = (name: string, ids: readonly number[]) =>
    ids.filter(() => random.oneIn(2)).map((id) => ({ name, value: number(id) }));
  return [
    ...some("assign_adapter", [5, 6, random.oneIn(3) ? 0x123 : 6]),
    ...some("assign_domain", [4, 0x47, 0xab, 0xfe]),
    ...some("assign_control_domain", [4, 0x47]),
  ];
}

describe("a boot with mdevctl and masks", { skip: unless(canMount, fetchedTools) }, () => {
  let lab: LabProcess;
  before(async () => {
    const file = join(temporaryDirectory(), "machine.yaml");
    writeFileSync(file, MACHINE);
    lab = await LabProcess.up(file);
  });
  after(() => lab.down());

  it("ends as it was worked out from the files", async () => {
    const machine = parseHostDescription(MACHINE, "machine");
    assert.ok(machine.ok);
    const random = new Random(29);
    const counts = { mdevs: 0, refused: 0, compared: 0 };
    for (let round = 1; round <= ROUNDS; round++) {
      const root = join(lab.work, `round${round}`);
      const [definitions, rules, modules] = ["mdevctl.d/matrix", "udev/rules.d", "modules-load.d"].map((name) =>
        join(root, "etc", name),
      ) as [string, string, string];
      for (const directory of [definitions, rules, modules]) mkdirSync(directory, { recursive: true });
      writeFileSync(join(modules, "vfio_ap.conf"), "vfio_ap\n");
      for (let n = 0; n < 3; n++) {
        const start = random.oneIn(4) ? "manual" : "auto";
        const attrs = randomAttributes(random);
        writeFileSync(join(definitions, uuid(n)), formatMdevctlFile({ mdevType: "vfio_ap-passthrough", start, attrs }));
      }
      const masks = { apmask: random.pick(["-5", "-5,-6", "0x0"]), aqmask: random.pick(["+0", "-0xab", "-4"]) };
      const lines = Object.entries(masks).map(([name, value]) => `ATTR{../../bus/ap/${name}}="${value}"\n`);
      writeFileSync(join(rules, "41-ap.rules"), lines.join(""));

      const files = readPersistentFiles(root);
      assert.deepEqual(files.warnings, []);
      const worked = reboot(machine.value, DEFAULT_PROFILE, files);
      for (const [name, value] of Object.entries(masks)) lab.write(`bus/ap/${name}`, value);
      const started = await mdevctl14(lab, join(root, "etc", "mdevctl.d"), "start-parent-mdevs", "matrix");
      const [now, then] = [observeHost(directorySysfs(lab.mount)), observeHost(hostSysfs(worked.host))];
      // The definitions of a directory come in an order of its own.
      if (!worked.isByChance) {
        assert.deepEqual(compareObserved(now, then), [], `round ${round}: ${started.stderr}`);
        counts.compared++;
        counts.mdevs += now.mdevs.length;
        counts.refused += worked.refused.length;
      }
      for (const name of readdirSync(join(lab.mount, "bus", "mdev", "devices")))
        lab.write(`bus/mdev/devices/${name}/remove`, "1");
      for (const name of ["apmask", "aqmask"]) lab.write(`bus/ap/${name}`, `0x${"f".repeat(64)}`);
    }
    assert.ok(counts.compared > ROUNDS / 3 && counts.mdevs > 2 && counts.refused > 2, JSON.stringify(counts));
  });
});
