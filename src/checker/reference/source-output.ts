// Where the generated source puts the successors of a state. As JavaScript: into a list. As what becomes WebAssembly: into a batch of
// many states, without those that were there a short while ago; that is what explorer/gather.ts does with a list, but here it is part
// of every event, because events are so short that writing a list and reading it again takes as long.
import { RECENT_BITS } from "../explorer/gather.ts";
import { hashSource } from "../explorer/pair-source.ts";
import type { Code } from "./source-state.ts";

export interface Output {
  /** A function that the others use. */
  readonly before: Code;
  /** Parameters of all functions. */
  readonly given: Code;
  /** How word w of the state is read, or undefined if it is given as its name. */
  word(w: number): Code | undefined;
  /** How each function begins and ends, and what it gives back. */
  readonly begin: Code;
  readonly end: Code;
  readonly result: Code;
  /** Adds the successor w0.. of this event; v is what it breaks, if it can break anything. */
  add(event: number, breaks: boolean): Code;
  /** What the whole does with one of its parts. */
  call(part: string): Code;
}

/** Into Successors. */
export function toList(words: number): Output {
  const write = Array.from({ length: words }, (_, w) => `to[o + ${w}] = w${w};`).join(" ");
  const given = "states, at, out";
  return {
    before: "",
    given,
    word: (w) => `states[at + ${w}] | 0`,
    begin: `const to = out.states, events = out.events, violations = out.violations;
  let count = out.count, o = count * ${words};`,
    end: "out.count = count;",
    result: "",
    add: (event) => `${write} events[count] = ${event}; violations[count] = v; count++; o += ${words};`,
    call: (part) => `${part}(${given});`,
  };
}

/** Into the arrays to, parents, hashes from number `kept` on, for states of two words; `counted` has the number of transitions. */
export const TO_BATCH: Output = {
  before: `
function keep(low, high, parent, kept) {
  "inline";
  ${hashSource("low", "high")}
  const place = (hash >>> ${32 - RECENT_BITS}) << 1;
  const differs = (recent[place] ^ low) | (recent[place + 1] ^ high);
  recent[place] = low;
  recent[place + 1] = high;
  to[kept << 1] = low;
  to[(kept << 1) + 1] = high;
  parents[kept] = parent;
  hashes[kept] = hash;
  return kept + (differs !== 0);
}`,
  given: "s0, s1, parent, kept",
  word: () => undefined,
  begin: "let transitions = 0;",
  end: "counted[0] += transitions;",
  result: "return kept;",
  add: (event, breaks) =>
    `kept = keep(w0, w1, parent, kept); transitions++; ${breaks ? `if (v) note(${event}, v);` : ""}`,
  call: (part) => `kept = ${part}(s0, s1, parent, kept);`,
};
