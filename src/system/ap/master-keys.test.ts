// What a driver prints of master keys, and what is read of it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  currentKeys,
  emptyRegister,
  isRegisterText,
  mkvpsLines,
  REGISTERS,
  type Register,
  readMkvps,
} from "./master-keys.ts";

const AES = "valid 0x0123456789abcdef";
const WK = `valid 0x${"0f".repeat(32)}`;

describe("a register", () => {
  it("is printed by kind: nine of CCA, two of EP11, none of an accelerator", () => {
    assert.deepEqual(
      mkvpsLines("cca", undefined),
      REGISTERS.cca.map((register) => `${register}: - -`),
    );
    assert.deepEqual(mkvpsLines("ep11", new Map([["WK CUR", WK]])), [`WK CUR: ${WK}`, "WK NEW: - -"]);
    assert.equal(mkvpsLines("accel", new Map()), undefined);
    assert.equal(REGISTERS.cca.length, 9);
  });

  it("has the states and the pattern of its kind", () => {
    const taken: readonly (readonly [Register, string])[] = [
      ["AES NEW", "partial 0x0123456789abcdef"],
      ["APKA OLD", "invalid 0x0000000000000000"],
      ["ASYM CUR", `valid 0x${"a".repeat(32)}`],
      ["WK CUR", WK],
      ["WK CUR", "invalid -"],
      ["WK NEW", `uncommitted 0x${"0".repeat(64)}`],
      ["WK NEW", "empty -"],
    ];
    for (const [register, text] of taken) assert.ok(isRegisterText(register, text), `${register}: ${text}`);
    const refused: readonly (readonly [Register, string])[] = [
      ["AES NEW", "valid 0x0123456789abcdef"],
      ["AES CUR", "full 0x0123456789abcdef"],
      ["AES CUR", "valid 0x0123456789abcde"],
      ["AES CUR", "valid 0x0123456789ABCDEF"],
      ["AES CUR", "valid  0x0123456789abcdef"],
      ["AES CUR", "valid 0x0123456789abcdef x"],
      ["AES CUR", "valid -"],
      ["AES CUR", "- -"],
      ["WK CUR", "valid -"],
      ["WK NEW", "committed 0x00"],
      ["WK NEW", ""],
    ];
    for (const [register, text] of refused) assert.ok(!isRegisterText(register, text), `${register}: ${text}`);
    for (const register of [...REGISTERS.cca, ...REGISTERS.ep11])
      assert.ok(isRegisterText(register, emptyRegister(register)), register);
  });

  it("is read back from what is printed; what is not known or not understood is left out", () => {
    const text = `AES NEW: - -\nAES CUR: ${AES}\nAPKA CUR: broken\nFUTURE CUR: ${AES}\n\nnonsense`;
    assert.deepEqual(readMkvps(text), new Map([["AES CUR", AES]]));
    assert.equal(readMkvps("AES NEW: - -\n"), undefined);
    assert.equal(readMkvps(""), undefined);
  });
});

describe("keys in use", () => {
  it("are those of current registers that are valid, in one order", () => {
    const keys = new Map<Register, string>([
      ["APKA CUR", "valid 0x0000000000000002"],
      ["AES NEW", "full 0x0000000000000003"],
      ["AES CUR", AES],
      ["AES OLD", "valid 0x0000000000000004"],
      ["ASYM CUR", emptyRegister("ASYM CUR")],
    ]);
    assert.equal(currentKeys(keys), "AES 0x0123456789abcdef, APKA 0x0000000000000002");
    assert.equal(currentKeys(new Map([["WK CUR", WK]])), `WK 0x${"0f".repeat(32)}`);
    assert.equal(currentKeys(new Map([["AES CUR", emptyRegister("AES CUR")]])), undefined);
  });
});
