// apmatrix lab list and lab down.
import { DOWN, LabClient } from "../lab/control.ts";
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

/** Come back when the lab is gone. */
const PATIENCE = 5000;

export async function labDown({ name }: { readonly name?: string }): Promise<number> {
  const lab = chooseLab(name);
  const client = await LabClient.connect(socketPath(lab.name));
  await client.ask(DOWN);
  client.close();
  const deadline = Date.now() + PATIENCE;
  while (runningLab(lab.name) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  return EXIT.ok;
}
