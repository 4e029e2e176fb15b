// Refused writes on random hosts: the errno is the one that comes, every fix is carried out, and the same write succeeds then.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hostSysfs } from "../../system/sysfs/sysfs.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import { Player } from "../../system/trace/player.ts";
import { copyHost } from "../../system/vfio-ap/copy-host.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { PROFILES } from "../../system/vfio-ap/profiles.ts";
import { Random } from "../../testing/soak/random.ts";
import { RandomOperations } from "../../testing/soak/random-operations.ts";
import { sample, seeds } from "../../testing/support/long-form.ts";
import { singleWrites, takingWrites } from "../../testing/support/single-writes.ts";
import { explainErrno } from "./explain-errno.ts";
import { WhatIf } from "./what-if.ts";

const SIZE = { adapters: 3, domains: 3, mdevs: 3 };
const HOSTS = seeds(15);
const OPERATIONS = 150;

/** The same attribute by another way: through links, with needless parts. */
function wayTo(path: string, i: number): string {
  const [mdev, queue] = [/^devices\/vfio_ap\/matrix\/(?=6)/, /^bus\/ap\/devices\/((..)\.....)\//];
  switch (i % 4) {
    case 0:
      return path.replace(mdev, "bus/mdev/devices/").replace(queue, "devices/ap/card$2/$1/");
    case 1:
      return path.replace(mdev, "class/mdev_bus/matrix//./").replace(queue, "devices/ap/card$2/../card$2/$1//");
    default:
      return path;
  }
}

/** No single other write makes it succeed. */
function assertNoneAlone(host: Host, write: Write, what: string): void {
  const whatIf = new WhatIf(host);
  const own = /([0-9a-f-]{36})\//.exec(write[0])?.[1] ?? "";
  for (const other of [...singleWrites(host, own), ...takingWrites(host)]) {
    whatIf.reset();
    if (!whatIf.write(other)) continue;
    assert.equal(
      whatIf.write(write),
      false,
      `${what}: ${JSON.stringify(write)} needs no more than ${other.join(" <- ")}`,
    );
  }
}

describe("refused writes on random hosts", () => {
  for (const profile of sample(PROFILES, 2)) {
    it(`are foretold and mended, under ${profile.name}`, () => {
      const errnos = new Map<string, number>();
      for (const seed of HOSTS) {
        const source = new RandomOperations(new Random(seed * 104_729), SIZE);
        const player = new Player(profile);
        player.apply(source.init(), 1);
        for (let i = 2; i <= OPERATIONS; i++) {
          const operation = source.next();
          if (operation.op === "write" && i % 3 === 0) {
            const write = [wayTo(operation.path, i), operation.value] as const;
            const words = player.host.state.words.slice();
            const { errno, waits, offenders, fix } = explainErrno(player.host, write);
            assert.deepEqual(player.host.state.words, words, "explaining changes nothing");
            const copy = copyHost(player.host);
            const sysfs = hostSysfs(copy);
            const came = sysfs.write(...write);
            assert.equal(came.ok ? undefined : came.errno, errno);
            if (came.ok) assert.equal(came.value.outcome === "waits", waits);
            if (errno === "EADDRINUSE" || errno === "EADDRNOTAVAIL")
              assert.ok(offenders.length > 0 || profile.assignNeeds === "bound");
            if (errno !== undefined) errnos.set(errno, (errnos.get(errno) ?? 0) + (fix ? 1 : 0));
            if (errno !== undefined && fix?.length !== 1 && seed % 5 === 0)
              assertNoneAlone(player.host, write, `seed ${seed}, ${i}`);
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
