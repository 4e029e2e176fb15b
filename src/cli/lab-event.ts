// apmatrix lab event: what an operator at the console or a guest does, in words or as the JSON of traces.
import { createInterface } from "node:readline";
import { begunUuid } from "../formats/reading/uuid-beginning.ts";
import { UserError } from "../guards/user-error.ts";
import { operationsFromWords } from "../history/scenario/event-words.ts";
import { ANSWER_TIME, askedOf, LabClient, MDEVS } from "../lab/control.ts";
import { chooseLab, socketPath } from "../lab/runtime.ts";
import { ERRNO, type Errno } from "../system/ap/errno.ts";
import { operationToJson } from "../system/trace/operation-json.ts";
import { readOperation } from "../system/trace/parse-operation.ts";
import { parseLine } from "../system/trace/trace-file.ts";
import { errorInWords } from "./event-errors.ts";
import { EXIT } from "./outcome.ts";
import { complain } from "./terminal.ts";

/** For --help: each event, and what happens. docs/lab.md has more. */
export const EVENTS_HELP = `
Events:
  machine loses|gains [adapter 04 0a-0f] [domain 0047] [control 0047]
                                   the machine takes from this host, or gives
  card 04 standby|configured       a card is deconfigured, and configured again
  card 04 checkstopped|repaired    a card breaks, and works again
  card 04 type 14                  another card is in its place (10..14: CEX4..CEX8)
  scan [notice|devices|complete]   the host looks at its machine, or a part of that
  start GUEST UUID                 a guest opens an mdev (no-vm UUID: without a machine)
  stop GUEST UUID                  it closes it
  reset GUEST UUID                 its VFIO reset
  request UUID                     ten more seconds of a removal that waits
  eventfd request|config-change [off] GUEST UUID
                                   it wants to be signalled, or no longer
  interrupts-on|interrupts-off 04.0047 GUEST [isc 3] [nib 2008]
                                   it switches interrupts of a queue
  unmap 2000 +1000 GUEST UUID      guest memory goes away
  fault 04.0047 reset|interrupts 42|ok
                                   what resets or interrupt control answer from now on
What an administrator does by files can be said, too:
  mdev m2 UUID, remove UUID, assign|unassign UUID adapter 04 domain 0047,
  bind|unbind 04.0047, free|keep adapter 04, echo TEXT > PATH
A guest has any name; one with blanks, or like an mdev's (m1), is in double quotes.

Examples:
  apmatrix lab event card 04 standby
  apmatrix lab event start Guest1 7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001
  apmatrix lab event start '"my guest"' 7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001
  apmatrix lab event '{"op":"card","id":4,"config":false}'`;

interface EventOptions {
  readonly name?: string;
  /** Path of the guest in which it happens. */
  readonly guest?: string;
}

export async function labEvent(words: readonly string[], { name, guest }: EventOptions): Promise<number> {
  const lab = chooseLab(name);
  const client = await LabClient.connect(socketPath(lab.name));
  try {
    const [first] = words as [string];
    const inside = (line: string) => (guest === undefined ? line : withGuest(line, guest));
    if (words.length === 1 && first === "-") return await passOn(client, inside);
    const mdevs = await mdevsOf(client, guest);
    const own = first.startsWith("{") ? [withWholeMdev(words.join(" "), mdevs)] : linesFromWords(words, mdevs);
    const lines = own.map(inside);
    let code: number = EXIT.ok;
    for (const line of lines) {
      const reply = await client.ask(line, ANSWER_TIME);
      console.log(reply);
      if (isError(reply)) code = EXIT.error;
      else tellRefusal(line, reply, lab.name);
    }
    return code;
  } finally {
    client.close();
  }
}

/** For people: what the error's name means. */
function tellRefusal(line: string, reply: string, lab: string): void {
  const { r } = JSON.parse(reply) as { readonly r?: unknown };
  if (typeof r !== "string" || !Object.hasOwn(ERRNO, r)) return;
  const parsed = parseLine(line, 1, readOperation);
  if (parsed.ok) complain(errorInWords(parsed.value, r as Errno, lab));
}

/** UUIDs of the lab's mdevs, of which a beginning is enough; also those whose removal waits. */
async function mdevsOf(client: LabClient, guest: string | undefined): Promise<readonly string[]> {
  const answer = JSON.parse(await client.ask(askedOf(guest, MDEVS), ANSWER_TIME)) as {
    readonly mdevs?: readonly string[];
    readonly error?: string;
  };
  if (answer.error !== undefined) throw new UserError(answer.error);
  return answer.mdevs ?? [];
}

/** A line that is no JSON object stays as it is: the lab says what is wrong with it. */
function withGuest(line: string, guest: string): string {
  try {
    const operation: unknown = JSON.parse(line);
    if (typeof operation !== "object" || operation === null || Array.isArray(operation)) return line;
    return JSON.stringify({ in: guest, ...operation });
  } catch {
    return line;
  }
}

function withWholeMdev(line: string, mdevs: readonly string[]): string {
  const mdev = /"mdev"\s*:\s*"([^"]*)"/.exec(line)?.[1];
  const whole = mdev === undefined ? undefined : begunUuid(mdev, mdevs);
  if (whole?.ok === false) throw new UserError(whole.message);
  return whole ? line.replace(`"${mdev}"`, () => JSON.stringify(whole.value)) : line;
}

/** A line that could not be taken, as opposed to an operation that the host refused. */
const isError = (reply: string): boolean => Object.hasOwn(JSON.parse(reply) as object, "error");

async function passOn(client: LabClient, inside: (line: string) => string): Promise<number> {
  let code: number = EXIT.ok;
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "") continue;
    const reply = await client.ask(inside(line), ANSWER_TIME);
    console.log(reply);
    if (isError(reply)) code = EXIT.error;
  }
  return code;
}

/** An argument with blanks was in quotes for the shell: it is a name, unless it makes sense only without. */
function linesFromWords(words: readonly string[], mdevs: readonly string[]): readonly string[] {
  const text = words.join(" ");
  const known = mdevs.map((uuid) => [uuid, uuid] as const);
  const quoted = words.length > 1 ? operationsFromWords(words.map(withQuotes).join(" "), known) : undefined;
  const read = quoted?.ok ? quoted : operationsFromWords(text, known);
  if (!read.ok) throw new UserError(`"${text}": column ${read.error.column}: expected ${read.error.expected}`);
  return read.value.map((operation) => JSON.stringify(operationToJson(operation)));
}

/** A JSON string is one already; what ends with an mdev is more than a name. */
const withQuotes = (word: string): string =>
  /[\s"#]/.test(word) && !/^".*"$/.test(word) && !/[0-9a-f]{12}$/.test(word) ? JSON.stringify(word) : word;
