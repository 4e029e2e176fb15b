// The kernel remembers every name of a mounted lab that was ever looked up. Whatever happens to the host, it must not remember one
// that is gone, nor miss one that came: after each of many random operations that made or took a name a client looks at all of them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CardMode } from "../system/ap/card-type.ts";
import { rootDirectory } from "../system/sysfs/root.ts";
import type { Operation } from "../system/trace/operation.ts";
import { PROFILES } from "../system/vfio-ap/profiles.ts";
import { Random } from "../testing/soak/random.ts";
import { RandomOperations } from "../testing/soak/random-operations.ts";
import { inLongForm } from "../testing/support/long-form.ts";
import { type MountedLab, mountedLab } from "../testing/support/mounted-lab.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { temporaryDirectory } from "../testing/support/temporary.ts";
import { walkText } from "../testing/support/tree-text.ts";

const SEED = 3;
const OPERATIONS = inLongForm(300, 100);
const SIZE = { adapters: 3, domains: 3, mdevs: 2 };
/** So that the attributes of every mode come and go. */
const MODES: ReadonlyMap<number, CardMode> = new Map([
  [0, "ep11"],
  [1, "accel"],
]);

/** The name in a line of a walk. */
const nameOf = (line: string): string => line.replace(/( -> .*| \d+|\/)$/, "");

/** A device loses its driver, or finds one. */
function rebind({ lab: { player } }: MountedLab, random: Random): Operation {
  const names = player.sysfs.list("bus/ap/devices");
  const name = (names.ok && names.value[random.below(names.value.length)]) || "card00";
  const driver = player.sysfs.readlink(`bus/ap/devices/${name}/driver`);
  const path = driver.ok ? `bus/ap/drivers/${driver.value.split("/").at(-1)}/unbind` : "bus/ap/drivers_probe";
  return { op: "write", path, value: name };
}

describe("a tree whose names are all remembered", { skip: await mountSkip() }, () => {
  for (const profile of [PROFILES[0], PROFILES.at(-1)]) {
    if (!profile) continue;
    it(`is as it should be through ${OPERATIONS} operations of ${profile.name}, seed ${SEED}`, async () => {
      const random = new Random(SEED);
      const operations = new RandomOperations(random, SIZE);
      const beginning = [{ ...operations.init(), modes: MODES }];
      const lab = await mountedLab({ beginning, profile, parent: temporaryDirectory() });
      try {
        const root = rootDirectory(lab.lab.player.host);
        const seen = new Set<string>();
        let mayDiffer = true;
        let looks = 0;
        lab.lab.listen({
          happened: ({ kind }) => {
            mayDiffer ||= kind === "uevent" || kind === "mdev-removal-waits";
          },
        });
        for (let n = 0; n < OPERATIONS; n++) {
          const operation = random.oneIn(5) ? rebind(lab, random) : operations.next();
          const answer = lab.lab.apply(operation);
          if (!mayDiffer) continue;
          mayDiffer = false;
          looks++;
          await new Promise<void>((resolve) => lab.mount.afterNotices(resolve));
          const what = `${n}: ${JSON.stringify({ operation, answer })}`;
          const found = await lab.client.value<string[]>({ kind: "walk", path: lab.sys });
          assert.deepEqual(found.sort(), walkText(root).sort(), what);
          // A listing does not show a name that is only remembered: those that are gone have to be asked for.
          const names = new Set(found.map(nameOf));
          const gone = [...seen].filter((name) => !names.has(name));
          assert.deepEqual(await lab.client.value({ kind: "present", path: lab.sys, names: gone }), [], what);
          for (const name of names) seen.add(name);
        }
        assert.ok(looks > OPERATIONS / 10, `${looks} looks`);
      } finally {
        await lab.stop();
      }
      assert.deepEqual(lab.bugs, []);
    });
  }
});
