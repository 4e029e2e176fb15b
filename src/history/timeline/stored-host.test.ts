// Hosts through JSON and back, and JSON that is not a host.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explain } from "../../answers/explain/explain.ts";
import { sameState } from "../../system/machine/snapshot.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import { hostSysfs } from "../../system/sysfs/sysfs.ts";
import { JsonReader, MalformedError } from "../../system/trace/json-reader.ts";
import { readOperation } from "../../system/trace/parse-operation.ts";
import { Player } from "../../system/trace/player.ts";
import { vfioApDriver } from "../../system/vfio-ap/driver.ts";
import { type Host, newHost } from "../../system/vfio-ap/host.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { PROFILES } from "../../system/vfio-ap/profiles.ts";
import { Random } from "../../testing/soak/random.ts";
import { RandomOperations } from "../../testing/soak/random-operations.ts";
import { smallHost } from "../../testing/soak/small-host.ts";
import { openStoredHost, readStoredHost, type StoredHost, storeHost } from "./stored-host.ts";

const HOSTS = 20;
const OPERATIONS = 80;

const throughJson = (stored: StoredHost): StoredHost => readStoredHost(JSON.parse(JSON.stringify(stored)));

describe("a stored host", () => {
  for (const profile of PROFILES) {
    it(`opens as the host it was, word for word, under ${profile.name}`, () => {
      for (let seed = 1; seed <= HOSTS; seed++) {
        const source = new RandomOperations(new Random(seed * 31), { adapters: 4, domains: 5, mdevs: 3 });
        const player = new Player(profile);
        player.apply(source.init(), 1);
        for (let i = 2; i <= OPERATIONS; i++) player.apply(source.next(), i);
        const { host } = player;
        const copy = openStoredHost(throughJson(storeHost(host)));
        assert.ok(sameState(copy.state.words, host.state.words), `seed ${seed}`);
        assert.deepEqual(copy.state.facts, host.state.facts);
        assert.deepEqual(copy.state.names.all, host.state.names.all);
        assert.equal(copy.profile, host.profile);
      }
    });
  }

  it("keeps the master keys and the counters of its machine", () => {
    const text =
      '{"op":"init","aps":[4],"doms":[4],"keys":{"04.0004":{"AES CUR":"valid 0x0123456789abcdef"}},"requests":{"04":9}}';
    const player = new Player(PROFILES[0] as Profile);
    player.apply(readOperation(new JsonReader(JSON.parse(text))), 1);
    const copy = openStoredHost(throughJson(storeHost(player.host)));
    assert.deepEqual(copy.state.facts, player.host.state.facts);
    assert.equal(copy.state.facts.keysAndCounts?.keys.size, 1);
    const read = hostSysfs(copy).read("devices/ap/card04/request_count");
    assert.deepEqual(read, { ok: true, value: "9\n" });
  });

  it("is small: a host with one guest takes a few kilobytes, whatever its buffer does", () => {
    const { host } = smallHost();
    assert.ok(JSON.stringify(storeHost(host)).length < host.state.words.length / 100);
  });
});

describe("a stored host with a word that is not what it was", () => {
  it("is refused, or can be looked at and explained like any other", () => {
    const random = new Random(5);
    const words = new Map<boolean, number>();
    for (let seed = 1; seed <= 16; seed++) {
      const source = new RandomOperations(new Random(seed * 37), { adapters: 4, domains: 5, mdevs: 3 });
      const player = new Player(PROFILES[seed % PROFILES.length] as (typeof PROFILES)[number]);
      player.apply(source.init(), 1);
      for (let i = 2; i <= OPERATIONS; i++) player.apply(source.next(), i);
      const stored = storeHost(player.host);
      for (let n = 0; n < 60; n++) {
        const { state, profile } = openStoredHost(stored);
        state.words[random.below(state.words.length)] = random.below(random.oneIn(2) ? 2 ** 31 : 300);
        const changed = storeHost(newHost(state, profile, vfioApDriver));
        const isTaken = canBeRead(changed);
        words.set(isTaken, (words.get(isTaken) ?? 0) + 1);
        if (isTaken) lookAt(openStoredHost(changed));
      }
    }
    assert.deepEqual([...words.keys()].sort(), [false, true], "both happen");
  });
});

function canBeRead(stored: StoredHost): boolean {
  try {
    throughJson(stored);
    return true;
  } catch (error) {
    assert.ok(error instanceof MalformedError);
    return false;
  }
}

/** What the page does with a host. */
function lookAt(host: Host): void {
  observeHost(hostSysfs(host));
  for (let n = 0; n < host.state.mdevCount; n++) explain(host, host.state.mdevAt(n));
}

describe("what is not a stored host", () => {
  const good = storeHost(smallHost().host);
  const far = good.words.map((number, at) => (at === 0 ? 10_000_000 : number));
  /** The number of mdevs is the fifth word; so many words later stands the place of the first one. */
  const between = smallHost().host.state.layout.mdevOrder - 5;
  const bad: Readonly<Record<string, unknown>> = {
    "no object": [],
    "another profile": { ...good, profile: "linux-2.4" },
    "facts that are missing": { ...good, facts: undefined },
    "facts that are none": { ...good, facts: 3 },
    "an adapter that cannot be": { ...good, facts: { ...good.facts, maxAdapter: 256 } },
    "room for too many mdevs": { ...good, mdevs: 1e9 },
    "names that are none": { ...good, names: [1] },
    "a name that is there twice": { ...good, names: ["a", "a"] },
    "half a run": { ...good, words: good.words.slice(0, -1) },
    "a word beyond 32 bits": { ...good, words: [0, 1, 2 ** 32] },
    "a run that leads out of the buffer": { ...good, words: far },
    "guests without names": { ...good, names: [] },
    "more mdevs than places": { ...good, words: [4, 1, 70_000] },
    "a place that is not there": { ...good, words: [4, 1, 1, between, 1, 4_000_000] },
  };

  for (const [name, value] of Object.entries(bad)) {
    it(`is refused: ${name}`, () => {
      assert.throws(() => readStoredHost(value), MalformedError);
    });
  }

  it("is told from one that is", () => {
    assert.doesNotThrow(() => readStoredHost(good));
  });
});
