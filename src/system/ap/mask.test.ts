// Masks against the plainest model there is, a Set of numbers; as views of a larger buffer, whose other words stay as they are.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Apid, asApid, NONE } from "./id.ts";
import { Mask, maskOf, newMask, wordsFor } from "./mask.ts";

type Model = ReadonlySet<number>;

const WIDTHS = [1, 2, 4, 8];
/** What the words before and after a mask hold: an operation that runs too far destroys it. */
const GUARD = 0xa5a5a5a5;

const maskWidth = fc.constantFrom(...WIDTHS);

/** A few ids, most of them, or whole words: borders of words are where mistakes are. */
function idsBelow(limit: number): fc.Arbitrary<number[]> {
  const all = Array.from({ length: limit }, (_, id) => id);
  return fc.oneof(
    fc.uniqueArray(fc.nat(limit - 1), { maxLength: 12 }),
    fc.subarray(all),
    fc.subarray(all, { minLength: limit - 3 }),
    fc.constantFrom(all, all.slice(0, 31), all.slice(0, 32), all.slice(0, 33), [limit - 1], all.slice(31, 33)),
  );
}

/** A mask in the middle of a buffer, holding these ids. */
function guarded(width: number, ids: Iterable<number>): Mask<Apid> {
  const words = new Uint32Array(width + 2).fill(GUARD);
  words.fill(0, 1, width + 1);
  const mask = new Mask<Apid>(words, 1, width);
  for (const id of ids) mask.add(asApid(id));
  return mask;
}

const ascending = (ids: Iterable<number>): number[] => [...ids].sort((a, b) => a - b);

function assertHolds(mask: Mask<Apid>, model: Model): void {
  assert.deepEqual(mask.ids(), ascending(model));
  assert.deepEqual([mask.words[0], mask.words[mask.width + 1]], [GUARD, GUARD], "the words around are as they were");
}

/** A property over one mask and its model. */
function holdsForOne(check: (mask: Mask<Apid>, model: Set<number>, limit: number) => void): void {
  const cases = maskWidth.chain((width) => fc.tuple(fc.constant(width), idsBelow(width * 32)));
  fc.assert(fc.property(cases, ([width, ids]) => check(guarded(width, ids), new Set(ids), width * 32)));
}

/** The same over two masks; the second may be wider, or (`any`) narrower, too. */
function holdsForTwo(
  widths: "other-not-narrower" | "any",
  check: (mask: Mask<Apid>, other: Mask<Apid>, models: { a: Set<number>; b: Set<number> }, limit: number) => void,
): void {
  const cases = fc
    .tuple(maskWidth, maskWidth)
    .map(([a, b]) => (widths === "any" || b >= a ? [a, b] : [b, a]))
    .chain((pair) => {
      const [a, b] = pair as [number, number];
      return fc.tuple(fc.constant(a), fc.constant(b), idsBelow(a * 32), idsBelow(b * 32));
    });
  fc.assert(
    fc.property(cases, ([width, otherWidth, ids, otherIds]) => {
      const other = guarded(otherWidth, otherIds);
      check(guarded(width, ids), other, { a: new Set(ids), b: new Set(otherIds) }, width * 32);
      assertHolds(other, new Set(otherIds));
    }),
  );
}

describe("a mask", () => {
  it("holds what was added and not removed, and nothing else", () => {
    const commands = fc.array(fc.tuple(fc.constantFrom("add", "remove", "set on", "set off"), fc.nat(63)));
    fc.assert(
      fc.property(commands, (list) => {
        const mask = guarded(2, []);
        const model = new Set<number>();
        for (const [command, id] of list) {
          if (command === "add") mask.add(asApid(id));
          else if (command === "remove") mask.remove(asApid(id));
          else mask.set(asApid(id), command === "set on");
          if (command === "add" || command === "set on") model.add(id);
          else model.delete(id);
          assertHolds(mask, model);
        }
      }),
    );
  });

  it("says of every number whether it is in, also of those it is too narrow for", () => {
    holdsForOne((mask, model) => {
      for (let id = 0; id < 256; id++) assert.equal(mask.has(asApid(id)), model.has(id), `id ${id}`);
    });
  });

  it("counts, and knows when it is empty or full", () => {
    holdsForOne((mask, model, limit) => {
      assert.equal(mask.count(), model.size);
      assert.equal(mask.isEmpty(), model.size === 0);
      assert.equal(mask.isFull(), model.size === limit);
    });
  });

  it("finds the next id from any number on, or none", () => {
    holdsForOne((mask, model) => {
      const ids = ascending(model);
      for (let from = 0; from <= 256; from++) {
        assert.equal(mask.next(from), ids.find((id) => id >= from) ?? NONE, `from ${from}`);
      }
    });
  });

  it("is cleared, filled, and filled up to a number", () => {
    holdsForOne((mask, model, limit) => {
      const upTo = model.size % limit;
      mask.fillUpTo(upTo);
      assertHolds(mask, new Set(Array.from({ length: upTo + 1 }, (_, id) => id)));
      mask.clear();
      assertHolds(mask, new Set());
      mask.fill();
      assertHolds(mask, new Set(Array.from({ length: limit }, (_, id) => id)));
    });
  });
});

describe("two masks", () => {
  it("are equal when they hold the same ids", () => {
    holdsForTwo("other-not-narrower", (mask, other, { a, b }, limit) => {
      const within = [...b].filter((id) => id < limit);
      assert.equal(mask.equals(other), a.size === within.length && within.every((id) => a.has(id)));
      assert.equal(mask.equals(guarded(mask.width, a)), true);
    });
  });

  it("contain one another or have ids in common, whatever their widths", () => {
    holdsForTwo("any", (mask, other, { a, b }) => {
      const common = ascending([...a].filter((id) => b.has(id)));
      assert.equal(mask.containsAll(other), common.length === b.size);
      assert.equal(mask.intersects(other), common.length > 0);
      assert.equal(mask.firstCommon(other), common[0] ?? NONE);
    });
  });

  it("do not contain one another when an id lies beyond the narrower one", () => {
    const narrow = guarded(
      1,
      Array.from({ length: 32 }, (_, id) => id),
    );
    for (const id of [32, 33, 63, 64, 255]) assert.equal(narrow.containsAll(guarded(8, [0, id])), false, `id ${id}`);
  });

  it("are copied, whatever their widths: what finds no room is left out, what is not there is taken out", () => {
    holdsForTwo("any", (mask, other, { b }, limit) => {
      mask.copy(other);
      assertHolds(mask, new Set([...b].filter((id) => id < limit)));
    });
  });

  it("are united, subtracted and intersected in place", () => {
    holdsForTwo("other-not-narrower", (mask, other, { a, b }, limit) => {
      const fresh = () => guarded(mask.width, a);
      const [united, less, kept] = [fresh(), fresh(), fresh()];
      united.addAll(other);
      assertHolds(united, new Set([...a, ...[...b].filter((id) => id < limit)]));
      less.removeAll(other);
      assertHolds(less, new Set([...a].filter((id) => !b.has(id))));
      kept.retainAll(other);
      assertHolds(kept, new Set([...a].filter((id) => b.has(id))));
    });
  });

  it("give a third their intersection or difference", () => {
    holdsForTwo("other-not-narrower", (mask, other, { a, b }) => {
      const third = guarded(mask.width, [0, 5, 31]);
      third.setIntersection(mask, other);
      assertHolds(third, new Set([...a].filter((id) => b.has(id))));
      third.setDifference(mask, other);
      assertHolds(third, new Set([...a].filter((id) => !b.has(id))));
      assertHolds(mask, a);
    });
  });
});

describe("a mask of its own", () => {
  it("has room for 256 ids unless told otherwise", () => {
    assert.equal(newMask().width, 8);
    for (const [ids, words] of [
      [1, 1],
      [32, 1],
      [33, 2],
      [64, 2],
      [255, 8],
      [256, 8],
    ] as const) {
      assert.equal(newMask(ids).width, words, `${ids} ids`);
      assert.equal(wordsFor(ids), words, `${ids} ids`);
    }
  });

  it("is made of ids in any order, repeated or not", () => {
    assert.deepEqual(maskOf([255, 4, 0, 4].map(asApid)).ids(), [0, 4, 255]);
    assert.deepEqual(maskOf<Apid>([]).ids(), []);
  });
});
