// The machine of a guest is what another host gives it: the little that one needs of the other. What stands in a buffer of one's own
// (masks, cards, faults) is brought up to date by guest-machine.ts; what a guest does to a queue goes down at once.
import type { Apqn } from "../ap/apqn.ts";
import type { ResponseCode } from "../ap/response-code.ts";

export interface Beneath {
  /** The guest has reset a queue that it has: there is but one such queue. */
  wasReset(apqn: Apqn): void;
  /** The guest has bound it for Secure Execution: whatever resets it beneath takes that away. */
  wasBound(apqn: Apqn): void;
  /** The guest's AQIC, which its host carries out. @returns 00, 07 when they are so already, or another code and nothing was done */
  switchInterrupts(apqn: Apqn, on: boolean): ResponseCode;
}
