// The three states of a host for people: first what differs, then what agrees, in one line each.

import type { DesiredMdev } from "../../formats/desired/desired.ts";
import { relativeTerms } from "../../formats/reading/mask-terms.ts";
import { type Apqn, formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import type { Apid, Apqi, Id } from "../../system/ap/id.ts";
import type { Mask } from "../../system/ap/mask.ts";
import { shortened } from "../../system/ap/quoted.ts";
import { ailingTexts } from "../explain/health.ts";
import {
  type HostStatus,
  type MdevStatus,
  PLACES,
  type Status,
  type StatusDifference,
  type StatusPlace,
} from "./three-ways.ts";

/** A write that is refused at boot, and the mdev that is therefore not made. */
interface BootRefusal {
  readonly path: string;
  readonly value: string;
  readonly errno: string;
  readonly uuid: string | undefined;
  /** FILE:LINE of the rule that writes it. */
  readonly place: string | undefined;
}

export interface BootStatus {
  readonly refused: readonly BootRefusal[];
  /** Two definitions exclude each other, and either may win. */
  readonly isByChance: boolean;
  /** What loads vfio_ap; undefined: nothing. */
  readonly loadedBy: string | undefined;
  /** What does not happen at boot or cannot be told, one sentence each. */
  readonly notes: readonly string[];
  /** Whether none of them is about something that cannot be told. */
  readonly isKnown: boolean;
  /** What is otherwise after the boot if the queues have their drivers before udev runs. */
  readonly ifEarly: readonly string[];
}

/** Lines without their ends. */
export function statusLines(status: Status, boot: BootStatus): readonly string[] {
  const { mdevs, host } = status;
  const needsVfioAp = mdevs.some(({ desired, running, persistent }) => desired || running || persistent);
  const sections = [
    ...mdevs.filter((mdev) => !agrees(mdev)).map(mdevLines),
    hostLines(host),
    [
      ...mdevs
        .filter(agrees)
        .flatMap((mdev) => [
          `= mdev ${labelOf(mdev)}: ${matrixText(mdev.running ?? mdev.persistent)}`,
          ...ailingLines(mdev),
        ]),
      ...(host.differences.length === 0 ? ["= masks and overrides of the host"] : []),
    ],
    host.isLoaded === false ? [NOT_LOADED_NOW] : [],
    bootLines(boot, needsVfioAp),
  ];
  const count = (place: StatusPlace) => mdevs.filter((mdev) => mdev.differences[place].length > 0).length;
  const counts = PLACES.map((place) => `${WORDS[place]} ${count(place)}`).join(", ");
  const doubt = boot.isKnown ? "" : ", as far as it is known: what is not stands above";
  const end = status.agrees
    ? `All agree${doubt}${boot.ifEarly.length === 0 ? "" : ", unless zcrypt is in the initrd"}.`
    : `Differing of ${mdevs.length} mdevs: ${counts}; of the host's own: ${host.differences.join(", ") || "nothing"}.`;
  return [...sections.flatMap((lines) => (lines.length === 0 ? [] : [...lines, ""])), end];
}

function bootLines(
  { refused, isByChance, loadedBy, notes, ifEarly }: BootStatus,
  needsVfioAp: boolean,
): readonly string[] {
  const early = `If zcrypt is in the initrd, udev does not hear that all queues are bound. Then after a reboot: ${ifEarly.join("; ")}.${ifEarly.some((text) => /^(?:a[pq]mask|vfio_ap)/.test(text)) ? ANEW : ""}`;
  return [
    ...(loadedBy === undefined && needsVfioAp ? [NOT_LOADED] : []),
    ...refused.map(refusalText),
    ...notes,
    ...(ifEarly.length > 0 ? [early] : []),
    ...(isByChance ? ["Two definitions are in each other's way at boot: which one wins is chance."] : []),
  ];
}

const NOT_LOADED_NOW = "vfio_ap is not loaded now, so there are no mdevs: modprobe vfio_ap loads it.";
const ANEW = " Let chzdev write the rule anew: newer versions of s390-tools look at what was before udev.";
const NOT_LOADED =
  "Nothing loads vfio_ap at boot: let chzdev write its rule (chzdev -t ap), or put the line vfio_ap into /etc/modules-load.d/vfio_ap.conf.";

const WORDS: Readonly<Record<StatusPlace, string>> = {
  running: "running",
  persistent: "persistent",
  after_reboot: "after a reboot",
};

const WIDTH = 16;

const agrees = ({ differences }: MdevStatus): boolean => PLACES.every((place) => differences[place].length === 0);
const labelOf = ({ uuid, name }: MdevStatus): string => (name === undefined ? uuid : `${uuid} (${shortened(name)})`);

function mdevLines(mdev: MdevStatus): readonly string[] {
  const { desired, persistent } = mdev;
  const row = (word: string, text: string): string => `    ${word.padEnd(WIDTH)}${text}`;
  const start = persistent?.start === undefined ? "" : `, start ${persistent.start}`;
  const rows = [
    row("desired", desired ? masksText(desired) : "not in the file: to stay as it is"),
    ...PLACES.map((place) =>
      row(
        WORDS[place],
        `${matrixText(mdev[place])}${place === "persistent" ? start : ""}${toldDifferences(mdev.differences[place])}`,
      ),
    ),
  ];
  return [`~ mdev ${labelOf(mdev)}`, ...rows, ...lackingLines(mdev), ...ailingLines(mdev)];
}

/** What its guest has, or would get, and cannot use now. */
const ailingLines = ({ running }: MdevStatus): readonly string[] =>
  ailingTexts(running?.ailing ?? []).map((text) => `    ${"of no use".padEnd(WIDTH)}${text}`);

const DIFFERENCES: Readonly<Record<StatusDifference, string>> = {
  absent: "is not there",
  adapters: "other adapters",
  domains: "other domains",
  control_domains: "other control domains",
  queues: "its guest lacks queues",
  start: "is not started at boot",
  refused: "its start is refused",
  unloaded: "vfio_ap is not loaded",
  unstarted: "no rule starts mdevctl",
  extra: "nobody wants it",
};

const toldDifferences = (differences: readonly StatusDifference[]): string => {
  // A missing matrix is shown as "not there" already.
  const told = differences.filter((one) => one !== "absent").map((one) => DIFFERENCES[one]);
  return told.length === 0 ? "" : `  <- ${told.join(", ")}`;
};

const idsText = <I extends Id>(mask: Mask<I> | undefined, format: (id: I) => string): string =>
  mask === undefined ? "as they are" : mask.isEmpty() ? "none" : mask.ids().map(format).join(" ");

function masksText({ apm, aqm, adm }: Pick<DesiredMdev, "apm" | "aqm" | "adm">): string {
  const parts = [`adapters ${idsText(apm, formatApid)}`, `domains ${idsText(aqm, formatApqi)}`];
  if (adm && !adm.isEmpty()) parts.push(`control domains ${idsText(adm, formatApqi)}`);
  return parts.join(", ");
}

const matrixText = (matrix: MdevStatus["running"]): string => (matrix ? masksText(matrix) : "not there");

/** Which queues the guest lacks now, and which it will lack. */
function lackingLines({ desired, running, after_reboot: rebooted, differences }: MdevStatus): readonly string[] {
  const wanted = new Set([...(running?.queues ?? []), ...(rebooted?.queues ?? [])]);
  const lines: string[] = [];
  const tell = (place: StatusPlace, has: readonly Apqn[] | undefined): void => {
    const lacking = [...wanted].filter((apqn) => !has?.includes(apqn)).sort((a, b) => a - b);
    if (differences[place].includes("queues") && lacking.length > 0)
      lines.push(`    ${`${WORDS[place]} lacks`.padEnd(WIDTH)}${lacking.map(formatApqn).join(" ")}`);
  };
  if (desired || running) {
    tell("running", running?.queues);
    tell("after_reboot", rebooted?.queues);
  }
  return lines;
}

function hostLines({ running, after_reboot: rebooted, differences }: HostStatus): readonly string[] {
  if (differences.length === 0) return [];
  const lines = ["~ host"];
  for (const name of ["apmask", "aqmask"] as const) {
    const [now, then] = [running[name], rebooted[name]];
    if (!differences.includes(name) || !now || !then) continue;
    const terms = relativeTerms<Apid | Apqi>(now, then).join(",");
    lines.push(`    ${name.padEnd(WIDTH)}after a reboot ${terms}`);
  }
  if (differences.includes("overrides")) {
    const queues = [...new Set([...running.overrides.keys(), ...rebooted.overrides.keys()])].sort();
    const parts = queues.flatMap((queue) => {
      const [now = "none", then = "none"] = [running.overrides.get(queue), rebooted.overrides.get(queue)];
      return now === then ? [] : [`${queue} ${shortened(now)} -> ${shortened(then)}`];
    });
    lines.push(`    ${"overrides".padEnd(WIDTH)}after a reboot ${parts.join(", ")}`);
  }
  return lines;
}

const refusalText = ({ path, value, errno, uuid, place }: BootRefusal): string =>
  `At boot the kernel refuses ${shortened(value)} to /sys/${shortened(path)}${place === undefined ? "" : ` (${shortened(place)})`}: ${errno}${uuid === undefined ? "" : `, so mdev ${uuid} is not made`}.`;
