// Why a queue is in its state, for the one mdev that the question is about: worked out once, so that the frame in the grid, the line below
// it, what is read aloud and the panel say the same.
import { causeOf } from "../../answers/explain/cause.ts";
import type { Cause } from "../../answers/explain/reason.ts";
import type { Apqn } from "../../system/ap/apqn.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { mdevName, mdevNamed } from "../../system/sysfs/mdev-names.ts";
import type { Host } from "../../system/vfio-ap/host.ts";

/** An mdev by its names: the host object is lent, and may soon stand for another moment. */
interface MdevCalled {
  readonly uuid: string;
  /** With its guest. */
  readonly label: string;
}

export interface Question {
  readonly apqn: Apqn;
  /** The mdev that the queue is assigned to. */
  readonly owner: MdevCalled | undefined;
  /** The mdev that the question is about; undefined if there is none. */
  readonly mdev: MdevCalled | undefined;
  readonly cause: Cause | undefined;
  /** All mdevs that can be asked about, newest first. */
  readonly mdevs: readonly MdevCalled[];
}

/** @param asked the UUID of an mdev; without it, the question is about the mdev that has the queue, or else the oldest */
export function questionAbout(
  host: Host,
  apqn: Apqn,
  asked: string | undefined,
  labelOf: (mdev: Mdev) => string,
): Question {
  const owner = host.state.ownerOf(apqn);
  const mdevs = host.state.listedMdevs().filter((mdev) => !mdev.isBeingRemoved || mdev === owner);
  const mdev = (asked === undefined ? undefined : mdevNamed(host, asked)) ?? owner ?? mdevs.at(-1);
  const called = (one: Mdev): MdevCalled => ({ uuid: mdevName(one), label: labelOf(one) });
  return {
    apqn,
    owner: owner && called(owner),
    mdev: mdev && called(mdev),
    cause: mdev && causeOf(host, mdev, apqn),
    mdevs: mdevs.map(called),
  };
}
