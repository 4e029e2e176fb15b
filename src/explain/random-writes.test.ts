// Refused writes on random hosts: the errno is the one that comes, every fix is carried out, and the same write succeeds then.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { copyState } from "../machine/snapshot.ts";
import { Random } from "../soak/random.ts";
import { RandomOperations } from "../soak/random-operations.ts";
import { hostSysfs } from "../sysfs/sysfs.ts";
import { Player } from "../trace/player.ts";
import { vfioApDriver } from "../vfio-ap/driver.ts";
import { newHost } from "../vfio-ap/host.ts";
import { PROFILES } from "../vfio-ap/profiles.ts";
import { explainErrno } from "./explain-errno.ts";

const SIZE = { adapters: 3, domains: 3, mdevs: 3 };
const HOSTS = 20;
const OPERATIONS = 150;

describe("refused writes on random hosts", () => {
  for (const profile of PROFILES) {
    it(`are foretold and mended, under ${profile.name}`, () => {
      const errnos = new Map<string, number>();
      for (let seed = 1; seed <= HOSTS; seed++) {
        const source = new RandomOperations(new Random(seed * 104_729), SIZE);
        const player = new Player(profile);
        player.apply(source.init(), 1);
        for (let i = 2; i <= OPERATIONS; i++) {
          const operation = source.next();
          if (operation.op === "write" && i % 3 === 0) {
            const write = [operation.path, operation.value] as const;
            const words = player.host.state.words.slice();
            const { errno, waits, offenders, fix } = explainErrno(player.host, write);
            assert.deepEqual(player.host.state.words, words, "explaining changes nothing");
            const copy = newHost(copyState(player.host.state), profile, vfioApDriver);
            const sysfs = hostSysfs(copy);
            const came = sysfs.write(...write);
            assert.equal(came.ok ? undefined : came.errno, errno);
            if (came.ok) assert.equal(came.value.outcome === "waits", waits);
            if (errno === "EADDRINUSE" || errno === "EADDRNOTAVAIL")
              assert.ok(offenders.length > 0 || profile.assignNeeds === "bound");
            if (errno !== undefined) errnos.set(errno, (errnos.get(errno) ?? 0) + (fix ? 1 : 0));
            for (const one of errno !== undefined && fix ? [...fix, write] : []) {
              const done = sysfs.write(...one);
              assert.ok(
                done.ok,
                `seed ${seed}, ${JSON.stringify(write)} (${errno}): ${JSON.stringify(fix)}, at ${JSON.stringify(one)}`,
              );
            }
          }
          player.apply(operation, i);
        }
      }
      if (profile.hotPlug)
        for (const errno of ["EADDRINUSE", "EADDRNOTAVAIL"]) assert.ok((errnos.get(errno) ?? 0) > 0, errno);
    });
  }
});
