// Events of a lab in words: guests of any name, and what an error means.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { operationsFromWords } from "../history/scenario/event-words.ts";
import { ERRNO } from "../system/ap/errno.ts";
import { apmatrix, type CommandOptions, killLabs, labUp, type RunningLab } from "../testing/support/lab-command.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { errorInWords } from "./event-errors.ts";

const parent = temporaryDirectory();
const [ONE, TWO] = ["7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001", "7a2c1d3e-0002-4c58-9b1e-5f0c0a6d0002"];
const NOBODY = "7a2c1d3e-0009-4c58-9b1e-5f0c0a6d0009";
const HOST = `cards:
  - { id: 4, type: CEX7C }
domains: [4, 0x47]
masks: { apmask: "-4" }
mdevs:
  - { uuid: ${ONE}, adapters: [4], domains: [4] }
  - { uuid: ${TWO}, adapters: [4], domains: [0x47] }
`;
after(killLabs);

describe("an event in words", () => {
  let options: CommandOptions;
  let lab: RunningLab;
  const event = (...words: string[]) => apmatrix(["lab", "event", ...words], options);

  before(async () => {
    const file = join(freshDirectory(parent), "host.yaml");
    writeFileSync(file, HOST);
    options = { run: freshDirectory(parent, "run") };
    lab = await labUp([file, "--no-timer"], options);
  });
  after(() => lab.stop());

  it("names a guest as it is called", async () => {
    for (const [name, ...words] of [
      ["Guest1", "Guest1"],
      ["payments 2", "payments 2"],
      ["two  # blanks", "two  # blanks"],
      ["no-vm", '"no-vm"'],
    ] as const) {
      const started = await event("start", ...words, ONE);
      assert.equal(started.stderr, "", name);
      const masks = JSON.parse(started.stdout) as { r: number; apcb: Record<string, unknown> };
      assert.deepEqual([masks.r, Object.keys(masks.apcb)], [0, [name]]);
      assert.match((await event("stop", ...words, ONE)).stdout, /^\{"r":0,/);
    }
    assert.match((await event(`start "one guest" ${ONE}`)).stdout, /"one guest":\[/, "one argument");
    assert.match((await event(`stop "one guest" ${ONE}`)).stdout, /^\{"r":0,/);
  });

  it("that is refused is explained, beside the answer", async () => {
    assert.match((await event("start", "Guest1", ONE)).stdout, /^\{"r":0,/);
    const refused: readonly (readonly [readonly string[], string, string])[] = [
      [["start", "x", ONE], "EBUSY", "EBUSY (device or resource busy): this mdev is open already"],
      [["start", "Guest1", TWO], "EPERM", "EPERM (operation not permitted): this guest has another mdev open"],
      [
        ["start", "x", NOBODY],
        "ENODEV",
        "ENODEV (no such device): there is no mdev of this UUID, or it is being removed",
      ],
      [
        ["start", "no-vm", TWO],
        "EINVAL",
        "EINVAL (invalid argument): this kernel wants a virtual machine when an mdev is opened",
      ],
      [["stop", "x", ONE], "EBADF", "EBADF (bad file descriptor): this guest does not have this mdev open"],
      [["request", ONE], "ENODEV", "ENODEV (no such device): no removal of this mdev waits for a guest"],
      [
        ["assign", ONE, "domain", "0047"],
        "EADDRINUSE",
        `EADDRINUSE (address already in use): "apmatrix explain-write --from lab:lab -- devices/vfio_ap/matrix/${ONE}/assign_domain 0x47" says why`,
      ],
    ];
    for (const [words, errno, sentence] of refused) {
      const { code, stdout, stderr } = await event(...words);
      assert.equal(code, 0, words.join(" "));
      assert.equal(JSON.parse(stdout).r, errno, words.join(" "));
      assert.equal(stderr, `apmatrix: ${sentence}\n`);
    }
    await event("stop", "Guest1", ONE);
  });

  it("has words for every error", () => {
    for (const errno of Object.keys(ERRNO) as (keyof typeof ERRNO)[])
      assert.match(errorInWords({ op: "scan", part: "all" }, errno, "lab"), /^E[A-Z]+ \([a-z/ ]+\)$/);
  });

  it("is listed by --help, and what is listed can be said", async () => {
    const { stdout } = await event("--help");
    for (const verb of ["machine", "card", "scan", "start", "stop", "reset", "request", "eventfd", "unmap", "fault"])
      assert.match(stdout, new RegExp(`^ {2}${verb} `, "m"));
    assert.match(stdout, /interrupts-on/);
    assert.match((await event("fault", "04.0047", "reset", "42")).stdout, /^\{"r":0\}/);
    assert.match((await event("fault", "04.0047", "reset", "ok")).stdout, /^\{"r":0\}/);
  });
});

describe("a guest's name in an event", () => {
  const guestIn = (text: string): unknown => {
    const read = operationsFromWords(text);
    assert.ok(read.ok, `${text}: ${read.ok ? "" : read.error.expected}`);
    const [operation] = read.value;
    return operation && "guest" in operation ? operation.guest : undefined;
  };

  it("is any word, as long as an mdev is not meant, or any text in quotes", () => {
    for (const name of ["g1", "Guest1", "vm-01.example", "mail", "gone", "04", ONE]) {
      for (const verb of ["start", "stop", "reset", "eventfd request off", "unmap 2000 +1000"])
        assert.equal(guestIn(`${verb} ${name} ${ONE}`), name);
      assert.equal(guestIn(`interrupts-on 04.0004 ${name} isc 2`), name);
    }
    for (const name of ["no-vm", "off", "isc", "two  # blanks", 'a "b"', "\t", "m1"])
      assert.equal(guestIn(`stop ${JSON.stringify(name)} ${ONE}`), name);
    assert.equal(guestIn(`stop ${ONE}`), "g1", "none is named");
    assert.equal(guestIn(`start no-vm ${ONE}`), null);
    assert.equal(guestIn("interrupts-off 04.0004 isc 2"), "g1");
    for (const text of ['stop "torn', `stop one two ${ONE}`, `stop "\\u0100" ${ONE}`])
      assert.ok(!operationsFromWords(text).ok, text);
  });
});

describe("a source in the place of an argument", () => {
  it("is told where it belongs", async () => {
    const options = { run: freshDirectory(parent, "run") };
    for (const [words, named] of [
      [["show"], "show"],
      [["serve"], "serve"],
      [["export", "mdevctl"], "export mdevctl"],
    ] as const) {
      const { code, stderr } = await apmatrix([...words, "my host.yaml"], options);
      assert.equal(code, 1);
      assert.equal(
        stderr,
        `apmatrix: ${words[0]} does not take "my host.yaml" here; "apmatrix ${named} --from 'my host.yaml'" reads it\n`,
      );
    }
  });
});
