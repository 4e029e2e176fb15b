// apmatrix start, the main job of `npm start`: the tour, then a lab that is where the tour ends, to try things on, until it is told to
// stop.
import type { Command } from "commander";
import { withTemporaryDirectory } from "../guards/unnamed-file.ts";
import { UserError } from "../guards/user-error.ts";
import { WebError } from "../page/server/web-error.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { isPrivate, type LabPlaces, type LabUpOptions, labUp } from "./lab-up.ts";
import { exitWith } from "./outcome.ts";
import { tour, tourOperations } from "./tour-command.ts";
import { DISPUTED, TRIED } from "./tour-script.ts";

const NAME = "start";
const OPTIONS: LabUpOptions = { name: NAME, profile: DEFAULT_PROFILE.name, timer: true, transport: "epoll", web: true };

export function addStartCommand(program: Command): void {
  program
    .command("start")
    .description("the tour, then a lab that is where it ends")
    .action(() => exitWith(start()));
}

async function start(): Promise<number> {
  // An ordinary user's lab begins anew in a namespace of its own; the story has been told by then.
  if (!isPrivate) {
    tour(DEFAULT_PROFILE);
    console.log("\n== A lab of this machine, with its four guests as they are now\n");
  }
  const beginning = tourOperations();
  return await withTemporaryDirectory((mount) => labWithWhatThereIs({ ...OPTIONS, beginning, mount }));
}

/** A machine without a mount, or without the page, has the rest all the same. */
async function labWithWhatThereIs(options: LabUpOptions): Promise<number> {
  try {
    return await labUp(undefined, options, printCommands);
  } catch (error) {
    const { mount, web, ...others } = options;
    if (error instanceof WebError && web !== undefined) {
      console.log(`No page: ${error.message}.`);
      return await labWithWhatThereIs({ ...others, ...(mount !== undefined && { mount }) });
    }
    if (error instanceof UserError && mount !== undefined) {
      console.log(`Not mounted: ${error.message}.`);
      return await labWithWhatThereIs({ ...others, ...(web !== undefined && { web }) });
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

/** Each with what it shows. */
function commands(mount: string | undefined): readonly string[] {
  const { queue, guest } = TRIED;
  const run = (words: string) => `npx apmatrix ${words}`;
  // Commands see the lab as their /sys; without a mount an event says the same.
  const unbind =
    mount === undefined
      ? run(`lab event --name ${NAME} unbind ${queue}`)
      : run(`lab exec --name ${NAME} -- sh -c 'echo ${queue} > /sys/bus/ap/drivers/vfio_ap/unbind'`);
  return [
    `${run(`show --from lab:${NAME}`)}   # the matrix: which guest has which queue`,
    `${run(`explain ${DISPUTED.guest} --from lab:${NAME}`)}   # which queue it lacks, and why`,
    `${unbind}; ${run(`explain ${guest} --from lab:${NAME}`)}   # a queue goes, and ${guest} loses its adapter`,
  ];
}
