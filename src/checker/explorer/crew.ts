// What a worker needs of the others: that all stand still for a moment. A worker alone has nobody to wait for.

export interface Crew {
  readonly workers: number;
  /** Number of this worker, from 0. */
  readonly me: number;
  /** Whether a worker wants all to grow the table together. */
  readonly isCalled: boolean;
  /** Calls all to grow the table. */
  call(): void;
  /** The call was answered. */
  answered(): void;
  /** Waits until all workers have come here. */
  meet(): void;
}

export const ALONE: Crew = { workers: 1, me: 0, isCalled: false, call() {}, answered() {}, meet() {} };
