// A lab's /sys, mounted: writes become operations of the lab, and names that go are taken back from the kernel.
import type { Result } from "../system/ap/result.ts";
import { rootDirectory } from "../system/sysfs/root.ts";
import type { Written } from "../system/sysfs/sysfs.ts";
import { type FuseMount, type FuseMountOptions, mountTree } from "./fuse/fuse-mount.ts";
import type { Lab } from "./lab.ts";
import { touchedNames } from "./touched-names.ts";
import { writtenAs } from "./written-as.ts";

export async function mountLab(lab: Lab, directory: string, options: FuseMountOptions): Promise<FuseMount> {
  const backend = {
    root: rootDirectory(lab.player.host),
    write: (path: string, value: string, finished: () => void) => writtenTo(lab, path, value, finished),
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
    // Once the operation is through: what was taken away and given back in between has not changed.
    answered() {
      for (const path of gone.splice(0)) mount.server.remove(path);
      if (changed.size === 0) return;
      mount.server.invalidate(changed);
      changed.clear();
    },
  });
  return mount;
}

function writtenTo(lab: Lab, path: string, value: string, finished: () => void): Result<Written> {
  return writtenAs(lab.apply({ op: "write", path, value }, finished), value);
}
