// Which rule decides a member of an operation's answer: where to look when play finds another answer than the one recorded. It says
// where that member is decided, not what is wrong: of a state or a read file the cause may be an earlier operation.
import type { Operation } from "./operation.ts";

/** What ids in docs/rules.md begin with: a section of hotplug.md, or the name of another page and a section of it. */
export type RuleSection = string;

/** By member of an answer; "" stands for every member that is not named. */
type ByMember = Readonly<Record<string, readonly RuleSection[]>>;

const UEVENTS: ByMember = { uev: ["bus §7"] };
const INTERRUPTS: ByMember = { irq: ["§15.3"] };
const EFFECTS: ByMember = { ...UEVENTS, ...INTERRUPTS };
const CONFIGURATION: ByMember = { "": ["bus §5"], apcb: ["§13", "§14"], irq: ["§8", "§15.3"], ...UEVENTS };

/** Writes, by the path below /sys; the first that fits. */
const WRITES: readonly (readonly [RegExp, ByMember])[] = [
  [/^bus\/ap\/a[pq]mask$/, { ...EFFECTS, r: ["bus §1.2", "bus §3", "§10"], apcb: ["bus §4.3", "§7", "§8"] }],
  [/^bus\/ap\/scans$/, CONFIGURATION],
  [/^bus\/ap\/(drivers\/\w+\/bind|drivers_probe)$/, { ...EFFECTS, r: ["bus §4.2", "bus §4.4"], apcb: ["§7"] }],
  [/^bus\/ap\/drivers\/\w+\/unbind$/, { ...EFFECTS, r: ["bus §4.4"], apcb: ["§8"] }],
  [/^bus\/ap\/\w+$/, { ...EFFECTS, "": ["bus §2"] }],
  [/\/se_(bind|associate)$/, { ...EFFECTS, "": ["bus §8.2"] }],
  [/\/driver_override$/, { ...EFFECTS, "": ["bus §4.5"] }],
  [/\/assign_(adapter|domain)$/, { ...EFFECTS, r: ["device §5.1"], apcb: ["§3.1", "§4"] }],
  [/\/unassign_(adapter|domain)$/, { ...EFFECTS, r: ["device §5.1"], apcb: ["§5"] }],
  [/\/(un)?assign_control_domain$/, { ...EFFECTS, r: ["device §5.1"], apcb: ["§6"] }],
  [/\/ap_config$/, { ...EFFECTS, r: ["device §5.2"], apcb: ["§9"] }],
  [/\/create$/, { ...EFFECTS, "": ["device §3.1"] }],
  [/\/remove$/, { ...EFFECTS, "": ["device §3.3"], apcb: ["§11.4"] }],
  [/^(devices|bus)\/ap\//, { ...EFFECTS, "": ["bus §6"] }],
  [/^(devices|bus)\//, { ...EFFECTS, "": ["bus §1"] }],
];

/** What is read, listed or followed, by the path below /sys; the first that fits. */
const READS: readonly (readonly [RegExp, readonly RuleSection[]])[] = [
  [/\/guest_matrix$/, ["device §4", "§3.1"]],
  [/\/(matrix|control_domains|ap_config)$/, ["device §4"]],
  [/\/mdev_supported_types\//, ["device §3.1"]],
  [/^(devices\/vfio_ap\/matrix|bus\/matrix)\b.*\/features$/, ["device §1"]],
  [/^bus\/mdev\//, ["device §3.1", "device §3.3"]],
  [/^bus\/ap\/drivers\//, ["bus §4.2", "bus §4.4"]],
  [/\/status$/, ["§7 status"]],
  [/\/card\w\w\/(\w\w\.\w{4}\/)?(config|chkstop)$/, ["bus §5.2"]],
  [/\/se_(bind|associate)$/, ["bus §8.2"]],
  [/\/driver$/, ["bus §4.2", "bus §4.4"]],
  [/^bus\/ap\/devices(\/|$)/, ["bus §5", "bus §6"]],
  [/^devices\/ap\//, ["bus §6"]],
  [/^bus\/ap\/\w+$/, ["bus §2"]],
  [/^(devices|bus)\//, ["bus §1"]],
];

/** Parts of the whole state. */
const STATE: readonly (readonly [RegExp, readonly RuleSection[]])[] = [
  [/^st\.cards\b/, ["bus §4.2", "bus §5"]],
  [/^st\.a[pq]mask$/, ["bus §3"]],
  [/^st\.mdevs\..*guest_matrix$/, ["§3.1"]],
  [/^st\.mdevs\b/, ["device §4"]],
  [/^st\.guests\b/, ["§1 copy", "§2 update"]],
  [/^st\.irq\b/, ["§15.3"]],
];

const DEEDS: Readonly<Record<Exclude<Operation["op"], "write" | "read" | "readlink" | "ls" | "state">, ByMember>> = {
  init: { "": ["bus §2 boot", "bus §5"], ...UEVENTS },
  hw: INTERRUPTS,
  card: INTERRUPTS,
  fault: {},
  scan: CONFIGURATION,
  open: { ...EFFECTS, r: ["device §7", "§11.1"], apcb: ["§11.1"] },
  close: { ...EFFECTS, "": ["§11.2"], done: ["§11.4"] },
  reset: { ...INTERRUPTS, "": ["§11.3", "§12"] },
  unmap: { "": ["§11.5"] },
  aqic: { ...INTERRUPTS, "": ["§15.1", "§15.2"] },
  eventfd: { "": ["device §6"] },
  request: { "": ["§11.4"] },
};

const first = <T>(table: readonly (readonly [RegExp, T])[], text: string): T | undefined =>
  table.find(([pattern]) => pattern.test(text))?.[1];

/** @param member as compare.ts names it: "r", "apcb.g1", "st.guests.g1" */
function ofMember(sections: ByMember | undefined, member: string): readonly RuleSection[] {
  const name = member.split(".")[0] as string;
  return (sections && Object.hasOwn(sections, name) ? sections[name] : sections?.[""]) ?? [];
}

/**
 * Sections of docs/rules.md that decide a member of an operation's answer.
 *
 * @param member as compare.ts names it: "r", "apcb.g1", "st.guests.g1"
 * @returns none if no rule in particular does
 */
export function rulesOf(operation: Operation, member: string): readonly RuleSection[] {
  switch (operation.op) {
    case "write":
      return ofMember(first(WRITES, operation.path), member);
    case "read":
    case "readlink":
    case "ls":
      return first(READS, operation.path) ?? [];
    case "state":
      return first(STATE, member) ?? [];
    default:
      return ofMember(DEEDS[operation.op], member);
  }
}
