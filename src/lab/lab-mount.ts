// A lab's /sys, mounted: writes become operations of the lab, and the kernel is told to forget names that are gone. Where guests have a
// Linux of their own, the mount holds the /sys of the host and of each of them.
import { type Directory, directoryOf, directory as directoryWith } from "../system/sysfs/node.ts";
import { rootDirectory } from "../system/sysfs/root.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import { type FuseMount, type FuseMountOptions, mountTree } from "./fuse/fuse-mount.ts";
import { GUESTS_PLACE, guestDirectories, HOST_PLACE, placeOf } from "./guest-places.ts";
import type { Lab } from "./lab.ts";
import { touchedNames } from "./touched-names.ts";
import { writtenAs } from "./written-as.ts";

export async function mountLab(lab: Lab, directory: string, options: FuseMountOptions): Promise<FuseMount> {
  const places = lab.hasInside ? insidePlaces(lab) : hostAlone(lab);
  const backend = {
    root: places.root,
    write: (path: string, value: string, finished: () => void) =>
      writtenAs(lab.apply({ op: "write", value, ...places.file(path) }, finished), value),
  };
  const mount = await mountTree(backend, directory, options);
  const gone: string[] = [];
  const changed = new Set<string>();
  lab.listen({
    happened(happening, inside) {
      const names = touchedNames(happening);
      if (!names) return;
      const at = places.prefix(inside);
      if (names.gone !== undefined) gone.push(at + names.gone);
      for (const name of names.changed) changed.add(at + name);
    },
    // After the operation: what was taken away and given back in between has not changed.
    answered() {
      for (const path of [...gone.splice(0), ...places.gone()]) mount.server.remove(path);
      if (changed.size === 0) return;
      mount.server.invalidate(changed);
      changed.clear();
    },
  });
  return mount;
}

/** What is mounted, and what a path below the mount is. */
interface Places {
  readonly root: Directory;
  /** The file of an attribute. */
  file(path: string): { readonly path: string; readonly in?: string };
  /** Where the /sys is that something happened in; undefined: the host's. */
  prefix(inside: string | undefined): string;
  /** Guests that are gone or were booted again since this was asked last. */
  gone(): readonly string[];
}

const hostAlone = (lab: Lab): Places => ({
  root: rootDirectory(lab.player.host),
  file: (path) => ({ path }),
  prefix: () => "",
  gone: () => [],
});

function insidePlaces({ player }: Lab): Places {
  const hostOf = (path: string | undefined) => (path === undefined ? undefined : player.guestPlayer(path)?.host);
  const guests = directoryOf({
    names: () => [...guestDirectories(player).keys()].sort(),
    child: (name) => {
      const host = hostOf(guestDirectories(player).get(name));
      return host && rootDirectory(host);
    },
  });
  const runningHosts = (): ReadonlyMap<string, Host | undefined> =>
    new Map(player.guestPaths().map((path) => [path, hostOf(path)]));
  let known = runningHosts();
  return {
    root: directoryWith({ [HOST_PLACE]: () => rootDirectory(player.host), [GUESTS_PLACE]: () => guests }),
    file(path) {
      const [first = "", second = "", ...rest] = path.split("/");
      if (first === HOST_PLACE) return { path: [second, ...rest].join("/") };
      return { path: rest.join("/"), in: guestDirectories(player).get(second) ?? "" };
    },
    prefix: (inside) => `${placeOf(inside)}/`,
    gone() {
      const before = known;
      known = runningHosts();
      return [...before].filter(([path, host]) => known.get(path) !== host).map(([path]) => placeOf(path));
    },
  };
}
