// A lab's /sys, mounted: writes become operations of the lab, and the kernel is told to forget names that are gone.
import { rootDirectory } from "../system/sysfs/root.ts";
import { type FuseMount, type FuseMountOptions, mountTree } from "./fuse/fuse-mount.ts";
import type { Lab } from "./lab.ts";
import { touchedNames } from "./touched-names.ts";
import { writtenAs } from "./written-as.ts";

export async function mountLab(lab: Lab, directory: string, options: FuseMountOptions): Promise<FuseMount> {
  const backend = {
    root: rootDirectory(lab.player.host),
    write: (path: string, value: string, finished: () => void) =>
      writtenAs(lab.apply({ op: "write", path, value }, finished), value),
  };
  const mount = await mountTree(backend, directory, options);
  const gone: string[] = [];
  const changed = new Set<string>();
  lab.listen({
    happened(happening) {
      const names = touchedNames(happening);
      if (!names) return;
      if (names.gone !== undefined) gone.push(names.gone);
      for (const name of names.changed) changed.add(name);
    },
    // After the operation: what was taken away and given back in between has not changed.
    answered() {
      for (const path of gone.splice(0)) mount.server.remove(path);
      if (changed.size === 0) return;
      mount.server.invalidate(changed);
      changed.clear();
    },
  });
  return mount;
}
