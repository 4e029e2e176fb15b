// Steps that come out otherwise than predicted, and how that is told.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { maskOf } from "../../system/ap/mask.ts";
import { hostSysfs } from "../../system/sysfs/sysfs.ts";
import type { Operation } from "../../system/trace/operation.ts";
import { Player } from "../../system/trace/player.ts";
import { parseTrace } from "../../system/trace/trace-file.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { planChanges } from "../plan/planner.ts";
import { carryOut, type StepProgress } from "./carry-out.ts";
import { deviationText } from "./deviation.ts";
import { differences } from "./fact-changes.ts";
import { readFacts } from "./read-facts.ts";
import { rehearseScript, standingOf } from "./script.ts";

const ONE = "62177883-f1bb-47f0-914d-32a22e3a8804";
const MATRIX = "devices/vfio_ap/matrix";
const TRACE = `{"trace":"host","format":2}
{"op":"init","aps":[4,5],"doms":[4,71],"apmask":"0x0"}
{"op":"write","path":"bus/ap/drivers/vfio_ap/unbind","value":"04.0047"}
{"op":"write","path":"${MATRIX}/mdev_supported_types/vfio_ap-passthrough/create","value":"${ONE}"}
{"op":"write","path":"${MATRIX}/${ONE}/assign_adapter","value":"4"}
{"op":"write","path":"${MATRIX}/${ONE}/assign_domain","value":"4"}
{"op":"open","guest":"g1","mdev":"${ONE}"}
`;

function newPlayer(): Player {
  const player = new Player(DEFAULT_PROFILE);
  const trace = parseTrace(TRACE);
  assert.ok(trace.ok);
  for (const { operation, i } of trace.value.lines) player.apply(operation, i);
  return player;
}

/** Domain 0047 for it: its queue is bound first, then the domain is assigned. */
const DESIRED = {
  mdevs: [
    { uuid: ONE, name: undefined, apm: maskOf([asApid(4)]), aqm: maskOf([asApqi(4), asApqi(0x47)]), adm: undefined },
  ],
  freeBy: "nothing",
} as const;

/** What comes of it if somebody does this right before a step. */
async function runWith(before: number, meanwhile: Operation): Promise<readonly [StepProgress[], string]> {
  const player = newPlayer();
  const made = planChanges(player.host, DESIRED, false);
  assert.ok(made.ok);
  const script = rehearseScript(player.host, made.value).script;
  assert.equal(script.steps.length, 2);
  const sysfs = hostSysfs(player.host);
  let n = 0;
  const write = async (path: string, value: string) => {
    if (++n === before) player.apply(meanwhile, 100);
    return sysfs.write(path, value);
  };
  const told: StepProgress[] = [];
  for await (const progress of carryOut(script, standingOf(script, readFacts(sysfs)), { sysfs, write }))
    told.push(progress);
  const last = told.at(-1);
  return [told, last?.kind === "deviation" ? deviationText(last, 2) : ""];
}

describe("a step", () => {
  it("whose write is refused ends it, with the answer that was expected", async () => {
    const bound: Operation = { op: "write", path: "bus/ap/drivers/vfio_ap/bind", value: "04.0047" };
    const [told, text] = await runWith(1, bound);
    assert.deepEqual(
      told.map(({ kind, at }) => [kind, at]),
      [["deviation", 1]],
    );
    assert.equal(text, "step 1 of 2, 04.0047 to bus/ap/drivers/vfio_ap/bind: expected 7 bytes taken, found EBUSY");
  });

  it("after which a guest has less than planned ends it, and what /sys does not show is hinted at", async () => {
    const [told, text] = await runWith(2, { op: "write", path: "bus/ap/drivers/vfio_ap/unbind", value: "04.0004" });
    assert.deepEqual(
      told.map(({ kind, at }) => [kind, at]),
      [
        ["done", 1],
        ["deviation", 2],
      ],
    );
    assert.match(
      text,
      /: it left the host otherwise than planned \(queue 04\.0004: no driver instead of vfio_ap; guest of mdev \S+: adapters -04\); perhaps a queue was not reset/,
    );
  });

  it("is told of a guest that came in between", async () => {
    const [, text] = await runWith(2, { op: "close", guest: "g1", mdev: ONE });
    assert.match(text, new RegExp(`\\(mdev ${ONE}: no guest runs\\)$`));
  });
});

describe("facts", () => {
  const after = (...writes: (readonly [string, string])[]) => {
    const player = newPlayer();
    for (const [i, [path, value]] of writes.entries()) {
      assert.doesNotMatch(`${player.apply({ op: "write", path, value }, 50 + i).r}`, /^E/, path);
    }
    return differences(readFacts(newPlayer().sysfs), readFacts(player.sysfs));
  };

  it("that differ are told in words, each in its own", () => {
    assert.deepEqual(after(), []);
    assert.deepEqual(after(["bus/ap/apmask", "+5"]), [
      "queue 05.0004: cex4queue instead of vfio_ap",
      "queue 05.0047: cex4queue instead of vfio_ap",
      "apmask: +05",
    ]);
    assert.deepEqual(
      after([`${MATRIX}/${ONE}/assign_control_domain`, "0x47"], [`${MATRIX}/${ONE}/assign_adapter`, "5"]),
      [`mdev ${ONE}: adapters +05, control domains +0047`, `guest of mdev ${ONE}: adapters +05`],
    );
    const other = "62177883-f1bb-47f0-914d-32a22e3a8805";
    assert.deepEqual(after([`${MATRIX}/mdev_supported_types/vfio_ap-passthrough/create`, other]), [
      `mdev ${other} has come`,
    ]);
    assert.deepEqual(after([`${MATRIX}/${ONE}/remove`, "1"]), [`mdev ${ONE} is gone`]);
  });

  it("hold overrides, of queues that are there on both sides", () => {
    const player = new Player(DEFAULT_PROFILE);
    const trace = parseTrace(TRACE.replace(',"apmask":"0x0"', ""));
    assert.ok(trace.ok);
    for (const { operation, i } of trace.value.lines.slice(0, 1)) player.apply(operation, i);
    const before = readFacts(player.sysfs);
    player.apply({ op: "write", path: "devices/ap/card04/04.0004/driver_override", value: "vfio_ap" }, 9);
    const now = readFacts(player.sysfs);
    assert.deepEqual(differences(before, now), ["queue 04.0004: override vfio_ap instead of none"]);
    assert.deepEqual(differences(now, before), ["queue 04.0004: override none instead of vfio_ap"]);
  });
});
