// The reference model's properties, asked of a state, and of a step from one state to another.
import type { ReferenceEvent } from "./reference-events.ts";
import { I1, I2, I3, I4, I5, I6, I6W, I7, I8, I9, I10 } from "./reference-properties.ts";
import type { Rules } from "./rules.ts";
import type { ReferenceState } from "./state.ts";

/** @returns I1 to I7 that this state breaks, as bits */
export function brokenIn(rules: Rules, s: ReferenceState): number {
  const linked = s.bound & ~s.cut;
  const inHost = rules.product(s.hostAdapters, s.hostDomains);
  let broken = 0;
  let plugged = 0;
  for (let g = 0; g < s.mdevs.length; g++) {
    const m = s.mdevs[g]!;
    const matrix = rules.matrix(m);
    if ((m.shadowAdapters & ~m.matrixAdapters) !== 0 || (m.shadowDomains & ~m.matrixDomains) !== 0) broken |= I4;
    if ((matrix & rules.reserved) !== 0) broken |= I5;
    if (((s.running >> g) & 1) === 0) continue;
    const has = rules.guestQueues(s, g);
    if ((has & plugged) !== 0) broken |= I1;
    plugged |= has;
    if ((has & ~s.bound) !== 0) broken |= I2;
    if ((has & ~inHost) !== 0) broken |= I3;
    const outside = linked & rules.product(m.matrixAdapters, m.matrixDomains & ~m.shadowDomains);
    if (outside !== 0) broken |= I6W;
    if ((outside & rules.product(m.shadowAdapters, rules.allDomains)) !== 0) broken |= I6;
    if (s.scanning === 1) continue;
    const couldHave = m.matrixDomains & s.hostDomains;
    const whole = rules.wholeAdapters(m.matrixAdapters & s.hostAdapters, couldHave, linked);
    if ((rules.product(whole, couldHave) & ~has) !== 0) broken |= I7;
  }
  return broken;
}

/**
 * Every running guest dirties what it has, which then counts as dirtied by no other guest.
 *
 * @returns I8 to I10 that the event breaks on its way from `before` to `now`, as bits
 */
export function settle(
  rules: Rules,
  before: ReferenceState,
  now: ReferenceState,
  { gives, takes }: ReferenceEvent,
): number {
  const { mdevs } = now;
  let broken = 0;
  for (let g = 0; g < mdevs.length; g++) {
    const has = rules.guestQueues(now, g);
    for (let h = 0; h < mdevs.length; h++) {
      if (h === g) continue;
      if ((mdevs[h]!.dirtied & has) !== 0) broken |= I8;
      mdevs[h]!.dirtied &= ~has;
    }
    mdevs[g]!.dirtied |= has;
    const hasLost = ((now.running >> g) & 1) === 1 && (rules.guestQueues(before, g) & ~has) !== 0;
    if (hasLost && gives) broken |= I9;
    if (hasLost && takes !== undefined && !isPlugged(rules, before, takes)) broken |= I10;
  }
  return broken;
}

/** Some guest has the queue. */
function isPlugged(rules: Rules, s: ReferenceState, queue: number): boolean {
  for (let g = 0; g < s.mdevs.length; g++) if ((rules.guestQueues(s, g) & queue) !== 0) return true;
  return false;
}
