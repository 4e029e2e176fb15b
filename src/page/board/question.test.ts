// The question about a queue: which mdev it is about, and that the line in words speaks of the same.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseScenario } from "../../history/scenario/parse-scenario.ts";
import { parseApqn } from "../../system/ap/apqn.ts";
import { mdevName } from "../../system/sysfs/mdev-names.ts";
import { Player } from "../../system/trace/player.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { type Question, questionAbout } from "./question.ts";
import { queueSentence } from "./queue-words.ts";

const [FIRST, SECOND] = ["6d646576-0000-4000-8000-000000000001", "6d646576-0000-4000-8000-000000000002"] as const;
const HOST = `host adapter 04 05 domain 0004 0047 0054
free adapter 04 05
unbind 04.0054
mdev m1
mdev m2
assign m1 adapter 04 domain 0047 0054
`;

function playerOf(text: string): Player {
  const scenario = parseScenario(text);
  assert.ok(scenario.ok);
  const player = new Player(DEFAULT_PROFILE);
  const operations = scenario.value.lines.flatMap(({ step }) => (step.kind === "action" ? step.operations : []));
  for (const [at, operation] of operations.entries()) player.apply(operation, at + 1);
  return player;
}

function asked({ host }: Player, queue: string, mdev?: string): Question & { readonly sentence: string } {
  const apqn = parseApqn(queue) ?? assert.fail(queue);
  const question = questionAbout(host, apqn, mdev, (one) => (mdevName(one) === FIRST ? "m1" : "m2"));
  return { ...question, sentence: queueSentence(host, question) };
}

describe("the question about a queue", () => {
  it("is about the mdev that has it, and names the queue in the way", () => {
    const { mdev, cause, sentence } = asked(playerOf(HOST), "04.0047");
    assert.equal(mdev?.uuid, FIRST);
    assert.deepEqual(cause?.because, { apqn: parseApqn("04.0054"), reason: "queue-unbound" });
    assert.equal(sentence, "04.0047: assigned to m1; its adapter is held back because of 04.0054: no driver has it");
  });

  it("is about the mdev that was asked for: no queue is in the way then, and the sentence says no other", () => {
    const { mdev, owner, cause, sentence } = asked(playerOf(HOST), "04.0047", SECOND);
    assert.deepEqual([mdev?.label, owner?.label], ["m2", "m1"]);
    assert.deepEqual(cause, { reason: "assigned-elsewhere", because: { mdev: FIRST } });
    assert.equal(sentence, "04.0047: assigned to m1, not to m2");
  });

  it("goes back to the one that has it when the one asked for is gone", () => {
    assert.equal(asked(playerOf(`${HOST}remove m2\n`), "04.0047", SECOND).mdev?.uuid, FIRST);
  });

  it("is about the oldest where nobody has the queue, and about none where there is none", () => {
    const { owner, mdev, cause, sentence } = asked(playerOf(HOST), "05.0047");
    assert.deepEqual([owner, mdev?.uuid, cause?.reason], [undefined, FIRST, "adapter-not-assigned"]);
    assert.equal(sentence, "05.0047: with vfio_ap, assigned to no mdev");
    const none = asked(playerOf("host adapter 05 domain 0047\n"), "05.0047");
    assert.deepEqual([none.mdev, none.cause, none.mdevs], [undefined, undefined, []]);
  });
});
