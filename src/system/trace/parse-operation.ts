// Operations from the JSON objects of trace lines, checked member by member: what is wrong is told with its place in the line.
// docs/trace-format.md §4. Next: player.ts.
import { type Apqn, parseApqn } from "../ap/apqn.ts";
import { CARD_MODES, type CardMode } from "../ap/card-type.ts";
import { type Apid, type Apqi, type ControlDomain, ID_LIMIT, type Id } from "../ap/id.ts";
import { type Mask, newMask } from "../ap/mask.ts";
import { parseMaskText } from "../ap/mask-text.ts";
import { RC, type ResponseCode } from "../ap/response-code.ts";
import { type HostDrivers, MAX_ADAPTER, MAX_DOMAIN, missingFacility } from "../machine/facts.ts";
import { insecureGuest, optionalGuests } from "./guest-made-json.ts";
import { type JsonReader, MalformedError } from "./json-reader.ts";
import { readKeysAndCounts } from "./keys-and-counts-json.ts";
import { type Hw, type Init, NOT_INSIDE, type Operation, type Scan } from "./operation.ts";

const MAX_ID = ID_LIMIT - 1;
const HIGHEST_ADDRESS = 2 ** 64;
const SCAN_PARTS: readonly Scan["part"][] = ["all", "notice", "devices", "device", "complete"];
/** Codes that a reset can be made to answer. */
const RESET_CODES: readonly ResponseCode[] = [0x01, 0x03, 0x04, 0x0b, 0x42];

/**
 * An operation from its JSON object. Members that are not known are ignored (docs/trace-format.md §7).
 *
 * @param hostDrivers what the header of the trace says of them
 * @throws MalformedError what was expected, and of which member
 */
export function readOperation(json: JsonReader, hostDrivers: HostDrivers = "zcrypt"): Operation {
  const inside = json.optional("in", readGuestPath);
  const operation = readOwn(json, hostDrivers);
  if (inside === undefined) return operation;
  if (NOT_INSIDE.includes(operation.op))
    throw new MalformedError("in", `"${operation.op}" without "in": a guest's machine is its host's`);
  return { ...operation, in: inside };

  function readGuestPath(key: string): string {
    const path = json.string(key);
    if (path.split("/").includes(""))
      throw new MalformedError(key, "the name of a guest, or names with a slash between");
    return path;
  }
}

function readOwn(json: JsonReader, hostDrivers: HostDrivers): Operation {
  const op = json.string("op");
  switch (op) {
    case "init":
      return readInit(json, hostDrivers);
    case "hw":
      return readHw(json);
    case "card":
      return {
        op,
        id: json.integer("id", 0, MAX_ID),
        config: json.optional("config", (key) => json.boolean(key)),
        chkstop: json.optional("chkstop", (key) => json.boolean(key)),
        type: json.optional("type", (key) => json.integer(key, 0, 255)),
        mode: json.optional("mode", (key) => json.oneOf(key, CARD_MODES)),
      };
    case "fault":
      return {
        op,
        q: readApqn(json, "q"),
        reset: json.optional("reset", (key) => readResetFault(json, key)),
        aqic: json.optional("aqic", (key) => readCode(json, key)),
        ...optionalMember(
          "bind",
          json.optional("bind", (key) => readCode(json, key)),
        ),
        ...optionalMember(
          "associate",
          json.optional("associate", (key) => readAssociateFault(json, key)),
        ),
      };
    case "scan":
      return readScan(json);
    case "write":
      return { op, path: json.string("path"), value: json.bytes("value") };
    case "read":
    case "readlink":
    case "ls":
      return { op, path: json.string("path") };
    case "open":
      return { op, guest: json.isNull("guest") ? null : json.string("guest"), mdev: json.string("mdev") };
    case "close":
    case "reset":
      return { op, guest: json.string("guest"), mdev: json.string("mdev") };
    case "unmap":
      return {
        op,
        guest: json.string("guest"),
        mdev: json.string("mdev"),
        iova: json.number("iova", 0, HIGHEST_ADDRESS),
        len: json.number("len", 0, HIGHEST_ADDRESS),
      };
    case "aqic":
      return {
        op,
        guest: json.string("guest"),
        q: readApqn(json, "q"),
        enable: json.boolean("enable"),
        isc: json.optional("isc", (key) => json.integer(key, 0, 7)) ?? 0,
        nib: json.optional("nib", (key) => json.number(key, 0, HIGHEST_ADDRESS)) ?? 0,
      };
    case "eventfd":
      return {
        op,
        guest: json.string("guest"),
        mdev: json.string("mdev"),
        index: json.integer("index", 0, 1),
        on: json.boolean("on"),
      };
    case "request":
      return { op, mdev: json.string("mdev") };
    case "state":
      return { op, ...(json.optional("guests", (key) => json.boolean(key)) && { guests: true }) };
    default:
      throw new MalformedError("op", `the name of an operation, not ${JSON.stringify(op)}`);
  }
}

function readScan(json: JsonReader): Scan {
  const part = json.optional("part", (key) => json.oneOf(key, SCAN_PARTS)) ?? "all";
  return part === "device" ? { op: "scan", part, q: readApqn(json, "q") } : { op: "scan", part };
}

const optionalMember = <K extends string, T>(key: K, value: T | undefined): { readonly [key in K]?: T } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: T });

/** What guests are made of, if that is said of any. */
function readGuests(json: JsonReader): Pick<Init, "guests"> {
  const made = optionalGuests(json);
  const insecure = made.guests && insecureGuest(made.guests, json.flag("apsb", false));
  if (insecure !== undefined) throw new MalformedError("guests", insecure);
  return made;
}

/** What Secure Execution needs of a machine; members that are not set are left out. */
function readSecureExecution(json: JsonReader, qci: boolean): Pick<Init, "apsb" | "se"> {
  const [apsb, se] = [json.flag("apsb", false), json.flag("se", false)];
  const missing = missingFacility({ qci, apsb, se });
  if (missing) throw new MalformedError(missing.fact, `"${missing.fact}" only on a machine with "${missing.needs}": 1`);
  return { ...(apsb && { apsb }), ...(se && { se }) };
}

function readInit(json: JsonReader, hostDrivers: HostDrivers): Init {
  const apxa = json.flag("apxa", true);
  const keysAndCounts = readKeysAndCounts(json);
  const qci = json.flag("qci", true);
  return {
    op: "init",
    apxa,
    qci,
    ...readSecureExecution(json, qci),
    maxAdapter: json.optional("max_adapter", (key) => json.integer(key, 0, MAX_ID)) ?? highest(MAX_ADAPTER, apxa),
    maxDomain: json.optional("max_domain", (key) => json.integer(key, 0, MAX_ID)) ?? highest(MAX_DOMAIN, apxa),
    type: json.optional("type", (key) => json.integer(key, 0, 255)) ?? 12,
    types: readByAdapter(json, "types", (value): value is number => Number.isInteger(value) && inByte(value as number)),
    modes: readByAdapter(json, "modes", (value): value is CardMode => CARD_MODES.includes(value as CardMode)),
    serials: readByAdapter(json, "serials", (value): value is string => typeof value === "string"),
    apm: readMask<Apid>(json, "apm", "aps"),
    aqm: readMask<Apqi>(json, "aqm", "doms"),
    adm: readMask<ControlDomain>(json, "adm", "cds"),
    apmask: json.optional("apmask", (key) => json.bytes(key)),
    aqmask: json.optional("aqmask", (key) => json.bytes(key)),
    ...(keysAndCounts && { keysAndCounts }),
    ...readGuests(json),
    hostDrivers,
  };
}

const highest = (max: { readonly apxa: number; readonly plain: number }, apxa: boolean): number =>
  apxa ? max.apxa : max.plain;

const inByte = (value: number): boolean => value >= 0 && value <= 255;

function readByAdapter<T>(json: JsonReader, key: string, is: (value: unknown) => value is T): ReadonlyMap<number, T> {
  const map = new Map<number, T>();
  for (const [adapter, value] of json.entries(key)) {
    if (!/^[0-9a-f]{2}$/.test(adapter)) throw new MalformedError(key, `two hex digits of an adapter, not "${adapter}"`);
    if (!is(value)) throw new MalformedError(key, `another value for adapter ${adapter} than ${JSON.stringify(value)}`);
    map.set(Number.parseInt(adapter, 16), value);
  }
  return map;
}

function readMaskText<I extends Id>(json: JsonReader, key: string): Mask<I> {
  const mask = parseMaskText<I>(json.string(key));
  if (!mask) throw new MalformedError(key, "a mask: 0x and up to 64 lower case hex digits");
  return mask;
}

/** A mask given as text, or as a list of ids, or both together. */
function readMask<I extends Id>(json: JsonReader, key: string, list: string): Mask<I> {
  const mask = json.optional(key, () => readMaskText<I>(json, key)) ?? newMask<I>();
  for (const id of json.integers(list, 0, MAX_ID)) mask.add(id as I);
  return mask;
}

function readHw(json: JsonReader): Hw {
  const ids = (key: string) => json.integers(key, 0, MAX_ID);
  return {
    op: "hw",
    apm: json.optional("apm", (key) => readMaskText<Apid>(json, key)),
    aqm: json.optional("aqm", (key) => readMaskText<Apqi>(json, key)),
    adm: json.optional("adm", (key) => readMaskText<ControlDomain>(json, key)),
    rmAp: ids("rm_ap"),
    rmDom: ids("rm_dom"),
    rmCd: ids("rm_cd"),
    addAp: ids("add_ap"),
    addDom: ids("add_dom"),
    addCd: ids("add_cd"),
  };
}

function readApqn(json: JsonReader, key: string): Apqn {
  const apqn = parseApqn(json.string(key));
  if (apqn === undefined) throw new MalformedError(key, "a queue such as 04.0047");
  return apqn;
}

function readCode(json: JsonReader, key: string): ResponseCode | "ok" {
  const text = json.string(key);
  if (text === "ok") return text;
  if (!/^[0-9a-f]{2}$/.test(text)) throw new MalformedError(key, `"ok" or two hex digits, not ${JSON.stringify(text)}`);
  return Number.parseInt(text, 16);
}

function readResetFault(json: JsonReader, key: string): ResponseCode | "ok" {
  const text = json.string(key);
  if (text === "busy") return RC.busy;
  if (text === "inprogress") return RC.resetInProgress;
  const code = readCode(json, key);
  if (code !== "ok" && !RESET_CODES.includes(code)) {
    throw new MalformedError(key, `"ok", "busy", "inprogress", 01, 03, 04, 0b or 42, not "${text}"`);
  }
  return code;
}

/** "pending": the association stays under way until the fault ends. */
const readAssociateFault = (json: JsonReader, key: string): ResponseCode | "ok" =>
  json.string(key) === "pending" ? RC.stateChangeInProgress : readCode(json, key);
