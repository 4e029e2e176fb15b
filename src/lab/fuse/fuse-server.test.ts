// The server against a kernel played by the test, in both byte orders: what sysfs answers, and nothing malformed whatever comes.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ERRNO, type Errno } from "../../system/ap/errno.ts";
import { type Refusal, refused } from "../../system/ap/result.ts";
import {
  type Directory,
  directory,
  directoryOf,
  link,
  type Node,
  readOnly,
  readOnlyText,
  readWrite,
  STORED,
  writeOnly,
} from "../../system/sysfs/node.ts";
import { storeBytes } from "../../system/sysfs/sysfs.ts";
import { FakeKernel } from "../../testing/support/fake-kernel.ts";
import type { FuseBackend } from "./fuse-server.ts";

const OP = {
  LOOKUP: 1,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  INTERRUPT: 36,
} as const;
const O_WRONLY = 1;
const O_RDWR = 2;
const WHY: Refusal = { kind: "malformed" };

/** A counter, an attribute of each mode, devices that come and go, and what was written. */
function exampleTree() {
  let count = 0;
  const written: string[] = [];
  const devices = new Set(["04.0004", "04.0047"]);
  const store = (text: string) => {
    written.push(text);
    const errno = text.trim() as Errno;
    return errno in ERRNO ? refused(errno, WHY) : STORED;
  };
  const root: Directory = directory({
    counter: () => readOnly(() => `${++count}`),
    long: () => readOnlyText(() => ({ ok: true, value: "x".repeat(5000) })),
    refuses: () => readOnlyText(() => refused("ENODEV", WHY)),
    online: () => readWrite(() => "1", store),
    remove: () => writeOnly(store),
    driver: () => link("../../bus/ap/drivers/vfio_ap"),
    devices: () =>
      directoryOf({
        names: () => [...devices].sort(),
        child: (name) => (devices.has(name) ? directory({ status: () => readOnly(() => "in use") }) : undefined),
      }),
  });
  const write: FuseBackend["write"] = (path, bytes) => {
    const found = path.split("/").reduce<Node | undefined>((at, name) => (at as Directory).child(name), root);
    assert.equal(found?.kind, "attribute");
    return storeBytes(found as Extract<Node, { kind: "attribute" }>, bytes);
  };
  return { root, write, written, devices };
}

const example = (little: boolean) => {
  const tree = exampleTree();
  return { ...tree, kernel: new FakeKernel(tree.root, { little, write: tree.write }) };
};

const errnoOf = (act: () => unknown): string => {
  try {
    act();
    return "no error";
  } catch (error) {
    const number = Number(/^errno (\d+)$/.exec((error as Error).message)?.[1]);
    return Object.entries(ERRNO).find(([, value]) => value === number)?.[0] ?? (error as Error).message;
  }
};

for (const little of [true, false]) {
  describe(`the server, ${little ? "little" : "big"} endian`, () => {
    it("agrees on version 7.31, on truncation while opening, and on writes longer than a page", () => {
      const { kernel } = example(little);
      const { errno, body } = kernel.init();
      assert.equal(errno, 0);
      assert.equal(body.bytes.length, 64);
      assert.deepEqual([body.u32(0), body.u32(4), body.u32(12)], [7, 31, (1 << 3) | (1 << 18)]);
      assert.equal(body.u32(20), 8192);
      assert.equal(kernel.init(0).body.u32(12), 0, "nothing that the kernel does not offer");
    });

    it("finds names and says what they are, with long lifetimes", () => {
      const { kernel } = example(little);
      assert.equal(kernel.lookUp(1n, "counter").mode, 0o100444);
      assert.equal(kernel.lookUp(1n, "counter").size, 4096n);
      assert.equal(kernel.lookUp(1n, "remove").mode, 0o100200);
      assert.equal(kernel.lookUp(1n, "online").mode, 0o100644);
      assert.equal(kernel.lookUp(1n, "driver").mode, 0o120777);
      assert.equal(kernel.lookUp(1n, "devices").mode, 0o40755);
      assert.equal(
        errnoOf(() => kernel.lookUp(1n, "nothing")),
        "ENOENT",
      );
      assert.equal(
        errnoOf(() => kernel.lookUp(kernel.lookUp(1n, "counter").id, "below")),
        "ENOTDIR",
      );
      assert.equal(
        errnoOf(() => kernel.lookUp(4711n, "counter")),
        "ENOENT",
      );
    });

    it("refuses to open against the mode, even for root", () => {
      const { kernel } = example(little);
      const open = (name: string, flags: number) => errnoOf(() => kernel.open(kernel.lookUp(1n, name).id, flags));
      assert.deepEqual(
        [open("counter", 0), open("counter", O_WRONLY), open("counter", O_RDWR)],
        ["no error", "EACCES", "EACCES"],
      );
      assert.deepEqual(
        [open("remove", 0), open("remove", O_WRONLY), open("remove", O_RDWR)],
        ["EACCES", "no error", "EACCES"],
      );
      assert.deepEqual(
        [open("online", 0), open("online", O_WRONLY), open("online", O_RDWR)],
        Array(3).fill("no error"),
      );
      assert.equal(open("devices", 0), "EISDIR");
      assert.equal(open("driver", 0), "EINVAL");
      const { body } = kernel.ask(OP.OPEN, kernel.lookUp(1n, "counter").id, kernel.frame().u32(0).u32(0).all());
      assert.equal(body.u32(8), 1 | (1 << 5) | (1 << 6), "direct I/O, no flush, parallel writes");
    });

    it("shows one text per open, anew when it is read from the start", () => {
      const { kernel } = example(little);
      const { id } = kernel.lookUp(1n, "counter");
      const [one, two] = [kernel.open(id), kernel.open(id)];
      assert.equal(kernel.read(one), "1\n");
      assert.equal(kernel.read(two), "2\n");
      assert.equal(kernel.read(one, 1), "\n", "the rest of the same text");
      assert.equal(kernel.read(one, 2), "");
      assert.equal(kernel.read(one, 0, 1), "3");
      assert.equal(kernel.read(one, 100_000), "");
      kernel.release(one);
      assert.equal(
        errnoOf(() => kernel.read(one)),
        "EBADF",
      );
    });

    it("shows 4095 bytes of a longer text", () => {
      const { kernel } = example(little);
      const fh = kernel.open(kernel.lookUp(1n, "long").id);
      assert.equal(kernel.read(fh, 0, 131072), "x".repeat(4095));
      assert.equal(kernel.read(fh, 4095, 100), "");
      assert.equal(kernel.read(fh, 4090, 100), "xxxxx");
    });

    it("passes on the error of an attribute that cannot be read now", () => {
      const { kernel } = example(little);
      const fh = kernel.open(kernel.lookUp(1n, "refuses").id);
      assert.equal(
        errnoOf(() => kernel.read(fh)),
        "ENODEV",
      );
    });

    it("takes each write as one command, and answers it with the errno of the attribute", () => {
      const { kernel, written } = example(little);
      const fh = kernel.open(kernel.lookUp(1n, "remove").id, O_WRONLY);
      assert.equal(kernel.write(fh, "0x4\n"), 4);
      for (const errno of ["EADDRINUSE", "EADDRNOTAVAIL", "EBUSY", "ENODEV", "EINVAL", "EPERM"]) {
        assert.equal(
          errnoOf(() => kernel.write(fh, `${errno}\n`)),
          errno,
        );
      }
      assert.equal(written.length, 7);
      assert.equal(kernel.write(fh, ""), 0, "nothing written is not a command");
      assert.equal(written.length, 7);
      assert.equal(kernel.write(fh, "x".repeat(4097)), 4096, "a page is taken, and said so");
      assert.equal(written.at(-1)?.length, 4096);
      assert.equal(kernel.write(fh, "a\0b\xff"), 4);
      assert.equal(written.at(-1), "a");
    });

    /** struct fuse_setattr_in with all times 7, mode 0600, owner 8 and group 9. */
    const setattr = (kernel: FakeKernel, valid: number): Buffer => {
      const times = kernel.frame().u64(7n).u64(7n).u64(7n).u32(70).u32(71).u32(72).all();
      const before = kernel.frame().u32(valid).u32(0).text("\0".repeat(24)).all();
      return Buffer.concat([before, times, kernel.frame().u32(0o100600).u32(0).u32(8).u32(9).u32(0).all()]);
    };
    const FATTR = { SIZE: 8, ALL: 1 | 2 | 4 | 16 | 32 };

    it("keeps changes of modes, owners and times", () => {
      const { kernel } = example(little);
      const { id } = kernel.lookUp(1n, "online");
      assert.equal(kernel.ask(OP.SETATTR, id, setattr(kernel, FATTR.ALL)).errno, 0);
      const { body } = kernel.ask(OP.GETATTR, id, kernel.frame().u64(0).u64(0).all());
      assert.deepEqual([body.u64(40), body.u64(48), body.u64(56)], [7n, 7n, 2n], "atime, mtime, ctime");
      const rest = [64, 68, 76, 84, 88].map((at) => body.u32(at));
      assert.deepEqual(rest, [70, 71, 0o100600, 8, 9], "nanoseconds, mode, owner, group");
    });

    it("ignores truncation", () => {
      const { kernel, written } = example(little);
      const { id } = kernel.lookUp(1n, "online");
      const { errno, body } = kernel.ask(OP.SETATTR, id, setattr(kernel, FATTR.SIZE));
      assert.deepEqual([errno, body.u64(24), body.u32(76)], [0, 4096n, 0o100644]);
      kernel.open(id, O_WRONLY | 0o1000);
      assert.deepEqual(written, []);
    });

    it("lets nobody make, remove or rename names", () => {
      const { kernel } = example(little);
      const refusals = (opcodes: readonly number[]) =>
        opcodes.map((opcode) => kernel.ask(opcode, 1n, kernel.frame().u32(0).u32(0).text("a\0b\0").all()).errno);
      assert.deepEqual(refusals([35]), [ERRNO.EACCES], "CREATE");
      // SYMLINK, MKNOD, MKDIR, UNLINK, RMDIR, RENAME, LINK
      assert.deepEqual(refusals([6, 8, 9, 10, 11, 12, 13]), Array(7).fill(ERRNO.EPERM));
    });

    it("knows nothing of what sysfs has not", () => {
      const { kernel } = example(little);
      // IOCTL, FALLOCATE, LSEEK, and one that nobody has thought of yet.
      for (const opcode of [39, 43, 46, 4711]) assert.equal(kernel.ask(opcode, 1n).errno, 38);
    });

    it("tells where a link leads", () => {
      const { kernel } = example(little);
      const { body } = kernel.ask(OP.READLINK, kernel.lookUp(1n, "driver").id);
      assert.equal(body.bytes.toString("latin1"), "../../bus/ap/drivers/vfio_ap");
      assert.equal(kernel.ask(OP.READLINK, kernel.lookUp(1n, "online").id).errno, ERRNO.EINVAL);
    });

    it("lists a directory in pages as small as one entry", () => {
      const { kernel, devices } = example(little);
      const fh = kernel.openDirectory(kernel.lookUp(1n, "devices").id);
      const all = [".:4", "..:4", "04.0004:4", "04.0047:4"];
      for (const size of [32, 64, 100, 4096]) {
        const names: string[] = [];
        let [next, page] = [0, -1];
        while (page !== 0) {
          const read = kernel.readDirectory(fh, next, size);
          names.push(...read.names);
          [next, page] = [read.next, read.names.length];
        }
        assert.deepEqual(names, all, `${size} bytes`);
      }
      assert.deepEqual(kernel.readDirectory(fh, 0, 31).names, [], "no room for one entry");
      // Names that come meanwhile are seen when the listing begins anew.
      const { next } = kernel.readDirectory(fh, 0, 64);
      devices.add("05.0004");
      assert.deepEqual(kernel.readDirectory(fh, next, 4096).names, all.slice(2));
      assert.equal(kernel.readDirectory(fh, 0, 4096).names.length, 5);
      kernel.release(fh, 29);
      assert.equal(kernel.server.openHandles, 0);
    });

    it("says of each entry of a mixed directory what it is", () => {
      const { kernel } = example(little);
      const { names } = kernel.readDirectory(kernel.openDirectory(1n), 0, 4096);
      const entries = ["counter:8", "devices:4", "driver:10", "long:8", "online:8", "refuses:8", "remove:8"];
      assert.deepEqual(names, [".:4", "..:4", ...entries]);
    });

    it("has a file system's figures", () => {
      const { errno, body } = example(little).kernel.ask(OP.STATFS, 1n);
      assert.deepEqual([errno, body.bytes.length, body.u32(40), body.u32(44)], [0, 80, 4096, 255]);
    });

    it("says of a file that was not read yet that there is something to see, as the kernel does", () => {
      const { kernel } = example(little);
      const fh = kernel.open(kernel.lookUp(1n, "online").id);
      const poll = () => kernel.ask(40, 0n, kernel.frame().u64(fh).u64(1).u32(0).u32(0x1f).all()).body.u32(0);
      assert.equal(poll(), 0x14f);
      kernel.read(fh);
      assert.equal(poll(), 0x145);
    });

    it("frees entries that the kernel forgets, one by one or many at once", () => {
      const { kernel } = example(little);
      const { nodes } = kernel.server;
      const devices = kernel.lookUp(1n, "devices");
      kernel.lookUp(1n, "devices");
      const queues = ["04.0004", "04.0047"].map((name) => kernel.lookUp(devices.id, name));
      assert.equal(nodes.size, 4);
      const before = kernel.replies.length;
      kernel.forget(devices.id, 2);
      const batch = kernel.frame().u32(2).u32(0);
      for (const { id } of queues) batch.u64(id).u64(1);
      kernel.send(42, 0n, batch.all());
      assert.equal(nodes.size, 1);
      assert.equal(kernel.replies.length, before, "nobody waits for an answer");
    });
  });
}

describe("an object that goes", () => {
  const gone = () => {
    const tree = example(true);
    const queue = tree.kernel.walk("devices/04.0004");
    const status = tree.kernel.lookUp(queue.id, "status");
    const fh = tree.kernel.open(status.id);
    tree.devices.delete("04.0004");
    tree.kernel.server.remove("devices/04.0004");
    return { ...tree, queue, status, fh };
  };

  it("is told to the kernel with its directory, its number and its name", () => {
    const { kernel, queue } = gone();
    const parent = BigInt(kernel.server.nodes.at("devices")?.id ?? 0);
    assert.deepEqual(kernel.notices, [{ code: 6, parent, child: queue.id, name: "04.0004" }]);
  });

  it("answers ENODEV where it is open, and is not there for anybody else", () => {
    const { kernel, queue, status, fh } = gone();
    assert.equal(
      errnoOf(() => kernel.read(fh)),
      "ENODEV",
    );
    assert.equal(
      errnoOf(() => kernel.lookUp(queue.id, "status")),
      "ENOENT",
    );
    assert.equal(
      kernel.ask(OP.GETATTR, status.id, kernel.frame().u32(0).u32(0).u64(0).all()).errno,
      0,
      "fstat of an open file",
    );
    const poll = kernel.ask(40, 0n, kernel.frame().u64(fh).u64(1).u32(0).u32(0x1f).all()).body.u32(0);
    assert.equal(poll, 0x14f);
    const listing = kernel.openDirectory(queue.id);
    assert.equal(
      errnoOf(() => kernel.readDirectory(listing, 0, 4096)),
      "ENOENT",
    );
  });

  it("answers ENODEV to whoever had found it and opens it only now", () => {
    const { kernel, status } = gone();
    assert.equal(
      errnoOf(() => kernel.open(status.id)),
      "ENODEV",
    );
  });

  it("is another one when it comes again under the same name", () => {
    const { kernel, queue, fh, devices } = gone();
    devices.add("04.0004");
    const again = kernel.walk("devices/04.0004");
    assert.notEqual(again.id, queue.id);
    assert.equal(kernel.read(kernel.open(kernel.lookUp(again.id, "status").id)), "in use\n");
    assert.equal(
      errnoOf(() => kernel.read(fh)),
      "ENODEV",
    );
  });

  it("is told only if the kernel knows it", () => {
    const { kernel } = example(true);
    kernel.server.remove("devices/04.0004");
    kernel.server.invalidate(["devices/04.0047/status", "nothing/*"]);
    assert.deepEqual(kernel.notices, []);
  });
});

describe("a name that may have changed", () => {
  it("is taken back only if it has", () => {
    let target: string | undefined = "../a";
    const root = directory({
      driver: () => (target === undefined ? undefined : link(target)),
      groups: () => directory({ one: () => (target ? directory({}) : undefined), two: () => directory({}) }),
    });
    const kernel = new FakeKernel(root);
    kernel.lookUp(1n, "driver");
    const groups = kernel.lookUp(1n, "groups").id;
    for (const name of ["one", "two"]) kernel.lookUp(groups, name);
    const names = ["driver", "groups/*"];
    kernel.server.invalidate(names);
    assert.deepEqual(kernel.notices, []);
    target = "../b";
    kernel.server.invalidate(names);
    assert.deepEqual(
      kernel.notices.splice(0).map(({ name }) => name),
      ["driver"],
    );
    kernel.lookUp(1n, "driver");
    target = undefined;
    kernel.server.invalidate(names);
    assert.deepEqual(
      kernel.notices.map(({ name }) => name),
      ["driver", "one"],
    );
  });
});
