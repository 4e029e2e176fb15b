// Random operations on a Secure Execution guest: what its files show follows from what was written and what was reset, as few lines say it
// again here, and the rest of the host is as without Secure Execution.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "../../testing/soak/random.ts";
import { seeds } from "../../testing/support/long-form.ts";
import { SECURE_MACHINE, SecureGuest } from "../../testing/support/secure-guest.ts";
import { formatApqn } from "../ap/apqn.ts";
import type { Happening } from "../machine/happening.ts";
import { invariants } from "../vfio-ap/invariants.ts";
import type { Answer } from "./answer.ts";

const UUID = "7a2c1d3e-0009-4c58-9b1e-5f0c0a6d0009";
const MDEV = `devices/vfio_ap/matrix/${UUID}`;
const QUEUES = ["04.0006", "04.0007", "05.0006", "05.0007"] as const;
type Queue = (typeof QUEUES)[number];

const OPERATIONS = 400;

const write = (path: string, value: string) => ({ op: "write", path, value });

/** What can happen to a host with such cards, without the two files. */
function anything(random: Random): { readonly op: string } & Record<string, unknown> {
  const queue = random.pick(QUEUES);
  const id = random.pick([4, 5]);
  switch (random.below(13)) {
    case 0:
      return write(`bus/ap/devices/${queue}/reset`, "1");
    case 1:
      return write(`bus/ap/drivers/${random.pick(["cex4queue", "vfio_ap"])}/${random.pick(["bind", "unbind"])}`, queue);
    case 2:
      return write(
        `bus/ap/${random.pick(["apmask", "aqmask"])}`,
        random.pick(["+4", "-4", "+5", "-5", "+6", "-6", "+0-255"]),
      );
    case 3:
      return { op: "card", id, config: !random.oneIn(3) };
    case 4:
      return { op: "card", id, chkstop: random.oneIn(3) };
    case 5:
      return { op: "card", id, type: random.pick([12, 13]) };
    case 6:
      return random.oneIn(2) ? { op: "hw", rm_ap: [id] } : { op: "hw", rm_dom: [random.pick([6, 7])] };
    case 7:
      return { op: "hw", add_ap: [4, 5], add_dom: [6, 7] };
    case 8:
      return { op: "fault", q: queue, reset: random.pick(["ok", "ok", "42", "busy"]) };
    case 9:
      return write(
        `${MDEV}/${random.pick(["assign", "unassign"])}_${random.pick(["adapter", "domain"])}`,
        `${random.pick([4, 5, 6, 7])}`,
      );
    case 10:
      return random.oneIn(2) ? { op: "open", guest: "inner", mdev: UUID } : { op: "close", guest: "inner", mdev: UUID };
    case 11:
      return { op: "reset", guest: "inner", mdev: UUID };
    default:
      return { op: "scan" };
  }
}

/** A queue as the files tell it. */
interface Known {
  isBound: boolean;
  /** Of its secret; undefined: not associated. */
  index: number | undefined;
}

/** The same guest in few words: a queue is bound from a write that is taken until its next reset. */
class Words {
  readonly queues = new Map<string, Known>(QUEUES.map((queue) => [queue, { isBound: false, index: undefined }]));

  hear(happening: Happening): void {
    if (happening.kind === "queue-reset" && happening.rc === 0) this.#undo(formatApqn(happening.apqn));
  }

  see(operation: { readonly op: string } & Record<string, unknown>, typeBefore: number, typeAfter: number): void {
    const { op, id, config, chkstop, rm_ap: adapters, rm_dom: domains } = operation;
    for (const queue of QUEUES) {
      const [adapter, domain] = [Number(queue.slice(1, 2)), Number(queue.slice(-1))];
      const isOut =
        op === "card" && id === adapter && (config === false || chkstop === true || typeBefore !== typeAfter);
      const isGone =
        (adapters as number[] | undefined)?.includes(adapter) || (domains as number[] | undefined)?.includes(domain);
      if (isOut || isGone) this.#undo(queue);
    }
  }

  #undo(queue: string): void {
    this.queues.set(queue, { isBound: false, index: undefined });
  }
}

const isRefused = ({ r }: Answer): boolean => typeof r === "string" && r !== "blocked";

function checkFiles(guest: SecureGuest, words: Words): void {
  for (const queue of QUEUES) {
    const known = words.queues.get(queue) as Known;
    const bind = guest.read(queue, "se_bind");
    const { machine } = guest.player.host.state;
    if (bind === "ENOENT") continue;
    const [adapter, domain] = [Number(queue.slice(1, 2)), Number(queue.slice(-1))];
    // Nothing is told of a queue that is not there.
    if (!machine.apm.ids().some((id) => id === adapter) || !machine.aqm.ids().some((id) => id === domain)) continue;
    assert.equal(bind, known.isBound ? "bound" : "unbound", queue);
    const associate = guest.read(queue, "se_associate");
    if (queue.startsWith("04")) assert.equal(associate, "-");
    else if (known.index === undefined) assert.equal(associate, "unassociated", queue);
    else assert.ok(associate === `associated ${known.index}` || associate === "EIO", `${queue} ${associate}`);
  }
}

function start(machine: object, listener?: (happening: Happening) => void): SecureGuest {
  const guest = new SecureGuest("linux-7.3", machine, listener);
  guest.do(write("devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create", UUID));
  return guest;
}

const MACHINE = { ...SECURE_MACHINE, aps: [4, 5], max_adapter: 7, max_domain: 7 };

describe("random operations on a Secure Execution guest", () => {
  for (const seed of seeds(20)) {
    it(`leave what was written, until a reset, and refusals change nothing (seed ${seed})`, () => {
      const random = new Random(seed);
      const words = new Words();
      const guest = start(MACHINE, (happening) => words.hear(happening));
      let [taken, refused] = [0, 0];
      for (let n = 0; n < OPERATIONS; n++) {
        const queue = random.pick(QUEUES) as Queue;
        const known = words.queues.get(queue) as Known;
        const before = guest.words;
        const what = random.below(4);
        let answer: Answer;
        if (what === 0) {
          answer = guest.do(write(`bus/ap/devices/${queue}/se_bind`, "1"));
          assert.equal(JSON.stringify(answer.uev ?? []).includes("SE_BIND=1"), !isRefused(answer));
          if (!isRefused(answer)) {
            assert.equal(known.isBound, false, "only what is unbound can be bound");
            words.queues.set(queue, { isBound: true, index: undefined });
          }
        } else if (what === 1) {
          const index = random.below(70_000);
          answer = guest.do(write(`bus/ap/devices/${queue}/se_associate`, `${index}`));
          if (!isRefused(answer)) {
            assert.ok(index < 0xffff && known.isBound && known.index === undefined && queue.startsWith("05"));
            words.queues.set(queue, { isBound: true, index });
          }
        } else if (what === 2 && random.oneIn(4)) {
          answer = guest.do(write(`bus/ap/devices/${queue}/se_bind`, "0"));
        } else {
          const operation = anything(random);
          const typeBefore = guest.player.host.state.machineType(operation.id as never);
          answer = guest.do(operation);
          words.see(operation, typeBefore, guest.player.host.state.machineType(operation.id as never));
          // The reset of a VFIO device tries all queues, and says afterwards that one failed.
          if (operation.op === "reset") continue;
        }
        if (isRefused(answer)) {
          refused++;
          assert.deepEqual(guest.words, before, "a refused operation changes nothing");
        } else taken++;
        checkFiles(guest, words);
        for (const { name, holds } of invariants) assert.ok(holds(guest.player.host), name);
      }
      assert.ok(taken > OPERATIONS / 4 && refused > OPERATIONS / 20, `${taken} taken, ${refused} refused`);
    });

    it(`leave everything else as on a host that is no such guest (seed ${seed})`, () => {
      const random = new Random(seed + 100);
      const guest = start(MACHINE);
      const host = start({ ...MACHINE, apsb: 0, se: 0 });
      for (let n = 0; n < OPERATIONS; n++) {
        if (random.oneIn(3))
          guest.do(write(`bus/ap/devices/${random.pick(QUEUES)}/se_bind`, random.pick(["1", "1", "0"])));
        const operation = anything(random);
        // Taking a binding back resets the queue, which only that host does.
        const [mine, its] = [guest.do(operation), host.do(operation)];
        assert.deepEqual(
          { r: mine.r, apcb: mine.apcb, uev: mine.uev },
          { r: its.r, apcb: its.apcb, uev: its.uev },
          JSON.stringify(operation),
        );
        assert.deepEqual(guest.do({ op: "state" }).st, host.do({ op: "state" }).st);
      }
    });
  }
});
