// A mounted lab, used by another process as tools use /sys: what it finds is the tree, and what it changes is to be seen at once.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { rootDirectory } from "../system/sysfs/root.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import type { Call, CallAnswer } from "../testing/support/client-calls.ts";
import { hostNamed } from "../testing/support/hosts.ts";
import { type MountedLab, mountedLab } from "../testing/support/mounted-lab.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { temporaryDirectory } from "../testing/support/temporary.ts";
import { readAllText } from "../testing/support/tree-text.ts";

const skip = await mountSkip();
const MATRIX = "devices/vfio_ap/matrix";
const TYPE = `${MATRIX}/mdev_supported_types/vfio_ap-passthrough`;
const GUEST1 = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";
const uuid = (n: number) => `6d646576-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
/** As often as a race has to be won. */
const TIMES = 40;

const execute = promisify(execFile);
/** One write(2) of two commands, of which the second begins where a page ends. */
const WRITE_ONCE =
  'open(my $f, "+<", $ARGV[0]) or die; my $v = "45\\n" . "\\0" x 4093 . "50\\n"; ' +
  '$v .= "\\0" x ($ARGV[1] - length $v); print syswrite($f, $v)';

for (const transport of ["epoll", "relay"] as const) {
  describe(`a mounted lab, by ${transport}`, { skip }, () => {
    let lab: MountedLab;
    let at: (path: string) => string;
    const call = (made: Call): Promise<CallAnswer> => lab.client.call(made);
    const errnoOf = async (made: Call): Promise<string> => {
      const answer = await call(made);
      return "errno" in answer ? answer.errno : "no error";
    };
    const read = (path: string) => lab.client.value<string>({ kind: "read", path: at(path) });
    const write = (path: string, value: string) => lab.client.value<number>({ kind: "write", path: at(path), value });
    const stat = (path: string) => errnoOf({ kind: "stat", path: at(path) });

    before(async () => {
      const beginning = hostNamed("kernel-doc-guests");
      lab = await mountedLab({ beginning, profile: DEFAULT_PROFILE, parent: temporaryDirectory(), transport });
      at = (path) => `${lab.sys}/${path}`;
      assert.equal(lab.mount.transport, transport);
    });
    after(async () => {
      await lab.stop();
      assert.deepEqual(lab.bugs, []);
      assert.equal(lab.mount.server.openHandles, 0);
    });

    it("shows every name of the tree, and every attribute that is listed can be read", async () => {
      const found = await lab.client.value<string[]>({ kind: "readAll", path: lab.sys });
      const wanted = readAllText(rootDirectory(lab.lab.player.host));
      assert.ok(wanted.length > 300, `${wanted.length} names`);
      assert.deepEqual(found.sort(), wanted.sort());
    });

    it("has sizes and modes of sysfs", async () => {
      const statOf = (path: string) => lab.client.value<string>({ kind: "stat", path: at(path) });
      assert.equal(await statOf("bus/ap/apmask"), "attribute 644 4096");
      assert.equal(await statOf("bus/ap/bindings"), "attribute 444 4096");
      assert.equal(await statOf(`${TYPE}/create`), "attribute 200 4096");
      assert.equal(await statOf("bus/ap/devices/05.0004"), "link 777 0");
      assert.equal(await statOf("devices/ap/card05"), "directory 755 0");
    });

    it("opens nothing against its mode, even for root", async () => {
      assert.equal(await errnoOf({ kind: "read", path: at(`${TYPE}/create`) }), "EACCES");
      assert.equal(await errnoOf({ kind: "write", path: at("bus/ap/bindings"), value: "1" }), "EACCES");
      assert.equal(await errnoOf({ kind: "open", path: at(`${TYPE}/create`), flags: "r+" }), "EACCES");
    });

    it("lets nobody make, remove or rename names", async () => {
      const one = "bus/ap/apmask";
      assert.equal(await errnoOf({ kind: "create", path: at("bus/ap/new") }), "EACCES");
      assert.equal(await errnoOf({ kind: "mkdir", path: at("bus/ap/new") }), "EPERM");
      assert.equal(await errnoOf({ kind: "symlink", path: at("bus/ap/new") }), "EPERM");
      assert.equal(await errnoOf({ kind: "mkdir", path: at("bus/ap") }), "EEXIST");
      assert.equal(await errnoOf({ kind: "unlink", path: at(one) }), "EPERM");
      assert.equal(await errnoOf({ kind: "rmdir", path: at("devices/ap/card05") }), "EPERM");
      assert.equal(await errnoOf({ kind: "rename", path: at(one), to: at("bus/ap/new") }), "EPERM");
      assert.equal(await errnoOf({ kind: "hardlink", path: at(one), to: at("bus/ap/new") }), "EPERM");
    });

    it("shows an open file the same text until it is read from the start again", async () => {
      const fd = await lab.client.value<number>({ kind: "open", path: at("bus/ap/config_time"), flags: "r" });
      const readAt = (offset: number, length: number) =>
        lab.client.value<string>({ kind: "readAt", fd, offset, length });
      assert.equal(await readAt(0, 1), "3");
      await write("bus/ap/config_time", "60");
      assert.equal(await readAt(1, 10), "0\n");
      assert.equal(await readAt(0, 100), "60\n");
      assert.equal(await readAt(3, 100), "");
      await lab.client.call({ kind: "close", fd });
      await write("bus/ap/config_time", "30");
    });

    it("takes a write as one command, truncated before or not, and not more than a page of it", async () => {
      const path = at("bus/ap/config_time");
      assert.equal(await lab.client.value<number>({ kind: "write", path, value: "40\n", truncate: true }), 3);
      assert.equal(await read("bus/ap/config_time"), "40\n");
      assert.equal(await errnoOf({ kind: "truncate", path }), "no error");
      assert.equal(await read("bus/ap/config_time"), "40\n");
      for (const length of [4099, 8192, 8193, 20_000]) {
        // What is behind the page would be a command, too, if it were taken for one. Node writes on until all is written; Perl does not.
        const { stdout } = await execute("perl", ["-e", WRITE_ONCE, path, `${length}`], { timeout: 10_000 });
        assert.equal(stdout, "4096", `${length} bytes`);
      }
      assert.equal(await read("bus/ap/config_time"), "45\n");
    });

    it("answers a write with the errno that the kernel has for it", async () => {
      const errno = (path: string, value: string) => errnoOf({ kind: "write", path: at(path), value });
      assert.equal(await errno(`${MATRIX}/${GUEST1}/assign_domain`, "0x47\n"), "EADDRINUSE");
      assert.equal(await errno(`${MATRIX}/${GUEST1}/assign_adapter`, "nonsense\n"), "EINVAL");
      assert.equal(await errno(`${MATRIX}/${GUEST1}/assign_adapter`, "0x100\n"), "ENODEV");
      assert.equal(await errno(`${TYPE}/create`, `${GUEST1}\n`), "EEXIST");
      assert.equal(await errno("bus/ap/drivers/cex4queue/bind", "05.0004\n"), "EBUSY");
      assert.equal(await errno("bus/ap/apmask", "+5\n"), "EBUSY", "a guest would lose its queues");
      await write(`${TYPE}/create`, uuid(999));
      await write(`${MATRIX}/${uuid(999)}/assign_domain`, "5");
      assert.equal(await errno(`${MATRIX}/${uuid(999)}/assign_adapter`, "0"), "EADDRNOTAVAIL");
      await write(`${MATRIX}/${uuid(999)}/remove`, "1");
    });

    it("has a new mdev at once, also for those who looked before, and at once has it no more", async () => {
      for (let n = 0; n < TIMES; n++) {
        const names = [
          `${MATRIX}/${uuid(n)}`,
          `bus/mdev/devices/${uuid(n)}`,
          `bus/mdev/drivers/vfio_ap_mdev/${uuid(n)}`,
          `${TYPE}/devices/${uuid(n)}`,
        ];
        for (const name of names) assert.equal(await stat(name), "ENOENT", name);
        await write(`${TYPE}/create`, uuid(n));
        for (const name of names) assert.equal(await stat(name), "no error", name);
        assert.equal(await read(`bus/mdev/devices/${uuid(n)}/matrix`), "");
        const group = await lab.client.value<string>({ kind: "readlink", path: at(`${names[0]}/iommu_group`) });
        const inGroup = `${MATRIX}/${uuid(n)}/${group}/devices/${uuid(n)}`;
        assert.equal(await stat(inGroup), "no error");
        await write(`${MATRIX}/${uuid(n)}/remove`, "1");
        for (const name of [...names, inGroup]) assert.equal(await stat(name), "ENOENT", name);
      }
    });

    it("has links and attributes of a driver exactly while the queue is bound to it", async () => {
      const device = "devices/ap/card05/05.0004";
      const link = "bus/ap/drivers/vfio_ap/05.0004";
      const driver = async () => {
        const answer = await call({ kind: "readlink", path: at(`${device}/driver`) });
        return "errno" in answer ? answer.errno : answer.value;
      };
      for (let n = 0; n < TIMES; n++) {
        assert.deepEqual(
          [await driver(), await stat(`${device}/status`), await stat(link)],
          ["../../../../bus/ap/drivers/vfio_ap", "no error", "no error"],
        );
        await write("bus/ap/drivers/vfio_ap/unbind", "05.0004");
        assert.deepEqual(
          [await driver(), await stat(`${device}/status`), await stat(link)],
          ["ENOENT", "ENOENT", "ENOENT"],
        );
        await write("bus/ap/drivers/vfio_ap/bind", "05.0004");
      }
    });

    it("has a card that an event takes away no more once the event is answered", async () => {
      const settled = () => new Promise<void>((resolve) => lab.mount.afterNotices(resolve));
      const change = async (rmAp: readonly number[], addAp: readonly number[]) => {
        const unchanged = {
          apm: undefined,
          aqm: undefined,
          adm: undefined,
          rmDom: [],
          rmCd: [],
          addDom: [],
          addCd: [],
        };
        lab.lab.apply({ op: "hw", ...unchanged, rmAp, addAp });
        lab.lab.apply({ op: "scan", part: "all" });
        await settled();
      };
      const names = [
        "devices/ap/card06",
        "devices/ap/card06/06.0004/status",
        "bus/ap/devices/06.0004",
        "bus/ap/devices/card06",
      ];
      for (let n = 0; n < TIMES / 4; n++) {
        for (const name of names) assert.equal(await stat(name), "no error", name);
        await change([6], []);
        for (const name of names) assert.equal(await stat(name), "ENOENT", name);
        await change([], [6]);
      }
    });

    it("answers ENODEV where an attribute is open whose device is gone, and has another one under the same name", async () => {
      await write(`${TYPE}/create`, uuid(1));
      const path = at(`${MATRIX}/${uuid(1)}/matrix`);
      const fd = await lab.client.value<number>({ kind: "open", path, flags: "r" });
      const open = { kind: "readAt", fd, offset: 0, length: 10 } as const;
      assert.equal(await errnoOf(open), "no error");
      await write(`${MATRIX}/${uuid(1)}/remove`, "1");
      assert.equal(await errnoOf(open), "ENODEV");
      assert.equal(await errnoOf({ kind: "fstat", fd }), "no error");
      await write(`${TYPE}/create`, uuid(1));
      assert.equal(await errnoOf(open), "ENODEV", "the old one stays gone");
      assert.equal(await errnoOf({ kind: "read", path }), "no error");
      await lab.client.call({ kind: "close", fd });
      await write(`${MATRIX}/${uuid(1)}/remove`, "1");
    });

    it("lets whoever removes an mdev wait until its guest closes it; it is out of reach at once", async () => {
      await write(`${TYPE}/create`, uuid(2));
      lab.lab.apply({ op: "open", guest: "late", mdev: uuid(2) });
      const path = `${MATRIX}/${uuid(2)}`;
      assert.equal(await stat(path), "no error");
      let isThrough = false;
      const removed = lab.client.start({ kind: "write", path: at(`${path}/remove`), value: "1\n" });
      void removed.then(() => {
        isThrough = true;
      });
      for (let n = 0; (await stat(path)) === "no error"; n++) assert.ok(n < 500, "the mdev stays");
      assert.equal(await stat(`${path}/matrix`), "ENOENT");
      assert.equal(await stat(`bus/mdev/devices/${uuid(2)}`), "ENOENT");
      assert.equal(isThrough, false);
      lab.lab.apply({ op: "close", guest: "late", mdev: uuid(2) });
      assert.deepEqual(await removed, { value: 2 });
    });
  });
}
