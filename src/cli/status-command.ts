// apmatrix status: what runs, what the host's files say, what is desired, and what will be after the next boot.
import type { Command } from "commander";
import { notNoticedLines, notNoticedToJson } from "../answers/inside/not-noticed.ts";
import { statusToJson } from "../answers/status/status-json.ts";
import { statusLines } from "../answers/status/status-text.ts";
import { compareThreeWays } from "../answers/status/three-ways.ts";
import { UserError } from "../guards/user-error.ts";
import { describeHost } from "../sources/describe-host.ts";
import { readPersistentFiles } from "../sources/machine/persistent-files.ts";
import { reboot } from "../sources/machine/reboot.ts";
import { openNamed } from "../sources/open-host.ts";
import { usable } from "../sources/usable.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import { unreadableText } from "../system/sysfs/observed-host.ts";
import { hostSysfs } from "../system/sysfs/sysfs.ts";
import { chooseFormat, chosenProfile, formatOption } from "./choices.ts";
import { readDesired } from "./desired-input.ts";
import { rootOf } from "./host-root.ts";
import { domainsOption, fromOption, type HostOptions, profileOption } from "./host-source.ts";
import { EXIT, exitWith, tellWarnings } from "./outcome.ts";
import { uuidOption } from "./piece-files.ts";
import { complain, printLines } from "./terminal.ts";

const FORMATS = ["text", "json"] as const;

interface StatusOptions extends HostOptions {
  readonly format: string;
  readonly root?: string;
  readonly uuid?: string;
  readonly detailedExitcode?: boolean;
}

export function addStatusCommand(program: Command): void {
  program
    .command("status")
    .description("what runs, what the host's files say, what is desired; and what will be after a reboot")
    .argument("<desired>", "the desired state (YAML, see docs/plan.md)")
    .addOption(fromOption())
    .option("--root <directory>", "where / of the host is, for its /etc and /proc/cmdline")
    .addOption(domainsOption())
    .addOption(formatOption(FORMATS))
    .addOption(profileOption())
    .addOption(uuidOption())
    .option("--detailed-exitcode", "exit with 2 if anything differs or is not known")
    .action((file: string, options: StatusOptions) => exitWith(status(file, options)));
}

/** @throws UserError for a file, a source or options that cannot be used */
async function status(file: string, options: StatusOptions): Promise<number> {
  const format = chooseFormat(options.format, FORMATS);
  const { desired, warnings } = await readDesired(file, options.uuid);
  const files = readPersistentFiles(rootFor(options));
  tellWarnings([...warnings, ...files.warnings]);
  const opened = usable(await openNamed(options.from, chosenProfile(options), options.domains));
  tellWarnings(opened.warnings);
  const { inside } = opened.value;
  const machine = describeHost(opened.value);
  opened.value.close();
  if (!machine.ok) throw new UserError(`${options.from}: ${machine.message}`);
  tellWarnings(machine.observed.unreadable.map((one) => `${options.from}: ${unreadableText(one)}`));
  const { host, refused, ...rebooted } = reboot(machine.value, machine.profile, files);
  const compared = compareThreeWays({
    desired: desired.mdevs,
    running: machine.observed,
    afterReboot: observeHost(hostSysfs(host)),
    defined: files.mdevs,
    labels: opened.value.labels,
    boot: rebooted,
  });
  const boot = {
    ...rebooted,
    refused: refused.map(({ write: [path, value], ...rest }) => ({ path, value, ...rest })),
  };
  printLines(
    format === "json"
      ? [JSON.stringify({ ...statusToJson(compared, boot), ...notNoticedToJson(inside) })]
      : [...statusLines(compared, boot), ...notNoticedLines(inside)],
  );
  return options.detailedExitcode && !(compared.agrees && boot.isKnown) ? EXIT.difference : EXIT.ok;
}

/** What is not known is taken to be this machine, which is said. */
function rootFor(options: StatusOptions): string {
  const root = rootOf(options);
  if (root === undefined)
    complain(
      `${options.from}: what it is to be after a reboot is taken from this machine's /etc; --root names another`,
    );
  return root ?? "/";
}
