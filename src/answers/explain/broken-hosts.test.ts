// The broken hosts of scenarios/broken, which say what explain must find: every fix is carried out and gives the guest its queue, no
// single write would have done where more are named, every reason occurs, and a mounted lab, a tar of it and its trace say the same.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { parseScenario } from "../../history/scenario/parse-scenario.ts";
import { linesFor, profilesOf, type Scenario } from "../../history/scenario/scenario.ts";
import { openSource } from "../../sources/open-source.ts";
import { rebuildHost } from "../../sources/rebuild-host.ts";
import { type Apqn, apidOf, apqiOf, formatApqn, parseApqn } from "../../system/ap/apqn.ts";
import { asApid } from "../../system/ap/id.ts";
import { mdevName, mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import { operationToJson } from "../../system/trace/operation-json.ts";
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { findMdev } from "../../system/vfio-ap/mdev-life.ts";
import { isPlugged } from "../../system/vfio-ap/plugged.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { parseUuid, type Uuid } from "../../system/vfio-ap/uuid.ts";
import { killLabs, labUp } from "../../testing/support/lab-command.ts";
import { sample } from "../../testing/support/long-form.ts";
import { mountSkip } from "../../testing/support/precondition.ts";
import { singleWrites } from "../../testing/support/single-writes.ts";
import { freshDirectory, temporaryDirectory } from "../../testing/support/temporary.ts";
import { type Explanation, explain, explanationToJson } from "./explain.ts";
import { REASONS, type Reason } from "./reason.ts";
import { WhatIf } from "./what-if.ts";

const FOLDER = new URL("../../../scenarios/broken/", import.meta.url);
const FILES = readdirSync(FOLDER).sort();

const skip = await mountSkip();
const BASE = temporaryDirectory();
after(killLabs);

function scenarioOf(file: string): Scenario {
  const parsed = parseScenario(readFileSync(new URL(file, FOLDER), "utf8"));
  assert.ok(parsed.ok, file);
  return parsed.value;
}

/** One queue that a scenario asks about, and the host as it is there. */
interface Asked {
  readonly host: Host;
  readonly uuid: string;
  readonly apqn: Apqn;
  /** Nothing is done to the host behind it. */
  readonly isLast: boolean;
}

interface Played {
  readonly player: Player;
  readonly trace: string;
}

function play(file: string, profile: Profile, ask: (asked: Asked) => void): Played {
  const player = new Player(profile);
  const lines = linesFor(scenarioOf(file), profile);
  const lastAction = lines.findLastIndex(({ step }) => step.kind === "action");
  const trace: object[] = [{ trace: file, format: 2, profile: profile.name }];
  let i = 0;
  for (const [at, { step }] of lines.entries()) {
    if (step.kind === "action") {
      for (const operation of step.operations)
        trace.push({ i: ++i, ...operationToJson(operation), x: player.apply(operation, i) });
    } else if (step.what === "explain") {
      const [uuid = "", queue = ""] = step.subject.split(" ");
      ask({ host: player.host, uuid, apqn: parseApqn(queue) as Apqn, isLast: at > lastAction });
    }
  }
  return { player, trace: `${trace.map((line) => JSON.stringify(line)).join("\n")}\n` };
}

const explained = (host: Host, uuid: string, apqn: Apqn): Explanation => {
  const mdev = findMdev(host, parseUuid(uuid) as Uuid);
  assert.ok(mdev);
  return explain(host, mdev, [apqn])[0] as Explanation;
};

/** The guest has it; if none runs, it will have it. */
function isThere(host: Host, uuid: string, apqn: Apqn): boolean {
  const mdev = mdevNamed(host, uuid);
  if (!mdev) return false;
  return isPlugged(mdev.isAttached ? mdev.guestMasks : mdev.shadow, apidOf(apqn), apqiOf(apqn));
}

describe("broken hosts", () => {
  const seen = new Map<Reason, string>();

  /** The scenario that shows a reason: one that every source can show, if there is one. */
  const note = (file: string, ...reasons: readonly (Reason | undefined)[]): void => {
    for (const reason of reasons) {
      const known = reason && seen.get(reason);
      if (reason && (known === undefined || (known in HIDDEN && !(file in HIDDEN)))) seen.set(reason, file);
    }
  };

  it("are more than forty", () => assert.ok(FILES.length >= 40, `${FILES.length}`));

  for (const file of FILES) {
    it(`${file}: what is named helps, and nothing shorter does`, () => {
      for (const profile of profilesOf(scenarioOf(file))) {
        play(file, profile, ({ host, uuid, apqn, isLast }) => {
          const { reason, because, fix, plugged } = explained(host, uuid, apqn);
          if (isLast) note(file, reason, because.reason);
          const what = `${profile.name}, ${formatApqn(apqn)}: ${reason}`;
          if (plugged || reason === "guest-not-running") return assert.equal(fix, undefined, what);
          const whatIf = new WhatIf(host);
          for (const [at, write] of (fix ?? []).entries()) {
            assert.equal(isThere(whatIf.host, uuid, apqn), false, `${what}: there before write ${at + 1}`);
            assert.ok(whatIf.write(write), `${what}: ${write.join(" <- ")} is refused`);
          }
          assert.equal(isThere(whatIf.host, uuid, apqn), fix !== undefined, what);
          if (fix?.length === 1) return;
          for (const write of singleWrites(host, uuid)) {
            whatIf.reset();
            whatIf.write(write);
            assert.equal(isThere(whatIf.host, uuid, apqn), false, `${what}: ${write.join(" <- ")} is enough`);
          }
        });
      }
    });
  }

  it("show every reason", () => {
    assert.deepEqual(
      REASONS.filter((reason) => !seen.has(reason)),
      [],
    );
  });

  /** One scenario for each reason that a mount can show at the end, under the newest kernel that it is for. */
  it("look the same in a mounted lab, a tar of it, the lab itself and its trace", { skip }, async () => {
    const files = new Set([...seen.values()].filter((file) => !(file in HIDDEN)));
    assert.ok(files.size >= 8, `${files.size}`);
    const run = freshDirectory(BASE, "run");
    process.env.APMATRIX_RUN = run;
    for (const [at, file] of sample([...files], 8).entries()) {
      const profile = profilesOf(scenarioOf(file)).at(-1) as Profile;
      const asked: Asked[] = [];
      const { player, trace } = play(file, profile, (one) => one.isLast && asked.push(one));
      const told = asked.map(({ uuid, apqn }) => explanationToJson(explained(player.host, uuid, apqn)));

      const place = freshDirectory(BASE);
      writeFileSync(join(place, "t.jsonl"), trace);
      const mount = freshDirectory(place, "sys");
      const words = ["--replay", join(place, "t.jsonl"), "--mount", mount, "--profile", profile.name, "--no-timer"];
      const lab = await labUp([...words, "--name", `n${at}`], { run });
      spawnSync("tar", ["-czf", join(place, "sys.tgz"), "-C", mount, "."], { stdio: "ignore" });
      for (const from of [join(place, "t.jsonl"), `lab:n${at}`, mount, join(place, "sys.tgz")]) {
        const source = await openSource(from);
        assert.ok(source.ok);
        const { sysfs } = source.value;
        const host = source.value.host ?? rebuildHost(observeHost(sysfs), profile).host;
        const here = asked.map(({ uuid, apqn }) => explanationToJson(explained(host, uuid, apqn)));
        assert.deepEqual(here, told, `${file}, ${from.startsWith("lab:") ? "the lab" : from.slice(place.length + 1)}`);
        source.value.close();
      }
      await lab.stop();
    }
  });

  it("hide what a /sys does not tell, and nothing else", () => {
    for (const [file, what] of Object.entries(HIDDEN)) {
      const profile = profilesOf(scenarioOf(file)).at(-1) as Profile;
      const { player } = play(file, profile, () => undefined);
      const { host, unknown } = rebuildHost(observeHost(player.sysfs), profile);
      const { state } = player.host;
      const hidden = {
        reset: () => unknown.some((sentence) => sentence.includes("last reset of a queue")),
        removal: () => state.mdevs.some((mdev) => mdev.isBeingRemoved && !mdevNamed(host, mdevName(mdev))),
        machine: () =>
          [0x04, 0x05].some((id) => state.machineType(asApid(id)) !== host.state.machineType(asApid(id))) ||
          `${state.machine.apm.ids()} ${state.machine.aqm.ids()}` !== `${state.info.apm.ids()} ${state.info.aqm.ids()}`,
        scan: () => state.mdevs.some((mdev) => !mdev.pending.aqm.isEmpty()),
      };
      assert.ok(hidden[what](), file);
    }
  });
});

/** Their point is one that only the machine or the driver knows: docs/reasons.md lists those. */
const HIDDEN: Readonly<Record<string, "machine" | "removal" | "reset" | "scan">> = {
  "adapter-back-not-noticed.scenario": "machine",
  "between-two-steps-of-a-scan.scenario": "scan",
  "card-exchanged-not-noticed.scenario": "machine",
  "domain-back-not-noticed.scenario": "machine",
  "in-an-mdev-that-is-leaving.scenario": "removal",
  "removal-waits.scenario": "removal",
  "reset-failed-in-standby.scenario": "reset",
  "reset-failed.scenario": "reset",
};
