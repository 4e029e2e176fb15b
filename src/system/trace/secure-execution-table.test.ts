// The answers of se_bind and se_associate as a table: every state that a queue can be in, and what reading and writing come to there.
// Written from docs/kernel/bus.md §8.2 alone.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SecureGuest } from "../../testing/support/secure-guest.ts";

const [ACCEL, EP11, CCA] = ["04.0006", "05.0006", "06.0006"] as const;

interface State {
  readonly what: string;
  readonly queue: string;
  /** What leads there from a guest that has just come up. */
  readonly reach: (guest: SecureGuest) => void;
  readonly bind: string;
  readonly associate: string;
  /** Answers to true and to false in se_bind, to a number in se_associate. */
  readonly bound: string;
  readonly unbound: string;
  readonly associated: string;
}

const bind = (queue: string) => (guest: SecureGuest) => assert.equal(guest.write(queue, "se_bind", "1"), "ok");
const associate = (guest: SecureGuest) => assert.equal(guest.write(EP11, "se_associate", "7"), "ok");
const fault = (q: string, codes: object) => (guest: SecureGuest) =>
  assert.equal(guest.do({ op: "fault", q, ...codes }).r, 0);
const card = (change: object) => (guest: SecureGuest) => assert.equal(guest.do({ op: "card", id: 5, ...change }).r, 0);
const inOrder =
  (...steps: readonly ((guest: SecureGuest) => unknown)[]) =>
  (guest: SecureGuest) => {
    for (const step of steps) step(guest);
  };
const failedReset = (guest: SecureGuest) => assert.equal(guest.write(EP11, "reset", "1"), "ok");

const STATES: readonly State[] = [
  {
    what: "accelerator, BS 2",
    queue: ACCEL,
    reach: () => {},
    bind: "unbound",
    associate: "-",
    bound: "ok",
    unbound: "ok",
    associated: "EINVAL",
  },
  {
    what: "accelerator, BS 0",
    queue: ACCEL,
    reach: bind(ACCEL),
    bind: "bound",
    associate: "-",
    bound: "EINVAL",
    unbound: "ok",
    associated: "EINVAL",
  },
  {
    what: "EP11, BS 2",
    queue: EP11,
    reach: () => {},
    bind: "unbound",
    associate: "unassociated",
    bound: "ok",
    unbound: "ok",
    associated: "EINVAL",
  },
  {
    what: "EP11, BS 1",
    queue: EP11,
    reach: bind(EP11),
    bind: "bound",
    associate: "unassociated",
    bound: "EINVAL",
    unbound: "ok",
    associated: "ok",
  },
  {
    what: "EP11, BS 1, association under way (0A)",
    queue: EP11,
    reach: inOrder(bind(EP11), fault(EP11, { associate: "pending" }), associate),
    bind: "bound",
    associate: "association pending",
    bound: "EINVAL",
    unbound: "ok",
    associated: "EBUSY",
  },
  {
    what: "EP11, BS 1, association under way (00)",
    queue: EP11,
    reach: inOrder(bind(EP11), fault(EP11, { associate: "00" }), associate),
    bind: "bound",
    associate: "association pending",
    bound: "EINVAL",
    unbound: "ok",
    associated: "EBUSY",
  },
  {
    what: "EP11, BS 0",
    queue: EP11,
    reach: inOrder(bind(EP11), associate),
    bind: "bound",
    associate: "associated 7",
    bound: "EINVAL",
    unbound: "ok",
    associated: "EINVAL",
  },
  {
    what: "EP11, RC 03",
    queue: EP11,
    reach: inOrder(bind(EP11), card({ config: false })),
    bind: "unbound",
    associate: "unassociated",
    bound: "EIO",
    unbound: "ok",
    associated: "EIO",
  },
  {
    what: "EP11, RC 04",
    queue: EP11,
    reach: inOrder(bind(EP11), card({ chkstop: true })),
    bind: "unbound",
    associate: "unassociated",
    bound: "EIO",
    unbound: "ok",
    associated: "EIO",
  },
  {
    what: "EP11, RC 01",
    queue: EP11,
    reach: (guest) => guest.do({ op: "hw", rm_ap: [5] }),
    bind: "bound",
    associate: "EIO",
    bound: "EIO",
    unbound: "ok",
    associated: "EIO",
  },
  {
    what: "EP11, RC 35 after an association",
    queue: EP11,
    reach: inOrder(bind(EP11), fault(EP11, { associate: "35" }), associate),
    bind: "EIO",
    associate: "EIO",
    bound: "EIO",
    unbound: "ok",
    associated: "EIO",
  },
  {
    what: "EP11, BS 2, a reset waits",
    queue: EP11,
    reach: inOrder(fault(EP11, { reset: "42" }), failedReset),
    bind: "unbound",
    associate: "unassociated",
    bound: "EBUSY",
    unbound: "ok",
    associated: "EINVAL",
  },
  {
    what: "EP11, BS 1, a reset waits",
    queue: EP11,
    reach: inOrder(bind(EP11), fault(EP11, { reset: "42" }), failedReset),
    bind: "bound",
    associate: "unassociated",
    bound: "EINVAL",
    unbound: "ok",
    associated: "EBUSY",
  },
  {
    what: "EP11, BS 0, the bus knows no number",
    queue: EP11,
    reach: inOrder(bind(EP11), associate, fault(EP11, { reset: "42" }), (guest) => guest.write(EP11, "se_bind", "0")),
    bind: "bound",
    associate: "EIO",
    bound: "EINVAL",
    unbound: "ok",
    associated: "EINVAL",
  },
  {
    what: "EP11, BS 2, BAPQ answers 33",
    queue: EP11,
    reach: fault(EP11, { bind: "33" }),
    bind: "unbound",
    associate: "unassociated",
    bound: "EIO",
    unbound: "ok",
    associated: "EINVAL",
  },
  {
    what: "EP11, BS 2, BAPQ answers 00 and does nothing",
    queue: EP11,
    reach: fault(EP11, { bind: "00" }),
    bind: "unbound",
    associate: "unassociated",
    bound: "EIO",
    unbound: "ok",
    associated: "EINVAL",
  },
  {
    what: "EP11, BS 1, AAPQ answers 34",
    queue: EP11,
    reach: inOrder(bind(EP11), fault(EP11, { associate: "34" })),
    bind: "bound",
    associate: "unassociated",
    bound: "EINVAL",
    unbound: "ok",
    associated: "EIO",
  },
];

const READ = ["se_bind", "se_associate"] as const;

describe("se_bind and se_associate", () => {
  for (const profile of ["linux-7.3", "linux-6.12"]) {
    for (const state of STATES) {
      it(`answer as the table says: ${state.what}, ${profile}`, () => {
        const reached = () => {
          const guest = new SecureGuest(profile);
          state.reach(guest);
          return guest;
        };
        assert.deepEqual(
          READ.map((file) => reached().read(state.queue, file)),
          [state.bind, state.associate],
        );
        for (const [file, value, answer] of [
          ["se_bind", "1\n", state.bound],
          ["se_bind", "0\n", state.unbound],
          ["se_associate", "7\n", state.associated],
        ] as const) {
          const guest = reached();
          const before = guest.words;
          assert.equal(guest.write(state.queue, file, value), answer, `${file} ${value}`);
          if (answer !== "ok") assert.deepEqual(guest.words, before, "a refused write changes nothing");
        }
        // What is no boolean, and no number, is found before the machine is asked.
        assert.equal(reached().write(state.queue, "se_bind", "x"), "EINVAL");
        assert.equal(reached().write(state.queue, "se_associate", "0xffff"), "EINVAL");
      });
    }
  }

  it("answer as the table says on a card that cannot be bound, where a kernel shows them there", () => {
    const guest = new SecureGuest("ubuntu-24.04");
    assert.deepEqual(
      READ.map((file) => guest.read(CCA, file)),
      ["-", "-"],
    );
    for (const value of ["1", "0", "x"]) assert.equal(guest.write(CCA, "se_bind", value), "EINVAL");
    for (const value of ["1", "99999999999", "x"]) assert.equal(guest.write(CCA, "se_associate", value), "EINVAL");
  });
});
