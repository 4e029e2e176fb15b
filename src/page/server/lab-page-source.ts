// A lab of this process as the source of a page: everything that happens to it is shown there, and what is done there happens to it.
import { answerLine } from "../../lab/control.ts";
import type { Lab } from "../../lab/lab.ts";
import { sourceInfo } from "../protocol/page-protocol.ts";
import type { Growing, Operated, PageSource } from "./page-source.ts";

interface LabSourceOptions {
  readonly lab: Lab;
  /** Calls `then` once everybody sees what has changed: only then is an operation answered, and shown. */
  readonly afterNotices: (then: () => void) => void;
}

export function labPageSource({ lab, afterNotices }: LabSourceOptions): PageSource {
  const operate = (line: string): Promise<Operated> =>
    new Promise((resolve) => {
      const answer = answerLine(lab, line);
      afterNotices(() => resolve(operatedAs(answer)));
    });
  const { name, profile } = lab;
  return { info: labInfo(name, profile.name), history: historyOf(lab, afterNotices), operate, close: () => undefined };
}

/** What a lab says: an answer, or why there is none. */
export const operatedAs = (answer: object): Operated =>
  "error" in answer ? { error: String(answer.error) } : { answer };

export const labInfo = (name: string, profile: string): PageSource["info"] =>
  sourceInfo({ source: `lab:${name}`, kind: "lab", name, profile }, { canAct: true, live: true });

const NEWLINE = 0x0a;
/** Longest header. */
const PIECE = 1 << 16;

/** The lab's own recording, which is not copied. */
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
