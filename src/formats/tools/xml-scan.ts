// A look over XML before it is parsed: where one document after the other ends, and whether a limit is passed. What is wrong in it
// otherwise is for the parser.
import { DEEPEST, type Excess, MOST_MEMBERS, TOO_DEEP, TOO_MANY } from "../../system/ap/limits.ts";

export interface XmlScan {
  /** Behind the end of each root element. */
  readonly ends: readonly number[];
  readonly excess: Excess | undefined;
}

/** What begins so goes on to its end, whatever it holds. */
const PASSED_OVER = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
  ["<!", ">"],
] as const;

export function scanXml(text: string): XmlScan {
  const ends: number[] = [];
  let depth = 0;
  let members = 0;
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at)) {
    const passed = PASSED_OVER.find(([start]) => text.startsWith(start, at));
    const end = passed ? endOf(text, passed[1], at) : endOfTag(text, at);
    if (end === undefined) break;
    if (!passed) {
      const closes = text[at + 1] === "/";
      const isAlone = text[end - 2] === "/";
      if (!closes) {
        if (depth + 1 > DEEPEST) return { ends, excess: { at, limit: TOO_DEEP } };
        if (++members > MOST_MEMBERS) return { ends, excess: { at, limit: TOO_MANY } };
        if (!isAlone) depth++;
      } else if (depth > 0) depth--;
      if (depth === 0) ends.push(end);
    }
    at = end;
  }
  return { ends, excess: undefined };
}

function endOf(text: string, mark: string, from: number): number | undefined {
  const found = text.indexOf(mark, from);
  return found < 0 ? undefined : found + mark.length;
}

/** Values of attributes may hold what ends a tag. */
function endOfTag(text: string, from: number): number | undefined {
  let quote: string | undefined;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (quote !== undefined) quote = character === quote ? undefined : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === ">") return at + 1;
  }
  return undefined;
}
