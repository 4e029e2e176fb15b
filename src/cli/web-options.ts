// Options of commands that serve the page.
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { DEFAULT_HOST, isLoopback, parseWebAddress, type WebAddress } from "../page/server/web-address.ts";

export interface WebOptions {
  /** HOST:PORT; true: the usual place. */
  readonly web?: string | boolean;
  readonly allowHost?: readonly string[];
}

const collect = (name: string, names: readonly string[] = []): readonly string[] => [...names, name];

export const addWebOptions = (command: Command, description: string): Command =>
  command
    .option("--web [host:port]", description)
    .option(
      "--allow-host <name>",
      "a name by which a proxy or another machine reaches the page; may be repeated",
      collect,
    );

export const USUAL_ADDRESS: WebAddress = { host: DEFAULT_HOST, port: undefined };

/** @throws WebError */
export function webAddress({ web }: WebOptions): WebAddress | undefined {
  if (web === undefined || web === false) return undefined;
  return web === true ? USUAL_ADDRESS : parseWebAddress(web);
}

/** Who serves beyond this machine is told what that means. */
export function warnIfOpen(address: WebAddress, canAct: boolean): void {
  if (isLoopback(address.host)) return;
  const what = canAct ? "see and change this lab" : "see this host";
  console.error(`apmatrix: whoever reaches ${address.host} can ${what}: there is no password and no encryption`);
}

/** "--web FILE" means the file, and the page at its usual place: an address that is a file's name as well is none. */
export function argumentBehindWeb<O extends WebOptions>(
  argument: string | undefined,
  options: O,
): readonly [argument: string | undefined, options: O] {
  const { web } = options;
  if (argument !== undefined || typeof web !== "string" || !existsSync(web)) return [argument, options];
  return [web, { ...options, web: true }];
}
