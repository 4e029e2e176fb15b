// apmatrix start, the main job of `npm start`: the tour, then a lab of the same machine to try things on, until it is told to stop.
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { withTemporaryDirectory } from "../guards/unnamed-file.ts";
import { UserError } from "../guards/user-error.ts";
import { WebError } from "../page/server/web-error.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { isPrivate, type LabPlaces, type LabUpOptions, labUp } from "./lab-up.ts";
import { exitWith } from "./outcome.ts";
import { tour } from "./tour-command.ts";
import { TOUR_HOST } from "./tour-script.ts";

const NAME = "start";
const OPTIONS: LabUpOptions = { name: NAME, profile: DEFAULT_PROFILE.name, timer: true, transport: "epoll", web: true };

export function addStartCommand(program: Command): void {
  program
    .command("start")
    .description("the tour, then a lab of the same machine")
    .action(() => exitWith(start()));
}

async function start(): Promise<number> {
  const host = fileURLToPath(new URL(`../../hosts/${TOUR_HOST}`, import.meta.url));
  // An ordinary user's lab starts this command again in a namespace; by then the story has been told.
  if (!isPrivate) {
    tour(DEFAULT_PROFILE);
    console.log("\n== A lab of the same machine\n");
  }
  return await withTemporaryDirectory((mount) => labWithWhatThereIs(host, { ...OPTIONS, mount }));
}

/** If mounting or serving the page is impossible, the lab comes up without it. */
async function labWithWhatThereIs(host: string, options: LabUpOptions): Promise<number> {
  try {
    return await labUp(host, options, printCommands);
  } catch (error) {
    const { mount, web, ...others } = options;
    if (error instanceof WebError && web !== undefined) {
      console.log(`No page: ${error.message}.`);
      return await labWithWhatThereIs(host, { ...others, ...(mount !== undefined && { mount }) });
    }
    if (error instanceof UserError && mount !== undefined) {
      console.log(`Not mounted: ${error.message}.`);
      return await labWithWhatThereIs(host, { ...others, ...(web !== undefined && { web }) });
    }
    throw error;
  }
}

/** The page to look at, and three things to try in another terminal. */
function printCommands({ mount, page }: LabPlaces): void {
  if (page !== undefined) console.log(`\nThe matrix, live, in a browser:\n  ${page}`);
  const lines = commands(mount).map((line) => `  ${line}`);
  console.log(`\nTry in another terminal (Ctrl-C here ends the lab):\n${lines.join("\n")}`);
}

function commands(mount: string | undefined): readonly string[] {
  const event = `npx apmatrix lab event --name ${NAME} card 05 standby`;
  const exec = `npx apmatrix lab exec --name ${NAME} --`;
  if (mount === undefined) {
    return [event, `npx apmatrix lab event --name ${NAME} scan`, `npx apmatrix show --from hosts/${TOUR_HOST}`];
  }
  const free = (sys: string) => `echo -4 > ${sys}/bus/ap/apmask; cat ${sys}/bus/ap/devices/04.0013/status`;
  // An ordinary user's mount is seen by commands in its namespace alone.
  if (isPrivate) return [`${exec} sh -c '${free("/sys")}'`, event, `${exec} ls /sys/bus/ap/devices`];
  return [free(mount), `${event} && npx apmatrix show --from ${mount}`, `${exec} ls /sys/bus/ap/devices`];
}
