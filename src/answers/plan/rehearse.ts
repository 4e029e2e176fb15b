// The steps of a plan done on a copy, once: what each write answers, what guests have then, and what they suffered on the way. Next:
// prediction.ts says it of each mdev, plan-trace.ts and ../apply/script.ts keep the steps.
import type { Apqn } from "../../system/ap/apqn.ts";
import { queuesOf } from "../../system/ap/product.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { sameState } from "../../system/machine/snapshot.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import type { Sysfs } from "../../system/sysfs/sysfs.ts";
import type { Answer } from "../../system/trace/answer.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Plan } from "./planner.ts";
import { Tally } from "./tally.ts";

/** What a guest has after a step that changed it. */
export interface GuestState {
  readonly uuid: string;
  readonly queues: readonly Apqn[];
}

export interface RehearsedStep {
  /** Below /sys. */
  readonly path: string;
  readonly value: string;
  /** As traces say it. */
  readonly answer: Answer;
  readonly guests: readonly GuestState[];
}

export interface Rehearsed {
  readonly plan: Plan;
  /** The host that the plan is for, and the copy on which its steps have been done. */
  readonly before: Host;
  readonly after: Host;
  readonly tally: Tally;
  readonly steps: readonly RehearsedStep[];
}

/**
 * @param host left alone
 * @param look called after each step, with the /sys of the copy and the path that was written
 */
export function rehearse(
  host: Host,
  plan: Plan,
  look: (sysfs: Sysfs, path: string) => void = () => undefined,
): Rehearsed {
  const tally = new Tally();
  const player: Player = new Player(host.profile, (happening) => tally.hear(player.host, happening), host);
  tally.watchAll(player.host, plan.targets);
  let guests = guestWords(player.host);
  const steps = plan.steps.map(([path, value], at): RehearsedStep => {
    const answer = player.apply({ op: "write", path, value }, at + 1);
    look(player.sysfs, path);
    // The answer tells where masks of guests have changed, of control domains too.
    if (!answer.apcb) return { path, value, answer, guests: [] };
    const before = guests;
    guests = guestWords(player.host);
    return { path, value, answer, guests: changedGuests(player.host, before, guests) };
  });
  return { plan, before: host, after: player.host, tally, steps };
}

type GuestWords = ReadonlyMap<number, Uint32Array>;

/** Adapters and domains of every running guest, by its mdev's place. */
function guestWords({ state }: Host): GuestWords {
  const masks = new Map<number, Uint32Array>();
  for (let n = 0; n < state.mdevCount; n++) {
    const { guestMasks, isAttached, index } = state.mdevAt(n);
    if (isAttached) masks.set(index, state.words.slice(guestMasks.apm.at, guestMasks.adm.at));
  }
  return masks;
}

function changedGuests({ state }: Host, before: GuestWords, now: GuestWords): readonly GuestState[] {
  const changed: GuestState[] = [];
  for (const [index, words] of now) {
    const was = before.get(index);
    if (was && sameState(was, words)) continue;
    const mdev = state.mdevs[index] as Mdev;
    changed.push({ uuid: mdevName(mdev), queues: queuesOf(mdev.guestMasks) });
  }
  return changed;
}
