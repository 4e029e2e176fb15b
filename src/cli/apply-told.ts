// The messages between the thread that applies and the thread that hears signals.
import type { GuestLoss } from "../answers/plan/losses.ts";
import type { Report } from "./apply-report.ts";
import type { ApplyOptions } from "./apply-run.ts";

/** What the thread is started with. */
export interface ApplyData {
  readonly file: string;
  readonly options: ApplyOptions;
}

type ReportCall = {
  [Method in keyof Report]: {
    readonly kind: "report";
    readonly method: Method;
    readonly argument: Parameters<Report[Method]>[0];
  };
}[keyof Report];

export type ApplyMessage =
  | ReportCall
  /** The request has been read, and the lock is wanted. The answer is the reason why there is none, or nothing. */
  | { readonly kind: "lock" }
  /** Running guests would lose queues; answered with why they must not, if so. */
  | { readonly kind: "consent"; readonly losses: readonly GuestLoss[] }
  | { readonly kind: "ended"; readonly code: number }
  /** Nothing was written; one line for the user. */
  | { readonly kind: "refused"; readonly message: string };

/** A report that goes to the other thread. */
export const reportTo = (tell: (message: ApplyMessage) => void): Report => ({
  note: (argument) => tell({ kind: "report", method: "note", argument }),
  lines: (argument) => tell({ kind: "report", method: "lines", argument }),
  begin: (argument) => tell({ kind: "report", method: "begin", argument }),
  step: (argument) => tell({ kind: "report", method: "step", argument }),
  end: (argument) => tell({ kind: "report", method: "end", argument }),
});

/** The other end of it. */
export const passOn = (report: Report, { method, argument }: ReportCall): void =>
  (report[method] as (argument: unknown) => void).call(report, argument);
