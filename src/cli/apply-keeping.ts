// After apmatrix apply: what of it the next boot will not have, or, with --persist, the files by which it will.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { bootDifferences } from "../answers/boot/boot-differences.ts";
import { checkReplaceable, replaceFiles, UnwritableError } from "../guards/replace-files.ts";
import { UserError } from "../guards/user-error.ts";
import { describeHost } from "../sources/describe-host.ts";
import { changesToKeep } from "../sources/machine/keep-files.ts";
import { type PersistentFiles, readPersistentFiles } from "../sources/machine/persistent-files.ts";
import { reboot } from "../sources/machine/reboot.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import type { ObservedHost } from "../system/sysfs/observed-host.ts";
import { hostSysfs } from "../system/sysfs/sysfs.ts";
import { writtenFile } from "../system/sysfs/written-file.ts";
import type { ApplyRequest } from "./apply-request.ts";
import { fileDiff } from "./file-diff.ts";
import { type RootOptions, rootOf } from "./host-root.ts";
import type { HostFound } from "./host-source.ts";
import { readText } from "./input-files.ts";

interface KeepingOptions extends RootOptions {
  readonly persist?: boolean;
  readonly prune?: boolean;
}

export interface Kept {
  readonly sentences: readonly string[];
  /** Files that were written or removed. */
  readonly persisted: readonly string[];
  /** How the host will differ after its next boot; undefined: it cannot be told. */
  readonly afterReboot: readonly string[] | undefined;
}

/** Before the first write to the host. @throws UserError what is to be kept cannot be */
export function checkKeeping(request: ApplyRequest, options: KeepingOptions, open: HostFound): void {
  if (!options.persist) return;
  const root = rootOf(options);
  if (root === undefined)
    throw new UserError(`--persist: where / of ${options.from} is has to be said: --root DIRECTORY`);
  // The same files, by what the host is now: what is in the way is seen before anything is written.
  void changesIn(root, request, options, open);
}

/** What --persist would do to the files of a host that is as it is to be: a line for each file, and its lines. Nothing is written. */
export function filesToKeep(
  request: ApplyRequest,
  options: KeepingOptions & { readonly format: string },
  open: HostFound,
  then: ObservedHost,
): readonly string[] {
  checkKeeping(request, options, open);
  const root = rootOf(options) ?? "/";
  const changes = changesIn(root, request, options, open, then).map(({ path, text }) => ({
    path: join(root, path),
    before: textOr(join(root, path)),
    text,
  }));
  if (options.format === "json")
    return [JSON.stringify({ persist: changes.map(({ path, text }) => ({ path, text: text ?? null })) })];
  if (changes.length === 0) return ["", "--persist: the next boot's files are as they are to be."];
  return changes.flatMap(({ path, before, text }) => [
    "",
    `--persist ${text === undefined ? "removes" : before === undefined ? "writes" : "changes"} ${path}:`,
    ...fileDiff(before, text),
  ]);
}

const textOr = (path: string): string | undefined => (existsSync(path) ? readText(path) : undefined);

function changesIn(
  root: string,
  request: ApplyRequest,
  options: KeepingOptions,
  open: HostFound,
  then = observeHost(open.sysfs),
) {
  const files = readPersistentFiles(root);
  const made = changesToKeep(then, {
    root,
    files,
    mdevs: mdevsOf(request),
    prune: options.prune === true,
    isLoadedAtBoot: boot(files, options, open)?.loadedBy !== undefined,
  });
  if ("obstacle" in made) throw new UserError(`--persist: ${made.obstacle}`);
  try {
    const paths = made.changes.map(({ path }) => path);
    checkReplaceable(root, paths);
  } catch (error) {
    if (error instanceof UnwritableError) throw new UserError(`--persist: ${error.message}`);
    throw error;
  }
  return made.changes;
}

/** Those of the desired state, or those that the plan writes to. */
function mdevsOf(request: ApplyRequest): readonly string[] {
  if (request.kind === "desired") return request.desired.mdevs.map(({ uuid }) => uuid);
  const named = request.script.steps.flatMap(({ path, value }) => {
    const file = writtenFile([path, value]);
    return file.kind === "mdev" ? [file.uuid] : file.kind === "create" ? [value.trim().toLowerCase()] : [];
  });
  return [...new Set(named)];
}

/** The host after its next boot; undefined if its machine cannot be described. */
function boot(files: PersistentFiles, { from }: { readonly from: string }, { sysfs, host, labels }: HostFound) {
  const source = { sysfs, describes: from, guests: undefined, labels, profile: host.profile, release: undefined };
  const machine = describeHost({ ...source, host: undefined });
  return machine.ok ? reboot(machine.value, host.profile, files) : undefined;
}

/** How the next boot ends otherwise than the host is now, by the files of its root; undefined: its machine cannot be described. */
function afterBoot(root: string, options: { readonly from: string }, open: HostFound) {
  const next = boot(readPersistentFiles(root), options, open);
  if (!next) return undefined;
  const now = { host: observeHost(open.sysfs), loadedBy: "now" };
  const then = { host: observeHost(hostSysfs(next.host)), loadedBy: next.loadedBy };
  return { next, differences: bootDifferences(now, then) };
}

/** The same as a sentence, where the root is known; none if nothing differs. */
export function nextBootSentences(options: RootOptions, open: HostFound): readonly string[] {
  const root = rootOf(options);
  const told = root === undefined ? undefined : afterBoot(root, options, open);
  if (!told) return [];
  const unknown = told.next.isKnown ? [] : ["not all is known of it"];
  const words = [...told.differences, ...unknown];
  return words.length === 0 ? [] : [`after a reboot: ${words.join("; ")} (apmatrix status says more)`];
}

/** @throws UserError the host is as desired, and the files could not be written */
export function keepOrTell(request: ApplyRequest, options: KeepingOptions, open: HostFound): Kept {
  const root = rootOf(options);
  if (root === undefined) return { sentences: [], persisted: [], afterReboot: undefined };
  const changes = options.persist ? changesIn(root, request, options, open) : [];
  try {
    replaceFiles(root, changes);
  } catch (error) {
    if (!(error instanceof UnwritableError)) throw error;
    throw new UserError(`the host is as desired; --persist: ${error.message}, so no file was changed`);
  }
  const persisted = changes.map(({ path }) => `${root === "/" ? "" : root}/${path}`);
  const told = afterBoot(root, options, open);
  if (!told) return { sentences: [], persisted, afterReboot: undefined };
  const { next, differences: afterReboot } = told;
  const lost = afterReboot.length === 0 ? [] : [`After a reboot: ${afterReboot.join("; ")}.`];
  const early =
    next.ifEarly.length === 0 ? [] : [`If zcrypt is in the initrd, then after a reboot: ${next.ifEarly.join("; ")}.`];
  const unknown = next.isKnown
    ? []
    : ["What the next boot does is not known in all: apmatrix status says what is not."];
  const remedy = lost.length + early.length === 0 ? unknown : [options.persist ? STILL : HOW];
  const written = options.persist
    ? [
        persisted.length === 0
          ? "The next boot's files are as they are to be."
          : `For the next boot: ${persisted.join(", ")}.`,
      ]
    : [];
  return { sentences: [...written, ...lost, ...early, ...remedy], persisted, afterReboot };
}

const HOW = "--persist writes what keeps it; apmatrix status says more.";
const STILL = "apmatrix status says which files are in the way.";
