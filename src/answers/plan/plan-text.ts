// A plan for people: what becomes of each mdev, what its guest loses on the way and why, the writes in order, and a line of counts.
import { type Apqn, apidOf, apqiOf, formatApid, formatApqn } from "../../system/ap/apqn.ts";
import { groupBy } from "../../system/ap/group-by.ts";
import { adaptersText, domainsText } from "../../system/ap/id-span.ts";
import { parseMaskText } from "../../system/ap/mask-text.ts";
import { shortened } from "../../system/ap/quoted.ts";
import { formatResponseCode } from "../../system/ap/response-code.ts";
import { ailingTexts } from "../explain/health.ts";
import { echoCommand } from "../explain/sentences.ts";
import { type Allowance, NOBODY } from "./allowance.ts";
import { allowLossWords, lossesOf, lossName, lossText, notAllowed } from "./losses.ts";
import type { More } from "./more.ts";
import type { NaiveLoss } from "./naive.ts";
import type { MdevPrediction, MissingQueue, Prediction, Unavoidable } from "./prediction.ts";
import type { RehearsedStep } from "./rehearse.ts";

const SIGN = { create: "+", change: "~", remove: "-", none: " " } as const;

/** What is told besides: what would be lost without a plan, what could be had by a loss, and who may lose queues. */
export interface PlanRemarks {
  readonly naive?: readonly NaiveLoss[];
  readonly more?: More | undefined;
  readonly allowed?: Allowance;
}

/** Lines without their ends. */
export function planLines(prediction: Prediction, remarks: PlanRemarks = {}): readonly string[] {
  const { steps, mdevs, hostLoses, hostGains, alongside, left } = prediction;
  const lines = mdevs.flatMap((mdev) => [...mdevLines(mdev, remarks), ""]);
  if (hostLoses.length > 0) lines.push(`- the host loses ${names(hostLoses)}`, "");
  if (left.length > 0)
    lines.push(`= not back to the host, as a bit of a mask would take queues from mdevs: ${names(left)}`, "");
  if (hostGains.length > 0) {
    const more = alongside.length === 0 ? "" : `; nobody asked for these, which come along: ${names(alongside)}`;
    lines.push(`+ the host gets ${names(hostGains)}, reset by its drivers${more}`, "");
  }
  if (steps.length === 0) return [...lines, "Nothing to do: the host is as desired, as far as its kernel allows."];
  const labels = new Map(mdevs.map((mdev) => [mdev.uuid, labelOf(mdev)]));
  return [...lines, ...stepLines(steps, labels), "", countsLine(prediction), ...questionLines(prediction, remarks)];
}

/** What apply does not take without a yes. */
function questionLines(prediction: Prediction, { allowed = NOBODY }: PlanRemarks): readonly string[] {
  const losses = notAllowed(lossesOf(prediction), allowed);
  if (losses.length === 0) return [];
  return [
    `apply asks first, because running guests lose queues: ${losses.map(lossText).join("; ")} (${allowLossWords(losses)})`,
  ];
}

const labelOf = ({ uuid, name }: MdevPrediction): string =>
  name === undefined ? uuid : `${uuid} (${shortened(name)})`;

function mdevLines(mdev: MdevPrediction, { naive = [], more }: PlanRemarks): readonly string[] {
  const { before, after, lost, zeroized, updates, missing, running } = mdev;
  const gained = after.filter((apqn) => !before.includes(apqn));
  const gone = before.filter((apqn) => !after.includes(apqn));
  const whose = running ? "guest runs" : "no guest runs";
  const lines = [`${SIGN[mdev.change]} mdev ${labelOf(mdev)}: ${whose}${mdev.isNamed ? "" : ", not in the file"}`];
  if (gained.length > 0) lines.push(`    + ${names(gained)}`);
  if (gone.length > 0) lines.push(`    - ${names(gone)}`);
  if (gained.length + gone.length === 0) lines.push(`    = ${after.length === 0 ? "nothing" : names(after)}`);
  if (running) {
    const none = gone.length === 0 ? "no loss" : "no loss of what it keeps";
    const loss = lost.length === 0 ? none : `loses for a time: ${names(lost)}`;
    lines.push(`    ${loss}; guest updates: ${updates}`);
    if (lost.length > 0 || gone.length > 0) lines.push(...unavoidableLines(mdev));
    if (zeroized.length > 0) lines.push(`    zeroized: ${names(zeroized)}`);
  }
  const without = naive.find(({ uuid }) => uuid === mdev.uuid);
  if (without && lost.length < without.lost.length) {
    lines.push(
      `    assigned as it stands it would lose ${names(without.lost)}; zeroized: ${names(without.zeroized) || "none"}`,
    );
  }
  return [...lines, ...moreLines(mdev, more), ...missingLines(missing), ...ailingLines(mdev)];
}

/** What the guest has, or will have, and cannot use. */
const ailingLines = ({ ailing }: MdevPrediction): readonly string[] =>
  ailingTexts(ailing, names).map((text) => `    of no use: ${text}`);

/** More than it gets without taking something from a running guest. */
function moreLines({ uuid, isHeldBack }: MdevPrediction, more: More | undefined): readonly string[] {
  if (!isHeldBack) return [];
  const gain = more?.gains.find((one) => one.uuid === uuid);
  if (!more || !gain) return ["    more could be had, but only by a scan or a later change"];
  const price = more.losers.map((loser) => `${lossName(loser)} loses ${names(loser.queues)}`).join(", ");
  return [
    `    more could be had: ${names(gain.queues)}, if for a time ${price} (${allowLossWords(more.losers)} plans it)`,
  ];
}

/** One line for each queue that took an adapter away. */
function unavoidableLines({ unpluggings, healed }: MdevPrediction): readonly string[] {
  const lines = unpluggings.map(
    (one) => `    unavoidable: ${adapterOf(one)} is left out because of ${formatApqn(one.because)}${whyOf(one)}`,
  );
  if (lines.length > 0) return [...new Set(lines)];
  return healed.map(
    (one) =>
      `    unavoidable: ${formatApqn(one.because)}${whyOf(one)} goes out and comes back, or any change would take all of ${adapterOf(one)}`,
  );
}

const adapterOf = ({ because }: Unavoidable): string => `adapter ${formatApid(apidOf(because))}`;

function whyOf({ cause }: Unavoidable): string {
  if (!cause) return "";
  const { reason, because } = cause;
  return because.rc === undefined ? ` (${reason})` : ` (${reason}, response code ${formatResponseCode(because.rc)})`;
}

/** What its guest lacks in the end. */
export const lackingLines = (mdev: MdevPrediction): readonly string[] => [
  `mdev ${labelOf(mdev)}`,
  ...missingLines(mdev.missing),
  ...ailingLines(mdev),
];

/** Queues with the same reason stand in one line. */
function missingLines(missing: readonly MissingQueue[]): readonly string[] {
  const byReason = groupBy(missing, ({ reason, because }) =>
    because.apqn === undefined ? reason : `${reason} because of ${formatApqn(because.apqn)}: ${because.reason}`,
  );
  return [...byReason].map(([why, some]) => `    missing: ${names(some.map(({ apqn }) => apqn))} (${why})`);
}

/** Up to this many queues are named one by one. */
const MOST_NAMES = 12;

/** The queues; if there are many, as adapters with their domains. */
function names(queues: readonly Apqn[]): string {
  if (queues.length <= MOST_NAMES) return queues.map(formatApqn).join(" ");
  const rows = [...groupBy(queues, apidOf)].map(([apid, row]) => ({ apid, domains: domainsText(row.map(apqiOf)) }));
  const parts = [...groupBy(rows, ({ domains }) => domains)].map(
    ([domains, some]) => `adapters ${adaptersText(some.map(({ apid }) => apid))} with domains ${domains}`,
  );
  return `${queues.length} queues: ${parts.join("; ")}`;
}

/** Each step, and after it what it does to guests. */
function stepLines(steps: readonly RehearsedStep[], labels: ReadonlyMap<string, string>): readonly string[] {
  const width = `${steps.length}`.length;
  return steps.flatMap(({ path, value, answer, guests }, at) => {
    const waits = answer.r === "blocked" ? "  (waits until the guest has let go)" : "";
    const line = `${`${at + 1}`.padStart(width)}  ${echoCommand([path, value])}${waits}`;
    const indent = " ".repeat(width + 2);
    const masks = path.endsWith("/ap_config") ? [`${indent}that is ${maskWords(value)}`] : [];
    const seen = guests.map(
      ({ uuid, queues }) =>
        `${indent}guest of ${labels.get(uuid) ?? uuid}: ${queues.length === 0 ? "nothing" : names(queues)}`,
    );
    return [line, ...masks, ...seen];
  });
}

/** The three masks of ap_config in numbers. */
function maskWords(value: string): string {
  const [apm, aqm, adm] = value.split(",").map((text) => parseMaskText(text)?.ids() ?? []);
  const listed = (what: string, text: string): string => (text === "" ? `no ${what}` : `${what} ${text}`);
  return [
    listed("adapters", adaptersText(apm ?? [])),
    listed("domains", domainsText(aqm ?? [])),
    listed("control domains", domainsText(adm ?? [])),
  ].join("; ");
}

function countsLine({ steps, mdevs, hostLoses, hostGains }: Prediction): string {
  const count = (change: MdevPrediction["change"]): number => mdevs.filter((mdev) => mdev.change === change).length;
  const sum = (of: (mdev: MdevPrediction) => number): number => mdevs.reduce((total, mdev) => total + of(mdev), 0);
  const fewer = lossesOf({ mdevs }).filter(({ before, after }) => after < before);
  const whose =
    fewer.length === 0
      ? ""
      : ` (${fewer.map((loss) => `${lossName(loss)} ${loss.before} -> ${loss.after}`).join(", ")})`;
  return [
    `Plan: ${steps.length === 1 ? "1 write" : `${steps.length} writes`}; mdevs: ${count("create")} to create, ${count("change")} to change, ${count("remove")} to remove`,
    `guests that end with fewer queues: ${fewer.length}${whose}`,
    `queues lost for a time: ${sum(({ lost }) => lost.length)}, zeroized: ${sum(({ zeroized }) => zeroized.length)}`,
    `guest updates: ${sum(({ updates }) => updates)}; the host loses ${hostLoses.length}${hostGains.length > 0 ? `, gets ${hostGains.length}` : ""}; missing in the end: ${sum(({ missing }) => missing.length)}`,
  ].join("; ");
}
