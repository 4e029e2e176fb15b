// Lines of a limited length from a stream that comes in pieces.
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { boundedLines } from "./bounded-lines.ts";

/** Lines heard, and "!" where one was too long. */
async function heard(chunks: readonly string[]): Promise<readonly string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  boundedLines(stream, 5, { line: (line) => lines.push(line), excess: () => lines.push("!") });
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await new Promise((resolve) => stream.once("close", resolve));
  return lines;
}

describe("lines from a stream", () => {
  it("are put together of pieces, and the last needs no end", async () => {
    assert.deepEqual(await heard(["a", "b\nc\r\n", "\n", "de", "f"]), ["ab", "c", "", "def"]);
  });

  it("may be as long as the limit, and a longer one ends it, with its end or without", async () => {
    assert.deepEqual(await heard(["12345\n123", "456\nx\n"]), ["12345", "!"]);
    assert.deepEqual(await heard(["123456\nx\n"]), ["!"]);
    assert.deepEqual(await heard(["1234", "56", "78\n"]), ["!"]);
  });
});
