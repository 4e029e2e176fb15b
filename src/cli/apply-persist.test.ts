// apply says what the next boot will not have, and with --persist writes the files by which it will: status agrees then.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, afterEach, beforeEach, describe, it } from "node:test";
import { apmatrix, killLabs, labUp, type RunningLab } from "../testing/support/lab-command.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const parent = temporaryDirectory();
const [OLD, NEW, OTHER] = [1, 2, 3].map((n) => `4f8e2b6a-0000-4000-8000-00000000000${n}`) as [string, string, string];
const HOST = `
cards: [{ id: 0x0b, type: CEX8C }, { id: 0x0c, type: CEX8P }]
domains: [0x10, 0x33]
masks: { apmask: "-0xb" }
mdevs: [{ uuid: ${OLD}, name: pay, adapters: [0x0b], domains: [0x10] }]
`;
const DESIRED = `mdevs:
  - { uuid: ${OLD}, name: pay, adapters: [0x0b], domains: [0x10] }
  - { uuid: ${NEW}, adapters: [0x0c], domains: [0x33], control_domains: [0x33] }
host: { free_by: masks }
`;
const RULE = "etc/udev/rules.d/41-ap.rules";
const DEFINITIONS = "etc/mdevctl.d/matrix";

describe("apmatrix apply and the next boot", () => {
  let run: string;
  let root: string;
  let lab: RunningLab;
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  const apply = (...words: string[]) =>
    apmatrix(["apply", "want.yaml", "--from", "lab:", "--root", root, "--lock", join(run, "lock"), ...words], {
      run,
      directory: run,
    });
  const status = () =>
    apmatrix(["status", "want.yaml", "--from", "lab:", "--root", root, "--detailed-exitcode"], { run, directory: run });
  beforeEach(async () => {
    run = freshDirectory(parent);
    root = freshDirectory(parent);
    writeFileSync(join(run, "host.yaml"), HOST);
    writeFileSync(join(run, "want.yaml"), DESIRED);
    lab = await labUp([join(run, "host.yaml")], { run });
  });
  afterEach(() => lab.stop());
  after(killLabs);

  it("says what is lost, and how it is kept", async () => {
    const { code, stdout } = await apply();
    assert.equal(code, 0);
    const lost = `apmask +0xb; aqmask +0x33; vfio_ap is not loaded; mdev ${OLD} is not there; mdev ${NEW} is not there`;
    assert.match(
      stdout,
      new RegExp(`After a reboot: ${lost.replaceAll("+", "\\+")}\\.\n--persist writes what keeps it; .*\n$`),
    );
    assert.deepEqual(readdirSync(root), []);
  });

  it("shows with --dry-run which files it would write, all of them whole, and writes none", async () => {
    write(`${DEFINITIONS}/${OTHER}`, '{"mdev_type":"vfio_ap-passthrough","start":"manual","attrs":[]}');
    write(RULE, "");
    const { code, stdout, stderr } = await apply("--persist", "--dry-run", "--prune");
    assert.equal(code, 0, stderr);
    const shown = new Map(
      stdout
        .split("\n--persist ")
        .slice(1)
        .map((section) => {
          const [, verb, path, lines] = /^(\w+) (\S+):\n([\s\S]*)$/.exec(section) ?? [];
          return [path?.slice(root.length + 1), [verb, lines]] as const;
        }),
    );
    assert.deepEqual(readdirSync(join(root, DEFINITIONS)), [OTHER], "nothing is written");
    assert.equal(read(RULE), "");
    const json = await apply("--persist", "--dry-run", "--prune", "--format", "json");
    const { persist } = JSON.parse(json.stdout.trimEnd().split("\n").at(-1) ?? "") as {
      persist: readonly { path: string; text: string | null }[];
    };
    await apply("--persist", "--prune");
    assert.deepEqual(
      [...shown.keys()].sort(),
      [`${DEFINITIONS}/${OLD}`, `${DEFINITIONS}/${NEW}`, `${DEFINITIONS}/${OTHER}`, RULE].sort(),
    );
    for (const path of [`${DEFINITIONS}/${OLD}`, `${DEFINITIONS}/${NEW}`, RULE]) {
      const [, lines = ""] = shown.get(path) ?? [];
      assert.equal(`${lines.trimEnd()}\n`, `${read(path).trimEnd()}\n`.replace(/^/gm, "+ ").replace(/\+ $/, ""), path);
      assert.equal(persist.find((one) => one.path === join(root, path))?.text, read(path));
    }
    assert.equal(shown.get(`${DEFINITIONS}/${OTHER}`)?.[0], "removes");
    assert.equal(persist.find((one) => one.path.endsWith(OTHER))?.text, null);
    const again = await apply("--persist", "--dry-run", "--prune");
    assert.match(again.stdout, /--persist: the next boot's files are as they are to be\.\n$/);
  });

  it("shows the same of a plan, and what of a file changes", async () => {
    await apmatrix(["plan", "want.yaml", "--from", "lab:", "--out", "p.jsonl"], { run, directory: run });
    write(`${DEFINITIONS}/${NEW}`, '{\n  "mdev_type": "vfio_ap-passthrough",\n  "start": "auto",\n  "attrs": []\n}\n');
    const words = ["apply", "p.jsonl", "--from", "lab:", "--root", root, "--persist", "--dry-run"];
    const { code, stdout, stderr } = await apmatrix(words, { run, directory: run });
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`--persist changes [^\n]*${NEW}:\n {2}\\{\n[\\s\\S]*\n\\+ .*assign_adapter`));
    assert.match(read(`${DEFINITIONS}/${NEW}`), /"attrs": \[\]/);
  });

  it("writes the definitions and the rule, and then status agrees", async () => {
    write(`${DEFINITIONS}/${OTHER}`, '{"mdev_type":"vfio_ap-passthrough","start":"manual","attrs":[]}');
    write("etc/udev/rules.d/50-own.rules", 'KERNEL=="lp0", MODE="0660"\n');
    const { code, stdout } = await apply("--persist");
    assert.equal(code, 0);
    assert.match(stdout, /For the next boot: [^\n]*41-ap\.rules\.\n$/);
    assert.deepEqual(readdirSync(join(root, DEFINITIONS)).sort(), [OLD, NEW, OTHER].sort());
    assert.match(read(`${DEFINITIONS}/${NEW}`), /"start": "auto"[\s\S]*"assign_control_domain": "0x0033"/);
    assert.match(read(RULE), /^# Generated by chzdev\nACTION=="add"/);
    assert.deepEqual((await status()).code, 0);
    const again = JSON.parse((await apply("--persist", "--format", "json")).stdout) as object;
    assert.deepEqual(again, { result: "unchanged", done: 0, of: 0, missing: [], after_reboot: [] });
  });

  it("leaves a definition alone that says the same, and starts one by itself that did not", async () => {
    const said = (start: string) =>
      `{ "mdev_type": "vfio_ap-passthrough",\n  "start": "${start}", "attrs": [{"assign_adapter": "11"}, {"assign_domain": "16"}] }`;
    write(`${DEFINITIONS}/${OLD}`, said("auto"));
    await apply("--persist");
    assert.equal(read(`${DEFINITIONS}/${OLD}`), said("auto"));
    write(`${DEFINITIONS}/${OLD}`, said("manual"));
    await apply("--persist");
    assert.match(read(`${DEFINITIONS}/${OLD}`), /"start": "auto",\n[\s\S]*"assign_adapter": "11"/);
  });

  it("removes definitions of others with --prune only", async () => {
    const other = '{"mdev_type":"vfio_ap-passthrough","start":"auto","attrs":[{"assign_adapter":"0x0c"}]}';
    const gpu = '{"mdev_type":"i915-GVTg","start":"auto","attrs":[]}';
    write(`${DEFINITIONS}/${OTHER}`, other);
    write(`${DEFINITIONS}/${OTHER.replace("3", "4")}`, gpu);
    await apply("--persist");
    assert.equal(read(`${DEFINITIONS}/${OTHER}`), other);
    await apply("--persist", "--prune");
    assert.equal(existsSync(join(root, DEFINITIONS, OTHER)), false);
    assert.equal(read(`${DEFINITIONS}/${OTHER.replace("3", "4")}`), gpu);
  });

  it("refuses before the first write what it may not replace", async () => {
    write(RULE, 'ACTION=="add", RUN+="/usr/local/bin/mine"\n');
    const { code, stdout, stderr } = await apply("--persist");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      stderr,
      /--persist: .*41-ap\.rules: it has lines that chzdev did not write; move them to a file of another name/,
    );
    assert.deepEqual(readdirSync(join(root, "etc")), ["udev"]);
    write(RULE, "");
    write(`${DEFINITIONS}/${NEW}`, "{");
    const torn = await apply("--persist");
    assert.deepEqual([torn.code, torn.stdout], [1, ""]);
    assert.match(torn.stderr, /--persist: .*: it is not a definition of vfio_ap that can be read; move it away$/m);
  });
});
