// Names of guests from libvirt's XML, as it lies on a host: defined and running machines, and much that is none of them.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { apmatrix } from "../../testing/support/lab-command.ts";
import { temporaryDirectory } from "../../testing/support/temporary.ts";
import { guestNamesIn } from "./guest-names.ts";

const ONE = "0f9e8d7c-6b5a-4a3b-9c2d-1e0f1a2b3c4d";
const TWO = "1f9e8d7c-6b5a-4a3b-9c2d-1e0f1a2b3c4d";

const hostdev = (uuid: string): string =>
  `<hostdev mode='subsystem' type='mdev' managed='no' model='vfio-ap'><source><address uuid='${uuid}'/></source></hostdev>`;
const domain = (name: string, uuid: string): string =>
  `<domain type='kvm'>\n  <name>${name}</name>\n  <devices>${hostdev(uuid)}</devices>\n</domain>\n`;

const directory = temporaryDirectory();
const [etc, run] = [join(directory, "etc"), join(directory, "run")];
for (const path of [etc, run, join(etc, "networks")]) mkdirSync(path);
writeFileSync(join(etc, "ledger.xml"), `<!--\nWARNING: THIS IS AN AUTO-GENERATED FILE.\n-->\n${domain("ledger", ONE)}`);
writeFileSync(join(etc, "old.xml"), domain("old", TWO));
writeFileSync(join(etc, "plain.xml"), "<domain type='kvm'><name>plain</name><devices/></domain>");
writeFileSync(join(etc, "notes.txt"), "no XML");
writeFileSync(
  join(run, "vault.xml"),
  `<domstatus state='running' pid='7'>\n  <taint flag='x'/>\n${domain("vault", TWO)}</domstatus>\n`,
);
writeFileSync(join(run, "broken.xml"), "<domain><name>x</name>");

describe("names of guests from libvirt's XML", () => {
  it("are those of defined and of running machines, and the running one wins", () => {
    const { names, warnings } = guestNamesIn([etc, run]);
    assert.deepEqual([...names].sort(), [
      [ONE, "ledger"],
      [TWO, "vault"],
    ]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /broken\.xml:\d+:\d+: expected XML: .*: no guest's name was taken$/);
  });

  it("are none where nothing is there", () => {
    assert.deepEqual(guestNamesIn([join(directory, "nowhere")]), { names: new Map(), warnings: [] });
  });

  it("are what explain takes with --domains, a file or a directory, and a path that is not there is refused", async () => {
    const host = join(directory, "host.yaml");
    writeFileSync(
      host,
      `cards: [{ id: 5, type: CEX8C }]\ndomains: [0x21]\nmasks: { apmask: "-5" }\nmdevs: [{ uuid: ${ONE}, adapters: [5], domains: [0x21] }]\n`,
    );
    const explain = (...words: string[]) => apmatrix(["explain", ...words, "--from", host], { run: directory });
    for (const path of [etc, join(etc, "ledger.xml")]) {
      assert.match((await explain("ledger", "--domains", path)).stdout, /^05\.0021 {2}guest-not-running: /);
    }
    assert.match(
      (await explain("--domains", etc)).stdout,
      new RegExp(`^ledger \\(${ONE}\\): not running, could use all 1\n`),
    );
    const { code, stderr } = await explain("--domains", join(directory, "nowhere"));
    assert.deepEqual([code, stderr], [1, `apmatrix: ${join(directory, "nowhere")}: no such file or directory\n`]);
  });
});
