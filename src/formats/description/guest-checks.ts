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

/** All guests of a host, unless they are too many to have a Linux. */
export function checkAllGuests(host: LinuxInFile, machine: DescribedMachine): WrongMember[] {
  const tooMany = checkNumber(host);
  return tooMany.length > 0 ? tooMany : checkGuests(host, machine);
}

/** @param host the machine of the Linux whose guests they are. Paths begin at that Linux. */
function checkGuests(linux: LinuxInFile, host: DescribedMachine): WrongMember[] {
  const { guests = [], mdevs } = linux;
  if (guests.length > 0 && host.depth >= DEEPEST_GUESTS)
    return [{ path: ["guests"], message: `expected guests of guests at most ${DEEPEST_GUESTS} deep, found more` }];
  const mdevOf = new Map(mdevs.flatMap((mdev) => (mdev.guest === undefined ? [] : [[mdev.guest, mdev] as const])));
  // Only the first mistake of a file is told, and each guest is looked at once, however often it is named.
  const stray = guests.findIndex(({ name }) => !mdevOf.has(name));
  const first = new Map([...guests.entries()].reverse().map(([index, { name }]) => [name, index]));
  return [
    ...twice(
      guests.map(({ name }) => name),
      "each guest",
      (index) => ["guests", index, "name"],
    ),
    ...guests.slice(stray, stray + 1).map(({ name }) => ({
      path: ["guests", stray, "name"],
      message: nobody(name, [...mdevOf.keys()]),
    })),
    ...guests.flatMap((guest, index) => {
      const mdev = mdevOf.get(guest.name);
      if (!mdev || first.get(guest.name) !== index) return [];
      const found = checkGuest(guest, host, machineOfGuest(host, linux.unbound, givenBy(mdev), guest));
      return found.map(({ path, message }) => ({ path: ["guests", index, ...path], message }));
    }),
  ];
}

/** Those of all depths, which one outermost host has room for. */
function checkNumber(host: LinuxInFile): WrongMember[] {
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
