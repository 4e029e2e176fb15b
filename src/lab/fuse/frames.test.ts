// Frames in both byte orders: what is put together can be taken apart, by code that shares nothing with it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Bytes, Numbers } from "../../testing/support/fake-kernel.ts";
import { appendStat, Frame, parseRequest } from "./frames.ts";

for (const little of [true, false]) {
  describe(`a frame in ${little ? "little" : "big"} endian`, () => {
    it("has its length, code and number in front, and grows as it is written", () => {
      const frame = new Frame(little).u16(0x1234).u16(1).u32(0xdeadbeef).u64(0x01020304050607).text("é\n").zeros(3);
      assert.equal(frame.size, 21);
      const bytes = frame.finish(77, -22);
      const numbers = new Numbers(bytes, little);
      assert.equal(numbers.u32(0), bytes.length);
      assert.equal(numbers.u32(4), 2 ** 32 - 22);
      assert.equal(numbers.u64(8), 77n);
      assert.deepEqual([numbers.u16(16), numbers.u16(18), numbers.u32(20)], [0x1234, 1, 0xdeadbeef]);
      assert.equal(numbers.u64(24), 0x01020304050607n);
      assert.equal(bytes.toString("latin1", 32), "é\n\0\0\0");
    });

    it("is begun anew over the bytes of the last one, of which nothing is left, and grows when it has to", () => {
      const frame = new Frame(little);
      frame.text("x".repeat(10_000)).finish(1, 0);
      assert.deepEqual(frame.begin().zeros(8).finish(1, 0).subarray(16), Buffer.alloc(8));
      assert.equal(frame.begin().size, 0);
    });

    it("holds attributes in the 88 bytes of struct fuse_attr", () => {
      const stat = { ino: 9, mode: 0o100644, size: 4096, nlink: 1, uid: 3, gid: 4, time: 5 };
      const body = appendStat(new Frame(little), stat).finish(1, 0).subarray(16);
      const numbers = new Numbers(body, little);
      assert.equal(body.length, 88);
      assert.deepEqual(
        [numbers.u64(0), numbers.u64(8), numbers.u64(24), numbers.u64(32), numbers.u64(40)],
        [9n, 4096n, 5n, 5n, 5n],
      );
      assert.deepEqual(
        [60, 64, 68, 72, 80].map((at) => numbers.u32(at)),
        [0o100644, 1, 3, 4, 4096],
      );
    });

    it("is taken apart as it was put together", () => {
      const body = new Bytes(little)
        .u32(5)
        .u64(2n ** 63n)
        .text("name\0rest")
        .all();
      const header = new Bytes(little)
        .u32(40 + body.length)
        .u32(14)
        .u64(123n)
        .u64(2n ** 40n);
      header.u32(1000).u32(1001).u32(4321).u32(0);
      // What stands after the length that a frame names is not part of it.
      const request = parseRequest(Buffer.concat([header.all(), body, Buffer.from("more")]), little);
      assert.ok(request);
      assert.deepEqual([request.opcode, request.unique, request.node], [14, 123, 2 ** 40]);
      assert.deepEqual([request.uid, request.pid], [1000, 4321]);
      assert.deepEqual([request.body.length, request.body.u32(0)], [body.length, 5]);
      assert.equal(request.body.number(4), 2 ** 63);
      assert.equal(request.body.name(12), "name");
      assert.equal(request.body.text(17, 4), "rest");
      assert.equal(request.body.text(17, 100), "rest", "no further than the body goes");
      assert.throws(() => request.body.u32(body.length - 3), RangeError);
    });

    it("that is shorter than it says, or than a header, is none", () => {
      const header = new Bytes(little).u32(41).u32(1).u64(1n).u64(1n).u32(0).u32(0).u32(0).u32(0).all();
      assert.equal(parseRequest(header, little), undefined);
      assert.equal(parseRequest(header.subarray(0, 39), little), undefined);
      assert.equal(parseRequest(Buffer.alloc(40), little), undefined, "a length of 0");
    });
  });
}

describe("any bytes", () => {
  it("are a request or are none, and never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, little) => {
        const request = parseRequest(Buffer.from(bytes), little);
        if (request) assert.ok(request.body.length <= bytes.length - 40);
      }),
    );
  });
});
