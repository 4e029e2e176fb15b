// Where a host to look at comes from: every kind of source, told by what it holds, and what is said of anything else.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { observeHost } from "../system/sysfs/observe.ts";
import type { Sysfs } from "../system/sysfs/sysfs.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { PROFILES, profileNamed } from "../system/vfio-ap/profiles.ts";
import { copyToDirectory, copyToTar } from "../testing/support/copy-tree.ts";
import { openSource, SOURCES_UNDERSTOOD } from "./open-source.ts";
import { formatSourceError, type Source } from "./source.ts";

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
    assert.match(await errorOf(file("h.jsonl", HEADER)), /^h\.jsonl:2:1: expected the operation "init", found the end/);
  });
});

describe("a listing as a source", () => {
  it("is the host that it lists, with the warnings of an import", async () => {
    const source = await openSource(repository("src/formats/listing/fixtures/card-states.txt"));
    assert.ok(source.ok);
    assert.equal(source.value.describes, "lszcrypt listing card-states.txt");
    assert.ok(observeHost(source.value.sysfs).cards.length > 0);
  });

  it("is refused with the place of its first mistake", async () => {
    assert.match(
      await errorOf(repository("src/formats/listing/fixtures/refused-card-twice.txt")),
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
        copyToDirectory(memory.sysfs, tree);
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

  it("follows the kernel that was chosen", async () => {
    mkdirSync(join(BASE, "bus-only/bus/ap"), { recursive: true });
    assert.equal((await opened(join(BASE, "bus-only"), profileNamed("linux-6.8"))).profile?.name, "linux-6.8");
  });

  it("is watched by looking again", async () => {
    const tree = mkdtempSync(join(BASE, "sys-"));
    copyToDirectory((await opened(GUESTS)).sysfs, tree);
    const source = await opened(tree);
    const told = new Promise<void>((resolve) => {
      const stop = source.watch(() => {
        stop();
        resolve();
      }, 5);
    });
    const written = source.sysfs.write("bus/ap/apmask", `0x${"f".repeat(64)}\n`);
    assert.equal(written.ok, true);
    await told;
  });
});

describe("a tar of /sys as a source", () => {
  for (const prefix of ["sys/", "./sys/", "/sys/", "", "./", "dump/of/it/sys/"]) {
    it(`shows the same as what it was made of: names begin with "${prefix}"`, async () => {
      const memory = await opened(GUESTS);
      for (const options of [{ fill: 4096, writeOnly: true }, { others: new Map([["class/block/x", 70_000]]) }]) {
        const tar = await copyToTar(memory.sysfs, { prefix, ...options });
        const names = [file("sysfs.tar", tar), file("sysfs.tgz", gzipSync(tar)), file("without-ending", gzipSync(tar))];
        for (const name of names) {
          const source = await opened(name);
          assert.deepEqual(observeHost(source.sysfs), observeHost(memory.sysfs));
          assert.deepEqual([source.describes, source.guests, source.profile], [name, undefined, undefined]);
          assert.deepEqual(
            source.sysfs.readlink("bus/ap/devices/05.0004"),
            memory.sysfs.readlink("bus/ap/devices/05.0004"),
          );
          assert.deepEqual(
            source.sysfs.read("bus/ap/devices/05.0004/driver/../../apmask"),
            memory.sysfs.read("bus/ap/apmask"),
          );
          assert.equal(source.isLive, false);
        }
      }
    });
  }

  it("follows links that a tool has made absolute", async () => {
    const { sysfs } = await opened(GUESTS);
    const absolute: Sysfs = {
      ...sysfs,
      readlink: (path) => {
        const target = sysfs.readlink(path);
        return target.ok ? { ok: true, value: `/sys/${posix.join(posix.dirname(path), target.value)}` } : target;
      },
    };
    const source = await opened(file("absolute.tar", await copyToTar(absolute)));
    assert.deepEqual(source.sysfs.read("bus/ap/devices/05.0004/status"), sysfs.read("bus/ap/devices/05.0004/status"));
    assert.deepEqual(observeHost(source.sysfs), observeHost(sysfs));
  });

  it("keeps what cannot be read apart from what is not there, and takes no writes", async () => {
    const { sysfs } = await opened(GUESTS);
    const source = await opened(file("write-only.tar", await copyToTar(sysfs, { writeOnly: true })));
    assert.deepEqual(source.sysfs.read("bus/ap/drivers/vfio_ap/bind"), sysfs.read("bus/ap/drivers/vfio_ap/bind"));
    const refusal = source.sysfs.write("bus/ap/apmask", "+5\n");
    assert.equal(refusal.ok ? "" : refusal.errno, "EACCES");
  });

  it("is refused wherever it is cut off", async () => {
    const { sysfs } = await opened(GUESTS);
    const tar = await copyToTar(sysfs, { fill: 4096 });
    const packed = gzipSync(tar);
    for (const part of [0.01, 0.3, 0.5, 0.77, 0.999]) {
      const line = await errorOf(file("cut.tgz", packed.subarray(0, Math.floor(packed.length * part))));
      assert.match(line, /^cut\.tgz: it is cut short: it ends at byte \d+, within the tar; make it again, with "tar /);
    }
    // Between two entries as well, where only the empty blocks at the end are missing.
    for (let end = 0; end < tar.length - 1024; end += Math.ceil(tar.length / 1024 / 61) * 512) {
      assert.match(
        await errorOf(file("cut.tar", tar.subarray(0, end))),
        new RegExp(`^cut\\.tar: .*ends at byte ${end},`),
      );
    }
  });

  it("is refused if it is damaged, of no use, or packed otherwise", async () => {
    const { sysfs } = await opened(GUESTS);
    const tar = await copyToTar(sysfs);
    const packed = gzipSync(tar);
    packed.fill(0xa5, 300, 400);
    assert.match(await errorOf(file("damaged.tgz", packed)), /^damaged\.tgz: it is damaged: its gzip .* make it again/);
    tar.fill(0xa5, 512 * 9, 512 * 11);
    assert.match(await errorOf(file("damaged.tar", tar)), /^damaged\.tar: it is damaged: its tar .* make it again/);
    const nothing: Sysfs = { ...sysfs, list: () => ({ ok: true, value: [] }) };
    const others = new Map([["class/net/eth0", 5]]);
    assert.match(
      await errorOf(file("other.tar", await copyToTar(nothing, { others }))),
      /^other\.tar: there is no bus\/ap in it: it is not a tar of the \/sys of a host with an AP bus$/,
    );
    const dump = await copyToTar(nothing, { prefix: "DBGINFO/", others: new Map([["sysfs.tgz", 5]]) });
    assert.match(
      await errorOf(file("dump.tgz", gzipSync(dump))),
      /it holds DBGINFO\/sysfs\.tgz: unpack that, and name it$/,
    );
    const empty: Sysfs = { ...sysfs, read: () => ({ ok: true, value: "" }) };
    assert.match(
      await errorOf(file("empty.tar", await copyToTar(empty))),
      /^empty\.tar: all its files are empty: make it again/,
    );
    assert.match(
      await errorOf(file("sysfs.tar.xz", Buffer.from("\xfd7zXZ\0...", "latin1"))),
      /unpack it with "xz -d" first$/,
    );
  });
});

describe("anything else", () => {
  const KINDS = SOURCES_UNDERSTOOD;

  it("is told what is understood", async () => {
    assert.equal(await errorOf(join(BASE, "none")), `none: no such file or directory; understood is ${KINDS}`);
    assert.equal(
      await errorOf(file("picture.png", Buffer.from([137, 80, 78, 71, 0, 255]))),
      `picture.png: it is not ${KINDS}; it looks like a file that is not text`,
    );
    assert.equal(await errorOf(file("nothing", "")), `nothing: it is not ${KINDS}; it looks like an empty file`);
  });

  it("that is a part of a host only is told what is missing", async () => {
    const line = await errorOf(repository("src/formats/listing/fixtures/masks-alone.txt"));
    assert.match(line, /masks-alone\.txt:\d+:\d+: expected a listing .*found masks alone/);
  });
});
