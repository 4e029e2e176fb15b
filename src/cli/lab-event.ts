// apmatrix lab event: what an operator at the console or a guest does, in words or as the JSON of traces.
import { createInterface } from "node:readline";
import { UserError } from "../guards/user-error.ts";
import { operationsFromWords } from "../history/scenario/event-words.ts";
import { ANSWER_TIME, LabClient } from "../lab/control.ts";
import { chooseLab, socketPath } from "../lab/runtime.ts";
import { operationToJson } from "../system/trace/operation-json.ts";
import { EXIT } from "./outcome.ts";

export async function labEvent(words: readonly string[], { name }: { readonly name?: string }): Promise<number> {
  const lab = chooseLab(name);
  const client = await LabClient.connect(socketPath(lab.name));
  try {
    const [first] = words as [string];
    if (words.length === 1 && first === "-") return await passOn(client);
    const lines = first.startsWith("{") ? [words.join(" ")] : linesFromWords(words.join(" "));
    let code: number = EXIT.ok;
    for (const line of lines) {
      const reply = await client.ask(line, ANSWER_TIME);
      console.log(reply);
      if (isError(reply)) code = EXIT.error;
    }
    return code;
  } finally {
    client.close();
  }
}

/** A line that could not be taken, as opposed to an operation that the host refused. */
const isError = (reply: string): boolean => Object.hasOwn(JSON.parse(reply) as object, "error");

async function passOn(client: LabClient): Promise<number> {
  let code: number = EXIT.ok;
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "") continue;
    const reply = await client.ask(line, ANSWER_TIME);
    console.log(reply);
    if (isError(reply)) code = EXIT.error;
  }
  return code;
}

function linesFromWords(text: string): readonly string[] {
  const parsed = operationsFromWords(text);
  if (!parsed.ok) throw new UserError(`"${text}": column ${parsed.error.column}: expected ${parsed.error.expected}`);
  return parsed.value.map((operation) => JSON.stringify(operationToJson(operation)));
}
