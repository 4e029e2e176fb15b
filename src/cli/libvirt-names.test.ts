// Names of guests where libvirt has them on a host, in all shapes of its files: every command takes them, and says what it passes over. The
// host is a lab, as lab exec shows it to a command.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { apmatrix, type CommandOptions, killLabs, labUp } from "../testing/support/lab-command.ts";
import { sample } from "../testing/support/long-form.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { PROGRAM } from "../testing/support/program.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const [RUNS, STOPPED] = ["3c2c1d3e-0001-4c58-9b1e-5f0c0a6d0001", "4c2c1d3e-0002-4c58-9b1e-5f0c0a6d0002"];
const HOST = `
cards: [{ id: 0x02, type: CEX8C }, { id: 0x03, type: CEX8P }]
domains: [0x08, 0x09]
masks: { apmask: "-2-3" }
mdevs:
  - { uuid: ${RUNS}, adapters: [0x02], domains: [0x08], guest: g }
  - { uuid: ${STOPPED}, adapters: [0x03], domains: [0x08] }
`;
const hostdev = (uuid: string, more = ""): string =>
  `<hostdev mode='subsystem' type='mdev' managed='no' model='vfio-ap'>\n<source><address uuid='${uuid}'/></source>${more}</hostdev>`;
/** Below /, as libvirt has them; one that begins with `-> ` is a link. */
const FILES: Readonly<Record<string, string>> = {
  "etc/libvirt/qemu/books.xml": `<!--\nWARNING: AUTO-GENERATED\n-->\n<domain type='kvm'><name>books</name><devices>\n<!-- ${hostdev(RUNS).replaceAll("--", "")} -->\n${hostdev(
    STOPPED.toUpperCase(),
    "<alias name='ua-crypto'/><address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0001'/>",
  )}</devices></domain>`,
  "etc/libvirt/qemu/plain.xml": "<domain type='kvm'><name>plain</name><devices/></domain>",
  "etc/libvirt/qemu/broken.xml": "<domain type='kvm'><name>broken",
  "etc/libvirt/qemu/networks/default.xml": "<network/>",
  "etc/libvirt/qemu/autostart/books.xml": "-> ../books.xml",
  "run/libvirt/qemu/shop.xml": `<domstatus state='running' pid='7'><vcpus/><domain type='kvm' id='3'><name>shop &amp; web</name><devices>${hostdev(RUNS, "<alias name='hostdev0'/>")}<hostdev mode='subsystem' type='mdev' model='vfio-ccw'><source><address uuid='aaaaaaaa-0002-4c58-9b1e-5f0c0a6d0002'/></source></hostdev></devices></domain></domstatus>`,
  "run/libvirt/qemu/shop.pid": "7",
};
const script = Object.entries(FILES)
  .map(([path, text]) =>
    text.startsWith("-> ")
      ? `mkdir -p $(dirname /${path}); ln -s ${text.slice(3)} /${path}`
      : `mkdir -p $(dirname /${path}); cat >/${path} <<'X'\n${text}\nX`,
  )
  .join("\n");

const skip = await mountSkip();
after(killLabs);

describe("libvirt's names of guests, where it has them", { skip }, () => {
  const directory = temporaryDirectory();
  let options: CommandOptions;
  const inside = (...words: readonly string[]) => apmatrix(["lab", "exec", "--", ...words], options);
  const does = (...words: readonly string[]) => inside(process.execPath, PROGRAM, ...words);
  before(async () => {
    options = { run: freshDirectory(directory, "run"), directory };
    writeFileSync(join(directory, "host.yaml"), HOST);
    writeFileSync(join(directory, "want.yaml"), `mdevs: [{ uuid: ${RUNS}, adapters: [2], domains: [8, 9] }]\n`);
    await labUp(["host.yaml", "--mount", freshDirectory(directory, "sys")], options);
    const { code, stderr } = await inside("sh", "-ec", script);
    assert.equal(code, 0, stderr);
  });

  it("are in explain, show, status, plan, apply and export, and what cannot be read is told", async () => {
    // Each is two starts, of lab exec and of what runs in it.
    const asked: readonly (readonly [readonly string[], readonly string[]])[] = [
      [["explain"], [`shop & web (${RUNS}): running`, `books (${STOPPED}): not running`]],
      [["explain", "books"], ["03.0008  guest-not-running"]],
      [["show"], [`1 mdev ${RUNS}, guest shop & web, running`, `2 mdev ${STOPPED} (books), no guest runs`]],
      [["show", "shop & web"], [`1 mdev ${RUNS}`]],
      [
        ["status", "want.yaml"],
        [`mdev ${RUNS} (shop & web)`, `mdev ${STOPPED} (books)`],
      ],
      [
        ["plan", "want.yaml", "--prune"],
        [`~ mdev ${RUNS} (shop & web): guest runs`, `- mdev ${STOPPED} (books): no guest`],
      ],
      [["apply", "want.yaml", "--prune", "--dry-run"], [`- mdev ${STOPPED} (books)`]],
      [
        ["export", "desired"],
        ['name: "shop & web"', "name: books"],
      ],
      [["export", "mdevctl", "--mdev", "books"], ["assign_adapter"]],
    ];
    for (const [words, wanted] of sample(asked, 2)) {
      const { code, stdout, stderr } = await does(...words);
      assert.notEqual(code, 1, stderr);
      for (const text of wanted) assert.ok(stdout.includes(text), `${words.join(" ")}: ${text} in\n${stdout}`);
      assert.match(
        stderr,
        /^apmatrix: \/etc\/libvirt\/qemu\/broken\.xml:1:\d+: expected XML: .*: no guest's name was taken$/m,
      );
      assert.doesNotMatch(stderr, /plain\.xml|default\.xml|autostart/);
    }
  });

  it("say who would lose what, and who may", async () => {
    writeFileSync(join(directory, "less.yaml"), `mdevs: [{ uuid: ${RUNS}, adapters: [], domains: [] }]\n`);
    const lock = ["--lock", join(directory, "lock")];
    const refused = await does("apply", "less.yaml", ...lock);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /running guests would lose queues, and what is in them: shop & web 1 -> 0; nothing was written/,
    );
    const other = await does("apply", "less.yaml", "--allow-loss", "books", ...lock);
    assert.equal(other.code, 1, "the other guest's");
    const allowed = await does("apply", "less.yaml", "--allow-loss", "shop & web", ...lock);
    assert.equal(allowed.code, 0, allowed.stderr);
  });
});
