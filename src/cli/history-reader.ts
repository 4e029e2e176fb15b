// The lines of a history, taken one after the other into a timeline.
import { UserError } from "../guards/user-error.ts";
import { isSnapshot, parseHistoryLine } from "../history/timeline/snapshot-line.ts";
import { openStoredHost } from "../history/timeline/stored-host.ts";
import { Timeline } from "../history/timeline/timeline.ts";
import { plain } from "../system/ap/quoted.ts";
import { parseLine, readTraceHeader, type TraceHeader } from "../system/trace/trace-file.ts";
import { DEFAULT_PROFILE, profileNamed, TRACE_PROFILE } from "../system/vfio-ap/profiles.ts";

export class HistoryReader {
  readonly timeline: Timeline;
  readonly #source: string;
  readonly #header: TraceHeader;
  #line = 1;
  #previous: number | undefined;

  /**
   * @param source for messages
   * @param header the first line
   * @param profile another kernel than the header names
   * @throws UserError
   */
  constructor(source: string, header: string, profile?: string) {
    const read = parseLine(header, 1, readTraceHeader);
    if (!read.ok) throw wrong(source, read.error);
    this.#source = source;
    this.#header = read.value;
    const named = profile ?? read.value.profile ?? TRACE_PROFILE.name;
    this.timeline = Timeline.empty(profileNamed(named) ?? DEFAULT_PROFILE);
  }

  /** @throws UserError */
  take(text: string): void {
    this.#line++;
    if (text.trim() === "") return;
    const place = { line: this.#line, hostDrivers: this.#header.hostDrivers };
    const read = parseHistoryLine(text, place, this.#previous);
    if (!read.ok) throw wrong(this.#source, read.error);
    const line = read.value;
    if (this.#previous === undefined && !isSnapshot(line) && line.operation.op !== "init") {
      throw new UserError(
        `${this.#source}: its beginning is missing ("init" or how the host was found); name the older file before it, or for a plan the host: apmatrix history HOST --plan ${this.#source}`,
      );
    }
    this.#previous = line.i;
    if (isSnapshot(line))
      this.timeline.appendHost(openStoredHost(line.snapshot), { i: line.i, seenAt: line.at, unknown: line.unknown });
    else this.timeline.append(line.operation, { i: line.i, expected: line.expected });
  }

  /** The UUID of an mdev, and what people call it. */
  called(uuid: string): string {
    const label = this.labels.get(uuid);
    return label === undefined ? plain(uuid) : `${plain(uuid)} (${plain(label)})`;
  }

  /** Names that people gave to mdevs, by UUID. */
  get labels(): ReadonlyMap<string, string> {
    return this.#header.labels;
  }
}

const wrong = (source: string, error: { readonly line: number; readonly column: number; readonly expected: string }) =>
  new UserError(`${source}:${error.line}:${error.column}: expected ${error.expected}`);
