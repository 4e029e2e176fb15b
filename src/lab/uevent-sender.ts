// Genuine kernel uevents for what happens in a lab, in a network namespace of its own: a child of unshare(1) asks the kernel there to
// broadcast them. The machine's own udev never hears of them.
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Happening } from "../machine/happening.ts";
import type { Directory } from "../sysfs/node.ts";
import { rootDirectory } from "../sysfs/root.ts";
import { lookUp } from "../sysfs/sysfs.ts";
import type { Lab } from "./lab.ts";
import { LabError } from "./lab-error.ts";

export interface UeventSender {
  /** A process in the namespace, for nsenter(1). */
  readonly pid: number;
  stop(): void;
}

const HELPER = fileURLToPath(new URL("../../scripts/send-uevents.pl", import.meta.url));

/** @throws LabError the helper cannot be started: no root, no perl, no unshare */
export async function sendUevents(lab: Lab): Promise<UeventSender> {
  const child = spawn("unshare", ["-n", "perl", HELPER], { stdio: ["pipe", "pipe", "pipe"] });
  const pid = await readyPid(child);
  const tree = rootDirectory(lab.player.host);
  lab.listen({
    happened(happening) {
      if (happening.kind === "uevent") child.stdin.write(ueventLine(tree, happening));
    },
  });
  return { pid, stop: () => child.kill() };
}

/** The helper says its process number once it is in its namespace. */
function readyPid(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let stderr = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const fail = (why: string) =>
      reject(
        new LabError(
          `uevents need a network namespace (root, unshare) and perl: ${why.trim()}; leave --uevents out to go without`,
        ),
      );
    child.on("error", (error) => fail(error.message));
    child.on("close", () => fail(stderr));
    child.stdin?.on("error", () => undefined);
    child.stdout?.once("data", (chunk: Buffer) => resolve(Number(chunk.toString())));
  });
}

type Uevent = Extract<Happening, { readonly kind: "uevent" }>;

/** Where an object stands below /sys, and the subsystem that its uevents name; the first one that fits. */
const SUBSYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/^\/devices\/ap/, "ap"],
  [/^\/devices\/vfio_ap\/matrix\/./, "mdev"],
  [/^\/devices\/vfio_ap/, "matrix"],
  [/^\/bus\/\w+\/drivers\//, "drivers"],
  [/^\/bus\//, "bus"],
  [/^\/module\//, "module"],
];

const subsystemOf = (device: string): string => SUBSYSTEMS.find(([path]) => path.test(device))?.[1] ?? "ap";

function typeOf(device: string): readonly string[] {
  if (/\/card..$/.test(device)) return ["DEVTYPE=ap_card"];
  return /\/..\.....$/.test(device) ? ["DEVTYPE=ap_queue"] : [];
}

/** A device that is just being added has no driver yet, even if its directory says so by the time we look. */
function driverOf(tree: Directory, { action, device, variables }: Uevent): readonly string[] {
  const isAsked = variables.some((variable) => variable.startsWith("SYNTH_UUID="));
  if (action === "add" && !isAsked) return [];
  const driver = lookUp(tree, `${device.slice(1)}/driver`, false);
  if (!("kind" in driver) || driver.kind !== "link") return [];
  return [`DRIVER=${driver.target.slice(driver.target.lastIndexOf("/") + 1)}`];
}

/** The kernel ends these two values with a newline (spec/07 B-29). */
const withNewline = (variable: string): string => (/^A[PQ]MASK=/.test(variable) ? `${variable}\\n` : variable);

/**
 * Action, device path and variables in the kernel's order, with tabs between them; a newline in a value is written `\n`. The
 * variables hold no other tab, newline or backslash.
 */
export function ueventLine(tree: Directory, event: Uevent): string {
  const { action, device, variables, properties } = event;
  const said = variables.map(withNewline);
  const shown = [...typeOf(device), ...driverOf(tree, event), ...properties];
  return `${[action, device, `SUBSYSTEM=${subsystemOf(device)}`, ...said, ...shown].join("\t")}\n`;
}
