// apmatrix apply: makes a host as a file says, step by step, and compares each step with what was predicted. The work is in apply-run.ts,
// in a thread of its own (apply-worker.ts); here are the options, the lock and the signals.
import type { Command } from "commander";
import type { GuestLoss } from "../answers/plan/losses.ts";
import { Supervision } from "../guards/signals.ts";
import { UserError } from "../guards/user-error.ts";
import { CONFIG_LOCK, type ConfigLock, LOCK_PATIENCE, takeConfigLock } from "../sources/machine/config-lock.ts";
import { ApplyReport } from "./apply-report.ts";
import { readRequest } from "./apply-request.ts";
import { type ApplyOptions, showRequest } from "./apply-run.ts";
import { type ApplyData, type ApplyMessage, passOn } from "./apply-told.ts";
import { type AskedLine, ask, canAsk } from "./ask-line.ts";
import { chooseFormat, formatOption, secondsOf } from "./choices.ts";
import { domainsOption, fromOption, profileOption } from "./host-source.ts";
import { allowLossOption, lossesRefused, lossQuestion } from "./loss-consent.ts";
import { EXIT, exitWith } from "./outcome.ts";
import { uuidOption } from "./piece-files.ts";
import { whenOutputIsLost } from "./terminal.ts";

const FORMATS = ["text", "json"] as const;

export function addApplyCommand(program: Command): void {
  program
    .command("apply")
    .description("make a host as desired, or carry out a plan, and stop where anything is not as predicted")
    .argument("<file>", "the desired state, as for plan, or a plan (--out of apmatrix plan)")
    .addOption(fromOption())
    .addOption(domainsOption())
    .option("--dry-run", "show what would be written, and write nothing")
    .addOption(formatOption(FORMATS))
    .addOption(profileOption())
    .addOption(uuidOption())
    .option("--prune", "remove mdevs that the file does not name")
    .option(
      "--record <file>",
      "keep a record of what is done here; that of a plan lies beside it if not told otherwise",
    )
    .addOption(allowLossOption())
    .option("--persist", "write the files that keep it: definitions of mdevctl, chzdev's rule, overrides of driverctl")
    .option("--root <directory>", "where / of the host is, for its files")
    .option("--lock <file>", "the lock to take, which other tools take as well", CONFIG_LOCK)
    .option("--lock-timeout <seconds>", "how long to wait for another holder of the lock", `${LOCK_PATIENCE}`)
    .action((file: string, options: ApplyOptions) => exitWith(apply(file, options)));
}

/** @throws UserError for a file, a source or options that cannot be used; then nothing has been written */
async function apply(file: string, options: ApplyOptions): Promise<number> {
  const format = chooseFormat(options.format, FORMATS);
  const report = new ApplyReport(format);
  const patience = secondsOf("--lock-timeout", options.lockTimeout);
  if (options.dryRun) return await showRequest(await readRequest(file, options), format, options, report);
  // A reader of what is printed that goes away does not end it half way.
  whenOutputIsLost(() => undefined);
  let [code, refused]: [number | undefined, string | undefined] = [undefined, undefined];
  let lock: Promise<ConfigLock> | undefined;
  let release = (): void => undefined;
  let question: AskedLine | undefined;
  const takeLock = async (): Promise<string | undefined> => {
    lock = takeConfigLock({
      path: options.lock,
      patience,
      onWait: (holder) => report.note(`waiting for the lock ${options.lock}, which ${holder} has`),
      isCancelled: () => supervision.signal !== undefined,
    });
    const taken = await lock;
    if (taken.ok) {
      release = taken.release;
      process.once("exit", release);
      return undefined;
    }
    refused = `the lock ${options.lock} ${taken.message}; nothing was written${remedyFor(taken.message)}`;
    return refused;
  };
  const askConsent = async (losses: readonly GuestLoss[]): Promise<string | undefined> => {
    if (format === "json" || !canAsk()) return lossesRefused(losses);
    question = ask(lossQuestion(losses));
    return (await question.answer) === "yes" ? undefined : "nothing was written";
  };
  const supervision = new Supervision<ApplyMessage>({
    module: new URL("./apply-worker.js", import.meta.url),
    data: { file, options } satisfies ApplyData,
    hear(message) {
      switch (message.kind) {
        case "report":
          return passOn(report, message);
        case "lock":
          return takeLock();
        case "consent":
          return askConsent(message.losses);
        case "ended":
          code = message.code;
          return;
        case "refused":
          refused = message.message;
      }
    },
    waiting: (signal) => report.note(`${signal} is heard when the call to the host comes back; once more ends it now`),
    ending(signal) {
      report.end({
        result: "stopped",
        ...report.standing,
        sentences: [],
        message: endedBy(signal, supervision, report),
      });
      release();
    },
  });
  try {
    await supervision.run();
    await lock;
  } finally {
    question?.cancel();
    release();
    supervision.end();
  }
  if (refused !== undefined) throw new UserError(refused);
  if (code !== undefined) return code;
  const message = `stopped by ${supervision.signal} before the first write; nothing was written`;
  report.end({ result: "stopped", ...report.standing, sentences: [], message });
  return EXIT.error;
}

/** What was done by then. */
function endedBy(signal: string, { hasWritten }: { readonly hasWritten: boolean }, { standing }: ApplyReport): string {
  if (!hasWritten || standing === undefined)
    return `ended at once by ${signal} before the first write; nothing was written`;
  const { done, of } = standing;
  const doubt = done < of ? `, and step ${done + 1} may have been written` : "";
  return `ended at once by ${signal}: ${done} of ${of} steps are done${doubt}; look at the host (apmatrix show)`;
}

const remedyFor = (message: string): string =>
  message.startsWith("cannot") ? ": become root, or name another with --lock" : "";
