// Deep, long and wide texts for every reader: refused or read in memory that has a limit, and in time that grows with the text.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { hostFile } from "../support/hosts.ts";
import { type Attack, checkSaid, command, type Ground, place } from "./attack.ts";

/** MiB at most, Node itself (60) among them. */
const MEMORY = 256;
/** Four times as much takes at most so many times as long, and a moment: memory is tidied now and then. */
const GROWTH = 4 * 1.6;
const MOMENT = 1500;
const HOST = hostFile("kernel-doc");
const MEASURE = new URL("./measured.js", import.meta.url).href;

interface Shape {
  readonly name: string;
  /** Ending of the file. */
  readonly ending: string;
  readonly words: (path: string) => readonly string[];
  /** @param n how much of it */
  readonly make: (n: number) => string | Buffer | Promise<Buffer>;
  /** As much as is read, or near to it. */
  readonly n: number;
}

const show = (path: string): readonly string[] => ["show", "--from", path];
const HEAD = '{"trace":"x","format":2,"profile":"linux-7.3"}\n';
const INIT = '{"op":"init","types":{"04":14},"aps":[4],"doms":[4],"cds":[4]}\n';
const uuid = (n: number): string => `62177883-f1bb-47f0-914d-${n.toString(16).padStart(12, "0")}`;
const CREATE = "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create";
const each = (n: number, text: (at: number) => string): string =>
  Array.from({ length: n }, (_, at) => text(at)).join("");

const yaml = (name: string, n: number, make: (n: number) => string): Shape => ({
  name: `YAML: ${name}`,
  ending: "yaml",
  words: show,
  n,
  make,
});
const trace = (name: string, n: number, make: (n: number) => string): Shape => ({
  name: `trace: ${name}`,
  ending: "jsonl",
  words: show,
  n,
  make: (k) => HEAD + INIT + make(k),
});
const imported = (name: string, ending: string, n: number, make: (n: number) => string): Shape => ({
  name: `import: ${name}`,
  ending,
  words: (path) => ["import", path],
  n,
  make,
});

async function tar(entries: number, name: (n: number) => string, content: string): Promise<Buffer> {
  const packer = pack();
  for (let n = 0; n < entries; n++) packer.entry({ name: name(n) }, content);
  packer.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packer) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks), { level: 1 });
}

const SHAPES: readonly Shape[] = [
  yaml("keys", 60_000, (n) => each(n, (at) => `k${at}: 1\n`)),
  yaml("cards", 30_000, (n) => `cards:\n${each(n, (at) => `- {id: ${at % 256}, type: CEX8C}\n`)}domains: [4]\n`),
  yaml("lists in lists", 30_000, (n) => `a: ${"[".repeat(n)}`),
  yaml("anchors", 120_000, (n) => `a: ${"&a ".repeat(n)}`),
  yaml("aliases", 60_000, (n) => `a: &a [x]\nb: [${"*a,".repeat(n)}]\n`),
  yaml("quotes", 120_000, (n) => `a: ${"'x' ".repeat(n)}`),
  yaml("one long text", 30_000_000, (n) => `describes: ${"x".repeat(n)}\n`),
  yaml("dashes", 100_000, (n) => `a:\n${"- - b\n".repeat(n / 2)}`),
  yaml("comments", 250_000, (n) => "# x\n".repeat(n)),
  yaml(
    "sets of master keys",
    15_000,
    (n) =>
      `cards: [{id: 4, type: CEX8C}]\ndomains: [4]\nkeys:\n${"- {queues: [04.0004], aes: {cur: '0x0123456789abcdef'}}\n".repeat(n)}`,
  ),
  yaml("overrides", 60_000, (n) => `cards: []\ndomains: []\noverrides:\n${each(n, (at) => `  "${at}": x\n`)}`),
  yaml("counters", 60_000, (n) => `cards: []\ndomains: []\nrequests:\n${each(n, (at) => `  "${at}": 1\n`)}`),
  trace("members", 120_000, (n) => `{"op":"scan",${each(n, (at) => `"k${at}":1,`)}"z":1}\n`),
  trace("lists in lists", 1_000_000, (n) => `{"op":"scan","x":${"[".repeat(n)}`),
  trace("escapes", 5_000_000, (n) => `{"op":"scan","x":{"r":"${"\\n".repeat(n)}"}}\n`),
  trace("lines", 200_000, (n) => '{"op":"scan"}\n'.repeat(n)),
  trace("mdevs", 16_000, (n) => each(n, (at) => `{"op":"write","path":"${CREATE}","value":"${uuid(at)}"}\n`)),
  trace(
    "keys of init",
    60_000,
    (n) =>
      `{"op":"init","requests":{${each(
        n,
        (at) =>
          `"${Math.floor(at / 256)
            .toString(16)
            .padStart(2, "0")}.00${(at % 256).toString(16).padStart(2, "0")}":1,`,
      )}"00":1}}\n`,
  ),
  trace("a path", 10_000_000, (n) => `{"op":"write","path":"${"a/".repeat(n / 2)}","value":"x"}\n`),
  trace("a value", 10_000_000, (n) => `{"op":"write","path":"bus/ap/apmask","value":"${"+1,".repeat(n / 3)}"}\n`),
  trace("adapters of init", 100_000, (n) => `{"op":"hw","add_ap":[${"4,".repeat(n)}4]}\n`),
  {
    name: "recording: runs of words",
    ending: "jsonl",
    words: (path) => ["play", path],
    n: 100_000,
    make: (n) => `${HEAD}{"snapshot":{"words":[${"0,1,1,".repeat(n / 3)}0,1,1]}}\n`,
  },
  {
    name: "scenario: lines",
    ending: "scenario",
    words: (path) => ["play", path],
    n: 200_000,
    make: (n) => `host adapter 04 domain 0004\n${"scan\n".repeat(n)}`,
  },
  {
    name: "scenario: one line",
    ending: "scenario",
    words: (path) => ["play", path],
    n: 4_000_000,
    make: (n) => `host adapter 04 domain ${"0004 ".repeat(n / 5)}\n`,
  },
  {
    name: "plan: facts",
    ending: "jsonl",
    words: (path) => ["apply", path, "--from", HOST, "--dry-run"],
    n: 60_000,
    make: (n) =>
      `{"trace":"plan","format":1,"profile":"linux-7.3","steps":0,"start":{${each(
        n,
        (at) =>
          `"${(at % 256).toString(16).padStart(2, "0")}.${Math.floor(at / 256)
            .toString(16)
            .padStart(4, "0")}":"x",`,
      )}"04":"x"}}\n`,
  },
  {
    name: "desired: mdevs",
    ending: "yaml",
    words: (path) => ["plan", path, "--from", HOST],
    n: 4000,
    make: (n) => `mdevs:\n${each(n, (at) => `- { uuid: ${uuid(at)} }\n`)}`,
  },
  imported(
    "a listing's rows",
    "txt",
    60_000,
    (n) =>
      `CARD.DOMAIN TYPE  MODE        STATUS  REQUESTS\n${each(n, (at) => `${(at % 256).toString(16).padStart(2, "0")}.${(at >> 8).toString(16).padStart(4, "0")} CEX8C CCA-Coproc online 1\n`)}`,
  ),
  imported(
    "a listing's line",
    "txt",
    4_000_000,
    (n) => `CARD.DOMAIN TYPE  MODE        STATUS  REQUESTS\n04 CEX8C ${"x ".repeat(n / 2)}\n`,
  ),
  imported("masks", "txt", 4_000_000, (n) => `apmask\n0x${"f".repeat(n)}\n`),
  imported(
    "definitions",
    "json",
    30_000,
    (n) =>
      `[{"matrix":[${each(n, (at) => `{"${uuid(at)}":{"mdev_type":"vfio_ap-passthrough","start":"auto","attrs":[]}},`).slice(0, -1)}]}]`,
  ),
  imported("lists in lists", "json", 1_000_000, (n) => "[".repeat(n)),
  imported("elements", "xml", 100_000, (n) => `<device>${"<a/>".repeat(n)}</device>`),
  imported("elements in elements", "xml", 100_000, (n) => `<device>${"<a>".repeat(n)}`),
  imported("attributes", "xml", 100_000, (n) => `<device ${each(n, (at) => `a${at}='1' `)}/>`),
  imported(
    "entities",
    "xml",
    100_000,
    (n) =>
      `<!DOCTYPE d [${each(n / 2, (at) => `<!ENTITY a${at} "${`&a${at - 1};`.repeat(2)}">`)}]><device>&a9;</device>`,
  ),
  imported("rules", "rules", 200_000, (n) => 'ATTR{apmask}="0x0"\n'.repeat(n)),
  imported("a rule", "rules", 4_000_000, (n) => `ATTR{apmask}="${"f".repeat(n)}"\n`),
  imported("settings", "txt", 200_000, (n) => `chzdev -e ap ${"apmask=+5 ".repeat(n / 10)}\n`),
  { name: "tar: entries", ending: "tgz", words: show, n: 40_000, make: (n) => tar(n, (at) => `sys/bus/ap/f${at}`, "") },
  {
    name: "tar: deep names",
    ending: "tgz",
    words: show,
    n: 4000,
    make: (n) => tar(n, (at) => `sys/bus/ap/${"d/".repeat(100)}${at}`, "x"),
  },
  {
    name: "tar: zeros",
    ending: "tgz",
    words: show,
    n: 200,
    make: (n) => tar(n, (at) => `sys/x/f${at}`, "\0".repeat(1_000_000)),
  },
  { name: "gzip: zeros", ending: "jsonl.gz", words: show, n: 400_000_000, make: (n) => gzipSync(Buffer.alloc(n)) },
];

interface Taken {
  readonly mib: number;
  readonly ms: number;
}

async function measure(ground: Ground, { name, ending, words, make }: Shape, n: number): Promise<Taken> {
  const { at, options } = place(ground);
  const [path, measured] = [at(`x.${ending}`), at("measured")];
  writeFileSync(path, await make(n));
  const environment = { MEASURED: measured, NODE_OPTIONS: `--import=${MEASURE}` };
  const ended = await command(words(path), { ...options, environment }, 300_000);
  rmSync(path);
  assert.ok(ended.code === 0 || ended.code === 1 || ended.code === 2, `${name}: it ended with ${ended.code}`);
  checkSaid({ ...ended, stdout: "" }, name);
  if (ended.code === 1) assert.match(ended.stderr, /^apmatrix: [^\n]+\n$/, name);
  assert.ok(existsSync(measured), `${name}: it ended without a word`);
  return JSON.parse(readFileSync(measured, "utf8")) as Taken;
}

const attack = (shape: Shape): Attack => ({
  name: `much of one kind: ${shape.name}`,
  holds: `at most ${MEMORY} MiB, and time that grows with the text`,
  async run(ground) {
    mkdirSync(ground.directory, { recursive: true });
    const whole = await measure(ground, shape, shape.n);
    assert.ok(whole.mib <= MEMORY, `${Math.round(whole.mib)} MiB`);
    // What is over in a moment does not have to be measured twice.
    if (whole.ms < MOMENT && !ground.isLong) return `${Math.round(whole.mib)} MiB, ${Math.round(whole.ms)} ms`;
    const quarter = await measure(ground, shape, Math.ceil(shape.n / 4));
    const told = `${Math.round(whole.mib)} MiB, ${Math.round(whole.ms)} ms (a quarter: ${Math.round(quarter.ms)} ms)`;
    assert.ok(whole.ms <= quarter.ms * GROWTH + MOMENT, told);
    return told;
  },
});

/** In the short form every second one. */
export const inputs = (isLong: boolean): readonly Attack[] =>
  SHAPES.filter((_, at) => isLong || at % 2 === 0).map(attack);
