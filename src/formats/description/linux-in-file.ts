// The members of a host description that say how a Linux is set up, and what its guests are made of: the same for the Linux of the host
// and for that of a guest, which may have guests in turn. host-file.ts adds those of the machine; linux-checks.ts checks them together.
import * as z from "zod";
import type { Apid, Apqi } from "../../system/ap/id.ts";
import { FACILITIES } from "../../system/machine/facts.ts";
import { NOTICES } from "../../system/trace/guest-made.ts";
import { PROFILE_NAMES, profileNamed } from "../../system/vfio-ap/profiles.ts";
import { echo } from "../reading/input-error.ts";
import { MASK_PATTERN, readMask } from "../reading/mask-value.ts";
import { ids, members, name, queues, readQueue, uuid, wrongValue } from "../reading/members.ts";
import { nearestName } from "../reading/nearest-name.ts";

export const domains = ids("a domain");

const DRIVER = wrongValue("the name of a driver, such as vfio_ap");

/** A map in the file, because a queue has only one override. */
const overrides = z
  .record(z.string(), z.string(DRIVER).regex(/^[A-Za-z0-9_-]{1,64}$/, DRIVER), wrongValue("a map of queues to drivers"))
  .transform((drivers, context) =>
    Object.entries(drivers).flatMap(([text, driver]) => {
      const reading = readQueue(text);
      if (reading.ok) return [{ apqn: reading.value, driver }];
      context.addIssue({ code: "custom", path: [text], message: reading.message });
      return [];
    }),
  )
  .default([]);

const mask = <I extends Apid | Apqi>() =>
  z
    .string(wrongValue("a mask"))
    .meta({ pattern: MASK_PATTERN })
    .superRefine((text, context) => {
      const reading = readMask<I>(text);
      if (!reading.ok) context.addIssue(reading.message);
    });

const queueList = queues("a list of queues").default([]);

const mdev = members("an mdev", {
  uuid,
  name: name("a name").optional(),
  adapters: ids("an adapter").default([]),
  domains: domains.default([]),
  control_domains: domains.default([]),
  guest: name("the name of a guest").optional(),
});

export type MdevInFile = z.output<typeof mdev>;

/** How a Linux is set up after its boot. */
const setUp = {
  masks: members("the masks", { apmask: mask<Apid>().optional(), aqmask: mask<Apqi>().optional() })
    .default({})
    .describe("As one would echo them into the attributes after boot"),
  overrides: overrides.describe("Drivers that queues name themselves; from Linux 6.19, without masks"),
  unbound: queueList.describe("Queues that no driver has"),
  offline: queueList.describe("Queues that are set offline"),
  mdevs: z.array(mdev, wrongValue("a list of mdevs")).default([]),
} as const;

const setUpMembers = z.object(setUp);

/** What hostFile makes of the members of a Linux. */
export type LinuxInFile = z.output<typeof setUpMembers> & { readonly guests?: readonly GuestInFile[] | undefined };

const KERNEL = "the name of a kernel profile, such as linux-7.3";

const made = {
  name: name("the name of a guest"),
  facilities: z
    .array(
      z.enum(FACILITIES, wrongValue(`a facility (${FACILITIES.join(", ")})`)),
      wrongValue(`a list of facilities (${FACILITIES.join(", ")})`),
    )
    .optional()
    .describe("What its CPU model has of AP; default: all that its host has"),
  notice: z
    .enum(NOTICES as ["scan", "at-once"], wrongValue(`a notice (${NOTICES.join(", ")})`))
    .optional()
    .describe("When it notices changes; default: at once if the kernels of both sides can"),
  profile: z
    .string(wrongValue(KERNEL))
    .superRefine((text, context) => {
      if (!profileNamed(text))
        context.addIssue(
          `expected ${KERNEL}, found ${echo(text)}: did you mean "${nearestName(text, PROFILE_NAMES)}"?`,
        );
    })
    .optional()
    .describe("Its kernel; default: its host's"),
  secure_execution: z
    .boolean(wrongValue("true or false"))
    .default(false)
    .describe("It is a Secure Execution guest; needs secure_binding of the machine"),
} as const;

const madeMembers = z.object(made);

/** What hostFile makes of a guest. */
export type GuestInFile = z.output<typeof madeMembers> & LinuxInFile;

const guests: z.ZodType<readonly GuestInFile[]> = z
  .lazy(() => z.array(guest, wrongValue("a list of guests")))
  .meta({ id: "guests" });

/** The members of a Linux, to be spread among others. */
export const linux = {
  ...setUp,
  guests: guests.optional().describe("Guests have a Linux of their own; what those are made of that are not as usual"),
} as const;

const guest: z.ZodType<GuestInFile> = members("a guest", { ...made, ...linux }).meta({ id: "guest" });
