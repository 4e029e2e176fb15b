// Options of commands that serve the page.
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { DEFAULT_HOST, isLoopback, parseWebAddress, type WebAddress } from "../page/server/web-address.ts";
import { complain } from "./terminal.ts";

export interface WebOptions {
  /** HOST:PORT; true: the usual place. */
  readonly web?: string | boolean;
  readonly allowHost?: readonly string[];
  /** Everybody may see the page, not only those who have its link. */
  readonly webOpen?: boolean;
}

const collect = (name: string, names: readonly string[] = []): readonly string[] => [...names, name];

export const addWebOptions = (command: Command, description: string): Command =>
  command
    .option("--web [host:port]", description)
    .option("--web-open", "let everybody see the page who can connect to it, without its link")
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

/** Warns a user who serves the page beyond this machine. */
export function warnIfOpen({ host }: WebAddress, { webOpen = false }: WebOptions, canAct: boolean): void {
  const what = canAct ? "see and change this lab" : "see this host";
  if (webOpen) complain(`whoever reaches ${host} can ${what}: it was opened to all`);
  else if (!isLoopback(host)) complain(`whoever listens on the way to ${host} can ${what}: there is no encryption`);
}

/** "--web FILE" means the file, and the page at its usual address: a text that names a file is not an address. */
export function argumentBehindWeb<O extends WebOptions>(
  argument: string | undefined,
  options: O,
): readonly [argument: string | undefined, options: O] {
  const { web } = options;
  if (argument !== undefined || typeof web !== "string" || !existsSync(web)) return [argument, options];
  return [web, { ...options, web: true }];
}
