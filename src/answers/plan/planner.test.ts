// Plans for hosts made by hand: the seed discussion's second list, queues that change hands, the bits of masks, what is not passable.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DesiredMdev, FreeBy } from "../../formats/desired/desired.ts";
import {
  type Apqn,
  apidOf,
  apqiOf,
  apqnOf,
  formatApid,
  formatApqi,
  formatApqn,
  parseApqn,
} from "../../system/ap/apqn.ts";
import { asApid, asApqi, asControlDomain } from "../../system/ap/id.ts";
import { maskOf } from "../../system/ap/mask.ts";
import type { Operation } from "../../system/trace/operation.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { PROFILES, profileNamed } from "../../system/vfio-ap/profiles.ts";
import { hostFrom } from "../../testing/support/hosts.ts";
import { inLongForm } from "../../testing/support/long-form.ts";
import { naiveLosses } from "./naive.ts";
import { planLines } from "./plan-text.ts";
import { planChanges } from "./planner.ts";
import { type Prediction, predict } from "./prediction.ts";
import { rehearse } from "./rehearse.ts";

const ONE = "62177883-f1bb-47f0-914d-32a22e3a8804";
const TWO = "62177883-f1bb-47f0-914d-32a22e3a8805";
const KEPT = PROFILES.filter(({ filter }) => filter === "whole" || filter === "new-part");

const queues = (text: string): readonly Apqn[] => text.split(" ").map((name) => parseApqn(name) as Apqn);
const names = (list: readonly Apqn[] | undefined): string => (list ?? []).map(formatApqn).join(" ");
const wish = (uuid: string, text: string): DesiredMdev => {
  const list = queues(text);
  return { uuid, name: undefined, apm: maskOf(list.map(apidOf)), aqm: maskOf(list.map(apqiOf)), adm: undefined };
};

/** A host with these queues, all adapters times all domains, and then these operations. */
function hostOf(text: string, profile: string, apmask: string | undefined, operations: readonly Operation[]): Host {
  const list = queues(text);
  const adapters = [...new Set(list.map(apidOf))].map(formatApid).join(" ");
  const domains = [...new Set(list.map(apqiOf))].map(formatApqi).join(" ");
  const mask = apmask === undefined ? "" : ` apmask ${apmask}`;
  return hostFrom(`host adapter ${adapters} domain ${domains}${mask}`, profileNamed(profile), operations);
}

const write = (path: string, value: string): Operation => ({ op: "write", path, value });
const create = (uuid: string): Operation =>
  write("devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create", uuid);
const assign = (uuid: string, what: string, id: number): Operation =>
  write(`devices/vfio_ap/matrix/${uuid}/assign_${what}`, `${id}`);
const unbind = (name: string): Operation => write("bus/ap/drivers/vfio_ap/unbind", name);
const open = (guest: string, mdev: string): Operation => ({ op: "open", guest, mdev });
const fault = (name: string, reset: 0x42 | "ok"): Operation => ({
  op: "fault",
  q: parseApqn(name) as Apqn,
  reset,
  aqic: undefined,
});

function predicted(host: Host, mdevs: readonly DesiredMdev[], freeBy: FreeBy = "nothing"): Prediction {
  const made = planChanges(host, { mdevs, freeBy }, false);
  assert.ok(made.ok, made.ok ? "" : made.error.message);
  return predict(rehearse(host, made.value));
}

describe("the second list of the seed discussion", () => {
  const secondList = (profile: string): Host =>
    hostOf("04.0004 04.0047 04.0054", profile, "0x0", [
      unbind("04.0054"),
      create(ONE),
      assign(ONE, "adapter", 4),
      assign(ONE, "domain", 4),
      assign(ONE, "domain", 0x47),
      open("guest1", ONE),
    ]);
  const desired = wish(ONE, "04.0004 04.0047 04.0054");

  for (const { name } of KEPT) {
    it(`is planned without loss, because the queue is bound first, under ${name}`, () => {
      const { steps, mdevs } = predicted(secondList(name), [desired]);
      assert.deepEqual(
        steps.map(({ value }) => value),
        ["04.0054", "0x54"],
      );
      const [mdev] = mdevs;
      assert.equal(names(mdev?.before), "04.0004 04.0047");
      assert.equal(names(mdev?.after), "04.0004 04.0047 04.0054");
      assert.deepEqual([mdev?.lost, mdev?.zeroized, mdev?.missing, mdev?.updates], [[], [], [], 1]);
    });
  }

  it("is told with what assigning the domain as it stands would take and zeroize", () => {
    const host = secondList("linux-6.8");
    const made = planChanges(host, { mdevs: [desired], freeBy: "nothing" }, false);
    assert.ok(made.ok);
    const [naive] = naiveLosses(host, made.value);
    assert.equal(names(naive?.lost), "04.0004 04.0047");
    assert.equal(names(naive?.zeroized), "04.0004 04.0047");
    const text = planLines(predict(rehearse(host, made.value)), { naive: naiveLosses(host, made.value) }).join("\n");
    assert.match(text, /no loss; guest updates: 1/);
    assert.match(text, /as it stands it would lose 04\.0004 04\.0047; zeroized: 04\.0004 04\.0047/);
  });
});

describe("a plan", () => {
  const two = (profile: string, more: readonly Operation[] = []): Host =>
    hostOf("04.0004 04.0047 05.0004 05.0047", profile, "0x0", [
      create(ONE),
      assign(ONE, "adapter", 4),
      assign(ONE, "domain", 4),
      assign(ONE, "domain", 0x47),
      create(TWO),
      assign(TWO, "adapter", 5),
      assign(TWO, "domain", 4),
      assign(TWO, "domain", 0x47),
      open("g1", ONE),
      open("g2", TWO),
      ...more,
    ]);

  for (const { name } of KEPT) {
    it(`lets guests exchange queues and keep the others, under ${name}`, () => {
      const { mdevs } = predicted(two(name), [wish(ONE, "04.0004 05.0004"), wish(TWO, "04.0047 05.0047")]);
      assert.deepEqual(
        mdevs.map(({ after, lost }) => [names(after), names(lost)]),
        [
          ["04.0004 05.0004", ""],
          ["04.0047 05.0047", ""],
        ],
      );
    });
  }

  it("does not filter where a queue that the guest has is not passable, if it can do without", () => {
    const host = two("linux-7.3", [
      fault("04.0004", 0x42),
      { op: "reset", guest: "g1", mdev: ONE },
      fault("04.0004", "ok"),
    ]);
    const { steps, mdevs } = predicted(host, [wish(ONE, "04.0004")]);
    assert.deepEqual(
      steps.map(({ path }) => path.split("/").at(-1)),
      ["unassign_domain"],
    );
    assert.deepEqual([names(mdevs[0]?.after), mdevs[0]?.lost], ["04.0004", []]);
  });

  /** The last reset of 04.0004, which guest g1 has, failed; `then` is how the next one goes. */
  const failed = (then: 0x42 | "ok"): Prediction => {
    const host = two("linux-7.3", [
      write(`devices/vfio_ap/matrix/${TWO}/unassign_domain`, "4"),
      fault("04.0004", 0x42),
      { op: "reset", guest: "g1", mdev: ONE },
      fault("04.0004", then),
    ]);
    return predicted(host, [wish(TWO, "05.0047"), wish(ONE, "04.0004 04.0047 06.0004 06.0047")]);
  };

  it("takes a queue whose last reset failed out and in again, where a filter run would take all of its adapter", () => {
    const prediction = failed("ok");
    const one = prediction.mdevs.find(({ uuid }) => uuid === ONE);
    assert.deepEqual([names(one?.lost), names(one?.after)], ["04.0004", "04.0004 04.0047"]);
    assert.match(
      planLines(prediction).join("\n"),
      /unavoidable: 04\.0004 \(queue-not-passable, response code 42\) goes out and comes back/,
    );
  });

  it("takes an adapter out while its queues are bound, where binding would filter more than assigning, under linux-6.0", () => {
    const host = hostOf("04.0004 04.0047 05.0004 05.0047", "linux-6.0", "0x0", [
      unbind("05.0004"),
      create(ONE),
      assign(ONE, "adapter", 4),
      assign(ONE, "domain", 4),
      assign(ONE, "domain", 0x47),
      assign(ONE, "adapter", 5),
      open("g1", ONE),
      fault("04.0004", 0x42),
      { op: "reset", guest: "g1", mdev: ONE },
    ]);
    const { steps, mdevs } = predicted(host, [wish(ONE, "04.0004 04.0047 05.0004 05.0047")]);
    assert.deepEqual(
      steps.map(({ path }) => path.split("/").at(-1)),
      ["unassign_adapter", "bind", "assign_adapter"],
    );
    assert.equal(names(mdevs[0]?.before), "04.0004 04.0047");
    assert.deepEqual([names(mdevs[0]?.after), mdevs[0]?.lost], ["04.0004 04.0047 05.0004 05.0047", []]);
  });

  it("filters anew by a domain that the host does not have, where no adapter is idle and the kernel has no ap_config", () => {
    const host = two("linux-6.8", [
      write(`devices/vfio_ap/matrix/${TWO}/unassign_domain`, "0x47"),
      unbind("04.0047"),
      write(`devices/vfio_ap/matrix/${ONE}/unassign_domain`, "0x47"),
      write("bus/ap/apmask", "+0-3,+6-255"),
      write("bus/ap/aqmask", "-71"),
    ]);
    const { steps, mdevs } = predicted(host, [wish(ONE, "04.0004")]);
    assert.deepEqual(
      steps.map(({ path }) => path.split("/").at(-1)),
      ["assign_domain", "unassign_domain"],
    );
    assert.deepEqual([names(mdevs[0]?.before), names(mdevs[0]?.after)], ["", "04.0004"]);
  });

  it("makes it anew on the way where its next reset would fail as well", () => {
    const one = failed(0x42).mdevs.find(({ uuid }) => uuid === ONE);
    assert.deepEqual([names(one?.lost), names(one?.after)], ["04.0004", "04.0004 04.0047"]);
  });

  it("says because of which queue a loss cannot be avoided", () => {
    const change: Operation = {
      op: "hw",
      apm: undefined,
      aqm: undefined,
      adm: undefined,
      rmAp: [],
      rmDom: [],
      rmCd: [],
      addAp: [],
      addDom: [0x54],
      addCd: [],
    };
    const prediction = predicted(two("linux-7.3", [change, { op: "scan", part: "notice" }]), [
      wish(ONE, "04.0004 04.0047 04.0054"),
    ]);
    assert.equal(names(prediction.mdevs[0]?.after), "");
    assert.match(
      planLines(prediction).join("\n"),
      /unavoidable: adapter 04 is left out because of 04\.0054 \(no-queue-device\)/,
    );
  });

  it("binds, binds anew and filters again where only the guest lacks something", () => {
    const unbound = two("linux-7.3", [unbind("04.0047")]);
    assert.equal(names(predicted(unbound, [wish(ONE, "04.0004 04.0047")]).mdevs[0]?.after), "04.0004 04.0047");
    const desired = wish(ONE, "04.0004");
    const held = two("linux-7.3", [unbind("04.0047"), write(`devices/vfio_ap/matrix/${ONE}/unassign_domain`, "0x47")]);
    const { steps, mdevs } = predicted(held, [desired]);
    assert.match(steps[0]?.path ?? "", /ap_config$/);
    assert.equal(names(mdevs[0]?.after), "04.0004");
  });

  it("changes several control domains in one update, unless that would filter out what the guest has", () => {
    const desired = { ...wish(ONE, "04.0004 04.0047"), adm: maskOf([4, 5, 0x47].map(asControlDomain)) };
    const attributes = ({ steps }: Prediction) => steps.map(({ path }) => path.split("/").at(-1));
    const fine = predicted(two("linux-7.3"), [desired]);
    assert.deepEqual(attributes(fine), ["ap_config"]);
    const failedReset = two("linux-7.3", [fault("04.0004", 0x42), { op: "reset", guest: "g1", mdev: ONE }]);
    const careful = predicted(failedReset, [desired]);
    assert.deepEqual(attributes(careful), ["assign_control_domain", "assign_control_domain", "assign_control_domain"]);
    assert.deepEqual([careful.mdevs[0]?.lost, names(careful.mdevs[0]?.after)], [[], "04.0004 04.0047"]);
  });

  it("does nothing where all is as desired", () => {
    assert.deepEqual(predicted(two("linux-7.3"), [wish(ONE, "04.0004 04.0047")]).steps, []);
  });

  it("removes what is not named only if told to, and a running guest last", () => {
    const host = two("linux-7.3");
    const made = planChanges(host, { mdevs: [wish(ONE, "04.0004 04.0047 05.0004 05.0047")], freeBy: "nothing" }, true);
    assert.ok(made.ok);
    const { steps, mdevs } = predict(rehearse(host, made.value));
    assert.equal(steps.at(-1)?.answer.r, "blocked");
    assert.equal(names(mdevs[0]?.after), "04.0004 04.0047 05.0004 05.0047");
    assert.equal(mdevs[1]?.change, "remove");
  });
});

describe("freeing queues", () => {
  const all = "00.0000 00.0001 00.0002 01.0000 01.0001 01.0002";
  it("clears the bits by which the host loses least", () => {
    const byDomain = predicted(hostOf(all, "linux-6.12", undefined, []), [wish(ONE, "00.0000 01.0000")], "masks");
    assert.deepEqual([byDomain.steps[0]?.path, byDomain.steps[0]?.value], ["bus/ap/aqmask", "-0x0"]);
    assert.equal(names(byDomain.hostLoses), "00.0000 01.0000");
    const byAdapter = predicted(
      hostOf(all, "linux-6.12", undefined, []),
      [wish(ONE, "00.0000 00.0001 00.0002")],
      "masks",
    );
    assert.deepEqual([byAdapter.steps[0]?.path, byAdapter.steps[0]?.value], ["bus/ap/apmask", "-0x0"]);
  });

  it("mixes both masks where that is cheaper", () => {
    const wishes = [wish(ONE, "00.0000 00.0001 00.0002"), wish(TWO, "01.0000")];
    const { hostLoses } = predicted(hostOf(`${all} 02.0000`, "linux-6.12", undefined, []), wishes, "masks");
    assert.equal(names(hostLoses), "00.0000 00.0001 00.0002 01.0000 02.0000");
  });

  it("makes as many writes as the largest host needs", () => {
    const size = inLongForm(256, 128);
    const ids = Array.from({ length: size }, (_, id) => id);
    const line = ids.map((id) => formatApqn(apqnOf(asApid(id), asApqi(id)))).join(" ");
    const mdevs = [wish(ONE, line)];
    const made = planChanges(hostOf(line, "linux-7.3", undefined, []), { mdevs, freeBy: "overrides" }, false);
    assert.ok(made.ok);
    assert.equal(made.value.steps.length, 3 * size * size + 2);
  });

  it("takes nothing but the queues themselves by overrides", () => {
    const { hostLoses, mdevs } = predicted(
      hostOf(all, "linux-7.3", undefined, []),
      [wish(ONE, "01.0001")],
      "overrides",
    );
    assert.equal(names(hostLoses), "01.0001");
    assert.equal(names(mdevs[0]?.after), "01.0001");
  });
});
