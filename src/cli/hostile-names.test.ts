// Names, values and paths that somebody else chose, through every command that prints them: a terminal acts on nothing of them, a line
// stays a line, and JSON keeps what they are.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { apmatrix, labUp } from "../testing/support/lab-command.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { printable } from "./terminal.ts";

const directory = freshDirectory(temporaryDirectory());
const run = freshDirectory(directory, "run");
/** Clears the screen, rings, turns the direction of writing, and ends a line in two ways. */
const EVIL = "\u001b[2J\u0007\u009b31m\u202eevil\u2028\u0085";
const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);
const inYaml = (text: string): string =>
  `"${[...text].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`;
const UUID = "62177883-f1bb-47f0-914d-32a22e3a8804";

const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};
const MATRIX = "devices/vfio_ap/matrix";
const init = { op: "init", types: { "04": 14 }, aps: [4], doms: [4], cds: [4], apmask: "0x0" };
const writes = [
  [`${MATRIX}/mdev_supported_types/vfio_ap-passthrough/create`, UUID],
  [`${MATRIX}/${UUID}/assign_adapter`, "4"],
  [`${MATRIX}/${UUID}/assign_domain`, "4"],
].map(([path, value]) => ({ op: "write", path, value }));
const traceOf = (...operations: readonly object[]): string =>
  [{ trace: `x${EVIL}`, format: 2, profile: "linux-7.3" }, ...operations]
    .map((one) => `${JSON.stringify(one)}\n`)
    .join("");
/** A guest of that name runs on it. */
const host = file("host.jsonl", traceOf(init, ...writes, { op: "open", guest: EVIL, mdev: UUID }));
const want = file("want.yaml", `mdevs: [{ uuid: ${UUID}, name: ${inYaml("\u202eevil")}, adapters: [4] }]\n`);
const trace = file(
  "trace.jsonl",
  traceOf(init, { op: "write", path: `bus/ap/${EVIL}`, value: "x", x: { r: EVIL, [EVIL]: EVIL } }),
);
const odd = `${EVIL}\n.yaml`;

/** What a terminal acts on, but for line ends. */
const UNSEEN = /[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u;

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
const isJsonOrLines = (text: string): boolean => isJson(text) || text.trimEnd().split("\n").every(isJson);

const COMMANDS: readonly (readonly [words: readonly string[], saysJson?: boolean])[] = [
  [["show", "--from", host]],
  [["show", "--from", host, "--format", "json"], true],
  [["explain", UUID, "--from", host]],
  [["explain", UUID, "--from", host, "--format", "json"], true],
  [["explain", EVIL, "--from", host]],
  [["explain", "errno", `bus/ap/${EVIL}`, EVIL, "--from", host]],
  [["plan", want, "--from", host]],
  [["plan", want, "--from", host, "--format", "json"], true],
  [["status", want, "--from", host, "--root", directory]],
  [["history", trace]],
  [["history", trace, "--format", "json"], true],
  [["play", trace]],
  [["play", trace, "--format", "json"], true],
  [["play", trace, "--format", "tap"]],
  [["watch", "--from", trace], true],
  [["show", "--from", join(directory, odd)]],
  [["show", "--from", file("shorter.yaml", `cards: [{ id: 4, type: ${inYaml(EVIL)} }]\n`)]],
  [["show", "--from", file("unknown.yaml", `${inYaml(EVIL)}: 1\n`)]],
  [["show", "--from", host, "--profile", EVIL]],
  [["show", "--from", `lab:${EVIL}`]],
  [["play", file("op.jsonl", `{"trace":"x","format":2}\n{"op":${JSON.stringify(EVIL)}}\n`)]],
  [["play", file("x.scenario", `${EVIL}\nhost adapter 04 domain 0004\n`)]],
  [["import", file("x.xml", `<device><name>${EVIL.slice(6)}</name></device>`)]],
  [["import", file("x.json", `[{"matrix":[{${JSON.stringify(EVIL)}:1}]}]`)]],
  [["lab", "event", EVIL]],
  [[EVIL]],
  [["show", `--${EVIL}`]],
];

describe("names that would steer a terminal", () => {
  for (const [words, saysJson] of COMMANDS) {
    it(`are escaped by ${escaped(words.join(" ")).slice(0, 100)}`, async () => {
      const { stdout, stderr } = await apmatrix(words, { run });
      assert.doesNotMatch(stdout, UNSEEN);
      assert.doesNotMatch(stderr, UNSEEN);
      assert.notEqual(stdout + stderr, "");
      for (const line of stderr.trimEnd().split("\n")) assert.match(line, /^(?:apmatrix: .*|\(Did you mean .*|)$/);
      if (saysJson) assert.ok(isJsonOrLines(stdout), stdout);
    });
  }

  it("are themselves in JSON", async () => {
    const { stdout } = await apmatrix(["show", "--from", host, "--format", "json"], { run });
    assert.ok(JSON.stringify(JSON.parse(stdout)).includes(JSON.stringify(EVIL)));
  });

  it("are members of an answer like any other where every object inherits them", async () => {
    for (const name of ["constructor", "toString", "hasOwnProperty", "__proto__"]) {
      const recorded = file(`${name}.jsonl`, traceOf(init).replace(/\}\n$/, `,"x":{"r":0,"${name}":1}}\n`));
      const { code, stdout, stderr } = await apmatrix(["play", recorded], { run });
      assert.deepEqual([code, stderr], [2, ""], name);
      assert.ok(stdout.includes(`${name}: expected 1, found nothing`), stdout);
    }
  });

  it("are escaped in what a lab answers", async () => {
    const lab = await labUp(["--replay", host, "--no-timer"], { run });
    for (const event of [`{"op":"read","path":${JSON.stringify(EVIL)}}`, '{"op":"state"}']) {
      const { stdout } = await apmatrix(["lab", "event", event], { run });
      assert.doesNotMatch(stdout, UNSEEN);
      assert.ok(JSON.parse(stdout));
    }
    await lab.stop();
  });
});

describe("names that nobody reads to their end", () => {
  const LENGTH = 1_000_000;
  const long = (letter: string): string => letter.repeat(LENGTH);
  const longHost = file(
    "long.jsonl",
    traceOf(
      { ...init, desc: long("d") },
      ...writes,
      { op: "open", guest: long("g"), mdev: UUID },
      { op: "write", path: "bus/ap/apmask", value: long("v"), x: { r: long("r"), [long("m")]: long("x") } },
      { op: "read", path: `bus/ap/${long("p")}`, x: { t: long("t") } },
    ),
  );
  const longWant = file("long.yaml", `mdevs: [{ uuid: ${UUID}, name: ${long("n")}, adapters: [5] }]\n`);
  const longTitle = file("title.yaml", `describes: ${long("d")}\ncards: [{ id: 4, type: CEX8C }]\ndomains: [4]\n`);
  for (const words of [
    ["show", "--from", longHost],
    ["show", "--from", longTitle],
    ["explain", "--from", longHost],
    ["history", longHost],
    ["play", longHost],
    ["plan", longWant, "--from", longHost, "--prune"],
    ["status", longWant, "--from", longHost, "--root", directory],
    ["show", "--from", file("long-type.yaml", `cards: [{ id: 4, type: ${long("t")} }]\ndomains: [4]\n`)],
    [
      "show",
      "--from",
      file("long-key.yaml", `cards: [{ id: 4, type: CEX8C }]\ndomains: [4]\n${"k".repeat(1000)}: 1\n`),
    ],
    ["play", file("long-op.jsonl", `{"trace":"x","format":2}\n{"op":"${long("o")}"}\n`)],
    ["play", file("long-word.scenario", `host adapter 04 domain 0004\n${"w".repeat(65_000)} x\n`)],
    ["import", file("long.xml", `<device><capability type='mdev'><type id='${long("t")}'/></capability></device>`)],
    ["import", file("long.json", `[{"matrix":[{"${long("u")}":1}]}]`)],
    ["import", file("long.rules", `ATTR{apmask}="${"f".repeat(65_000)}"\n`)],
  ]) {
    it(`are cut, and how much is left out is said, by ${words.join(" ").replaceAll(directory, "")}`, async () => {
      const { stdout, stderr } = await apmatrix(words, { run });
      const said = `${stdout}${stderr}`;
      assert.match(said, /\.\.\."? \(\d+ more\)/);
      for (const line of said.split("\n")) assert.ok(line.length < 5000, `a line of ${line.length} characters`);
    });
  }

  it("are whole in JSON", async () => {
    const { stdout } = await apmatrix(["explain", "--from", longHost, "--format", "json"], { run });
    assert.ok(stdout.includes(long("g")));
  });
});

describe("text for the terminal", () => {
  it("keeps lines, tabs and the colours of a table", () => {
    assert.equal(printable("a\tb\n", false), "a\tb\n");
    assert.equal(
      printable("\u001b[31mred\u001b[0m\u001b[2J\u001b[8m\r", true),
      "\u001b[31mred\u001b[0m\\u001b[2J\\u001b[8m\\u000d",
    );
    assert.equal(printable("\u001b[31mred\u001b[0m", false), "\\u001b[31mred\\u001b[0m");
  });
});
