// Command lines of chzdev: short ones are found, and what they say is what that program takes from them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Apid, type Apqi, asApid, asApqi } from "../../system/ap/id.ts";
import { type Mask, maskOf, newMask } from "../../system/ap/mask.ts";
import { parseMask } from "../../system/sysfs/mask-grammar.ts";
import { absoluteTerms, fullMask, relativeTerms } from "../reading/mask-terms.ts";
import { applySetting, type ChzdevLine, formatChzdev } from "./chzdev-line.ts";
import { parseChzdev } from "./chzdev-text.ts";

const all = { apmask: fullMask<Apid>(), aqmask: fullMask<Apqi>() };
const without = <I extends Apid | Apqi>(...ids: readonly number[]): Mask<I> => {
  const mask = fullMask<I>();
  for (const id of ids) mask.remove(id as I);
  return mask;
};

function lines(text: string): readonly ChzdevLine[] {
  const parsed = parseChzdev(text);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value.lines;
}

const mask = <I extends Apid | Apqi>(as: (id: number) => I) =>
  fc.oneof(
    fc.array(fc.nat(255), { maxLength: 20 }).map((ids) => maskOf(ids.map(as))),
    fc.array(fc.nat(255), { maxLength: 20 }).map((ids) => without<I>(...ids)),
  );

describe("a chzdev line", () => {
  it("says what has to change, or all that is on, whichever is shorter", () => {
    const freed = { apmask: without<Apid>(5, 6), aqmask: without<Apqi>(4, 0x47, 0xab, 0xac) };
    assert.equal(formatChzdev(all, freed), "chzdev -t ap apmask=-5-6 aqmask=-4,-0x47,-0xab-0xac");
    assert.equal(
      formatChzdev(undefined, freed, "active"),
      ["chzdev -t ap -a apmask=0-4,7-0xff aqmask=0-3,5-0x46,0x48-0xaa,0xad-0xff"].join(),
    );
    const few = { apmask: fullMask<Apid>(), aqmask: maskOf([0, 2, 4].map(asApqi)) };
    assert.equal(formatChzdev({ ...all, aqmask: without(7, 9, 11, 13) }, few), "chzdev -t ap aqmask=0,2,4");
    assert.equal(formatChzdev(freed, all, "persistent"), "chzdev -t ap -p apmask=+5-6 aqmask=0-0xff");
  });

  it("is not needed where nothing is to be done", () => {
    assert.equal(formatChzdev(all, all), undefined);
  });

  it("takes all bits off by a change, because an assignment has to name one", () => {
    const none = { apmask: newMask<Apid>(), aqmask: newMask<Apqi>() };
    assert.equal(formatChzdev(undefined, none), "chzdev -t ap apmask=-0-0xff aqmask=-0-0xff");
  });

  it("leads from any masks to any others when it is read again", () => {
    const masks = fc.record({ apmask: mask(asApid), aqmask: mask(asApqi) });
    fc.assert(
      fc.property(masks, masks, fc.boolean(), (from, to, isKnown) => {
        const line = formatChzdev(isKnown ? from : undefined, to);
        const [read] = line === undefined ? [] : lines(line);
        const [apmask, aqmask] = [read?.apmask, read?.aqmask];
        assert.deepEqual((apmask ? applySetting(apmask, from.apmask) : from.apmask).ids(), to.apmask.ids());
        assert.deepEqual((aqmask ? applySetting(aqmask, from.aqmask) : from.aqmask).ids(), to.aqmask.ids());
      }),
    );
  });

  it("has changes that the kernel's own masks take as well", () => {
    fc.assert(
      fc.property(mask(asApid), mask(asApid), (from, to) => {
        const terms = relativeTerms(from, to);
        if (terms.length > 0) assert.deepEqual(parseMask(terms.join(","), from)?.ids(), to.ids());
      }),
    );
    assert.deepEqual(absoluteTerms(newMask<Apid>()), []);
  });

  it("is found in a script, after a prompt, with other options", () => {
    const found = lines(`#!/bin/sh
set -e
# frees two queues
chzdev -t ap --active apmask=-5,+0107
$ sudo /usr/sbin/chzdev -V -e --type ap -p aqmask=71   # 0x47
# chzdev --type=ap -a -p aqmask=-0x47
`);
    assert.deepEqual(
      found.map(({ scope, place }) => [scope, place.line]),
      [
        ["active", 4],
        ["persistent", 5],
      ],
      "in a script the last line is a comment",
    );
    assert.deepEqual(found[0]?.apmask?.changes.at(-1), { first: 0o107, last: 0o107, on: true });
    assert.equal(found[1]?.aqmask?.isRelative, false);
  });

  it("is found after each kind of prompt", () => {
    const prompts = ["# ", "$ ", "host:~ # ", "root@host:~# ", "[root@host ~]# ", "  [root@host ~]$ sudo "];
    for (const prompt of prompts) {
      const [found, ...more] = lines(`${prompt}chzdev --type=ap -a -p aqmask=-0x47\n`);
      assert.equal(found?.scope, "both", prompt);
      assert.deepEqual(found?.aqmask?.changes, [{ first: 0x47, last: 0x47, on: false }], prompt);
      assert.deepEqual(more, []);
    }
  });

  const refused: readonly (readonly [text: string, at: string, expected: RegExp])[] = [
    [
      "chzdev -t dasd 0.0.1234",
      "1:1",
      /sets apmask or aqmask, found none \(left out: it is about "dasd", not about ap\)/,
    ],
    ["chzdev apmask=-5", "1:1", /"-t ap" in the line, found no type/],
    ["chzdev -t ap apmask=5,-6", "1:23", /numbers and ranges such as .* found "-6"/],
    ["chzdev -t ap apmask=-5,6", "1:24", /changes such as .* found "6"/],
    ["chzdev -t ap apmask=", "1:21", /numbers and ranges/],
    ["chzdev -t ap aqmask=0-256", "1:21", /a number 0..0xff, found "256"/],
    ["chzdev -t ap aqmask=089", "1:21", /a number 0..0xff, found "089"/],
    ["chzdev -t ap aqmask=8-5", "1:21", /its lower end first/],
    ["chzdev -t ap -r apmask", "1:14", /an option that sets masks, found "-r"/],
    ["\nlsblk", "1:1", /sets apmask or aqmask, found none$/],
  ];
  for (const [text, at, expected] of refused) {
    it(`is refused: ${JSON.stringify(text)}`, () => {
      const parsed = parseChzdev(text);
      assert.ok(!parsed.ok);
      assert.equal(`${parsed.error.line}:${parsed.error.column}`, at);
      assert.match(parsed.error.expected, expected);
    });
  }
});
