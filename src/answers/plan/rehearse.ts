// The steps of a plan done once on a copy: what each write answers, what guests have after it, and what they lost on the way. Next:
// prediction.ts says it of each mdev, ../apply/script.ts and plan-file.ts keep the steps.
import type { Apqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { queuesOf } from "../../system/ap/product.ts";
import { sameState } from "../../system/machine/snapshot.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import type { Sysfs } from "../../system/sysfs/sysfs.ts";
import type { Answer } from "../../system/trace/answer.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Plan } from "./planner.ts";
import { Tally } from "./tally.ts";

/** What a guest has after a step that changed it. */
interface GuestState {
  readonly uuid: string;
  readonly queues: readonly Apqn[];
}

export interface RehearsedStep {
  /** Below /sys. */
  readonly path: string;
  readonly value: string;
  /** As in traces. */
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
    // The answer says which guests have other masks, also if only their control domains changed.
    if (!answer.apcb) return { path, value, answer, guests: [] };
    const before = guests;
    guests = guestWords(player.host);
    return { path, value, answer, guests: changedGuests(player.host, before, guests) };
  });
  return { plan, before: host, after: player.host, tally, steps };
}

type GuestWords = ReadonlyMap<number, Uint32Array>;

/** Adapters and domains of every running guest, by the index of its mdev. */
function guestWords({ state }: Host): GuestWords {
  const running = state.listedMdevs().filter(({ isAttached }) => isAttached);
  return new Map(
    running.map(({ index, guestMasks: { apm, adm } }) => [index, state.words.slice(apm.at, adm.at)] as const),
  );
}

function changedGuests({ state }: Host, before: GuestWords, now: GuestWords): readonly GuestState[] {
  const changed: GuestState[] = [];
  for (const [index, words] of now) {
    const was = before.get(index);
    if (was && sameState(was, words)) continue;
    const mdev = must(state.mdevs[index]);
    changed.push({ uuid: mdevName(mdev), queues: queuesOf(mdev.guestMasks) });
  }
  return changed;
}
