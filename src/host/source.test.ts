// Where a host to look at comes from: every kind of source, told by what it holds, and what is said of anything else.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { observeHost } from "../sysfs/observe.ts";
import type { Sysfs } from "../sysfs/sysfs.ts";
import { PROFILES, type Profile, profileNamed } from "../vfio-ap/profiles.ts";
import { formatSourceError, type Source } from "./opened-source.ts";
import { openSource } from "./source.ts";

const BASE = mkdtempSync(join(tmpdir(), "apmatrix-source-"));
after(() => rmSync(BASE, { recursive: true, force: true }));
const repository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const GUESTS = repository("hosts/kernel-doc-guests.yaml");

function file(name: string, content: string | Buffer): string {
  const path = join(BASE, name);
  writeFileSync(path, content);
  return path;
}

async function opened(from: string, profile?: Profile): Promise<Source> {
  const source = await openSource(from, profile);
  assert.ok(source.ok, source.ok ? "" : formatSourceError(source.error));
  return source.value;
}

/** The one line that is said of it, without the directory of this test. */
async function errorOf(from: string, profile?: Profile): Promise<string> {
  const source = await openSource(from, profile);
  assert.ok(!source.ok);
  const line = formatSourceError(source.error);
  assert.doesNotMatch(line, /\n/);
  return line.replaceAll(`${BASE}/`, "");
}

/** Copy a /sys into a directory: files, directories and links, as tar would. */
function dumpTree(sysfs: Sysfs, directory: string, path = ""): void {
  mkdirSync(join(directory, path), { recursive: true });
  const names = sysfs.list(path);
  assert.ok(names.ok);
  for (const name of names.value) {
    const child = path === "" ? name : `${path}/${name}`;
    const to = join(directory, child);
    const target = sysfs.readlink(child);
    const text = sysfs.read(child);
    if (target.ok) symlinkSync(target.value, to);
    else if (sysfs.list(child).ok) dumpTree(sysfs, directory, child);
    else if (text.ok) writeFileSync(to, Buffer.from(text.value, "latin1"));
    else if (text.errno === "EACCES") writeFileSync(to, "", { mode: 0o200 });
  }
}

describe("a host description as a source", () => {
  it("is brought up, and its guests are known by name", async () => {
    const source = await opened(GUESTS);
    assert.match(source.describes, /three guests/);
    assert.equal(source.profile?.name, "linux-7.3");
    assert.deepEqual([...(source.guests ?? [])].map(([uuid, { name }]) => `${uuid.slice(9, 13)} ${name}`).sort(), [
      "0001 Guest1",
      "0002 Guest2",
      "0003 Guest3",
    ]);
    assert.equal(observeHost(source.sysfs).queues.length, 8);
  });

  it("runs on the kernel that was chosen", async () => {
    const source = await opened(GUESTS, profileNamed("linux-5.19"));
    assert.equal(source.profile?.name, "linux-5.19");
    assert.equal(observeHost(source.sysfs).mdevs[0]?.guestView, undefined);
  });

  it("warns of what the chosen kernel refuses", async () => {
    const host = `
cards: [{ id: 4, type: CEX7C }]
domains: [1]
masks: { apmask: "-4,-5" }
mdevs: [{ uuid: 3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c, adapters: [4, 5], domains: [1] }]
`;
    const source = await openSource(file("refused.yaml", host), profileNamed("linux-5.19"));
    assert.ok(source.ok);
    const warnings = source.warnings.map((warning) => warning.replace(`${BASE}/`, ""));
    const path = "devices/vfio_ap/matrix/3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c/assign_adapter";
    assert.deepEqual(warnings, [`refused.yaml: linux-5.19 refuses to write 0x05 to ${path}: EADDRNOTAVAIL`]);
  });

  it("is known by its ending even if nothing in it is understood", async () => {
    assert.match(await errorOf(file("a.yaml", "nonsense\n")), /^a\.yaml:1:1: expected a host description/);
    assert.match(
      await errorOf(file("b.yml", "cards: []\ndomains: [0047]\n")),
      /^b\.yml:2:11: expected a domain .*0047/,
    );
  });

  it("is known by its members without an ending", async () => {
    const source = await opened(file("plain", "cards: []\ndomains: []\n"));
    assert.equal(source.describes, join(BASE, "plain"));
  });
});

describe("a trace as a source", () => {
  const HEADER = '{"trace":"short","format":1}\n';
  const INIT = '{"i":1,"op":"init","apm":"0x04","aqm":"0x08","adm":"0x08","x":{"r":0}}\n';

  it("is the host after its last line", async () => {
    const source = await opened(
      file("t.jsonl", `${HEADER}${INIT}{"i":2,"op":"hw","add_dom":[7]}\n{"i":3,"op":"scan"}\n`),
    );
    assert.equal(source.describes, "short, after its last line");
    assert.equal(source.profile?.name, "linux-6.12");
    assert.deepEqual(
      observeHost(source.sysfs).queues.map(({ apqn }) => apqn),
      [0x0504, 0x0507],
    );
  });

  it("may be packed, and needs no ending", async () => {
    const text = `${HEADER}${INIT}`;
    assert.equal((await opened(file("t.jsonl.gz", gzipSync(text)))).describes, "short, after its last line");
    assert.equal((await opened(file("trace", text))).describes, "short, after its last line");
    assert.match(await errorOf(file("broken.jsonl.gz", Buffer.from([0x1f, 0x8b, 0]))), /^broken\.jsonl\.gz: /);
  });

  it("warns if the host cannot be the recorded one", async () => {
    const source = await openSource(file("other.jsonl", `${HEADER}${INIT.replace('"r":0', '"r":1')}`));
    assert.ok(source.ok);
    assert.match(source.warnings.join(), /1 of 1 answers are not as recorded/);
  });

  it("is refused with the place of its first mistake", async () => {
    assert.match(
      await errorOf(file("m.jsonl", `${HEADER}${INIT}{"op":"scan"`)),
      /^m\.jsonl:3:\d+: expected a JSON object/,
    );
    assert.match(await errorOf(file("e.jsonl", "")), /^e\.jsonl:1:1: expected a trace header/);
    assert.match(await errorOf(file("h.jsonl", HEADER)), /^h\.jsonl:2:1: expected the operation "init", came the end/);
  });
});

describe("a listing as a source", () => {
  it("is the host that it lists, with the warnings of an import", async () => {
    const source = await openSource(repository("src/host/fixtures/card-states.txt"));
    assert.ok(source.ok);
    assert.equal(source.value.describes, "lszcrypt listing card-states.txt");
    assert.ok(observeHost(source.value.sysfs).cards.length > 0);
  });

  it("is refused with the place of its first mistake", async () => {
    assert.match(
      await errorOf(repository("src/host/fixtures/refused-card-twice.txt")),
      /refused-card-twice\.txt:\d+:\d+: /,
    );
  });
});

describe("a directory as a source", () => {
  for (const name of ["hosts/kernel-doc-guests.yaml", "src/cli/fixtures/show/filtered.yaml"]) {
    for (const profile of PROFILES.filter((one) => one.guestMatrix !== "attached")) {
      it(`shows the same as the host in memory that it was copied from: ${name}, ${profile.name}`, async () => {
        const memory = await opened(repository(name), profile);
        const tree = mkdtempSync(join(BASE, "sys-"));
        dumpTree(memory.sysfs, tree);
        const directory = await opened(tree);
        assert.deepEqual(observeHost(directory.sysfs), observeHost(memory.sysfs));
        assert.deepEqual([directory.describes, directory.guests, directory.profile], [tree, undefined, undefined]);
      });
    }
  }

  it("needs an AP bus in it", async () => {
    mkdirSync(join(BASE, "no-bus"));
    assert.equal(
      await errorOf(join(BASE, "no-bus")),
      "no-bus: there is no bus/ap in it: it is no /sys directory of a host with an AP bus",
    );
  });

  it("has its own kernel", async () => {
    mkdirSync(join(BASE, "bus-only/bus/ap"), { recursive: true });
    const line = await errorOf(join(BASE, "bus-only"), profileNamed("linux-6.8"));
    assert.equal(line, "bus-only: it has a kernel of its own, which --profile linux-6.8 cannot replace");
  });
});

describe("anything else", () => {
  const KINDS = "a /sys directory, a host description (YAML), a trace (.jsonl, .jsonl.gz) or a listing of lszcrypt -V";

  it("is told what is understood", async () => {
    assert.equal(await errorOf(join(BASE, "none")), `none: no such file or directory; understood is ${KINDS}`);
    assert.equal(
      await errorOf(file("picture.png", Buffer.from([137, 80, 78, 71, 0, 255]))),
      `picture.png: it is not ${KINDS}`,
    );
    assert.equal(await errorOf(file("nothing", "")), `nothing: it is not ${KINDS}`);
  });

  it("that is a part of a host only is told what is missing", async () => {
    const line = await errorOf(repository("src/host/fixtures/masks-alone.txt"));
    assert.match(line, /masks-alone\.txt:\d+:\d+: expected a listing .*came masks alone/);
  });
});
