// A device as the rules of udev see it: its properties, its attributes in the tree, the devices above it, and what $kernel, $attr{...} and
// the like stand for.

import { belowSys } from "../../system/ap/paths.ts";
import type { Sysfs } from "../../system/sysfs/sysfs.ts";

const lastPart = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

export class DeviceView {
  /** Below /sys, without a slash in front. */
  readonly path: string;
  /** Of the event, as rules go on to change them. */
  readonly properties: Map<string, string>;
  readonly #sysfs: Sysfs;
  /** Itself or the device above it that conditions such as KERNELS have found last: $id and $driver are of that one. */
  found: DeviceView | undefined;
  /** udevd reads an attribute once in an event. */
  readonly #read = new Map<string, string | undefined>();

  constructor(sysfs: Sysfs, path: string, properties: ReadonlyMap<string, string>) {
    this.#sysfs = sysfs;
    this.path = path;
    this.properties = new Map(properties);
  }

  /** What the kernel calls it; it writes `!` for a slash. */
  get name(): string {
    return lastPart(this.path).replaceAll("!", "/");
  }

  /** The empty text if there is none. */
  property(name: string): string {
    return this.properties.get(name) ?? (name === "DRIVER" ? (this.#linked("driver") ?? "") : "");
  }

  /** Itself, and what is above it, nearest first. */
  chain(): readonly DeviceView[] {
    const above: DeviceView[] = [];
    for (let path = this.path; path.includes("/"); ) {
      path = path.slice(0, path.lastIndexOf("/"));
      if (!this.exists(`${path}/uevent`)) continue;
      const parent = new DeviceView(this.#sysfs, path, new Map());
      for (const [key, link] of [
        ["SUBSYSTEM", "subsystem"],
        ["DRIVER", "driver"],
      ] as const)
        parent.properties.set(key, parent.#linked(link) ?? "");
      above.push(parent);
    }
    return [this, ...above];
  }

  exists(path: string): boolean {
    const read = this.#sysfs.read(path);
    return read.ok || (read.errno !== "ENOENT" && read.errno !== "ENOTDIR" && read.errno !== "ENODEV");
  }

  /**
   * Whether a file or directory of /sys has one of these permissions.
   *
   * @param mode octal
   * @returns undefined: it cannot be told, as of one elsewhere
   */
  mayBe(mode: string, path: string | undefined): boolean | undefined {
    const bits = [...mode].map(Number);
    if (bits.every((bit) => bit === 0)) return false;
    if (path === undefined) return undefined;
    if (this.#sysfs.list(path).ok) return true;
    if (bits.some((bit) => bit >= 4) && this.#sysfs.read(path).ok) return true;
    // No file of /sys is a program.
    return bits.every((bit) => bit <= 1) ? false : undefined;
  }

  #linked(name: string): string | undefined {
    const link = this.#sysfs.readlink(`${this.path}/${name}`);
    return link.ok ? lastPart(link.value) : undefined;
  }

  /** Without the newline at its end; undefined if it cannot be read. */
  attribute(name: string): string | undefined {
    if (!this.#read.has(name)) this.#read.set(name, this.#readAttribute(name));
    return this.#read.get(name);
  }

  #readAttribute(name: string): string | undefined {
    if (name === "driver" || name === "subsystem" || name === "module") return this.#linked(name);
    const path = name.startsWith("[") ? namedDevicePath(this, name) : `${this.path}/${name}`;
    const read = path === undefined ? undefined : this.#sysfs.read(path);
    return read?.ok ? read.value.replace(/(?<!\n)\n+$/, "") : undefined;
  }

  names(directory: string): readonly string[] {
    const names = this.#sysfs.list(directory);
    return names.ok ? names.value : [];
  }

  /** A value with what stands for parts of the device put in. */
  filledIn(value: string): string {
    return value.replace(PLACEHOLDER, (shown: string, ...found: (string | undefined)[]) => {
      const [word, wordArgument, letter = "", letterArgument] = found;
      const name = word ?? LETTERS[letter];
      return name === undefined ? shown.slice(1) : (this.#part(name, wordArgument ?? letterArgument ?? "") ?? "");
    });
  }

  #part(name: string, argument: string): string | undefined {
    switch (name) {
      case "kernel":
      case "name":
        return this.name;
      case "number":
        return /(?<!\d)\d+$/.exec(this.name)?.[0] ?? "";
      case "devpath":
        return `/${this.path}`;
      case "id":
        return this.found?.name;
      case "driver":
        return this.found?.property("DRIVER");
      case "attr":
        return (this.attribute(argument) ?? this.found?.attribute(argument))?.trimEnd();
      case "env":
        return this.property(argument);
      case "major":
      case "minor":
        return this.properties.get(name.toUpperCase()) ?? "0";
      case "root":
        return "/dev";
      case "sys":
        return "/sys";
      case "devnode":
      case "tempnode":
        return this.properties.has("DEVNAME") ? `/dev/${this.property("DEVNAME")}` : "";
      default:
        return "";
    }
  }
}

const LETTERS: Readonly<Record<string, string>> = {
  k: "kernel",
  n: "number",
  p: "devpath",
  b: "id",
  s: "attr",
  E: "env",
  M: "major",
  m: "minor",
  c: "result",
  P: "parent",
  r: "root",
  S: "sys",
  N: "devnode",
};
const WORDS = "devnode|tempnode|attr|env|id|kernel|number|driver|devpath|major|minor|parent|name|links|root|sys|result";
const PLACEHOLDER = new RegExp(`\\$\\$|%%|\\$(${WORDS})(?:\\{([^}]*)\\})?|%([knpbsEMmcPrSN])(?:\\{([^}]*)\\})?`, "g");

/** `[subsystem/name]attribute`; undefined if the device is not there, or the text does not have that form. */
function namedDevicePath(device: DeviceView, text: string): string | undefined {
  const [, subsystem = "", name = "", attribute] = /^\[([^/\]]+)\/([^\]]+)\]\/?(.*)$/.exec(text) ?? [];
  if (attribute === undefined) return undefined;
  const [bus, driver] = name.split(":");
  const places: Readonly<Record<string, readonly string[]>> = {
    subsystem: [`bus/${name}`, `class/${name}`],
    module: [`module/${name}`],
    drivers: [`bus/${bus}/drivers/${driver}`],
  };
  const found = (places[subsystem] ?? [`bus/${subsystem}/devices/${name}`, `class/${subsystem}/${name}`]).find((path) =>
    device.exists(path),
  );
  return found === undefined ? undefined : attribute === "" ? found : `${found}/${attribute}`;
}

/** Below /sys, where a name of an attribute or file leads; undefined: not into /sys. */
export function attributePath(device: DeviceView, name: string): string | undefined {
  if (/^\/sys(?:\/|$)/.test(name)) return withSubdirectory(device, belowSys(name));
  const named = namedDevicePath(device, name);
  if (named !== undefined) return withSubdirectory(device, named);
  return name.startsWith("/") ? undefined : withSubdirectory(device, `${device.path}/${name}`);
}

/** One star stands for the first directory that has the rest. */
function withSubdirectory(device: DeviceView, path: string): string {
  const [head, tail, ...more] = path.split("/*/");
  if (head === undefined || tail === undefined || more.length > 0) return path;
  const found = device.names(head).find((name) => device.exists(`${head}/${name}/${tail}`));
  return found === undefined ? path : `${head}/${found}/${tail}`;
}
