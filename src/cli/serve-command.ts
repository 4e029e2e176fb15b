// apmatrix serve: the page, showing a real machine, a trace, a plan or a description. Nothing can be changed through it.
import type { Command } from "commander";
import { servePage } from "../page/server/page-server.ts";
import { EXIT, exitWith } from "./outcome.ts";
import { addPageSourceOptions, openPageSource, type PageSourceOptions } from "./shown-source.ts";
import { complain, complainOf, printLines } from "./terminal.ts";
import { addWebOptions, USUAL_ADDRESS, type WebOptions, warnIfOpen, webAddress } from "./web-options.ts";

export function addServeCommand(program: Command): void {
  const command = program.command("serve").description("show a machine, a trace or a plan as a page in the browser");
  addWebOptions(addPageSourceOptions(command), "where; 127.0.0.1 and any port if not told otherwise").action(
    (options: PageSourceOptions & WebOptions) => exitWith(serve(options)),
  );
}

async function serve(options: PageSourceOptions & WebOptions): Promise<number> {
  const address = webAddress(options) ?? USUAL_ADDRESS;
  const source = await openPageSource({ ...options, tellsNextBoot: true });
  for (const warning of source.info.warnings) complain(`${source.info.source}: ${warning}`);
  const page = await servePage({
    source,
    address,
    allowedHosts: options.allowHost,
    isOpen: options.webOpen === true,
    // The next reader, or the same one in another browser, needs a new link.
    onLinkUsed: () => printLines([`another link: ${page.link()}`]),
    onBug: complainOf,
  });
  warnIfOpen(address, options, source.info.canAct);
  const stopped = new Promise<void>((resolve) => {
    process.on("SIGTERM", resolve);
    process.on("SIGINT", resolve);
  });
  printLines([`${source.info.source} at ${page.link()}`]);
  await stopped;
  page.close();
  source.close();
  return EXIT.ok;
}
