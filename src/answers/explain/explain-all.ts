// Every guest's problems on a host, the worst first: what a guest lacks of its matrix or has and cannot use, and what helps.

import { type Apqn, formatApqn } from "../../system/ap/apqn.ts";
import { groupBy } from "../../system/ap/group-by.ts";
import { shortened } from "../../system/ap/quoted.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import type { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { type GuestInside, insideOf } from "../inside/guest-inside.ts";
import { remarkLines } from "../inside/inside-text.ts";
import { queuesAround } from "../inside/levels.ts";
import { type Explanation, type ExplanationJson, explain, explanationToJson } from "./explain.ts";
import { explanationLines } from "./sentences.ts";

export interface GuestReport {
  readonly uuid: string;
  readonly name: string | undefined;
  readonly running: boolean;
  /** Queues of its matrix, and how many of them it can use, or could if it ran. */
  readonly assigned: number;
  readonly usable: number;
  /** One for each of the others, ascending. */
  readonly problems: readonly Explanation[];
  /** What is to be said of what its own Linux makes of its queues; empty where that is not known. */
  readonly inside: readonly string[];
  readonly notNoticed: readonly Apqn[] | undefined;
}

/**
 * @param labels names that people gave to mdevs, by UUID
 * @param player the host with the insides of its guests, if they are known
 */
export function explainAll(host: Host, labels: ReadonlyMap<string, string>, player?: Player): readonly GuestReport[] {
  const reports = host.state
    .listedMdevs()
    .map((mdev) => ({ ...reportOf(host, mdev, labels), ...insideReport(mdev, insideOf(player, mdev)) }));
  return reports.sort(
    (a, b) =>
      Number(isFine(a)) - Number(isFine(b)) ||
      Number(b.running) - Number(a.running) ||
      Number(a.usable > 0) - Number(b.usable > 0) ||
      b.problems.length - a.problems.length ||
      (a.uuid < b.uuid ? -1 : 1),
  );
}

const insideReport = (mdev: Mdev, guest: GuestInside | undefined): Pick<GuestReport, "inside" | "notNoticed"> => ({
  inside: guest ? remarkLines(guest, queuesAround(mdev, guest)) : [],
  notNoticed: guest?.notNoticed(),
});

type OfHost = Omit<GuestReport, "inside" | "notNoticed">;

function reportOf(host: Host, mdev: Mdev, labels: ReadonlyMap<string, string>): OfHost {
  const uuid = mdevName(mdev);
  const guest = mdev.guest === undefined ? undefined : host.state.names.nameOf(mdev.guest);
  const all = explain(host, mdev);
  const problems = all.filter(
    ({ plugged, reason, health }) => health !== undefined || (!plugged && reason !== "guest-not-running"),
  );
  return {
    uuid,
    name: guest === undefined || guest === uuid ? labels.get(uuid) : guest,
    running: mdev.isAttached,
    assigned: all.length,
    usable: all.length - problems.length,
    problems,
  };
}

/** It can use all that is assigned to it, or nothing is assigned and nobody waits for anything. */
const isFine = ({ assigned, problems, running }: GuestReport): boolean =>
  problems.length === 0 && (assigned > 0 || !running);

const labelOf = ({ uuid, name }: GuestReport): string =>
  name === undefined ? `mdev ${uuid}` : `${shortened(name)} (${uuid})`;

/** @param undecided mdevs of which the source does not tell whether a guest runs */
export function reportLines(reports: readonly GuestReport[], undecided: ReadonlySet<string>): readonly string[] {
  if (reports.length === 0) return ["there is no mdev, so no guest has any queue"];
  const troubled = reports.filter((report) => !isFine(report));
  const fine = reports.filter(isFine);
  return [
    ...troubled.flatMap((report) => [...problemLines(report, undecided.has(report.uuid)), ""]),
    ...fine.flatMap((report) => [
      `${labelOf(report)}: ${fineText(report, undecided.has(report.uuid))}`,
      ...report.inside.map((line) => `  ${line}`),
    ]),
    ...(fine.length > 0 ? [""] : []),
    `${troubled.length} of ${reports.length} mdevs with problems.`,
  ];
}

const runText = ({ running }: GuestReport, isUndecided: boolean): string =>
  running ? "running" : isUndecided ? "not known whether it runs" : "not running";

function fineText(report: GuestReport, isUndecided: boolean): string {
  if (report.assigned === 0) return `${runText(report, isUndecided)}, no queue is assigned`;
  const verb = report.running ? "can use" : "could use";
  return `${runText(report, isUndecided)}, ${verb} all ${report.assigned}`;
}

/** Queues with the same problem stand in one line. */
function problemLines(report: GuestReport, isUndecided: boolean): readonly string[] {
  const { assigned, usable, problems, running } = report;
  const count = `${running ? "can use" : "could use"} ${usable} of ${assigned} queues`;
  const head = `${labelOf(report)}: ${runText(report, isUndecided)}, ${count}`;
  if (assigned === 0) return [head, "no queue is assigned: it needs an adapter and a domain"];
  const told = problems.map((one) => {
    const [first = "", ...rest] = explanationLines(one, isUndecided);
    return { apqn: formatApqn(one.apqn), lines: [first.slice(formatApqn(one.apqn).length), ...rest] };
  });
  const groups = groupBy(told, ({ lines }) => lines.join("\n"));
  return [
    head,
    ...[...groups.values()].flatMap((some) => {
      const [first = "", ...rest] = some[0]?.lines ?? [];
      return [`${some.map(({ apqn }) => apqn).join(" ")}${first}`, ...rest];
    }),
    ...report.inside,
  ];
}

/** What `apmatrix explain --format json` prints of one guest, where none is named. */
export interface GuestReportJson {
  readonly uuid: string;
  readonly name: string | null;
  /** null: the source does not tell. */
  readonly running: boolean | null;
  readonly assigned: number;
  readonly usable: number;
  readonly problems: readonly ExplanationJson[];
  /** Queues that came or went and that its own bus does not show so yet; left out where the guest's inside is not known. */
  readonly not_noticed?: readonly string[];
}

export const reportToJson = (report: GuestReport, undecided: ReadonlySet<string>): GuestReportJson => ({
  uuid: report.uuid,
  name: report.name ?? null,
  running: undecided.has(report.uuid) ? null : report.running,
  assigned: report.assigned,
  usable: report.usable,
  problems: report.problems.map(explanationToJson),
  ...(report.notNoticed && { not_noticed: report.notNoticed.map(formatApqn) }),
});
