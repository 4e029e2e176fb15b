// Why the kernel refuses an attribute of an mdev, as one line: queues in hex, each with its owner.

import type { MdevctlAttribute } from "../../formats/tools/mdevctl-json.ts";
import { formatApqn } from "../../system/ap/apqn.ts";
import type { Errno } from "../../system/ap/errno.ts";
import { groupBy } from "../../system/ap/group-by.ts";
import { hex } from "../../system/ap/hex.ts";
import { shortened } from "../../system/ap/quoted.ts";
import type { Refusal } from "../../system/ap/result.ts";
import { kstrtoul } from "../../system/sysfs/number-grammar.ts";
import { attributeWrite } from "../../system/sysfs/writes.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { type Offender, offendersOf } from "../explain/offenders.ts";

/** Up to this many queues of one owner are named, and the others counted. */
const NAMED = 4;

/** What is said of owners besides their names, with a comma or blank in front. */
export interface Remarks {
  readonly ofMdev: (uuid: string) => string;
  readonly ofMasks: string;
}

const NOTHING: Remarks = { ofMdev: () => "", ofMasks: "" };

/**
 * @param host as it was when it refused
 * @param mdev the uuid
 */
export function refusalSentence(
  host: Host,
  mdev: string,
  attribute: MdevctlAttribute,
  { errno, why }: { readonly errno: Errno; readonly why: Refusal },
  remarks: Remarks = NOTHING,
): string {
  const write = attributeWrite(mdev, attribute.name, attribute.value);
  const owners = byOwner(offendersOf(host, write, why), remarks);
  const reason = owners.length > 0 ? owners.join("; ") : plainReason(attribute, errno, why);
  return `${attributeText(attribute)}: ${reason} (${errno})`;
}

/** The number in hex, where another base was typed. */
function attributeText({ name, value }: MdevctlAttribute): string {
  // Three masks as text help nobody.
  if (name === "ap_config") return name;
  const shown = JSON.stringify(value).slice(1, -1);
  const number = kstrtoul(value);
  const isOther = !/^0x/i.test(value) && number > 9 && number <= 0xffff;
  return isOther ? `${name} ${shown} (${hex(number)})` : `${name} ${shown}`;
}

function byOwner(offenders: readonly Offender[], remarks: Remarks): readonly string[] {
  return [...groupBy(offenders, ({ owner }) => ownerText(owner, remarks))].map(([who, queues]) => {
    const named = queues
      .slice(0, NAMED)
      .map(({ apqn }) => formatApqn(apqn))
      .join(", ");
    const more = queues.length > NAMED ? ` and ${queues.length - NAMED} more` : "";
    const [noun, verb] = queues.length === 1 ? ["queue", "belongs"] : ["queues", "belong"];
    return who.startsWith("driver ")
      ? `${noun} ${named}${more} ${queues.length === 1 ? "is" : "are"} not with vfio_ap but with ${who}`
      : `${noun} ${named}${more} ${verb} to ${who}`;
  });
}

function ownerText({ mdev, host, driver, override }: Offender["owner"], { ofMdev, ofMasks }: Remarks): string {
  if (mdev !== undefined) return `mdev ${mdev}${ofMdev(mdev)}`;
  // The mask bits differ from queue to queue, so naming them would split queues of one owner.
  if (host !== undefined) return `the host by apmask and aqmask${ofMasks}`;
  if (override !== undefined) return `the host by driver_override ${shortened(override)}`;
  return `driver ${driver}`;
}

function plainReason({ name, value }: MdevctlAttribute, errno: Errno, why: Refusal): string {
  const what = name.endsWith("_adapter") ? "adapter" : "domain";
  if (why.kind === "number-too-large") return `the highest ${what} of this machine is ${hex(why.max)}`;
  // Kernels without hot plug first look whether any queue of the assigned number is bound.
  if (why.kind === "queue-not-bound") return `no queue of this ${what} is with vfio_ap`;
  if (errno === "EINVAL" && name === "ap_config") return "these are not three masks";
  return PLAIN_REASONS[errno] ?? `the kernel refuses ${JSON.stringify(value)}`;
}

const PLAIN_REASONS: Readonly<Partial<Record<Errno, string>>> = {
  ENOENT: "a vfio_ap device has no such attribute",
  EACCES: "this attribute cannot be written",
  EINVAL: "this is not a number",
  ERANGE: "this number is too large",
  ENODEV: "a mask has bits above the highest number of this machine",
  EBUSY: "a guest runs with it, and this kernel changes nothing then",
};
