// Patterns of udev rules: alternatives with |, and in each of them *, ? and [...], as fnmatch(3) matches them without flags.

/** Whether a text matches one of the alternatives; an empty one matches nothing but the empty text. */
export function matchesAny(alternatives: string, text: string, isCaseBlind = false): boolean {
  if (!/[*?[|]/.test(alternatives) && !isCaseBlind) return alternatives === text;
  const fold = (some: string): string => (isCaseBlind ? some.toLowerCase() : some);
  // udevd splits at each bar, also between brackets. Where no alternative is a pattern it compares texts, so a backslash is one.
  const matches = /[*?[]/.test(alternatives) ? matchesGlob : (plain: string, other: string) => plain === other;
  return alternatives.split("|").some((one) => matches(fold(one), fold(text)));
}

type Test = (character: string) => boolean;

/** Patterns that have been taken apart: those of rules are asked of every event. */
const known = new Map<string, readonly (Test | "*")[]>();

/** As fnmatch(3) without flags. */
export function matchesGlob(pattern: string, text: string): boolean {
  if (pattern.length > LONGEST_PATTERN) return false;
  const parts = known.get(pattern) ?? partsOf(pattern);
  if (known.size < MOST_KNOWN) known.set(pattern, parts);
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

const MOST_KNOWN = 10_000;
/** Names of devices and modules are shorter than this, and a longer pattern could take long to be taken apart. */
const LONGEST_PATTERN = 1024;
const NEVER: Test = () => false;
const NAMED = String.raw`\[:[a-z]+:\]|\[=[\s\S]=\]|\[\.[\s\S]\.\]`;
const MEMBER = String.raw`${NAMED}|\\[\s\S]|(?!${NAMED})[^\]\\]`;
const PART = new RegExp(String.raw`\*|\?|\[([!^]?)((?:\]|${MEMBER})(?:${MEMBER})*)\]|\\?([\s\S])`, "gy");
const END = String.raw`\[\.[\s\S]\.\]|\\[\s\S]|[^\]\\]`;
const MEMBERS = new RegExp(String.raw`(\[:[a-z]+:\])|(\]|${MEMBER})(?:-(${END}))?`, "g");

const partsOf = (pattern: string): readonly (Test | "*")[] =>
  [...pattern.matchAll(PART)].map(([shown, not, set, plain]) => {
    if (shown === "*") return "*";
    if (shown === "?") return () => true;
    // A backslash at the end matches nothing.
    if (set === undefined) return shown === "\\" ? NEVER : (character) => character === plain;
    const isIn = setTest(set);
    return isIn === undefined ? NEVER : (character) => isIn(character) === (not === "");
  });

/** Undefined: it names a class that is none, and matches nothing at all. */
function setTest(set: string): Test | undefined {
  const members = [...set.matchAll(MEMBERS)].map(([, named, first = "", last]): Test | undefined => {
    if (named !== undefined) {
      const inClass = CLASSES[named.slice(2, -2)];
      return inClass && ((character) => inClass.test(character));
    }
    const [from, to] = [characterOf(first), characterOf(last ?? first)];
    return (character) => from <= character && character <= to;
  });
  return members.includes(undefined) ? undefined : (character) => members.some((isIn) => isIn?.(character));
}

/** Of a member that stands for one: itself, with a backslash, or as in `[.a.]`. */
const characterOf = (member: string): string =>
  member.length > 3 ? (member[2] as string) : (member[member.length - 1] as string);

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /\p{Cc}/u,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t-\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};
