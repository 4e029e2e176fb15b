// apmatrix lab list and lab down.
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../guards/user-error.ts";
import { ANSWER_TIME, DOWN, LabClient, PAGE } from "../lab/control.ts";
import { chooseLab, runningLab, runningLabs, socketPath } from "../lab/runtime.ts";
import { EXIT } from "./outcome.ts";

export async function labList(): Promise<number> {
  for (const { name, pid, profile, mount, page } of runningLabs()) {
    console.log(
      `${name}  ${mount ?? "not mounted"}  ${profile}  process ${pid}${page === undefined ? "" : `  ${page}`}`,
    );
  }
  return EXIT.ok;
}

/** Milliseconds in which a lab must be gone. */
const PATIENCE = 15_000;

export async function labDown({ name }: { readonly name?: string }): Promise<number> {
  const lab = chooseLab(name);
  const client = await LabClient.connect(socketPath(lab.name));
  await client.ask(DOWN, ANSWER_TIME).finally(() => client.close());
  const deadline = Date.now() + PATIENCE;
  while (runningLab(lab.name)?.pid === lab.pid) {
    if (Date.now() > deadline) throw new UserError(`lab "${lab.name}" has not ended yet (process ${lab.pid})`);
    await pause(20);
  }
  return EXIT.ok;
}

/** Prints a new link to the page of a lab. */
export async function labPage({ name }: { readonly name?: string }): Promise<number> {
  const lab = chooseLab(name);
  const client = await LabClient.connect(socketPath(lab.name));
  const answer = await client.ask(PAGE, ANSWER_TIME).finally(() => client.close());
  const { link } = JSON.parse(answer) as { readonly link?: string | null };
  if (!link) throw new UserError(`lab "${lab.name}" has no page; bring it up with --web`);
  console.log(link);
  return EXIT.ok;
}
