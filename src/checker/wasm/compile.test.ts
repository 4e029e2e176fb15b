// WebAssembly made of JavaScript: the same numbers as the JavaScript itself.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compile } from "./compile.ts";
import { Arrays, type Functions, functionsOf, type Memory, memoryOf } from "./engine.ts";

const LENGTH = 64;
const VALUES = Array.from({ length: LENGTH }, (_, n) => Math.imul(n + 1, 0x9e3779b1));

/** The functions once more as each of both, with arrays `data` and `more` that have the same values, and a list of what was noted. */
function both(source: string, shared = false) {
  const noted: number[][] = [];
  const made = [memoryOf(2 ** 16, shared), { buffer: new ArrayBuffer(2 ** 16) }].map((memory: Memory) => {
    // Other people's arrays come before one's own.
    const data = new Arrays(memory, 0, 2 ** 12).take(LENGTH);
    const own = new Arrays(memory, 2 ** 12, 2 ** 16);
    const more = own.take(LENGTH);
    data.set(VALUES);
    const seen: number[] = [];
    noted.push(seen);
    const note = (a: number, b: number): void => void seen.push(a, b);
    return { data, more, functions: functionsOf(own, source, { data, more }, { note }) };
  });
  const [compiled, script] = made as [(typeof made)[number], (typeof made)[number]];
  return { compiled, script, noted };
}

/** Calls it in both ways, and holds what comes back and what is in the arrays against one another. */
function assertSame({ compiled, script, noted }: ReturnType<typeof both>, name: string, ...numbers: number[]): void {
  const call = (functions: Functions) => functions[name]?.(...numbers);
  assert.equal(call(compiled.functions), call(script.functions), `${name}(${numbers})`);
  assert.deepEqual(compiled.data, script.data);
  assert.deepEqual(compiled.more, script.more);
  assert.deepEqual(noted[0], noted[1]);
}

const INTEGER = fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31)));

/** Expressions of the numbers a and b that are numbers of 32 bits themselves. */
const { expression } = fc.letrec<{ expression: string; truth: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom("a", "b"),
    INTEGER.map((value) => `(${value})`),
    tie("expression").map((inner) => `(~${inner})`),
    tie("expression").map((inner) => `(-${inner} | 0)`),
    tie("expression").map((inner) => `data[${inner} & ${LENGTH - 1}]`),
    fc
      .tuple(tie("expression"), fc.constantFrom("+", "-", "&", "|", "^", "<<", ">>", ">>>"), tie("expression"))
      .map(([left, operator, right]) => `(${left} ${operator} ${right} | 0)`),
    fc.tuple(tie("expression"), tie("expression")).map(([left, right]) => `Math.imul(${left}, ${right})`),
    fc
      .tuple(tie("truth"), tie("expression"), tie("expression"))
      .map(([test, left, right]) => `(${test} ? ${left} : ${right})`),
  ),
  truth: fc.oneof(
    { maxDepth: 3 },
    fc
      .tuple(tie("expression"), fc.constantFrom("===", "!==", "<", ">", "<=", ">="), tie("expression"))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    tie("expression"),
    tie("truth").map((inner) => `(!${inner})`),
    fc
      .tuple(tie("truth"), fc.constantFrom("&&", "||"), tie("truth"))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
  ),
}));

describe("source that becomes WebAssembly", () => {
  it("gives the numbers that JavaScript gives, for any expression", () => {
    fc.assert(
      fc.property(expression, INTEGER, INTEGER, (text, a, b) => {
        assertSame(both(`function value(a, b) { return ${text}; }`), "value", a, b);
      }),
      { numRuns: 300 },
    );
  });

  it("has variables of their block, conditions, and assignments to variables and to arrays", () => {
    const made = both(`
function change(a, b) {
  let sum = a, unset;
  if (a < b) { const sum = 5, inner = sum + b; more[3] = inner; }
  else if (a === b) more[4] = 1;
  else { const inner = 7; sum ^= inner; }
  { const other = 9; sum += other; }
  const late = 11;
  more[0] = late;
  more[1] += 2;
  data[b & 63] ^= a;
  unset |= sum;
  sum++;
  note(sum, unset);
  if (a & 1) note(a, b);
  return sum;
}`);
    for (const [a, b] of [
      [1, 2],
      [2, 2],
      [3, 2],
      [-5, 70],
      [70, -5],
    ] as const)
      assertSame(made, "change", a, b);
  });

  it("has loops that are left, gone on with, and nested", () => {
    const made = both(`
function loops(a, b) {
  let sum = 0;
  for (let i = 0; i < a; i++) {
    if (i === 3) continue;
    if (i === 20) break;
    for (let j = i; ; j += 2) {
      if (j > b) break;
      if (j & 4) continue;
      sum = Math.imul(sum, 31) + j | 0;
    }
    let k = i;
    while (k > 2) { k -= 3; sum ^= k << 7; }
    while (data[k] === 0) {}
  }
  return sum;
}`);
    for (const [a, b] of [
      [0, 0],
      [3, 9],
      [9, 30],
      [40, 50],
    ] as const)
      assertSame(made, "loops", a, b);
  });

  it("has functions that call those before them, with and without a number that comes back", () => {
    const made = both(`
function twice(a) { return a << 1; }
function put(a, b) { more[a & 63] = twice(b); }
function main(a, b) { put(a, b); put(b, a); return twice(twice(a)) - b | 0; }`);
    for (const [a, b] of [
      [1, 2],
      [63, 64],
      [-1, 9],
    ] as const)
      assertSame(made, "main", a, b);
  });

  it("has functions that are put where they are called, with names of their own", () => {
    const made = both(`
function mix(a, b) { "inline"; const sum = a + b | 0; more[a & 63] = sum; return sum ^ b; }
function main(a, b) {
  const sum = 3;
  let other = mix(b, mix(a, sum));
  other = mix(sum, other);
  return other + sum | 0;
}`);
    for (const [a, b] of [
      [1, 2],
      [63, 64],
      [-1, 9],
    ] as const)
      assertSame(made, "main", a, b);
  });

  it("claims what is shared with other threads as JavaScript does", () => {
    for (const shared of [false, true]) {
      const made = both(
        `
function claim(place, value) {
  const before = Atomics.compareExchange(more, place, 0, value);
  return before + Atomics.load(more, place) | 0;
}`,
        shared,
      );
      for (const [place, value] of [
        [0, 5],
        [0, 6],
        [63, -1],
        [63, 2],
      ] as const)
        assertSame(made, "claim", place, value);
    }
  });

  it("is refused where it is more than that", () => {
    const refused: readonly (readonly [string, RegExp])[] = [
      ["const a = 1;", /VariableDeclaration/],
      ["function f(a) { return a / 2; }", /no WebAssembly for \//],
      ["function f(a) { return other[a]; }", /Identifier/],
      ["function f() { return b; }", /unknown name b/],
      ["function f() { { const b = 1; } return b; }", /unknown name b/],
      ["function f(a) { return a.length; }", /Identifier/],
      ["function f(a) { return Math.max(a, 1); }", /Math\.max/],
      ["function f(a) { return g(a); }", /Identifier/],
      ["function f(a) { return a ?? 1; }", /LogicalExpression/],
      ["function f() { break; }", /no loop|Unsyntactic break/],
      [`function f() { "inline"; } function g() { f(); }`, /only a number/],
      [`function f(a) { "inline"; if (a) return 1; return 2; } function g() { return f(1); }`, /at its end/],
      ["function f([a]) { return a; }", /ArrayPattern/],
      ["function f(a) { return typeof a; }", /UnaryExpression/],
      ["function f(a) { a **= 2; }", /AssignmentExpression/],
      ["function f(a) { try { a = 1; } catch {} }", /TryStatement/],
    ];
    for (const [source, message] of refused) {
      assert.throws(
        () => compile({ source, arrays: {}, imports: {}, shared: false }),
        (error) => error instanceof SyntaxError && message.test(error.message),
        source,
      );
    }
  });
});

describe("a module", () => {
  it("is compiled once for everybody who has the same arrays at the same places of their own", () => {
    const memory = memoryOf(2 ** 16, false);
    const modules = new Map<string, object>();
    const results = [0, 2 ** 12].map((from) => {
      const own = new Arrays(memory, from, from + 2 ** 12, modules);
      const cell = own.take(1);
      const functions = functionsOf(own, "function put(a) { cell[0] = a; }", { cell });
      functions.put?.(from + 1);
      return cell[0];
    });
    assert.deepEqual(results, [1, 2 ** 12 + 1]);
    assert.equal(modules.size, 1);
  });

  it("has no arrays where somebody else's are", () => {
    const own = new Arrays(memoryOf(2 ** 16, false), 128, 256);
    assert.deepEqual(
      [own.take(3), own.take(16)].map(({ byteOffset, length }) => [byteOffset, length]),
      [
        [128, 3],
        [192, 16],
      ],
    );
    assert.throws(() => own.take(1), RangeError);
  });
});
