// A history from a file: a trace, a counterexample, a recording; or the steps of a plan after the host that they start from.
import { type History, isSnapshot, parseHistory, snapshotToJson } from "../../history/timeline/snapshot-line.ts";
import { storeHost } from "../../history/timeline/stored-host.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { TRACE_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { sourceInfo } from "../protocol/page-protocol.ts";
import { LinesInMemory } from "./lines-in-memory.ts";
import type { PageSource } from "./page-source.ts";
import type { FoundHost } from "./watched-source.ts";
import { WebError } from "./web-error.ts";

/** A file that was read. */
interface TextFile {
  readonly file: string;
  readonly text: string;
}

/**
 * @param profile a kernel other than the one that the file names
 * @throws WebError with the place of the first mistake, or because the file holds no host
 */
export function fileSource(text: TextFile, profile: Profile | undefined): PageSource {
  const { header, lines } = historyIn(text);
  const [first] = lines;
  if (!first) throw new WebError(`${text.file}:2:1: expected the operation "init", found the end`);
  if (!isSnapshot(first) && first.operation.op !== "init") {
    throw new WebError(
      `${text.file}: its first line goes on from a host that is not in it; name that host with --from, and this with --plan`,
    );
  }
  const kernel = profile?.name ?? header.profile ?? TRACE_PROFILE.name;
  const history = new LinesInMemory(JSON.stringify({ ...headerOf(text), profile: kernel }));
  for (const line of linesOf(text)) history.append(line);
  return shown(text.file, header.name, kernel, [], history);
}

/**
 * The steps of a plan, after a snapshot of the host that it was made for.
 *
 * @throws WebError the plan cannot be read, or is for another kernel
 */
export function planSource(from: string, { host, warnings }: FoundHost, plan: TextFile): PageSource {
  const { header, lines } = historyIn(plan);
  const [first] = lines;
  if (!first || isSnapshot(first) || first.operation.op === "init") {
    throw new WebError(`${plan.file}: holds no steps of a plan; "apmatrix plan --out FILE" writes such a file`);
  }
  const kernel = host.profile.name;
  if (header.profile !== undefined && header.profile !== kernel) {
    throw new WebError(`${plan.file}: is a plan for ${header.profile}, but ${from} is ${kernel}; make it anew`);
  }
  const history = new LinesInMemory(JSON.stringify({ ...headerOf(plan), format: 2, profile: kernel }));
  const before = { i: first.i - 1, at: undefined, snapshot: storeHost(host), unknown: warnings };
  history.append(JSON.stringify(snapshotToJson(before)));
  for (const line of linesOf(plan)) history.append(line);
  return shown(plan.file, header.name, kernel, warnings, history);
}

function historyIn({ file, text }: TextFile): History {
  const read = parseHistory(text);
  if (read.ok) return read.value;
  const { line, column, expected } = read.error;
  throw new WebError(`${file}:${line}:${column}: expected ${expected}`);
}

const headerOf = ({ text }: TextFile): object => JSON.parse(text.slice(0, `${text}\n`.indexOf("\n"))) as object;

const linesOf = ({ text }: TextFile): readonly string[] =>
  text
    .split("\n")
    .slice(1)
    .filter((line) => line.trim() !== "");

const shown = (
  source: string,
  name: string,
  profile: string,
  warnings: readonly string[],
  history: LinesInMemory,
): PageSource => ({
  info: sourceInfo({ source, kind: "file", name, profile }, { warnings }),
  history,
  close: () => undefined,
});
