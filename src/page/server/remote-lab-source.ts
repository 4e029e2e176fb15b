// A lab of another process, "lab:NAME", as the source of a page: followed through its socket, and driven through it.
import { createConnection, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { reasonOf, UserError } from "../../guards/user-error.ts";
import { FOLLOW, LabClient } from "../../lab/control.ts";
import { chooseLab, socketPath } from "../../lab/runtime.ts";
import { operationToJson } from "../../system/trace/operation-json.ts";
import { readOperation } from "../../system/trace/parse-operation.ts";
import { parseLine } from "../../system/trace/trace-file.ts";
import { labInfo, operatedAs } from "./lab-page-source.ts";
import { LinesInFile } from "./lines-in-file.ts";
import type { PageSource } from "./page-source.ts";

/**
 * @param name undefined: the only lab that runs
 * @throws UserError it does not run, or does not answer
 */
export async function remoteLabSource(name: string | undefined): Promise<PageSource> {
  const lab = chooseLab(name);
  const path = socketPath(lab.name);
  const client = await LabClient.connect(path);
  const { history, socket } = await follow(path);
  const operate = async (line: string) => {
    // The lab's socket takes other words, too, such as the one that ends it.
    const read = parseLine(line, 1, readOperation);
    if (!read.ok) return { error: `column ${read.error.column}: expected ${read.error.expected}` };
    try {
      return operatedAs(JSON.parse(await client.ask(JSON.stringify(operationToJson(read.value)))) as object);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { error: error.message };
    }
  };
  const close = (): void => {
    client.close();
    socket.destroy();
    history.close();
  };
  return { info: labInfo(lab.name, lab.profile), history, operate, close };
}

/** Resolves when the header has come; the lines follow as they come. */
function follow(path: string): Promise<{ readonly history: LinesInFile; readonly socket: Socket }> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.on("error", (error) => reject(new UserError(`the lab does not answer at ${path}: ${reasonOf(error)}`)));
    let history: LinesInFile | undefined;
    socket.on("close", () => {
      reject(new UserError("the lab went away"));
      history?.lose();
    });
    socket.write(`${FOLLOW}\n`);
    // The file is written at the lab's pace.
    createInterface({ input: socket }).on("line", (line) => {
      if (history) return history.append(`${line}\n`);
      try {
        history = new LinesInFile(line);
        resolve({ history, socket });
      } catch (error) {
        reject(error as Error);
      }
    });
  });
}
