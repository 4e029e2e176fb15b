// What was thrown, in one sentence for a user: no stack reaches a terminal by itself. Whoever looks for the place asks for it as Node's
// own modules are asked, with NODE_DEBUG=apmatrix.
import { debuglog, inspect } from "node:util";
import { UserError } from "./user-error.ts";

/** What helps where the machine has not enough of something. */
const REMEDIES: Readonly<Record<string, string>> = {
  EMFILE: "this process may open more with ulimit -n",
  ENFILE: "the machine has no more of them",
  ENOSPC: "make room there, or name another place",
  EDQUOT: "make room there, or name another place",
};

const log = debuglog("apmatrix");

/** Something that the system or Node refused, and that is no mistake in this program. */
const isOfTheMachine = ({ code, syscall }: NodeJS.ErrnoException): boolean =>
  syscall !== undefined || /^(?:ERR_WORKER_\w+|E[A-Z0-9]+)$/.test(`${code}`);

/** Which of the codes of REMEDIES an error is about; a thread that lacks something says so in words only. */
const shortageOf = ({ code, message }: NodeJS.ErrnoException): string | undefined =>
  Object.keys(REMEDIES).find((name) => code === name || message.includes(name));

/** @returns one line, without a stack */
export function sentenceOf(thrown: unknown): string {
  if (log.enabled) log("%s", inspect(thrown));
  if (thrown instanceof UserError) return thrown.message;
  if (!(thrown instanceof Error)) return bugOf(String(thrown));
  const [message = ""] = thrown.message.split("\n");
  const shortage = shortageOf(thrown);
  if (shortage !== undefined) return `${message}; ${REMEDIES[shortage]}`;
  return isOfTheMachine(thrown) ? message : bugOf(`${thrown.name}: ${message}`);
}

const bugOf = (what: string): string =>
  `this is a bug of apmatrix, please report it: ${what} (NODE_DEBUG=apmatrix shows where)`;
