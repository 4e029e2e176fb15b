// A process with a mount on which everything goes wrong that ever went wrong, for the regression tests: if anything hangs, it is this.
// Arguments: the mount point and the transport. Told "exit", it calls process.exit without cleaning up; told "leave", it only unmounts.

import { type FuseMount, mountTree } from "../../lab/fuse/fuse-mount.ts";
import type { Errno } from "../../system/ap/errno.ts";
import { refused } from "../../system/ap/result.ts";
import {
  type Directory,
  directory,
  type Node,
  readOnly,
  readOnlyText,
  readWrite,
  STORED,
  writeOnly,
} from "../../system/sysfs/node.ts";

const [point, transport] = process.argv.slice(2) as [string, "epoll" | "relay"];

let mount: FuseMount | undefined;
let isThere = true;
const shown = (text: string) => () => readOnly(() => text);

const attributes = directory({
  plain: shown("1"),
  /** Goes away while somebody looks up "trigger". */
  gone: () => (isThere ? readOnly(() => "1") : undefined),
  nan: () => readOnlyText(() => refused("ENOTHING" as Errno, { kind: "malformed" })),
  throws: () =>
    readOnlyText(() => {
      throw new TypeError("a bug of the handler");
    }),
  online: () =>
    readWrite(
      () => "1",
      () => STORED,
    ),
  /** A write to it never ends. */
  waits: () => writeOnly(() => ({ ok: true, value: "waits" })),
});

/** A notice is sent before the lookup that caused it is answered: the directory is locked until then. */
const trigger = (): Node => {
  isThere = false;
  mount?.server.remove("gone");
  return readOnly(() => "1");
};

const root: Directory = {
  kind: "directory",
  names: () => [...attributes.names(), "trigger"],
  child: (name) => (name === "trigger" ? trigger() : attributes.child(name)),
};

const write = (path: string) => {
  if (path === "online") return refused("ENOTHING" as Errno, { kind: "malformed" });
  return { ok: true, value: { bytes: 1, outcome: path === "waits" ? "waits" : "stored" } } as const;
};

process.on("message", (word) => {
  if (word === "exit") process.exit(0);
  if (word === "leave") void mount?.unmount().then(() => process.disconnect());
});

mount = await mountTree({ root, write }, point, { transport, onBug: (bug) => process.send?.(`bug: ${bug}`) });
process.send?.("ready");
