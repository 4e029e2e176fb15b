// The lines of a scenario that do something, as operations on a host. Here are all verbs, and the lines of the administrator, who writes to
// sysfs. Lines about the machine and about guests are read in machine-actions.ts and guest-actions.ts.
import {
  bitsWrite,
  configWrite,
  createWrite,
  driverWrite,
  numberWrites,
  removeWrite,
  type Write,
} from "../../system/sysfs/writes.ts";
import { echoed, type Operation } from "../../system/trace/operation.ts";
import { type Cast, MDEV_NAME, readPath, takeMdev, UUID, write } from "./cast.ts";
import { readCloseOrReset, readEventfd, readInterrupts, readStart, readUnmap } from "./guest-actions.ts";
import { isEmpty, matrixOf, readIds } from "./ids.ts";
import { readCard, readFault, readHost, readMachine, readScan } from "./machine-actions.ts";
import { readString, type Words } from "./words.ts";

type Reader = (words: Words, cast: Cast) => readonly Operation[];

const READERS: Readonly<Record<string, Reader>> = {
  host: (words) => [readHost(words)],
  mdev: (words, cast) => [createMdev(words, cast)],
  free: (words) => readMasks(words, "-"),
  keep: (words) => readMasks(words, "+"),
  bind: (words) => readBinding("bind", words),
  unbind: (words) => readBinding("unbind", words),
  assign: (words, cast) => readAssignment("assign", words, cast),
  unassign: (words, cast) => readAssignment("unassign", words, cast),
  ap_config: (words, cast) => [readApConfig(words, cast)],
  remove: (words, cast) => [echoed(removeWrite(cast.uuid(words, takeMdev(words, cast))))],
  echo: (words, cast) => [readEcho(words, cast)],
  write: (words, cast) => [write(readPath(words, cast), readString(words))],
  start: (words, cast) => [readStart(words, cast)],
  stop: (words, cast) => [readCloseOrReset("close", words, cast)],
  reset: (words, cast) => [readCloseOrReset("reset", words, cast)],
  eventfd: (words, cast) => [readEventfd(words, cast)],
  request: (words, cast) => [{ op: "request", mdev: cast.uuid(words, takeMdev(words, cast)) }],
  "interrupts-on": (words, cast) => [readInterrupts(words, cast, true)],
  "interrupts-off": (words, cast) => [readInterrupts(words, cast, false)],
  unmap: (words, cast) => [readUnmap(words, cast)],
  machine: (words) => [readMachine(words)],
  card: (words) => [readCard(words)],
  fault: (words) => [readFault(words)],
  scan: (words) => [readScan(words)],
};

export const ACTION_VERBS: readonly string[] = Object.keys(READERS);

/** Operations of one action line whose verb has been read; undefined if it is not the verb of an action. */
export const readAction = (verb: string, words: Words, cast: Cast): readonly Operation[] | undefined =>
  Object.hasOwn(READERS, verb) ? READERS[verb]?.(words, cast) : undefined;

function createMdev(words: Words, cast: Cast): Operation {
  const name = words.takeMatch(MDEV_NAME) ?? words.fail("a name for the mdev, such as m2");
  return echoed(createWrite(cast.name(name, words.takeMatch(UUID))));
}

function readMasks(words: Words, sign: "+" | "-"): readonly Operation[] {
  const { adapters, domains } = readIds(words);
  const writes: Write[] = [];
  if (adapters.length > 0) writes.push(bitsWrite("apmask", sign, adapters));
  if (domains.length > 0) writes.push(bitsWrite("aqmask", sign, domains));
  if (writes.length === 0) words.fail("adapter or domain and their numbers");
  return writes.map(echoed);
}

function readBinding(verb: "bind" | "unbind", words: Words): readonly Operation[] {
  const driver = words.takeMatch(/^(vfio_ap|cex4queue|cex4card)$/) ?? "vfio_ap";
  const devices = words.takeAll(/^([0-9a-f]{2}\.00[0-9a-f]{2}|card[0-9a-f]{2})$/, "queues such as 04.0047");
  return devices.map((device) => echoed(driverWrite(driver, verb, device)));
}

function readAssignment(verb: "assign" | "unassign", words: Words, cast: Cast): readonly Operation[] {
  const uuid = cast.uuid(words, takeMdev(words, cast));
  const ids = readIds(words);
  if (isEmpty(ids)) words.fail("adapter, domain or control and their numbers");
  const writes = (what: "adapter" | "domain" | "control_domain", list: readonly number[]) =>
    numberWrites(uuid, `${verb}_${what}`, list).map(echoed);
  return [
    ...writes("adapter", ids.adapters),
    ...writes("domain", ids.domains),
    ...writes("control_domain", ids.controls),
  ];
}

function readApConfig(words: Words, cast: Cast): Operation {
  const uuid = cast.uuid(words, takeMdev(words, cast));
  return echoed(configWrite(uuid, matrixOf(readIds(words))));
}

/** `echo TEXT > PATH`, as in a shell: a newline follows the text. */
function readEcho(words: Words, cast: Cast): Operation {
  const text: string[] = [];
  while (words.peek() !== ">") text.push(words.take("text, then > and a path"));
  words.take(">");
  return write(readPath(words, cast), `${text.join(" ")}\n`);
}
