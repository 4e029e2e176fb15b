// apmatrix status as a user has it: what differs, and where; that all agree; what is said of files that cannot be used.
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { Player } from "../system/trace/player.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { copyToDirectory } from "../testing/support/copy-tree.ts";
import { hostNamed } from "../testing/support/hosts.ts";
import { apmatrix, type Ended, killLabs, labUp } from "../testing/support/lab-command.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const parent = temporaryDirectory();
after(killLabs);
const ONE = "62177883-f1bb-47f0-914d-32a22e3a8804";
const TWO = "62177883-f1bb-47f0-914d-32a22e3a8805";
const OLD = "62177883-f1bb-47f0-914d-32a22e3a8806";

const HOST = `
cards: [{ id: 0x04, type: CEX8C }, { id: 0x05, type: CEX8C }]
domains: [0x04, 0x47, 0x54]
masks: { apmask: "-4" }
mdevs:
  - { uuid: ${ONE}, adapters: [0x04], domains: [0x04, 0x47], guest: guest1 }
`;
const DEFINITIONS = "root/etc/mdevctl.d/matrix";
const RULE = "root/etc/udev/rules.d/41-ap.rules";

const definition = (...attrs: readonly (readonly [string, string])[]): string =>
  JSON.stringify({
    mdev_type: "vfio_ap-passthrough",
    start: "auto",
    attrs: attrs.map(([name, value]) => ({ [name]: value })),
  });

/** All agree. */
const FILES: Readonly<Record<string, string>> = {
  "host.yaml": HOST,
  "desired.yaml": `mdevs: [{ uuid: ${ONE}, name: guest1, adapters: [4], domains: [4, 0x47] }]\n`,
  [`${DEFINITIONS}/${ONE}`]: definition(["assign_adapter", "0x04"], ["assign_domain", "4"], ["assign_domain", "71"]),
  [RULE]: 'ATTR{../../bus/ap/apmask}="-4"\n',
  "root/etc/modules-load.d/vfio_ap.conf": "vfio_ap\n",
};

interface Status {
  readonly agrees: boolean;
  readonly mdevs: readonly {
    readonly uuid: string;
    readonly differences: Readonly<Record<string, readonly string[]>>;
  }[];
  readonly host: { readonly differences: readonly string[] };
  readonly boot: { readonly refused: readonly object[] };
}

/** status in a directory with these files. */
async function status(files: Readonly<Record<string, string>>, ...words: string[]): Promise<Ended> {
  const directory = freshDirectory(parent);
  for (const [path, text] of Object.entries({ ...FILES, ...files })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const common = ["status", "desired.yaml", "--from", "host.yaml", "--root", "root"];
  return await apmatrix([...common, ...words], { run: directory, directory });
}

describe("apmatrix status", () => {
  it("says that all agree", async () => {
    const { code, stdout, stderr } = await status({}, "--detailed-exitcode");
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(
      stdout,
      `= mdev ${ONE} (guest1): adapters 04, domains 0004 0047\n= masks and overrides of the host\n\nAll agree.\n`,
    );
  });

  it("tells of each place what differs there, what differs first", async () => {
    const files = {
      "desired.yaml": `mdevs: [{ uuid: ${ONE}, name: guest1, adapters: [4], domains: [4, 0x47] }, { uuid: ${TWO}, domains: [0x54] }]\n`,
      [`${DEFINITIONS}/${OLD}`]: definition(["assign_adapter", "5"], ["assign_domain", "4"]),
    };
    const { code, stdout } = await status(files, "--detailed-exitcode");
    assert.equal(code, 2);
    assert.equal(
      stdout,
      `~ mdev ${TWO}
    desired         adapters as they are, domains 0054
    running         not there
    persistent      not there
    after a reboot  not there

~ mdev ${OLD}
    desired         not in the file: to stay as it is
    running         not there
    persistent      adapters 05, domains 0004, start auto  <- nobody wants it
    after a reboot  not there  <- its start is refused

= mdev ${ONE} (guest1): adapters 04, domains 0004 0047
= masks and overrides of the host

At boot the kernel refuses 4 to /sys/devices/vfio_ap/matrix/${OLD}/assign_domain: EADDRNOTAVAIL, so mdev ${OLD} is not made.

Differing of 3 mdevs: running 1, persistent 2, after a reboot 2; of the host's own: nothing.
`,
    );
  });

  it("tells what a guest will lack because the masks are lost", async () => {
    const { code, stdout } = await status({ [RULE]: "" }, "--format", "json");
    assert.equal(code, 0);
    const { agrees, mdevs, host, boot } = JSON.parse(stdout) as Status;
    assert.deepEqual([agrees, host.differences, boot.refused.length], [false, ["apmask"], 1]);
    assert.deepEqual(mdevs[0]?.differences, { running: [], persistent: [], after_reboot: ["absent", "refused"] });
  });

  it("takes a definition that is not started by itself for one that is lost", async () => {
    const manual = (FILES[`${DEFINITIONS}/${ONE}`] as string).replace("auto", "manual");
    const { stdout } = await status({ [`${DEFINITIONS}/${ONE}`]: manual }, "--format", "json");
    const { mdevs } = JSON.parse(stdout) as Status;
    assert.deepEqual(mdevs[0]?.differences, { running: [], persistent: ["start"], after_reboot: ["absent"] });
  });

  it("takes what a running lab keeps for its next boot from the lab's own root", async () => {
    const run = freshDirectory(parent, "run");
    const [host, desired] = [join(run, "host.yaml"), join(run, "desired.yaml")];
    writeFileSync(host, HOST);
    writeFileSync(desired, FILES["desired.yaml"] as string);
    const lab = await labUp([host], { run });
    const place = join(run, "lab", DEFINITIONS);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, ONE), FILES[`${DEFINITIONS}/${ONE}`] as string);
    const ended = await apmatrix(["status", desired, "--from", "lab:", "--format", "json"], { run });
    await lab.stop();
    const { mdevs } = JSON.parse(ended.stdout) as Status;
    assert.deepEqual(mdevs[0]?.differences.persistent, []);
  });

  it("refuses in one line what it cannot use, and passes over what nobody uses at boot", async () => {
    const wrong = await status({ "desired.yaml": "mdevs: 7\n" });
    assert.deepEqual([wrong.code, wrong.stdout], [1, ""]);
    assert.match(wrong.stderr, /^apmatrix: desired\.yaml:1:8: expected a list of mdevs[^\n]*\n$/);
    const torn = await status({ [`${DEFINITIONS}/${ONE}`]: "{" }, "--detailed-exitcode");
    assert.equal(torn.code, 2);
    assert.match(
      torn.stderr,
      new RegExp(`^apmatrix: ${DEFINITIONS}/${ONE}:1:2: expected .*; it is left out, as at boot\\n$`),
    );
  });

  it("says what it does not understand of a copied /sys, as show, explain and plan do", async () => {
    const directory = freshDirectory(parent);
    const player = new Player(DEFAULT_PROFILE);
    for (const [i, operation] of hostNamed("kernel-doc-guests").entries()) player.apply(operation, i + 1);
    mkdirSync(join(directory, "sys"));
    copyToDirectory(player.sysfs, join(directory, "sys"));
    writeFileSync(join(directory, "desired.yaml"), "mdevs: []\n");
    const [garbage, missing, other] = ["bus/ap/ap_max_domain_id", "bus/ap/apmask", "devices/ap/card05/online"];
    writeFileSync(join(directory, "sys", garbage), `7\0${"z".repeat(100)}`);
    rmSync(join(directory, "sys", missing));
    rmSync(join(directory, "sys", other));
    mkdirSync(join(directory, "sys", other));
    for (const words of [["status", "desired.yaml", "--root", "."], ["plan", "desired.yaml"], ["show"], ["explain"]]) {
      const { stdout, stderr } = await apmatrix([...words, "--from", "sys"], { run: directory, directory });
      const lines = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("could not be read"));
      assert.equal(lines.length, 3, words.join(" "));
      for (const path of [garbage, missing, other])
        assert.ok(
          lines.some((line) => line.includes(path) && line.length < 250),
          `${words[0]}: ${path}`,
        );
    }
  });
});
