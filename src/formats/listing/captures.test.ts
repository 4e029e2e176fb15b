// Listings that others published, where they lie beside the repository: what is known of each is what the import makes of it.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { typeName } from "../../system/ap/card-type.ts";
import { formatInputError } from "../reading/input-error.ts";
import { detectAndImport } from "./detect-import.ts";
import { parseMaskListing } from "./mask-listing.ts";
import { parseMatrixListing } from "./matrix-listing.ts";

interface Facts {
  /** `05 CEX5C`, blanks between cards as `, `. */
  readonly cards: string;
  readonly domains: string;
  readonly offline?: string;
  /** A part of each warning, in order. */
  readonly warnings?: readonly RegExp[];
}

const LISTINGS: Readonly<Record<string, Facts>> = {
  "lszcrypt-V-avocado-vt-canned.txt": { cards: "01 CEX5C", domains: "002c" },
  "lszcrypt-V-kata-coco-sestat.txt": { cards: "03 CEX8P", domains: "0041" },
  "lszcrypt-V-s390list-wrapped.txt": { cards: "01 CEX7C", domains: "0001" },
  "lszcrypt-V-yast-nodevs.txt": { cards: "", domains: "" },
  "lszcrypt-V-yast-ok.txt": { cards: "01 CEX5C", domains: "0001" },
  "lszcrypt-kata-readme-cex7c.txt": { cards: "06 CEX7C", domains: "0032" },
  "lszcrypt-vfio-ap-rst-guest1.txt": {
    cards: "05 CEX5C, 06 CEX5A",
    domains: "0004 00ab",
    warnings: [/:9: queue 06\.00ab is listed as CEX5C, its card as CEX5A/],
  },
  "lszcrypt-vfio-ap-rst-guest3.txt": { cards: "06 CEX5A", domains: "0047 00ff" },
  "lszcrypt-vfio-ap-rst-zh-localized.txt": {
    cards: "05 CEX5C, 06 CEX5A",
    domains: "0004 00ab",
    warnings: [/MODE is in another language/],
  },
  "lszcrypt-yast-cca-ep11.txt": {
    cards: "01 CEX5C, 02 CEX7P",
    domains: "0001 0002",
    offline: "01.0002",
    warnings: [/TYPE CEX7C and MODE disagree/, /no row for 02\.0002/],
  },
  "lszcrypt-yast-three-apqns.txt": { cards: "01 CEX5C", domains: "0001 0002 0003", offline: "01.0002" },
};

const beside = process.env.APMATRIX_SHARED
  ? pathToFileURL(`${process.env.APMATRIX_SHARED}/`)
  : new URL("../../../../shared/", import.meta.url);
const folder = new URL("captures/", beside);
const skip = existsSync(folder) ? false : "the published listings are not at hand";
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");

describe("import published listings", { skip }, () => {
  it("knows all that are there", () => {
    const there = readdirSync(folder).filter((name) => /^lszcrypt.*\.txt$/.test(name));
    assert.deepEqual(there.sort(), Object.keys(LISTINGS).sort());
  });

  for (const [name, facts] of Object.entries(LISTINGS)) {
    it(name, () => {
      const result = detectAndImport(read(name), name);
      assert.ok(result.ok, result.ok ? "" : formatInputError(result.error));
      const { cards, domains, offline, masks, mdevs, unbound } = result.value;
      assert.equal(
        cards.map(({ id, type, mode }) => `${formatApid(id)} ${typeName(type, mode)}`).join(", "),
        facts.cards,
      );
      assert.equal(domains.map(formatApqi).join(" "), facts.domains);
      assert.equal(offline.map(formatApqn).join(" "), facts.offline ?? "");
      assert.deepEqual([masks, mdevs, unbound], [{ apmask: undefined, aqmask: undefined }, [], []]);
      const expected = facts.warnings ?? [];
      assert.equal(result.warnings.length, expected.length, result.warnings.join("\n"));
      for (const [i, pattern] of expected.entries()) assert.match(result.warnings[i] as string, pattern);
    });
  }
});

const zeros = (start: string): string => start.padEnd(66, "0");
const ones = (start: string): string => start.padEnd(66, "f");

const MASKS: Readonly<Record<string, readonly (readonly [name: string | undefined, text: string])[]>> = {
  "masks-vfio-ap-rst-kparm.txt": [
    ["apmask", zeros("0xffff")],
    ["aqmask", zeros("0x4")],
  ],
  "masks-vfio-ap-rst-echo.txt": [
    ["apmask", ones("0xf9")],
    ["aqmask", `${ones("0xf7fffffffffffffffeffffffffffffffffffffffffe").slice(0, -1)}e`],
  ],
  "masks-lkp-numbered.txt": [
    ["apmask", zeros("0x7d")],
    ["aqmask", zeros("0x8")],
  ],
  "masks-s390list-v6-diff.txt": [
    ["apmask", zeros("0x7")],
    ["aqmask", zeros("0x018")],
  ],
  "apmask-vfio-ap-rst-default.txt": [[undefined, ones("0x7d")]],
  "ap_control_domain_mask-s390list-v4-diff.txt": [[undefined, zeros("0x000000000000102")]],
};

describe("read published masks", { skip }, () => {
  for (const [name, expected] of Object.entries(MASKS)) {
    it(`${name}: understood, but no host`, () => {
      const masks = parseMaskListing(read(name), name);
      assert.ok(masks.ok, masks.ok ? "" : formatInputError(masks.error));
      assert.deepEqual(
        masks.value.map((mask) => [mask.name, mask.text]),
        expected,
      );
      const imported = detectAndImport(read(name), name);
      assert.ok(!imported.ok);
      assert.match(imported.error.message, /came masks alone/);
    });
  }
});

const MATRICES: Readonly<Record<string, readonly [adapters: string, domains: string]>> = {
  "guest_matrix-s390list-filter.txt": ["14 16", "0004 0005 0006"],
  "matrix-s390list-v11-nbsp.txt": ["04 05", "0004 0047 0054"],
  "matrix-s390list-v11-trailing-blanks.txt": ["04 05", "0004 0047 0053 0054"],
};

describe("read published matrices", { skip }, () => {
  for (const [name, expected] of Object.entries(MATRICES)) {
    it(`${name}: understood, but no host`, () => {
      const matrix = parseMatrixListing(read(name), name);
      assert.ok(matrix.ok, matrix.ok ? "" : formatInputError(matrix.error));
      const { adapters, domains } = matrix.value;
      assert.deepEqual([adapters.map(formatApid).join(" "), domains.map(formatApqi).join(" ")], expected);
      const imported = detectAndImport(read(name), name);
      assert.ok(!imported.ok);
      assert.match(imported.error.message, /came the matrix of an mdev alone/);
    });
  }

  it("refuses numbers that could be decimal or hex", () => {
    const result = detectAndImport(read("matrix-s390list-v10-steps.txt"), "v10");
    assert.ok(!result.ok);
    assert.match(formatInputError(result.error), /^v10:6:1: .*"1\.0": decimal or hex cannot be told$/);
  });
});

describe("refuse what else was published", { skip }, () => {
  const isKnown = (name: string): boolean =>
    [LISTINGS, MASKS, MATRICES].some((table) => name in table) || name.startsWith("matrix-");
  it("in one line that says what is understood", () => {
    for (const name of readdirSync(folder).filter((each) => !isKnown(each))) {
      const result = detectAndImport(read(name), name);
      assert.ok(!result.ok, name);
      assert.match(
        formatInputError(result.error),
        /:\d+:\d+: expected a listing of lszcrypt -V or a host description \(YAML\), came [^\n]+$/,
      );
    }
  });
});
