// The kernel remembers every name of a mounted lab that was ever looked up. Whatever happens to the host, it must not remember one
// that is gone, nor miss one that came: after each of many random operations a client walks the whole tree.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "../soak/random.ts";
import { RandomOperations } from "../soak/random-operations.ts";
import { rootDirectory } from "../sysfs/root.ts";
import { mountedLab } from "../trial/mounted-lab.ts";
import { mountSkip } from "../trial/precondition.ts";
import { temporaryDirectory } from "../trial/temporary.ts";
import { walkText } from "../trial/tree-text.ts";
import { PROFILES } from "../vfio-ap/profiles.ts";

const SEED = 3;
const OPERATIONS = 80;
const SIZE = { adapters: 3, domains: 3, mdevs: 2 };

describe("a tree whose names are all remembered", { skip: await mountSkip() }, () => {
  for (const profile of [PROFILES[0], PROFILES.at(-1)]) {
    if (!profile) continue;
    it(`is as it should be after each of ${OPERATIONS} operations of ${profile.name}, seed ${SEED}`, async () => {
      const operations = new RandomOperations(new Random(SEED), SIZE);
      const beginning = [operations.init()];
      const lab = await mountedLab({ beginning, profile, parent: temporaryDirectory() });
      try {
        const root = rootDirectory(lab.lab.player.host);
        for (let n = 0; n < OPERATIONS; n++) {
          const operation = operations.next();
          const answer = lab.lab.apply(operation);
          await new Promise<void>((resolve) => lab.mount.afterNotices(resolve));
          const found = await lab.client.value<string[]>({ kind: "walk", path: lab.sys });
          assert.deepEqual(found.sort(), walkText(root).sort(), `${n}: ${JSON.stringify({ operation, answer })}`);
        }
        assert.ok(lab.mount.server.nodes.size > 100);
      } finally {
        await lab.stop();
      }
      assert.deepEqual(lab.bugs, []);
    });
  }
});
