// Patterns of udev rules: alternatives with |, and in each of them *, ? and [...], as fnmatch(3) matches them without flags.

/** Whether a text matches one of the alternatives; an empty one matches nothing but the empty text. */
export const matchesAny = (alternatives: string, text: string, isCaseBlind = false): boolean =>
  alternatives.split("|").some((pattern) => matchesGlob(fold(pattern, isCaseBlind), fold(text, isCaseBlind)));

const fold = (text: string, isCaseBlind: boolean): string => (isCaseBlind ? text.toLowerCase() : text);

type Test = (character: string) => boolean;

function matchesGlob(pattern: string, text: string): boolean {
  const parts = partsOf(pattern);
  if (parts === undefined) return false;
  // Where the last star stands, and how much of the text it has taken: tried again with one more where the rest does not match.
  let [at, part, star, taken] = [0, 0, -1, 0];
  while (at < text.length) {
    const test = parts[part];
    if (test === "*") [star, taken, part] = [part, at, part + 1];
    else if (test?.(text[at] as string)) [at, part] = [at + 1, part + 1];
    else if (star >= 0) [part, taken, at] = [star + 1, taken + 1, taken + 1];
    else return false;
  }
  return parts.slice(part).every((rest) => rest === "*");
}

const PART = /\*|\?|\[([!^]?)(\]?[^\]]*)\]|\\?([\s\S])/gy;

/** undefined: it ends in a backslash, which matches nothing. */
function partsOf(pattern: string): readonly (Test | "*")[] | undefined {
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(pattern)) return undefined;
  return [...pattern.matchAll(PART)].map(([shown, not, set, plain]) => {
    if (shown === "*") return "*";
    if (shown === "?") return () => true;
    if (set === undefined) return (character) => character === plain;
    const isIn = setTest(set);
    return (character) => isIn(character) === (not === "");
  });
}

function setTest(set: string): Test {
  const members = [...set.matchAll(/(.)-(.)|(.)/g)];
  return (character) =>
    members.some(([, first, last, one]) =>
      first === undefined ? character === one : first <= character && character <= (last as string),
    );
}
