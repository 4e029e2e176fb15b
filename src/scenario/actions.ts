// The lines of a scenario that do something, as operations on a host.
import { type Apqn, parseApqn } from "../ap/apqn.ts";
import type { Apid, Apqi, ControlDomain } from "../ap/id.ts";
import { maskOf } from "../ap/mask.ts";
import { formatMask } from "../ap/mask-text.ts";
import { RC } from "../ap/response-code.ts";
import { MAX_ADAPTER, MAX_DOMAIN } from "../machine/facts.ts";
import type { Init, Operation, Scan } from "../trace/operation.ts";
import { DEFAULT_GUEST, DEFAULT_MDEV } from "./scenario.ts";
import type { Words } from "./words.ts";

export const ADAPTER = /^[0-9a-f]{2}$/;
export const DOMAIN = /^[0-9a-f]{4}$/;
export const QUEUE = /^[0-9a-f]{2}\.[0-9a-f]{4}$/;
const NAME = /^[a-z][a-z0-9-]*$/;

const TYPE_DIRECTORY = "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough";

const uuidNumber = (number: number): string => `6d646576-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;

const creation = (uuid: string): Operation => ({ op: "write", path: `${TYPE_DIRECTORY}/create`, value: `${uuid}\n` });

/** What the lines so far have named. */
export class Cast {
  readonly mdevs = new Map<string, string>();
  #pending: readonly Operation[] = [];

  /** The UUID of an mdev. The default one need not be created by a line of its own. */
  uuid(words: Words, name: string): string {
    const known = this.mdevs.get(name);
    if (known !== undefined) return known;
    if (name !== DEFAULT_MDEV) return words.fail(`the name of an mdev that was created before, not "${name}"`);
    this.#pending = [creation(this.name(name))];
    return this.name(name);
  }

  directory(words: Words, name: string): string {
    return `devices/vfio_ap/matrix/${this.uuid(words, name)}`;
  }

  /** Give an mdev a UUID: its own, the one it had, or the next. */
  name(name: string, uuid?: string): string {
    const named = uuid ?? this.mdevs.get(name) ?? uuidNumber(this.mdevs.size + 1);
    this.mdevs.set(name, named);
    return named;
  }

  /** What has to be done before the line that was read last. */
  takePending(): readonly Operation[] {
    const pending = this.#pending;
    this.#pending = [];
    return pending;
  }
}

const hex = (text: string): number => Number.parseInt(text, 16);
const number = (id: number): string => `0x${id.toString(16)}\n`;
const write = (path: string, value: string): Operation => ({ op: "write", path, value });
const queue = (words: Words): Apqn => parseApqn(words.take("a queue such as 04.0047")) ?? words.fail("a queue such as 04.0047");

/** Words like `adapter 04 05 domain 0004 control 0001`, in any order. */
interface Ids {
  readonly adapters: readonly number[];
  readonly domains: readonly number[];
  readonly controls: readonly number[];
}

function readIds(words: Words): Ids {
  const ids = { adapters: [] as number[], domains: [] as number[], controls: [] as number[] };
  const KINDS = [
    [/^adapters?$/, ADAPTER, ids.adapters, "an adapter such as 04"],
    [/^domains?$/, DOMAIN, ids.domains, "a domain such as 0047"],
    [/^controls?$/, DOMAIN, ids.controls, "a control domain such as 0047"],
  ] as const;
  for (;;) {
    const kind = KINDS.find(([keyword]) => words.takeMatch(keyword) !== undefined);
    if (!kind) return ids;
    const [, pattern, list, expected] = kind;
    // "none" makes it possible to say that a mask is meant, and empty.
    if (!words.takeIf("none")) list.push(...words.takeAll(pattern, expected).map(hex));
  }
}

const isEmpty = ({ adapters, domains, controls }: Ids): boolean =>
  adapters.length + domains.length + controls.length === 0;

const KEYWORD = /^(adapters?|domains?|controls?)$/;

/** An mdev's name, where one may stand before the keywords. */
function mdevBefore(words: Words): string {
  const word = words.peek();
  if (word !== undefined && NAME.test(word) && !KEYWORD.test(word)) return words.take("");
  return DEFAULT_MDEV;
}

/** Operations of one action line whose verb has been read; undefined for a verb that is none. */
export function readAction(verb: string, words: Words, cast: Cast): readonly Operation[] | undefined {
  switch (verb) {
    case "host":
      return [readHost(words)];
    case "mdev":
      return [createMdev(words, cast)];
    case "free":
    case "keep":
      return readMasks(words, verb === "free" ? "-" : "+");
    case "bind":
    case "unbind":
      return readBinding(verb, words);
    case "assign":
    case "unassign":
      return readAssignment(verb, words, cast);
    case "ap_config":
      return [readApConfig(words, cast)];
    case "start":
      return readStart(words, cast);
    case "stop":
    case "reset": {
      const guest = words.takeMatch(/^g[a-z0-9-]*$/) ?? DEFAULT_GUEST;
      return [{ op: verb === "stop" ? "close" : "reset", guest, mdev: cast.uuid(words, optionalName(words)) }];
    }
    case "remove":
      return [write(`${cast.directory(words, optionalName(words))}/remove`, "1\n")];
    case "request":
      return [{ op: "request", mdev: cast.uuid(words, optionalName(words)) }];
    case "eventfd":
      return [readEventfd(words, cast)];
    case "interrupts-on":
    case "interrupts-off":
      return [readInterrupts(words, verb === "interrupts-on")];
    case "unmap":
      return [readUnmap(words, cast)];
    case "machine":
      return [readMachine(words)];
    case "card":
      return [readCard(words)];
    case "fault":
      return [readFault(words)];
    case "scan":
      return [readScan(words)];
    case "echo":
      return [readEcho(words, cast)];
    case "write": {
      const path = readPath(words, cast);
      return [write(path, readString(words))];
    }
    default:
      return undefined;
  }
}

const optionalName = (words: Words): string => words.takeMatch(NAME) ?? DEFAULT_MDEV;

function readHost(words: Words): Init {
  const { adapters, domains, controls } = readIds(words);
  const apxa = !words.takeIf("no-apxa");
  let maxAdapter: number = apxa ? MAX_ADAPTER.apxa : MAX_ADAPTER.plain;
  let maxDomain: number = apxa ? MAX_DOMAIN.apxa : MAX_DOMAIN.plain;
  const types = new Map<number, number>();
  let apmask: string | undefined;
  let aqmask: string | undefined;
  while (!words.isDone) {
    const option = words.take("");
    if (option === "max") {
      maxAdapter = hex(words.take("the highest adapter"));
      maxDomain = hex(words.take("the highest domain"));
    } else if (option === "type") {
      const [adapter, type] = words.take("an adapter and its type, 04=13").split("=");
      types.set(hex(adapter as string), Number(type));
    } else if (option === "apmask") {
      apmask = words.take("the boot parameter apmask");
    } else if (option === "aqmask") {
      aqmask = words.take("the boot parameter aqmask");
    } else {
      words.fail(`max, type, apmask or aqmask, not "${option}"; found before`);
    }
  }
  return {
    op: "init",
    apxa,
    qci: true,
    maxAdapter,
    maxDomain,
    type: 12,
    types,
    modes: new Map(),
    serials: new Map(),
    apm: maskOf(adapters as Apid[]),
    aqm: maskOf(domains as Apqi[]),
    adm: maskOf(controls as ControlDomain[]),
    apmask,
    aqmask,
  };
}

function createMdev(words: Words, cast: Cast): Operation {
  const name = words.takeMatch(NAME) ?? words.fail("a name for the mdev");
  return creation(cast.name(name, words.takeMatch(/^[0-9a-f-]{36}$/)));
}

function readMasks(words: Words, sign: "+" | "-"): readonly Operation[] {
  const { adapters, domains } = readIds(words);
  const terms = (ids: readonly number[]) => `${ids.map((id) => `${sign}0x${id.toString(16)}`).join(",")}\n`;
  const operations: Operation[] = [];
  if (adapters.length > 0) operations.push(write("bus/ap/apmask", terms(adapters)));
  if (domains.length > 0) operations.push(write("bus/ap/aqmask", terms(domains)));
  if (operations.length === 0) words.fail("adapter or domain and their numbers");
  return operations;
}

function readBinding(verb: "bind" | "unbind", words: Words): readonly Operation[] {
  const driver = words.takeMatch(/^(vfio_ap|cex4queue|cex4card)$/) ?? "vfio_ap";
  const devices = words.takeAll(/^([0-9a-f]{2}\.[0-9a-f]{4}|card[0-9a-f]{2})$/, "queues such as 04.0047");
  return devices.map((device) => write(`bus/ap/drivers/${driver}/${verb}`, `${device}\n`));
}

function readAssignment(verb: "assign" | "unassign", words: Words, cast: Cast): readonly Operation[] {
  const directory = cast.directory(words, mdevBefore(words));
  const ids = readIds(words);
  if (isEmpty(ids)) words.fail("adapter, domain or control and their numbers");
  const writes = (attribute: string, list: readonly number[]) =>
    list.map((id) => write(`${directory}/${verb}_${attribute}`, number(id)));
  return [
    ...writes("adapter", ids.adapters),
    ...writes("domain", ids.domains),
    ...writes("control_domain", ids.controls),
  ];
}

function readApConfig(words: Words, cast: Cast): Operation {
  const directory = cast.directory(words, mdevBefore(words));
  const { adapters, domains, controls } = readIds(words);
  const masks = [
    formatMask(maskOf(adapters as Apid[])),
    formatMask(maskOf(domains as Apqi[])),
    formatMask(maskOf(controls as ControlDomain[])),
  ];
  return write(`${directory}/ap_config`, `${masks.join(",")}\n`);
}

function readStart(words: Words, cast: Cast): readonly Operation[] {
  const guest = words.takeIf("no-vm") ? null : (words.takeMatch(/^g[a-z0-9-]*$/) ?? DEFAULT_GUEST);
  const name = optionalName(words);
  return [{ op: "open", guest, mdev: cast.uuid(words, name) }];
}

const IRQS = ["request", "config-change"];

function readEventfd(words: Words, cast: Cast): Operation {
  const which = words.take("request or config-change");
  const index = IRQS.indexOf(which);
  if (index < 0) words.fail(`request or config-change, not "${which}"; found before`);
  const on = !words.takeIf("off");
  const guest = words.takeMatch(/^g[a-z0-9-]*$/) ?? DEFAULT_GUEST;
  return { op: "eventfd", guest, mdev: cast.uuid(words, optionalName(words)), index, on };
}

function readInterrupts(words: Words, enable: boolean): Operation {
  const q = queue(words);
  const guest = words.takeMatch(/^g[a-z0-9-]*$/) ?? DEFAULT_GUEST;
  const isc = words.takeIf("isc") ? Number(words.take("an ISC, 0..7")) : 3;
  const nib = words.takeIf("nib") ? hex(words.take("a guest address in hex")) : 0x2000;
  return { op: "aqic", guest, q, enable, isc, nib };
}

function readUnmap(words: Words, cast: Cast): Operation {
  const iova = hex(words.take("a guest address in hex"));
  const len = hex(words.take("a length in hex, such as +1000"));
  const guest = words.takeMatch(/^g[a-z0-9-]*$/) ?? DEFAULT_GUEST;
  return { op: "unmap", guest, mdev: cast.uuid(words, optionalName(words)), iova, len };
}

/** `machine loses adapter 04 gains domain 0053`. */
function readMachine(words: Words): Operation {
  const none: Ids = { adapters: [], domains: [], controls: [] };
  const lost = words.takeIf("loses") ? readIds(words) : none;
  const gained = words.takeIf("gains") ? readIds(words) : none;
  if (isEmpty(lost) && isEmpty(gained)) words.fail("loses or gains, and what");
  return {
    op: "hw",
    apm: undefined,
    aqm: undefined,
    adm: undefined,
    rmAp: lost.adapters,
    rmDom: lost.domains,
    rmCd: lost.controls,
    addAp: gained.adapters,
    addDom: gained.domains,
    addCd: gained.controls,
  };
}

function readCard(words: Words): Operation {
  const id = hex(words.takeMatch(ADAPTER) ?? words.fail("an adapter such as 04"));
  const card = { op: "card", id, config: undefined, chkstop: undefined, type: undefined, mode: undefined } as const;
  const state = words.take("standby, configured, checkstopped, repaired or type");
  switch (state) {
    case "standby":
      return { ...card, config: false };
    case "configured":
      return { ...card, config: true };
    case "checkstopped":
      return { ...card, chkstop: true };
    case "repaired":
      return { ...card, chkstop: false };
    case "type":
      return { ...card, type: Number(words.take("a type number, 10..14 are usable")) };
    default:
      return words.fail(`standby, configured, checkstopped, repaired or type, not "${state}"; found before`);
  }
}

function readFault(words: Words): Operation {
  const q = queue(words);
  const kind = words.take("reset or interrupts");
  const text = words.take("ok, busy, inprogress or a response code");
  const named = { ok: "ok", busy: RC.busy, inprogress: RC.resetInProgress } as const;
  const code = text in named ? named[text as keyof typeof named] : hex(text);
  if (kind === "reset") return { op: "fault", q, reset: code, aqic: undefined };
  if (kind === "interrupts") return { op: "fault", q, reset: undefined, aqic: code };
  return words.fail(`reset or interrupts, not "${kind}"; found before`);
}

function readScan(words: Words): Scan {
  const part = words.takeMatch(/^(notice|devices|complete)$/) as Scan["part"] | undefined;
  return { op: "scan", part: part ?? "all" };
}

/** `echo TEXT > PATH`, as in a shell: a newline follows the text. */
function readEcho(words: Words, cast: Cast): Operation {
  const text: string[] = [];
  while (words.peek() !== ">") text.push(words.take("text, then > and a path"));
  words.take(">");
  return write(readPath(words, cast), `${text.join(" ")}\n`);
}

/** Below /sys; `$NAME/` stands for the directory of an mdev. */
export function readPath(words: Words, cast: Cast): string {
  const path = words.take("a path below /sys").replace(/^\/sys\//, "");
  const mdev = /^\$([a-z0-9-]+)\//.exec(path);
  return mdev ? `${cast.directory(words, mdev[1] as string)}/${path.slice(mdev[0].length)}` : path;
}

/** A JSON string of characters up to U+00FF. */
export function readString(words: Words): string {
  const word = words.take('a text in double quotes, with escapes such as \\n');
  if (!word.startsWith('"')) words.fail(`a text in double quotes, not ${word}; found before`);
  try {
    return JSON.parse(word) as string;
  } catch {
    return words.fail(`a text in double quotes with valid escapes, not ${word}; found before`);
  }
}

