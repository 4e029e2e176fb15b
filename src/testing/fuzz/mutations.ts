// Texts that are nearly right: real ones that were edited, and pieces of them put together anew. A reader is passed by noise at its first
// character; what is nearly right gets deep into it.
import fc from "fast-check";

/** Characters of an input at most. */
const LONGEST = 48_000;
/** A piece is repeated so often once in so many repetitions: deep nesting, long lists. */
const RARELY = 64;
const OFTEN = 4000;

/** What has been trouble for somebody, in any format. */
const HOSTILE: readonly string[] = [
  ..."[]{}()<>\"'`,;:=+-#&*!|%@\\/?$ \n\r\t\0",
  ..."\u0085\u00a0\u009b\u001b\u202e\u2028\u2029\ufeff\ufffd\ud800\u{1f600}",
  "\r\n",
  "[[[[[[[[",
  '{"a":',
  "__proto__",
  "constructor",
  "toString",
  "../../../",
  "/etc/passwd",
  "-1",
  "0x",
  "0x100",
  "255",
  "256",
  "ff",
  "00000000000000000000",
  "4294967296",
  "9007199254740993",
  "1e309",
  "NaN",
  "null",
  "true",
  '""',
  "\\u0000",
  "\\ud800",
  "&a",
  "*a",
  "<<: *a",
  "!!js/function x",
  "--- ",
  "<!ENTITY a 'a'>",
  "&a;",
  "<![CDATA[",
  "]]>",
  `0x${"f".repeat(64)}`,
  "a".repeat(300),
  "%s%n",
  "$(id)",
];

export interface Corpus {
  /** Whole texts. */
  readonly seeds: readonly string[];
  /** Words of the language. */
  readonly words: readonly string[];
}

const WORD = /[\w.]+|\s+|[^\w\s]/y;

/** The end of the word that stands at a place. */
function wordEnd(text: string, at: number): number {
  WORD.lastIndex = at;
  return WORD.test(text) ? WORD.lastIndex : at;
}

type Edit = readonly [kind: number, where: number, what: number];

function edited(text: string, [kind, where, what]: Edit, { seeds, words }: Corpus): string {
  const at = where % (text.length + 1);
  const end = Math.min(text.length, at + 1 + (what % 16));
  const word = (what & 1) === 0 ? HOSTILE[(what >>> 1) % HOSTILE.length] : words[(what >>> 1) % words.length];
  const put = (from: number, to: number, piece = ""): string => text.slice(0, from) + piece + text.slice(to);
  switch (kind) {
    case 0:
      return put(at, end);
    case 1:
      return put(at, at, word);
    case 2:
      return put(at, wordEnd(text, at), word);
    case 3: {
      const times = what % RARELY === 0 ? what % OFTEN : 1 + (what % 8);
      const piece = text.slice(at, at + 1 + ((what >>> 8) % 48));
      return put(at, at, piece.repeat(Math.min(times, Math.floor((LONGEST - text.length) / (piece.length || 1)))));
    }
    case 4: {
      const other = seeds[what % seeds.length] as string;
      const from = (what >>> 4) % (other.length + 1);
      return put(at, at, other.slice(from, from + 1 + ((what >>> 10) % 200)));
    }
    case 5:
      return put(at, at + 1, String.fromCharCode(what % 0x180));
    case 6: {
      const lines = text.split("\n");
      const [line = ""] = lines.splice(where % lines.length, 1);
      lines.splice(what % (lines.length + 1), 0, line);
      return lines.join("\n");
    }
    default:
      return what % 4 === 0 ? text.slice(0, at) : put(at, wordEnd(text, at));
  }
}

const KINDS = 8;
const MOST_EDITS = 6;
// Numbers that are chosen evenly: fast-check prefers small ones, which would edit the first line only.
const any = fc.noBias(fc.nat());

/** A text of the corpus after a few edits; none of them, now and then. */
export const nearly = (corpus: Corpus): fc.Arbitrary<string> =>
  // The text, and three numbers for each edit.
  fc.array(any, { minLength: 1, maxLength: 1 + 3 * MOST_EDITS, size: "max" }).map(([seed = 0, ...numbers]) => {
    let text = corpus.seeds[seed % corpus.seeds.length] as string;
    for (let at = 0; at + 2 < numbers.length && text.length < LONGEST; at += 3)
      text = edited(
        text,
        [(numbers[at] as number) % KINDS, numbers[at + 1] as number, numbers[at + 2] as number],
        corpus,
      );
    return text;
  });

/** Words of texts, for a corpus. */
export const wordsOf = (texts: readonly string[]): readonly string[] => [
  ...new Set(texts.flatMap((text) => text.match(/[\w.-]+/g) ?? []).filter((word) => word.length < 40)),
];
