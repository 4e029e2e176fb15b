// What a described guest must fulfil: an mdev that it has open, and nothing that its host has not, neither facilities nor adapters and
// domains. Its own Linux is checked like a host's, its own guests like itself.
import { MOST_GUESTS } from "../../system/trace/guest-machines.ts";
import { DEEPEST_GUESTS } from "../../system/trace/guest-made.ts";
import { withoutAp } from "../../system/trace/guest-made-json.ts";
import { echo } from "../reading/input-error.ts";
import { twice, type WrongMember } from "../reading/members.ts";
import { nearestName } from "../reading/nearest-name.ts";
import { type DescribedMachine, givenBy, machineOfGuest, tellsGuests } from "./described-machine.ts";
import { checkLinux } from "./linux-checks.ts";
import type { GuestInFile, LinuxInFile } from "./linux-in-file.ts";

/** @param host the machine of the Linux whose guests they are. Paths begin at that Linux. */
export function checkGuests(linux: LinuxInFile, host: DescribedMachine): WrongMember[] {
  const { guests = [], mdevs } = linux;
  if (guests.length > 0 && host.depth >= DEEPEST_GUESTS)
    return [{ path: ["guests"], message: `expected guests of guests at most ${DEEPEST_GUESTS} deep, found more` }];
  const names = mdevs.flatMap(({ guest }) => guest ?? []);
  return [
    ...twice(
      guests.map(({ name }) => name),
      "each guest",
      (index) => ["guests", index, "name"],
    ),
    ...guests.flatMap((guest, index) => {
      const mdev = mdevs.find((one) => one.guest === guest.name);
      const found = mdev
        ? checkGuest(guest, host, machineOfGuest(host, linux.unbound, givenBy(mdev), guest))
        : [{ path: ["name"], message: nobody(guest.name, names) }];
      return found.map(({ path, message }) => ({ path: ["guests", index, ...path], message }));
    }),
  ];
}

/** Those of all depths, which one outermost host has room for. */
export function checkNumber(host: LinuxInFile): WrongMember[] {
  const found = host.guests === undefined ? 0 : startedBy(host);
  if (found <= MOST_GUESTS) return [];
  const message = `expected at most ${MOST_GUESTS} guests with a Linux of their own, found ${found}: without guests they need none`;
  return [{ path: ["guests"], message }];
}

const startedBy = ({ mdevs, guests = [] }: LinuxInFile): number =>
  guests.reduce((sum, one) => sum + startedBy(one), mdevs.filter(({ guest }) => guest !== undefined).length);

function nobody(name: string, names: readonly string[]): string {
  const remedy =
    names.length === 0 ? "give one of the mdevs this guest" : `did you mean ${echo(nearestName(name, names))}?`;
  return `expected a guest that one of the mdevs beside it names, found ${echo(name)}: ${remedy}`;
}

function checkGuest(guest: GuestInFile, host: DescribedMachine, machine: DescribedMachine): WrongMember[] {
  return [
    ...checkName(guest),
    ...checkFacilities(guest, host),
    ...checkNotice(guest, host),
    ...checkSecure(guest, host, machine),
    ...(machine.facilities.has("ap") ? checkLinux(guest, machine) : checkNoBus(guest, machine)),
    ...checkGuests(guest, machine),
  ];
}

function checkName({ name }: GuestInFile): WrongMember[] {
  if (!name.includes("/")) return [];
  const message = `expected a name without a slash, found ${echo(name)}: g1/g2 would be a guest of a guest`;
  return [{ path: ["name"], message }];
}

function checkFacilities({ facilities = [] }: GuestInFile, host: DescribedMachine): WrongMember[] {
  const wrong = withoutAp(facilities);
  const lacking = facilities.findIndex((one) => !host.facilities.has(one));
  return [
    ...twice(facilities, "each facility", (index) => ["facilities", index]),
    ...(wrong === undefined ? [] : [{ path: ["facilities"], message: `expected ${wrong}` }]),
    ...(lacking < 0
      ? []
      : [
          {
            path: ["facilities", lacking],
            message: `expected facilities that ${host.name} has, found ${facilities[lacking]}: leave it out, or name it there`,
          },
        ]),
  ];
}

function checkNotice({ notice }: GuestInFile, { kernel, name }: DescribedMachine): WrongMember[] {
  if (notice !== "at-once" || !kernel || tellsGuests(kernel)) return [];
  const message = `expected notice: scan, found at-once: ${kernel.name} on ${name} cannot tell guests, Linux from 6.15 on can`;
  return [{ path: ["notice"], message }];
}

function checkSecure(
  { secure_execution }: GuestInFile,
  host: DescribedMachine,
  { apsb }: DescribedMachine,
): WrongMember[] {
  if (!secure_execution || apsb) return [];
  const message = host.apsb
    ? "expected the facility apqci beside it, found none: without it the guest cannot query for secure binding"
    : `expected secure binding of ${host.name}, found none: a Secure Execution guest binds its queues, see secure_binding`;
  return [{ path: ["secure_execution"], message }];
}

const OF_A_BUS = ["overrides", "unbound", "offline", "mdevs"] as const;

function checkNoBus(guest: GuestInFile, { name }: DescribedMachine): WrongMember[] {
  const { apmask, aqmask } = guest.masks;
  const said: readonly string[] = [
    ...(apmask === undefined && aqmask === undefined ? [] : ["masks"]),
    ...OF_A_BUS.filter((member) => guest[member].length > 0),
  ];
  return said.map((member) => ({
    path: [member],
    message: `expected no ${member}, because ${name} has no AP bus without the facility ap, found some`,
  }));
}
