// Every layout of a listing has a fixture: what it becomes stands beside it, as a description with its warnings or as an error.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { formatHostDescription } from "../description/format-host-description.ts";
import { parseHostDescription } from "../description/host-description.ts";
import { formatInputError } from "../reading/input-error.ts";
import { detectAndImport } from "./detect-import.ts";
import { listingToDescription } from "./listing-to-description.ts";
import { parseLszcrypt } from "./lszcrypt.ts";

const FIXTURES = new URL("../../../src/formats/listing/fixtures/", import.meta.url);

/** `NAME.yaml` or `NAME.error`, and its text. */
function outcome(name: string): { readonly end: "yaml" | "error"; readonly text: string } {
  const result = detectAndImport(readFileSync(new URL(`${name}.txt`, FIXTURES), "utf8"), `${name}.txt`);
  if (!result.ok) return { end: "error", text: `${formatInputError(result.error)}\n` };
  const warnings = result.warnings.map((warning) => `# warning: ${warning}\n`);
  return { end: "yaml", text: warnings.join("") + formatHostDescription(result.value) };
}

const names = readdirSync(FIXTURES)
  .filter((file) => file.endsWith(".txt"))
  .map((file) => file.slice(0, -".txt".length));

describe("import a pasted file", () => {
  for (const name of names) {
    it(name, () => {
      const { end, text } = outcome(name);
      const expected = new URL(`${name}.${end}`, FIXTURES);
      if (process.env.UPDATE_GOLDEN) {
        for (const other of ["yaml", "error"]) rmSync(new URL(`${name}.${other}`, FIXTURES), { force: true });
        writeFileSync(expected, text);
      }
      assert.ok(existsSync(expected), `${name} became: ${text}`);
      assert.equal(text, readFileSync(expected, "utf8"));
      if (end === "yaml") assert.ok(parseHostDescription(text, name).ok);
      else assert.match(text, /^[^\n]+\.txt:\d+:\d+: [^\n]+\n$/);
    });
  }

  it("refuses exactly the fixtures that are named so", () => {
    const refused = names.filter((name) => outcome(name).end === "error");
    // Masks and matrices are understood, but they are not hosts.
    assert.deepEqual(
      refused,
      names.filter((name) => /refused|^masks|^matrix/.test(name)),
    );
  });
});

describe("read a listing", () => {
  const HEADER = "CARD.DOM TYPE  MODE        STATUS     REQUESTS\n";

  it("knows which commands list a part of the host only", () => {
    const warningsOf = (command: string): number => {
      const listing = parseLszcrypt(`${command}\n${HEADER}04 CEX5C CCA-Coproc online 1\n`, "x");
      return listing.ok ? listing.warnings.length : -1;
    };
    const whole = [
      "$ lszcrypt",
      "#lszcrypt -V",
      "# lszcrypt -V 2>&1",
      "root@zlab9:~# sudo lszcrypt --verbose > list; date",
    ];
    const part = ["$ lszcrypt 04", "$ lszcrypt -V .0004", "[root@zlab9 ~]# lszcrypt --ccaonly"];
    assert.deepEqual([...whole, ...part].map(warningsOf), [0, 0, 0, 0, 1, 1, 1]);
    assert.equal(warningsOf("$ lszcrypt -V | head -4"), -1);
  });

  it("does not mind in which order the rows stand", () => {
    const rows = [
      "04.0005 CEX5C CCA-Coproc online 1\n",
      "04 CEX5C CCA-Coproc online 1\n",
      "04.0004 CEX5C CCA-Coproc online 1\n",
    ];
    const listing = parseLszcrypt(HEADER + rows.join(""), "x");
    assert.ok(listing.ok);
    assert.deepEqual(listingToDescription(listing.value).description.domains, [4, 5]);
  });

  it("keeps the queue offline but not twice: with its card offline it is so anyway", () => {
    const listing = parseLszcrypt(`${HEADER}04 CEX5C CCA-Coproc offline 1\n04.0004 CEX5C CCA-Coproc offline 1\n`, "x");
    assert.ok(listing.ok);
    assert.deepEqual(listingToDescription(listing.value).description.offline, []);
  });

  it("cuts every row of a good listing short and refuses it, or loses only the rows after it", () => {
    const whole = readFileSync(new URL("verbose.txt", FIXTURES), "utf8");
    const rows = (text: string): number => {
      const listing = parseLszcrypt(text, "x");
      return listing.ok ? listing.value.cards.length + listing.value.queues.length : -1;
    };
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.slice(0, length);
      const count = rows(cut);
      // Understood at all, then each line that has begun was understood as the row it is.
      if (count > 0) assert.equal(count, cut.trimEnd().split("\n").length - 2, JSON.stringify(cut.slice(-100)));
    }
  });
});
