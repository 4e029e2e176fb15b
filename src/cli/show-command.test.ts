// apmatrix show as its users get it: text and data as recorded (UPDATE_GOLDEN=1 rewrites them), colours, and errors.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { UserError } from "../guards/user-error.ts";
import { sample } from "../testing/support/long-form.ts";
import { temporaryDirectory } from "../testing/support/temporary.ts";
import { isColourWanted } from "./colour.ts";
import { type ShowOptions, show } from "./show-command.ts";

const REPOSITORY = new URL("../../", import.meta.url);
const FIXTURES = new URL("src/cli/fixtures/show/", REPOSITORY);
const NO_TERMINAL = { isTTY: false, env: {} };
const TERMINAL = { isTTY: true, env: { TERM: "xterm" } };

const options = (from: string | URL, more: Partial<ShowOptions> = {}): ShowOptions => ({
  from: from instanceof URL ? fileURLToPath(from) : from,
  format: "table",
  colour: true,
  ...more,
});
const guestsHost = new URL("hosts/kernel-doc-guests.yaml", REPOSITORY);

function assertGolden(golden: URL, text: string): void {
  if (process.env.UPDATE_GOLDEN) writeFileSync(golden, text);
  assert.ok(existsSync(golden), `${golden.pathname} is missing: write it with UPDATE_GOLDEN=1`);
  assert.equal(text, readFileSync(golden, "utf8"));
}

describe("apmatrix show", () => {
  const SOURCES: readonly (readonly [string, URL])[] = [
    ["three-guests", guestsHost],
    ...["filtered.yaml", "wide.yaml", "empty.yaml", "removal-waits.jsonl"].map(
      (name) => [name.replace(/\..*/, ""), new URL(name, FIXTURES)] as const,
    ),
  ];
  for (const [name, from] of SOURCES) {
    it(`prints ${name} as recorded`, async () => {
      const { text } = await show(options(from), NO_TERMINAL);
      assertGolden(new URL(`${name}.txt`, FIXTURES), text);
      assert.deepEqual(
        text.split("\n").filter((line) => line.length > 80 && !/^\d+ mdev/.test(line)),
        text
          .split("\n")
          .slice(0, 1)
          .filter((line) => line.length > 80),
      );
    });
  }

  for (const [name, from] of SOURCES.filter(([one]) => one !== "wide")) {
    it(`gives ${name} as data as recorded`, async () => {
      const { text } = await show(options(from, { format: "json" }), NO_TERMINAL);
      assertGolden(new URL(`${name}.json`, FIXTURES), text);
    });
  }

  it("is the picture in docs", async () => {
    const { text } = await show(options(guestsHost, { format: "svg" }), NO_TERMINAL);
    assertGolden(new URL("docs/three-guests.svg", REPOSITORY), text);
  });

  it("shows in docs/show.md what it prints", async () => {
    const page = readFileSync(new URL("docs/show.md", REPOSITORY), "utf8");
    const { text } = await show(options(new URL("filtered.yaml", FIXTURES)), NO_TERMINAL);
    const [, example] = /```text\n([^`]*)```/.exec(page) ?? [];
    assert.ok(example && text.includes(example), "the example of the page is a part of the output");
    const data = JSON.parse((await show(options(guestsHost, { format: "json" }), NO_TERMINAL)).text);
    const members = [
      ...Object.keys(data),
      ...["queues", "mdevs", "guests"].flatMap((list) => Object.keys(data[list][0])),
    ];
    assert.deepEqual(
      members.filter((member) => !page.includes(`\`${member}\``)),
      [],
    );
  });

  it("has no signs beyond ASCII if asked", async () => {
    const { text } = await show(options(new URL("filtered.yaml", FIXTURES), { ascii: true }), NO_TERMINAL);
    assert.match(text, /^0010 U {2}o {2}# {2}\.$/m);
    assert.match(text, /^[\n -~]*$/);
  });

  it("shows a host of 65536 queues and 64 mdevs", async () => {
    const trace = new URL("conformance/traces/r-full-330-0000.jsonl.gz", REPOSITORY);
    for (const format of sample(["table", "json", "svg"], 3)) {
      assert.ok((await show(options(trace, { format }), NO_TERMINAL)).text.length > 10_000);
    }
  });

  it("has the column of serial numbers if a card that a host driver can ask tells one", async () => {
    const file = join(temporaryDirectory(), "serials.yaml");
    writeFileSync(
      file,
      `cards:
  - { id: 5, type: CEX7C, serial: 93AABE7X }
  - { id: 6, type: CEX8A }
  - { id: 7, type: CEX7C, serial: 93AABE7Y }
domains: [4]
masks: { apmask: "-7" }
`,
    );
    const { text } = await show(options(file), NO_TERMINAL);
    assert.match(text, /SERIALNR/);
    assert.match(text, /93AABE7X/);
    assert.doesNotMatch(text, /93AABE7Y/, "all queues of this card are vfio_ap's: nobody can ask it");
    const { cards } = JSON.parse((await show(options(file, { format: "json" }), NO_TERMINAL)).text);
    assert.deepEqual(
      cards.map((card: { serial?: string }) => card.serial),
      ["93AABE7X", undefined, undefined],
    );
  });

  it("does not let a name steer the terminal", async () => {
    const { text } = await show(options(new URL("steering.jsonl", FIXTURES)), NO_TERMINAL);
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
    assert.match(text, /guest \\u001b\[31mred\\u202eder, running/);
  });
});

describe("colours of apmatrix show", () => {
  const ESCAPE = "\u001b[";
  const textFor = async (terminal: Parameters<typeof show>[1], more?: Partial<ShowOptions>) =>
    (await show(options(guestsHost, more), terminal)).text;

  it("come on a terminal only, and say nothing that the text does not", async () => {
    const coloured = await textFor(TERMINAL);
    assert.ok(coloured.includes(ESCAPE));
    const plain = await textFor(NO_TERMINAL);
    assert.ok(!plain.includes(ESCAPE));
    const [first, ...others] = coloured.split(ESCAPE);
    assert.equal([first, ...others.map((part) => part.replace(/^\d+m/, ""))].join(""), plain);
  });

  it("do not come with NO_COLOR, with --no-colour, on a terminal that has none", async () => {
    assert.ok(!(await textFor({ ...TERMINAL, env: { NO_COLOR: "1" } })).includes(ESCAPE));
    assert.ok(!(await textFor(TERMINAL, { colour: false })).includes(ESCAPE));
    assert.equal(isColourWanted({ isTTY: true, env: { TERM: "dumb" } }), false);
    assert.equal(isColourWanted({ isTTY: true, env: { NO_COLOR: "" } }), true);
  });

  it("are never in data or pictures", async () => {
    for (const format of ["json", "svg"]) assert.ok(!(await textFor(TERMINAL, { format })).includes(ESCAPE));
  });
});

describe("apmatrix show, misused", () => {
  const errorOf = async (wrong: ShowOptions): Promise<string> => {
    try {
      await show(wrong, NO_TERMINAL);
    } catch (error) {
      assert.ok(error instanceof UserError);
      return error.message;
    }
    return assert.fail("it was not refused");
  };

  it("names the formats and profiles that there are", async () => {
    assert.equal(
      await errorOf(options(guestsHost, { format: "xml" })),
      'unknown format "xml"; known: table, json, svg',
    );
    assert.match(
      await errorOf(options(guestsHost, { profile: "linux-9" })),
      /unknown profile "linux-9"; known: linux-7\.3/,
    );
  });

  it("names what a source can be", async () => {
    assert.match(
      await errorOf(options("/no/such/thing")),
      /^\/no\/such\/thing: no such file or directory; understood is /,
    );
    assert.match(
      await errorOf(options(new URL("package.json", REPOSITORY))),
      /package\.json: it is not a \/sys directory, /,
    );
    assert.match(await errorOf(options(new URL("hosts/", REPOSITORY))), /there is no bus\/ap in it/);
  });

  it("says where a description or a trace is wrong", async () => {
    const wrong = await errorOf(options(new URL("wrong.yaml", FIXTURES)));
    assert.match(wrong, /wrong\.yaml:2:11: expected a domain .*"0047"/);
    assert.match(await errorOf(options(new URL("wrong.jsonl", FIXTURES))), /wrong\.jsonl:2:20: expected "apm"/);
  });
});
