// How people call mdevs: a beginning of a UUID is enough wherever an mdev is named, if no other begins so; names that people gave are kept
// by a lab, its journal and its history, whether a guest runs or not.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { apmatrix, type Ended, killLabs, labUp } from "../testing/support/lab-command.ts";
import { PROGRAM } from "../testing/support/program.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const [ONE, TWO, THREE] = [1, 2, 3].map((n) => `5d2c1d3e-000${n}-4c58-9b1e-5f0c0a6d000${n}`) as [
  string,
  string,
  string,
];
const HOST = `
cards: [{ id: 0x0a, type: CEX7C }, { id: 0x0b, type: CEX7P }]
domains: [0x12, 0x1f]
masks: { apmask: "-0x0a,-0x0b" }
mdevs:
  - { uuid: ${ONE}, name: ledger, adapters: [0x0a], domains: [0x12], guest: vm1 }
  - { uuid: ${TWO}, name: vault, adapters: [0x0b], domains: [0x12] }
`;
const WANT = `mdevs:\n  - { uuid: ${THREE}, name: fresh, adapters: [0x0a], domains: [0x1f] }\n`;
const AMBIGUOUS = new RegExp(`"5d2c" is the beginning of ${ONE}, ${TWO}: write more of it`);
const short = (uuid: string): string => uuid.slice(0, 13);

const parent = temporaryDirectory();
const run = freshDirectory(parent, "run");
const journal = join(parent, "journal");
const file = (name: string, text: string): string => {
  writeFileSync(join(parent, name), text);
  return join(parent, name);
};
const host = file("host.yaml", HOST);
const does = (...words: readonly string[]): Promise<Ended> => apmatrix(words, { run, directory: parent });
const ofLab = (...words: readonly string[]) => does(...words, "--from", "lab:lab");
const up = () => labUp([host, "--journal", journal, "--no-timer"], { run });
let lab: Awaited<ReturnType<typeof labUp>>;
before(async () => {
  lab = await up();
});
after(killLabs);

describe("a beginning of a UUID", () => {
  it("names an mdev in an event, in words, in a path and in JSON, in capitals, too", async () => {
    for (const [words, wanted] of [
      [["start", "vm2", short(TWO)], /^\{"r":0,"apcb":\{"vm2"/],
      [["stop", "vm2", TWO.toUpperCase().slice(0, 20)], /^\{"r":0,"apcb":\{"vm2":null/],
      [["assign", short(TWO), "control", "001f"], /^\{"r":/],
      [[`echo 0x1f > /sys/bus/mdev/devices/${short(TWO)}/unassign_control_domain`], /^\{"r":5\}/],
      [[`{"op":"open","guest":"vm3","mdev":"${short(TWO)}"}`], /^\{"r":0,/],
      [["stop", "vm3", short(TWO)], /^\{"r":0,/],
    ] as const) {
      const { code, stdout, stderr } = await does("lab", "event", ...words);
      assert.equal(code, 0, stderr);
      assert.match(stdout, wanted, words.join(" "));
    }
  });

  it("is refused where several begin so, with all of them, and nothing happens", async () => {
    const lines = readFileSync(join(journal, "journal.jsonl"), "utf8");
    for (const words of [
      ["lab", "event", "stop", "vm1", "5d2c"],
      ["lab", "event", '{"op":"close","guest":"vm1","mdev":"5d2c"}'],
      ["lab", "event", "echo 1 > bus/mdev/devices/5d2c/remove"],
      ["explain-write", "devices/vfio_ap/matrix/5d2c/assign_domain", "4", "--from", "lab:lab"],
      ["show", "5d2c", "--from", "lab:lab"],
      ["history", "lab:lab", "--guest", "5d2c"],
      ["export", "mdevctl", "--mdev", "5d2c", "--from", "lab:lab"],
      ["plan", file("want.yaml", WANT), "--allow-loss", "5d2c", "--from", "lab:lab"],
    ]) {
      const { code, stderr } = await does(...words);
      assert.equal(code, 1, words.join(" "));
      assert.match(stderr, AMBIGUOUS, words.join(" "));
    }
    const none = await does("lab", "event", "remove", "5d2c1d3e-0009");
    assert.match(none.stderr, /column 8: expected an mdev: none begins with "5d2c1d3e-0009"/);
    assert.equal(readFileSync(join(journal, "journal.jsonl"), "utf8"), lines);
  });

  it("names an mdev to what only looks", async () => {
    const written = await ofLab("explain-write", `/sys/devices/vfio_ap/matrix/${short(TWO)}/assign_adapter`, "0x0b");
    assert.match(written.stdout, /^succeeds/);
    const shown = await ofLab("show", short(TWO));
    assert.match(shown.stdout, new RegExp(`^2 mdev ${TWO} \\(vault\\), no guest runs$`, "m"));
    assert.doesNotMatch(shown.stdout, /^1 mdev/m);
    const { mdevs } = JSON.parse((await ofLab("show", "ledger", "--format", "json")).stdout);
    assert.deepEqual([mdevs.length, mdevs[0].name], [1, "ledger"]);
    const definition = (await ofLab("export", "mdevctl", "--mdev", short(TWO))).stdout;
    assert.match(definition, /"assign_adapter": "11"|"assign_adapter": "0x0?b"/);
    const { stdout } = await does("history", "lab:lab", "--guest", short(TWO));
    assert.match(stdout, /start vm2 m2/);
    assert.doesNotMatch(stdout, /start vm1 m1/);
  });
});

describe("a name that people gave to an mdev", () => {
  it("is kept by a lab, also while no guest runs, and by every export of it", async () => {
    for (const format of ["desired", "host"]) {
      const exported = (await ofLab("export", format)).stdout;
      for (const name of ["ledger", "vault"]) assert.match(exported, new RegExp(`name: ${name}$`, "m"), format);
    }
    assert.match((await ofLab("explain", "vault")).stdout, /guest-not-running/);
    const status = JSON.parse((await ofLab("status", file("want.yaml", WANT), "--format", "json")).stdout);
    assert.deepEqual(
      (status.mdevs as { name: string | null }[]).map(({ name }) => name),
      ["fresh", "ledger", "vault"],
    );
    const pruned = await ofLab("plan", file("want.yaml", WANT), "--prune");
    assert.match(pruned.stdout, new RegExp(`^- mdev ${TWO} \\(vault\\):`, "m"));
  });

  it("is in the record of apply, its journal and its history, and after the lab came up again", async () => {
    const applied = await ofLab(
      "apply",
      file("want.yaml", WANT),
      "--record",
      "done.jsonl",
      "--lock",
      join(parent, "lock"),
    );
    assert.equal(applied.code, 0, applied.stderr);
    const record = await does("history", "done.jsonl");
    assert.match(record.stdout, new RegExp(`^# m2 ${TWO}$`, "m"));
    assert.match(
      record.stdout,
      /Z {2}ap_config m3 adapter 0a domain 001f\n.*Z {2}applied\n0a\.001f: assigned to m3 at /,
    );
    const json = await does("history", "done.jsonl", "--format", "json");
    assert.equal(JSON.parse(json.stdout.split("\n")[1] ?? "").moved[0].to.mdev, THREE);
    await does("lab", "down");
    await lab.ended;
    assert.match((await does("history", journal)).stdout, new RegExp(`^m2 {2}${TWO} \\(vault\\)$`, "m"));
    assert.match((await does("export", "desired", "--from", join(journal, "journal.jsonl"))).stdout, /name: vault$/m);
    lab = await up();
    assert.match((await ofLab("export", "host")).stdout, /name: vault$/m);
  });
});

describe("history --follow", () => {
  it("goes on with a lab and with its journal until the lab is gone, or a signal comes", async () => {
    const follow = (source: string) =>
      spawn(process.execPath, [PROGRAM, "history", source, "--follow", "--guest", "vault"], {
        env: { ...process.env, APMATRIX_RUN: run },
      });
    const followers = [follow("lab:lab"), follow(journal)].map((child) => {
      const seen = { text: "" };
      child.stdout.on("data", (piece: Buffer) => {
        seen.text += piece.toString();
      });
      const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
      return { child, seen, ended };
    });
    const isThere = async (text: RegExp): Promise<void> => {
      for (let n = 0; n < 200 && !followers.every(({ seen }) => text.test(seen.text)); n++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      for (const { seen } of followers) assert.match(seen.text, text);
    };
    await isThere(new RegExp(`^m2 {2}${TWO} \\(vault\\)\n`, "m"));
    await does("lab", "event", "start", "late", short(TWO));
    await isThere(/start late m2; guest late started, gained 0b\.0012\n/);
    await does("lab", "down");
    assert.equal(await followers[0]?.ended, 0, "the lab is gone");
    followers[1]?.child.kill("SIGINT");
    assert.equal(await followers[1]?.ended, 0, "a signal");
    for (const { seen } of followers) assert.match(seen.text, /\n\n0b\.0012: .*assigned to m2 at \d+/);
  });

  it("is refused for what does not change, and for a record", async () => {
    const still = await does("history", host, "--follow");
    assert.deepEqual([still.code, still.stderr], [1, `apmatrix: --follow: ${host} does not change\n`]);
    const record = await does("history", "done.jsonl", "--follow");
    assert.match(record.stderr, /--follow: is for hosts and journals; done\.jsonl is a record of apply/);
    writeFileSync(
      join(parent, "torn.jsonl"),
      readFileSync(join(parent, "done.jsonl"), "utf8").replace("0a.001f", "zz"),
    );
    assert.match((await does("history", "torn.jsonl")).stderr, /torn\.jsonl:3:\d+: expected a queue such as 04\.0047/);
  });
});
