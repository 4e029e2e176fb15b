// A lab of this process as what a page shows: what happens to it, by whatever way, is history there; what is done there happens to it.
import { answerLine } from "../../lab/control.ts";
import type { Lab } from "../../lab/lab.ts";
import type { Growing, Operated, PageSource } from "./page-source.ts";

export interface LabSourceOptions {
  readonly lab: Lab;
  /** Go on once everybody sees what has changed: only then is an operation answered, and told. */
  readonly afterNotices: (then: () => void) => void;
}

export function labSource({ lab, afterNotices }: LabSourceOptions): PageSource {
  const operate = (line: string): Promise<Operated> =>
    new Promise((resolve) => {
      const answer = answerLine(lab, line);
      afterNotices(() => resolve(operatedAs(answer)));
    });
  const { name, profile } = lab;
  return { info: labInfo(name, profile.name), history: historyOf(lab, afterNotices), operate, close: () => undefined };
}

/** What a lab answers is an answer, or says why it is none. */
export const operatedAs = (answer: object): Operated =>
  "error" in answer ? { error: String(answer.error) } : { answer };

export const labInfo = (name: string, profile: string): PageSource["info"] => ({
  source: `lab:${name}`,
  kind: "lab",
  name,
  profile,
  profileIsDetected: false,
  canAct: true,
  live: true,
  warnings: [],
});

const NEWLINE = 0x0a;
/** Longest header. */
const PIECE = 1 << 16;

/** The lab's own recording; nothing of it is kept twice. */
function historyOf(lab: Lab, afterNotices: (then: () => void) => void): Growing {
  const { recording } = lab;
  const header = recording.read(0, PIECE);
  const start = header.indexOf(NEWLINE) + 1;
  return {
    header: header.subarray(0, start),
    start,
    get end() {
      return recording.bytes;
    },
    get isLost() {
      return recording.isLost;
    },
    read: (from, most) => recording.read(from, most),
    listen: (grown) => lab.listen({ answered: () => afterNotices(grown) }),
  };
}
