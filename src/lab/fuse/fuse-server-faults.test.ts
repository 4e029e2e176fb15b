// Writes that wait, answers held back until the kernel knows, handlers that fail, and frames that no kernel sends: the server goes
// on, and nothing malformed leaves it (the fake kernel refuses a malformed frame).
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ERRNO } from "../../system/ap/errno.ts";
import { type Result, refused } from "../../system/ap/result.ts";
import { directory, link, readOnly, readOnlyText, STORED, writeOnly } from "../../system/sysfs/node.ts";
import type { Written } from "../../system/sysfs/sysfs.ts";
import { FakeKernel } from "../../testing/support/fake-kernel.ts";

const WRITE = 16;
const attribute = () => directory({ remove: () => writeOnly(() => STORED) });

describe("a write that waits", () => {
  const waiting = () => {
    let finish = (): void => {};
    const kernel = new FakeKernel(attribute(), {
      write: (_path, bytes, finished) => {
        finish = finished;
        return { ok: true, value: { bytes: bytes.length, outcome: "waits" } };
      },
    });
    const fh = kernel.open(kernel.lookUp(1n, "remove").id, 1);
    const before = kernel.replies.length;
    const unique = kernel.send(WRITE, 0n, kernel.writeBody(fh, "1\n"));
    return { kernel, unique, before, finish: () => finish() };
  };

  it("is answered when it is through, and others meanwhile", () => {
    const { kernel, unique, before, finish } = waiting();
    assert.equal(kernel.replies.length, before);
    kernel.lookUp(1n, "remove");
    finish();
    const reply = kernel.replies.at(-1);
    assert.deepEqual([reply?.unique, reply?.errno, reply?.body.u32(0)], [unique, 0, 2]);
  });
});

describe("the answer to a write", () => {
  it("comes when the kernel has taken back the names that are gone, refused or not", () => {
    let answer: Result<Written> = { ok: true, value: { bytes: 1, outcome: "stored" } };
    const kernel = new FakeKernel(attribute(), { write: () => answer });
    const fh = kernel.open(kernel.lookUp(1n, "remove").id, 1);
    for (const errno of [0, ERRNO.EBUSY]) {
      if (errno) answer = refused("EBUSY", { kind: "malformed" });
      kernel.held = [];
      const before = kernel.replies.length;
      const unique = kernel.send(WRITE, 0n, kernel.writeBody(fh, "1"));
      assert.equal(kernel.replies.length, before);
      for (const then of kernel.held) then();
      assert.deepEqual([kernel.replies.at(-1)?.unique, kernel.replies.at(-1)?.errno], [unique, errno]);
    }
  });
});

describe("a handler that fails", () => {
  const failing = directory({
    throws: () => ({
      kind: "attribute",
      mode: 0o644,
      read: () => {
        throw new TypeError("a bug");
      },
      store: () => STORED,
    }),
    nameless: () => readOnlyText(() => refused("ENOTHING" as "EIO", { kind: "malformed" })),
    broken: () => {
      throw new RangeError("another bug");
    },
  });

  it("is EIO for the client and told to whoever runs the server", () => {
    const kernel = new FakeKernel(failing);
    const fh = kernel.open(kernel.lookUp(1n, "throws").id);
    assert.throws(() => kernel.read(fh), { message: `errno ${ERRNO.EIO}` });
    assert.throws(() => kernel.lookUp(1n, "broken"), { message: `errno ${ERRNO.EIO}` });
    assert.deepEqual(
      kernel.bugs.map((bug) => (bug as Error).message),
      ["a bug", "another bug"],
    );
  });

  it("that names no error number is EIO, too: NaN would be a malformed answer", () => {
    const kernel = new FakeKernel(failing, { write: () => refused("ENOTHING" as "EIO", { kind: "malformed" }) });
    const fh = kernel.open(kernel.lookUp(1n, "nameless").id);
    assert.throws(() => kernel.read(fh), { message: `errno ${ERRNO.EIO}` });
    const writing = kernel.open(kernel.lookUp(1n, "throws").id, 1);
    assert.throws(() => kernel.write(writing, "1"), { message: `errno ${ERRNO.EIO}` });
    assert.equal(kernel.bugs.length, 2);
  });

  it("fails a write with EIO", () => {
    const kernel = new FakeKernel(attribute(), {
      write: () => {
        throw new Error("the journal is full");
      },
    });
    const fh = kernel.open(kernel.lookUp(1n, "remove").id, 1);
    assert.throws(() => kernel.write(fh, "1"), { message: `errno ${ERRNO.EIO}` });
    assert.equal((kernel.bugs[0] as Error).message, "the journal is full");
  });
});

describe("frames that no kernel sends", () => {
  const root = directory({
    online: () => readOnly(() => "1"),
    driver: () => link("../a"),
    below: attribute,
  });
  const opcodes = [1, 2, 3, 4, 5, 14, 15, 16, 17, 18, 25, 26, 27, 28, 29, 35, 36, 40, 42, 44];

  /** Entries and descriptors that a body may happen to name. */
  const prepared = (little: boolean): FakeKernel => {
    const kernel = new FakeKernel(root, {
      little,
      write: () => ({ ok: true, value: { bytes: 0, outcome: "stored" } }),
    });
    kernel.walk("below/remove");
    kernel.open(kernel.lookUp(1n, "online").id);
    kernel.openDirectory(1n);
    return kernel;
  };

  it("that are cut off or hold anything at all are answered or dropped, and the next one is answered as ever", () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 120 }),
      // Small numbers are those of entries and descriptors that exist.
      fc
        .array(fc.nat(6), { maxLength: 12 })
        .map((numbers) => new Uint8Array(numbers.flatMap((n) => [n, 0, 0, 0, 0, 0, 0, 0]))),
      fc
        .array(fc.constantFrom(0, 1, 2 ** 32 - 1), { maxLength: 20 })
        .map((numbers) => new Uint8Array(new Uint32Array(numbers).buffer)),
    );
    fc.assert(
      fc.property(fc.constantFrom(...opcodes), fc.nat(6), body, fc.boolean(), (opcode, node, bytes, little) => {
        const kernel = prepared(little);
        const before = kernel.replies.length;
        kernel.send(opcode, BigInt(node), Buffer.from(bytes));
        const isAnswered = ![2, 36, 42].includes(opcode);
        assert.equal(kernel.replies.length - before, isAnswered ? 1 : 0);
        assert.ok(kernel.lookUp(1n, "online").id > 1n);
      }),
      { numRuns: 2000 },
    );
  });

  it("that are not even a header are dropped", () => {
    const kernel = prepared(true);
    const before = kernel.replies.length;
    fc.assert(fc.property(fc.uint8Array({ maxLength: 39 }), (bytes) => kernel.server.receive(Buffer.from(bytes))));
    assert.equal(kernel.replies.length, before);
  });
});

describe("a kernel that takes no answers any more", () => {
  it("does not end the server", () => {
    const kernel = new FakeKernel(attribute());
    const { server } = kernel;
    kernel.replies.push = () => {
      throw new Error("EINVAL");
    };
    kernel.send(1, 1n, Buffer.from("remove\0"));
    assert.equal(kernel.bugs.length, 2, "the answer, and the error instead of it");
    assert.equal(server.nodes.size, 2);
  });
});
