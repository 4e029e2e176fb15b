// Headers that no tar writes: an entry whose length is not a length ends the reading, and does not go on for ever.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BLOCK, TarParser } from "./tar-parser.ts";

/** One entry, its sum made right. */
function entry(type: string, size: string, content = ""): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write("sys/bus/ap/apmask");
  header.write(size, 124, 12, "latin1");
  header.write(`${type}`.padEnd(1), 156);
  header.write("ustar", 257);
  header.fill(" ", 148, 156);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  return Buffer.concat([header, Buffer.from(content.padEnd(Math.ceil(content.length / BLOCK) * BLOCK, "\0"))]);
}

const parse = (bytes: Buffer): void => new TarParser({ wants: () => true, take: () => undefined }).push(bytes);

describe("a length in a tar", () => {
  it("that is below nothing is refused", () => {
    for (const size of ["-10", "-1", "-77777777777"])
      assert.throws(
        () => parse(Buffer.concat([entry("0", size), Buffer.alloc(BLOCK)])),
        /an entry of it has no length/,
      );
  });

  it("that pax gives is a decimal number", () => {
    for (const size of ["-5", "1e3", "0x10", "", " 5", "1.5", "99999999999999999999"]) {
      const record = ` size=${size}\n`;
      const pax = `${record.length + 2}${record}`;
      const bytes = Buffer.concat([entry("x", pax.length.toString(8), pax), entry("0", "0"), Buffer.alloc(BLOCK)]);
      assert.throws(() => parse(bytes), /an entry of it has no length/, size);
    }
  });
});
