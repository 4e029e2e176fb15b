// An operation in the words of scenarios: the inverse of actions.ts, for histories that are shown or written out as a scenario. A write
// without words of its own becomes an echo, or a write of exact bytes.

import { formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { asApid } from "../../system/ap/id.ts";
import { rangeTexts } from "../../system/ap/id-span.ts";
import { formatResponseCode, RC, type ResponseCode } from "../../system/ap/response-code.ts";
import { parseApConfig } from "../../system/sysfs/ap-config-grammar.ts";
import { kstrtoul } from "../../system/sysfs/number-grammar.ts";
import { writtenFile } from "../../system/sysfs/written-file.ts";
import type {
  Card,
  FaultOperation,
  Hw,
  Init,
  Operation,
  Read,
  StateOperation,
  WriteOperation,
} from "../../system/trace/operation.ts";
import { guestsWords } from "./guest-words.ts";
import { DEFAULT_TYPE } from "./machine-actions.ts";

/** The name of an mdev; its UUID if it has no name. */
type MdevNames = (uuid: string) => string;

const list = (word: string, ids: readonly number[], format: (id: number) => string): readonly string[] =>
  ids.length === 0 ? [] : [word, ...rangeTexts(ids, format)];
const adapters = (ids: readonly number[]): readonly string[] => list("adapter", ids, (id) => formatApid(asApid(id)));
const domains = (ids: readonly number[]): readonly string[] => list("domain", ids, formatApqi);
const controls = (ids: readonly number[]): readonly string[] => list("control", ids, formatApqi);

/**
 * Lines that do the same: usually one; several for an operation that does several things at once; none for an operation that only looks
 * (read, ls, readlink, state), because a scenario does not do that as an action.
 */
export function actionLines(operation: Operation, nameOf: MdevNames): readonly string[] {
  const { in: inside, ...own } = operation;
  if (inside !== undefined) return actionLines(own, nameOf).map((line) => `in ${inside}: ${line}`);
  switch (operation.op) {
    case "card":
      return cardWords(operation).map((words) => `card ${formatApid(asApid(operation.id))} ${words}`);
    case "fault":
      return faultWords(operation).map((words) => `fault ${formatApqn(operation.q)} ${words}`);
    case "read":
    case "ls":
    case "readlink":
    case "state":
      return [];
    default:
      return [actionWords(operation, nameOf)];
  }
}

type OneLine = Exclude<Operation, Card | FaultOperation | Read | StateOperation>;

function actionWords(operation: OneLine, nameOf: MdevNames): string {
  switch (operation.op) {
    case "init":
      return hostWords(operation);
    case "hw":
      return machineWords(operation);
    case "scan":
      if (operation.part === "all") return "scan";
      return operation.part === "device" ? `scan device ${formatApqn(operation.q)}` : `scan ${operation.part}`;
    case "write":
      return writeWords(operation, nameOf);
    case "open":
      return `start ${operation.guest ?? "no-vm"} ${nameOf(operation.mdev)}`;
    case "close":
      return `stop ${operation.guest} ${nameOf(operation.mdev)}`;
    case "reset":
      return `reset ${operation.guest} ${nameOf(operation.mdev)}`;
    case "eventfd": {
      const which = operation.index === 0 ? "request" : "config-change";
      return `eventfd ${which}${operation.on ? "" : " off"} ${operation.guest} ${nameOf(operation.mdev)}`;
    }
    case "request":
      return `request ${nameOf(operation.mdev)}`;
    case "aqic": {
      const { q, guest, enable, isc, nib } = operation;
      const which = `${formatApqn(q)} ${guest}`;
      return enable ? `interrupts-on ${which} isc ${isc} nib ${nib.toString(16)}` : `interrupts-off ${which}`;
    }
    case "unmap":
      return `unmap ${operation.iova.toString(16)} +${operation.len.toString(16)} ${operation.guest} ${nameOf(operation.mdev)}`;
  }
}

function hostWords({
  apm,
  aqm,
  adm,
  apxa,
  qci,
  apsb,
  se,
  maxAdapter,
  maxDomain,
  type,
  types,
  modes,
  apmask,
  aqmask,
  guests = new Map(),
}: Init): string {
  const isLargest = maxAdapter === (apxa ? 255 : 63) && maxDomain === (apxa ? 255 : 15);
  const max = `${formatApid(asApid(maxAdapter))} ${formatApid(asApid(maxDomain))}`;
  return [
    "host",
    ...adapters(apm.ids()),
    ...domains(aqm.ids()),
    ...controls(adm.ids()),
    ...(apxa ? [] : ["no-apxa"]),
    ...(qci ? [] : ["no-qci"]),
    ...(apsb ? ["apsb"] : []),
    ...(se ? ["se"] : []),
    ...(isLargest ? [] : ["max", max]),
    ...(type === DEFAULT_TYPE ? [] : ["type", `${type}`]),
    ...[...types].flatMap(([id, type]) => ["type", `${formatApid(asApid(id))}=${type}`]),
    ...[...modes].flatMap(([id, mode]) => ["mode", `${formatApid(asApid(id))}=${mode}`]),
    ...(apmask === undefined ? [] : ["apmask", apmask]),
    ...(aqmask === undefined ? [] : ["aqmask", aqmask]),
    ...guestsWords(guests),
  ].join(" ");
}

/** There are no words for setting whole masks; the timeline first turns it into what is taken away and added. */
function machineWords({ rmAp, rmDom, rmCd, addAp, addDom, addCd }: Hw): string {
  const lost = [...adapters(rmAp), ...domains(rmDom), ...controls(rmCd)];
  const gained = [...adapters(addAp), ...domains(addDom), ...controls(addCd)];
  return [
    "machine",
    ...(lost.length > 0 ? ["loses", ...lost] : []),
    ...(gained.length > 0 ? ["gains", ...gained] : []),
  ].join(" ");
}

/** There are no words for the mode of a card: it does not change while a machine runs. */
const cardWords = ({ config, chkstop, type }: Card): readonly string[] => [
  ...(type === undefined ? [] : [`type ${type}`]),
  ...(config === undefined ? [] : [config ? "configured" : "standby"]),
  ...(chkstop === undefined ? [] : [chkstop ? "checkstopped" : "repaired"]),
];

function codeWord(code: ResponseCode | "ok"): string {
  if (code === "ok") return code;
  if (code === RC.busy) return "busy";
  return code === RC.resetInProgress ? "inprogress" : formatResponseCode(code);
}

const associateWord = (code: ResponseCode | "ok"): string =>
  code === RC.stateChangeInProgress ? "pending" : codeWord(code);

const faultWords = ({ reset, aqic, bind, associate }: FaultOperation): readonly string[] => [
  ...(reset === undefined ? [] : [`reset ${codeWord(reset)}`]),
  ...(aqic === undefined ? [] : [`interrupts ${aqic === "ok" ? aqic : formatResponseCode(aqic)}`]),
  ...(bind === undefined ? [] : [`bind ${bind === "ok" ? bind : formatResponseCode(bind)}`]),
  ...(associate === undefined ? [] : [`associate ${associateWord(associate)}`]),
];

const ASSIGNMENT = /^(assign|unassign)_(adapter|domain|control_domain)$/;
const DEVICE = /^(?:[0-9a-f]{2}\.00[0-9a-f]{2}|card[0-9a-f]{2})\n?$/;
const UUID_LINE = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\n?$/;

function writeWords({ path, value }: WriteOperation, nameOf: MdevNames): string {
  const about = writtenFile([path, value]);
  const mdev = about.kind === "mdev" ? about : undefined;
  const own = mdev && mdevWords(nameOf(mdev.uuid), mdev.attribute, value);
  if (own !== undefined) return own;
  if (about.kind === "create" && UUID_LINE.test(value)) {
    const uuid = value.trim();
    const name = nameOf(uuid);
    return name === uuid ? `mdev ${uuid}` : `mdev ${name} ${uuid}`;
  }
  if (about.kind === "driver" && DEVICE.test(value)) {
    const { driver, file } = about;
    return driver === "vfio_ap" ? `${file} ${value.trim()}` : `${file} ${driver} ${value.trim()}`;
  }
  const place = mdev && nameOf(mdev.uuid) !== mdev.uuid ? `$${nameOf(mdev.uuid)}/${mdev.attribute}` : path;
  return isEcho(value) ? `echo ${value.slice(0, -1)} > ${place}` : `write ${place} ${JSON.stringify(value)}`;
}

/** Exactly what a shell would write: words with single blanks between, and one newline. */
const isEcho = (value: string): boolean =>
  value.endsWith("\n") &&
  value
    .slice(0, -1)
    .split(" ")
    .every((word) => /^[^\s>"'#\\$]+$/.test(word));

function mdevWords(name: string, attribute: string, value: string): string | undefined {
  if (attribute === "remove" && value.trim() === "1") return `remove ${name}`;
  const assignment = ASSIGNMENT.exec(attribute);
  if (assignment) return assignmentWords(name, assignment, value);
  const masks = attribute === "ap_config" ? parseApConfig(value) : undefined;
  if (!masks) return undefined;
  const words = [...adapters(masks.apm.ids()), ...domains(masks.aqm.ids()), ...controls(masks.adm.ids())];
  return ["ap_config", name, ...(words.length > 0 ? words : ["adapter none"])].join(" ");
}

/** The number that the kernel reads, however it was spelled. */
function assignmentWords(name: string, [, verb, what]: RegExpExecArray, value: string): string | undefined {
  const id = kstrtoul(value);
  if (!(id >= 0 && id < 256)) return undefined;
  const number = what === "adapter" ? formatApid(asApid(id)) : formatApqi(id);
  return `${verb} ${name} ${what === "control_domain" ? "control" : what} ${number}`;
}
