// The record that apply keeps of what it has done, for whoever has to account for it later: each write with its time, who lost and
// gained what, what was zeroized and by which rule, and what became of each queue. Text, or JSON Lines if the file is called so.
import { existsSync } from "node:fs";
import { UserError } from "../guards/user-error.ts";
import {
  eventLine,
  eventToJson,
  fateLines,
  HistoryRecord,
  type RecordedEvent,
  type When,
} from "../history/timeline/record.ts";
import { Timeline } from "../history/timeline/timeline.ts";
import { plain } from "../system/ap/quoted.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import { TEXT_HEADER } from "./history-record.ts";
import { readText } from "./input-files.ts";
import { writeText } from "./output-files.ts";
import { RECORD_HEADER } from "./record-json.ts";

export interface RecordOptions {
  readonly path: string;
  /** What was applied, and where. */
  readonly file: string;
  readonly from: string;
  /** As it is before the first write. */
  readonly host: Host;
}

/** A plan's record lies beside it. */
export const recordBeside = (plan: string): string => `${plan.replace(/\.jsonl(?:\.gz)?$/, "")}.record`;

export class ApplyRecord {
  readonly #path: string;
  readonly #isJson: boolean;
  readonly #timeline: Timeline;
  readonly #record: HistoryRecord;
  /** By the number of the event. */
  readonly #times = new Map<number, string>();
  readonly #events: RecordedEvent[] = [];
  #text: string;

  /** @throws UserError the file cannot be written, or is something else */
  constructor({ path, file, from, host }: RecordOptions) {
    this.#path = path;
    this.#isJson = path.endsWith(".jsonl");
    this.#text = existsSync(path) ? earlier(path) : "";
    this.#timeline = Timeline.empty(host.profile);
    this.#timeline.appendHost(host);
    this.#record = new HistoryRecord(this.#timeline);
    this.#record.events();
    const now = new Date().toISOString();
    const user = process.getuid?.() ?? 0;
    const mdevs = this.#timeline.mdevs.map((uuid) => [this.#nameOf(uuid), uuid] as const);
    if (this.#isJson) {
      this.#add(
        JSON.stringify({
          record: "apmatrix apply",
          at: now,
          file,
          from,
          kernel: host.profile.name,
          user,
          mdevs: mdevs.map(([, uuid]) => uuid),
        }),
      );
    } else {
      this.#add(`${this.#text === "" ? "" : "\n"}${TEXT_HEADER}: ${plain(file)} on ${plain(from)}`);
      this.#add(`# ${now}, kernel ${host.profile.name}, user ${user}`);
      for (const [name, uuid] of mdevs) this.#add(`# ${name} ${plain(uuid)}`);
    }
    this.#write();
  }

  readonly #nameOf = (uuid: string): string => `m${this.#timeline.mdevNumber(uuid)}`;
  readonly #when: When = ({ i }) => this.#times.get(i) ?? "";

  #add(line: string): void {
    this.#text += `${line}\n`;
  }

  #write(): void {
    writeText(this.#path, this.#text);
  }

  /** A write that was made, and seen to have done what was planned. */
  step(path: string, value: string): void {
    const { i } = this.#timeline.append({ op: "write", path, value });
    this.#times.set(i, new Date().toISOString());
    for (const event of this.#record.events()) {
      this.#events.push(event);
      const told = { ...eventToJson(event), at: this.#when(event) };
      this.#add(this.#isJson ? JSON.stringify(told) : eventLine(event, this.#when));
    }
    this.#write();
  }

  /** @param result how it ended, such as "applied" */
  end(result: string, message = ""): void {
    const now = new Date().toISOString();
    if (this.#isJson) this.#add(JSON.stringify({ at: now, result, message }));
    else {
      this.#add(`${now}  ${result}${message === "" ? "" : `: ${plain(message)}`}`);
      for (const line of fateLines(this.#events, this.#nameOf, this.#when)) this.#add(line);
    }
    this.#write();
  }
}

/** @throws UserError it is not a record of this kind */
function earlier(path: string): string {
  const text = readText(path);
  if (text === "" || text.startsWith(path.endsWith(".jsonl") ? RECORD_HEADER : TEXT_HEADER)) return text;
  throw new UserError(`${path}: is not a record of apply, and is not written over; name another file with --record`);
}
