// What plans take from running guests, how it is told and counted, and what more can be had by a loss that somebody allows.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { hostOperations } from "../../formats/description/host-operations.ts";
import { parseDesired } from "../../formats/desired/desired-file.ts";
import { apqnOf, formatApqn } from "../../system/ap/apqn.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import type { Operation } from "../../system/trace/operation.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { profileNamed } from "../../system/vfio-ap/profiles.ts";
import type { Allowance } from "./allowance.ts";
import { allowLossWords, lossesOf, lossText } from "./losses.ts";
import { moreByLoss } from "./more.ts";
import { planToJson } from "./plan-json.ts";
import { planLines } from "./plan-text.ts";
import { planChanges } from "./planner.ts";
import { type Prediction, predict } from "./prediction.ts";
import { rehearse } from "./rehearse.ts";

const PAY = "0d6f7a3c-55aa-4e0e-9c57-7c2a30a1d001";
const WEB = "0d6f7a3c-55aa-4e0e-9c57-7c2a30a1d002";
const NEW = "7be10f66-10c4-4d3f-8a3f-2f0b5f6ac003";

const SICK = apqnOf(asApid(0x0a), asApqi(0x1c));

const HOST = `
cards: [{ id: 0x0a, type: CEX8P }, { id: 0x0b, type: CEX8P }, { id: 0x0c, type: CEX8P }]
domains: [0x1c, 0x2d]
masks: { apmask: "-10,-11,-12" }
unbound: ["0b.002d"]
mdevs:
  - { uuid: ${PAY}, adapters: [0x0a, 0x0b], domains: [0x1c, 0x2d], guest: pay }
  - { uuid: ${WEB}, adapters: [0x0c], domains: [0x1c, 0x2d], guest: web }
`;

function hostWith(more: readonly Operation[] = [], profile = "linux-7.3"): Host {
  const described = parseHostDescription(HOST, "host");
  const kernel = profileNamed(profile);
  assert.ok(described.ok && kernel);
  const player = new Player(kernel);
  for (const [i, operation] of [...hostOperations(described.value), ...more].entries()) player.apply(operation, i + 1);
  return player.host;
}

interface Made {
  readonly prediction: Prediction;
  readonly text: string;
}

function planned(host: Host, desired: string, prune: boolean, allowed?: Allowance): Made {
  const read = parseDesired(desired, "desired");
  assert.ok(read.ok, read.ok ? "" : read.error.message);
  const made = planChanges(host, read.value.desired, prune, allowed);
  assert.ok(made.ok, made.ok ? "" : made.error.message);
  const prediction = predict(rehearse(host, made.value));
  const more = moreByLoss(host, read.value.desired, prune, prediction);
  return { prediction, text: planLines(prediction, { more, ...(allowed && { allowed }) }).join("\n") };
}

describe("the count of what running guests lose", () => {
  for (const profile of ["linux-6.0", "linux-6.12", "linux-7.3"]) {
    it(`has a guest whose mdev is removed end with nothing, whatever it has until it lets go, under ${profile}`, () => {
      const { prediction, text } = planned(hostWith([], profile), "mdevs: []", true);
      assert.deepEqual(lossesOf(prediction).map(lossText), ["web 2 -> 0", "pay 2 -> 0"]);
      assert.match(text, /guests that end with fewer queues: 2 \(web 2 -> 0, pay 2 -> 0\); queues lost for a time: 0/);
      assert.match(
        text,
        /\napply asks first, because running guests lose queues: web 2 -> 0; pay 2 -> 0 \(--allow-loss web pay\)$/,
      );
    });
  }

  it("has what a file takes from its own mdev, and not what no guest has", () => {
    const less = `mdevs: [{ uuid: ${WEB}, name: shop, adapters: [0x0c], domains: [0x1c] }]`;
    const { prediction, text } = planned(hostWith(), less, false);
    assert.deepEqual(planToJson(prediction).losses, [
      { uuid: WEB, name: "shop", before: 2, after: 1, gone: 1, lost: 0 },
    ]);
    assert.match(text, /guests that end with fewer queues: 1 \(shop 2 -> 1\)/);
    const other = `mdevs: [{ uuid: ${PAY}, adapters: [0x0a], domains: [0x1c, 0x2d] }]`;
    assert.deepEqual(lossesOf(planned(hostWith(), other, false).prediction), []);
    assert.doesNotMatch(planned(hostWith(), other, false).text, /apply asks/);
  });

  it("has a guest that ends with as many queues, but others", () => {
    const swapped = `mdevs: [{ uuid: ${WEB}, adapters: [0x0c], domains: [0x1c] }, { uuid: ${PAY}, adapters: [0x0a], domains: [0x2d] }]`;
    const back = `mdevs: [{ uuid: ${WEB}, adapters: [0x0a], domains: [0x1c, 0x2d] }, { uuid: ${PAY}, adapters: [0x0c], domains: [0x1c, 0x2d] }]`;
    assert.deepEqual(lossesOf(planned(hostWith(), swapped, false).prediction).map(lossText), [
      "web 2 -> 1",
      "pay 2 -> 1",
    ]);
    assert.deepEqual(lossesOf(planned(hostWith(), back, false).prediction).map(lossText), [
      "web 2 -> 2, 2 of them taken for good",
      "pay 2 -> 2, 2 of them taken for good",
    ]);
  });

  it("asks about nobody who may lose queues", () => {
    const { text } = planned(hostWith(), "mdevs: []", true, new Set([WEB]));
    assert.match(text, /\napply asks first, because running guests lose queues: pay 2 -> 0 \(--allow-loss pay\)$/);
    assert.doesNotMatch(planned(hostWith(), "mdevs: []", true, "all").text, /apply asks/);
  });

  it("names a guest by its UUID where a shell would not take its name as one word", () => {
    const loss = { uuid: WEB, before: 2, after: 0, gone: 2, lost: 0 };
    assert.equal(allowLossWords([{ ...loss, name: "a b" }]), `--allow-loss ${WEB}`);
    assert.equal(allowLossWords([{ ...loss, name: "-x" }]), `--allow-loss ${WEB}`);
  });
});

describe("a hint", () => {
  const taken = (host: Host): string => {
    const read = parseDesired(`mdevs: [{ uuid: ${NEW}, adapters: [0x0c], domains: [0x1c] }]`, "desired");
    const made = read.ok && planChanges(host, read.value.desired, false);
    assert.ok(made !== false && !made.ok);
    return made.error.message;
  };

  it("sends nobody to remove mdevs of running guests, but says whom that would strip", () => {
    assert.match(
      taken(hostWith()),
      /name it with what it is to keep \(--prune would remove it and 1 more, and running guests would lose all: web 2 -> 0, pay 2 -> 0\)$/,
    );
  });

  it("offers to remove mdevs where no guest runs", () => {
    const stopped = hostWith([
      { op: "close", guest: "pay", mdev: PAY },
      { op: "close", guest: "web", mdev: WEB },
    ]);
    assert.match(taken(stopped), /\(or remove it and 1 more with --prune: no guest runs there\)$/);
  });
});

describe("more than there is without a loss", () => {
  /** The last reset of 0a.001c, which guest pay has, failed: any run of the filter takes adapter 0a. */
  const sick = (): Host =>
    hostWith([
      { op: "fault", q: SICK, reset: 0x42, aqic: undefined },
      { op: "reset", guest: "pay", mdev: PAY },
      { op: "fault", q: SICK, reset: "ok", aqic: undefined },
    ]);
  const same = `mdevs: [{ uuid: ${PAY}, adapters: [0x0a, 0x0b], domains: [0x1c, 0x2d] }]`;
  const queues = (prediction: Prediction, part: "after" | "lost"): string =>
    (prediction.mdevs[0]?.[part] ?? []).map(formatApqn).join(" ");

  it("is told with its price, and planned only where somebody allows it", () => {
    const host = sick();
    const { prediction, text } = planned(host, same, false);
    assert.deepEqual([queues(prediction, "after"), queues(prediction, "lost")], ["0a.001c 0a.002d", ""]);
    assert.match(
      text,
      /more could be had: 0b\.001c 0b\.002d, if for a time pay loses 0a\.001c[^(]*\(--allow-loss pay plans it\)/,
    );
    for (const allowed of ["all", new Set([PAY])] as const) {
      const better = planned(host, same, false, allowed).prediction;
      assert.equal(queues(better, "after"), "0a.001c 0a.002d 0b.001c 0b.002d");
      assert.match(queues(better, "lost"), /0a\.001c/);
      assert.match(lossesOf(better).map(lossText).join(), /^pay 2 -> 4, \d of them lost for a time$/);
    }
    assert.equal(queues(planned(host, same, false, new Set([WEB])).prediction, "after"), "0a.001c 0a.002d");
  });
});
