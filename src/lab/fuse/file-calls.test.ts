// Calls that are about files in general, seldom made on a /sys: each answers what Linux 6.18 answered for a file of its own sysfs
// (docs/fuse.md §7).
import assert from "node:assert/strict";
import { constants } from "node:fs";
import { describe, it } from "node:test";
import { directory, readOnly, readWrite, STORED } from "../../system/sysfs/node.ts";
import { FakeKernel, type Reply } from "../../testing/support/fake-kernel.ts";

const OP = { SETATTR: 4, MKNOD: 8, SETXATTR: 21, GETXATTR: 22, LISTXATTR: 23, REMOVEXATTR: 24, INIT: 26, FSYNCDIR: 30 };
const RENAME2 = 45;
const ERRNO = {
  EPERM: 1,
  EACCES: 13,
  EEXIST: 17,
  EINVAL: 22,
  EFBIG: 27,
  ENOSPC: 28,
  ERANGE: 34,
  ENODATA: 61,
  EOPNOTSUPP: 95,
};
const XATTR = { CREATE: 1, REPLACE: 2 };

const example = (little: boolean) => {
  let isThere = true;
  const kernel = new FakeKernel(
    directory({
      online: () =>
        readWrite(
          () => "1",
          () => STORED,
        ),
      card: () => (isThere ? directory({ type: () => readOnly(() => "CEX8C") }) : undefined),
    }),
    { little },
  );
  const { id } = kernel.lookUp(1n, "online");
  const set = (name: string, value: string, flags = 0, node = id): Reply =>
    kernel.ask(OP.SETXATTR, node, kernel.frame().u32(value.length).u32(flags).text(`${name}\0${value}`).all());
  const get = (name: string, room = 100, node = id): Reply =>
    kernel.ask(OP.GETXATTR, node, kernel.frame().u32(room).u32(0).text(`${name}\0`).all());
  const list = (room: number): Reply => kernel.ask(OP.LISTXATTR, id, kernel.frame().u32(room).u32(0).all());
  const remove = (name: string): Reply => kernel.ask(OP.REMOVEXATTR, id, kernel.frame().text(`${name}\0`).all());
  const unplug = (): void => {
    isThere = false;
    kernel.server.remove("card");
    isThere = true;
  };
  return { kernel, id, set, get, list, remove, unplug };
};

const textOf = ({ errno, body }: Reply): string => (errno ? `errno ${errno}` : body.bytes.toString("latin1"));

for (const little of [true, false]) {
  describe(`a file of a mount, ${little ? "little" : "big"} endian`, () => {
    it("keeps extended attributes of modules and administrators", () => {
      const { set, get, list, remove } = example(little);
      assert.equal(textOf(list(100)), "");
      assert.equal(set("security.selinux", "sysfs_t\0").errno, 0);
      assert.equal(set("trusted.mine", "").errno, 0);
      assert.equal(textOf(get("security.selinux")), "sysfs_t\0");
      assert.equal(textOf(get("trusted.mine")), "");
      assert.equal(textOf(list(100)), "security.selinux\0trusted.mine\0");
      assert.deepEqual([get("security.selinux", 0).body.u32(0), list(0).body.u32(0)], [8, 30]);
      assert.deepEqual([get("security.selinux", 7).errno, list(29).errno], [ERRNO.ERANGE, ERRNO.ERANGE]);
      assert.equal(remove("security.selinux").errno, 0);
      assert.equal(get("security.selinux").errno, ERRNO.ENODATA);
      assert.equal(remove("security.selinux").errno, ERRNO.ENODATA);
    });

    it("makes an extended attribute anew or replaces one only where that is asked for", () => {
      const { set, get } = example(little);
      assert.equal(set("trusted.x", "1", XATTR.REPLACE).errno, ERRNO.ENODATA);
      assert.equal(set("trusted.x", "1", XATTR.CREATE).errno, 0);
      assert.equal(set("trusted.x", "2", XATTR.CREATE).errno, ERRNO.EEXIST);
      assert.equal(set("trusted.x", "3", XATTR.REPLACE).errno, 0);
      assert.equal(textOf(get("trusted.x")), "3");
    });

    it("has no extended attributes of users and no access lists", () => {
      const { set, get, remove } = example(little);
      assert.equal(get("user.x").errno, ERRNO.ENODATA);
      assert.deepEqual([set("user.x", "").errno, remove("user.x").errno], [ERRNO.EOPNOTSUPP, ERRNO.EOPNOTSUPP]);
      for (const name of ["system.posix_acl_access", "nothing", ""]) {
        const errnos = [get(name).errno, set(name, "").errno, remove(name).errno];
        assert.deepEqual(errnos, Array(3).fill(ERRNO.EOPNOTSUPP), name);
      }
      for (const name of ["user.", "trusted.", "security."]) {
        assert.deepEqual([get(name).errno, set(name, "").errno], [ERRNO.EINVAL, ERRNO.EINVAL], name);
      }
    });

    it("takes no more extended attributes than there is room for", () => {
      const { set, get } = example(little);
      const value = "x".repeat(65536);
      const errnos = Array.from({ length: 70 }, (_, n) => set(`trusted.${n}`, value).errno);
      const held = errnos.indexOf(ERRNO.ENOSPC);
      assert.ok(held > 50 && errnos.slice(held).every((errno) => errno === ERRNO.ENOSPC), `${held}`);
      assert.equal(set("trusted.0", "").errno, 0, "less is always taken");
      assert.equal(set("trusted.again", value).errno, 0);
      assert.equal(textOf(get("trusted.1", 65536)), value);
    });

    it("loses its extended attributes with its object", () => {
      const { kernel, set, get, unplug } = example(little);
      set("trusted.x", "1", 0, kernel.walk("card/type").id);
      assert.equal(textOf(get("trusted.x", 100, kernel.walk("card/type").id)), "1");
      unplug();
      assert.equal(get("trusted.x", 100, kernel.walk("card/type").id).errno, ERRNO.ENODATA);
    });

    it("cannot be opened around the kernel's cache, and opened with both bits it is open for neither", () => {
      const { kernel, id } = example(little);
      assert.throws(() => kernel.open(id, constants.O_DIRECT), /errno 22$/);
      const { id: type } = kernel.walk("card/type");
      assert.throws(() => kernel.open(type, constants.O_WRONLY | constants.O_DIRECT), /errno 13$/);
      kernel.release(kernel.open(type, 3));
    });

    it("has no length above 2^31 - 1", () => {
      const { kernel, id } = example(little);
      const truncate = (size: bigint): number => {
        const before = kernel.frame().u32(8).u32(0).u64(0).u64(size).text("\0".repeat(64)).all();
        return kernel.ask(OP.SETATTR, id, before).errno;
      };
      assert.deepEqual([0n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 62n].map(truncate), [0, 0, ERRNO.EFBIG, ERRNO.EFBIG]);
    });

    it("is not made as a regular file, nor as a device, and is not moved in any special way", () => {
      const { kernel } = example(little);
      const make = (mode: number): number =>
        kernel.ask(OP.MKNOD, 1n, kernel.frame().u32(mode).u32(0).u32(0).u32(0).text("a\0").all()).errno;
      assert.deepEqual([0o100644, 0o010644, 0o020644].map(make), [ERRNO.EACCES, ERRNO.EPERM, ERRNO.EPERM]);
      const exchange = kernel.frame().u64(1n).u32(2).u32(0).text("card\0online\0").all();
      assert.equal(kernel.ask(RENAME2, 1n, exchange).errno, ERRNO.EINVAL);
    });

    it("is in a directory that has nothing to write out", () => {
      const { kernel } = example(little);
      assert.equal(kernel.ask(OP.FSYNCDIR, 1n, kernel.frame().u64(0).u32(0).u32(0).all()).errno, ERRNO.EINVAL);
    });

    it("has no handle by which it could be opened without a path", () => {
      const { kernel } = example(little);
      const begin = (flags: number, more: number): readonly number[] => {
        const rest = "\0".repeat(44);
        const body = kernel.frame().u32(7).u32(45).u32(131072).u32(flags).u32(more).text(rest).all();
        const { body: said } = kernel.ask(OP.INIT, 0n, body);
        return [said.u32(12) >>> 30, said.u32(32)];
      };
      assert.deepEqual(begin(0x7fffffff, 0xffffffff), [1, 1 << 6]);
      assert.deepEqual(begin(0x7fffffff, 0), [0, 0], "a kernel that does not know it");
      assert.deepEqual(begin(0x3fffffff, 0xffffffff), [0, 0], "a kernel that has only one word of flags");
    });
  });
}
