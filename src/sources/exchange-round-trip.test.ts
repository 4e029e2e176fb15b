// Random hosts through the files of other tools and back: what comes up again is what was there.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatHostDescription } from "../formats/description/format-host-description.ts";
import { type HostDescription, parseHostDescription } from "../formats/description/host-description.ts";
import { hostOperations } from "../formats/description/host-operations.ts";
import { formatInputError, type Parsed } from "../formats/reading/input-error.ts";
import { type ExportFormat, exportHost, exportMdev } from "../formats/tools/export-host.ts";
import { importInto } from "../formats/tools/import-host.ts";
import { type PieceKind, readPieces } from "../formats/tools/import-pieces.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import { runningGuests } from "../system/sysfs/running-guests.ts";
import { Player } from "../system/trace/player.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { profileNamed } from "../system/vfio-ap/profiles.ts";
import { Random } from "../testing/soak/random.ts";
import { RandomOperations } from "../testing/soak/random-operations.ts";
import { inLongForm } from "../testing/support/long-form.ts";
import { compareObserved } from "./compare-observed.ts";
import { type Describable, describeHost } from "./describe-host.ts";
import { traceSource } from "./memory-source.ts";

const PROFILES = ["linux-7.3", "linux-6.12", "linux-6.8"].map((name) => profileNamed(name) as Profile);
const SIZE = { adapters: 4, domains: 5, mdevs: 3 };
const HOSTS = inLongForm(150, 50);

interface Given {
  readonly source: Describable;
  readonly profile: Profile;
  readonly description: HostDescription;
  readonly seed: number;
}

/** Hosts that somebody has worked on and that a description can hold. */
function* hosts(): Generator<Given> {
  let tried = 0;
  for (let [seed, found] = [1, 0]; found < HOSTS; seed++) {
    const profile = PROFILES[seed % PROFILES.length] as Profile;
    const operations = new RandomOperations(new Random(seed), SIZE);
    const player = new Player(profile);
    player.apply({ ...operations.init(), qci: true, types: new Map() }, 0);
    for (let i = 1; i < 60; i++) player.apply(operations.next(), i);
    const { sysfs, host } = player;
    const source: Describable = { sysfs, describes: `seed ${seed}`, guests: runningGuests(host), profile, host };
    const described = describeHost(source);
    tried++;
    if (!described.ok || described.warnings.length > 0) continue;
    found++;
    yield { source, profile, description: described.value, seed };
  }
  assert.ok(HOSTS / tried > 0.3, `only ${HOSTS} of ${tried} hosts can be described`);
}
const given = [...hosts()];

function value<T>(parsed: Parsed<T>): T {
  assert.ok(parsed.ok, parsed.ok ? "" : formatInputError(parsed.error));
  return parsed.value;
}

const bringUp = (description: HostDescription, profile: Profile): Player => {
  const player = new Player(profile);
  for (const [i, operation] of hostOperations(description).entries()) player.apply(operation, i);
  return player;
};

const text = (one: Given, format: ExportFormat): string =>
  exportHost(one.description, format, { profile: one.profile, auto: true, relative: one.seed % 2 === 0 });

/** Guests with their names and queues; which control domains a guest still has, /sys does not show. */
const guestsOf = ({ guests }: Describable, { mdevs }: HostDescription) =>
  // An mdev whose removal waits is not shown.
  [...(guests ?? [])]
    .filter(([uuid]) => mdevs.some((mdev) => mdev.uuid === uuid))
    .map(([uuid, { name, apm, aqm }]) => [uuid, name, apm.ids(), aqm.ids()])
    .sort();

describe("a host in the files of other tools", () => {
  it("is the same after its description was written and read", () => {
    for (const { description, source, profile, seed } of given) {
      const read = value(parseHostDescription(formatHostDescription(description), `seed ${seed}`));
      assert.deepEqual(read, description);
      assert.deepEqual(compareObserved(observeHost(source.sysfs), observeHost(bringUp(read, profile).sysfs)), []);
    }
    const some = (has: (description: HostDescription) => boolean) => given.some(({ description }) => has(description));
    assert.ok(some(({ overrides }) => overrides.length > 0) && some(({ unbound }) => unbound.length > 0));
    assert.ok(some(({ mdevs }) => mdevs.some(({ guest }) => guest !== undefined)));
  });

  it("is the same after its trace was played, guests and all", () => {
    for (const one of given) {
      const played = traceSource(text(one, "trace"), "export.jsonl");
      const source = value(played);
      assert.deepEqual(played.ok && played.warnings, []);
      assert.deepEqual(
        compareObserved(observeHost(one.source.sysfs), observeHost(source.sysfs)),
        [],
        `seed ${one.seed}`,
      );
      assert.deepEqual(guestsOf(source, one.description), guestsOf(one.source, one.description), `seed ${one.seed}`);
    }
  });

  it("is the same, but for its guests, after its script was run line by line", () => {
    for (const one of given) {
      const { sysfs } = bringUp(
        {
          ...one.description,
          masks: { apmask: undefined, aqmask: undefined },
          overrides: [],
          unbound: [],
          offline: [],
          mdevs: [],
          cards: one.description.cards.map((card) => (card.state === "offline" ? { ...card, state: "online" } : card)),
        },
        one.profile,
      );
      for (const line of text(one, "shell").split("\n")) {
        if (line === "" || line.startsWith("#") || line === "set -e") continue;
        const [, written, path] = /^echo (\S+) > \/sys\/(\S+)$/.exec(line) ?? assert.fail(line);
        assert.ok(sysfs.write(path as string, `${written}\n`).ok, `seed ${one.seed}: ${line}`);
      }
      const withoutGuests = bringUp(
        { ...one.description, mdevs: one.description.mdevs.map((mdev) => ({ ...mdev, guest: undefined })) },
        one.profile,
      );
      assert.deepEqual(compareObserved(observeHost(withoutGuests.sysfs), observeHost(sysfs)), [], `seed ${one.seed}`);
    }
  });

  /** The description without what the files say, with what they say. */
  const imported = async (one: Given, files: readonly (readonly [PieceKind, string])[]): Promise<HostDescription> => {
    const read = await Promise.all(files.map(([kind, content]) => readPieces(content, kind, kind)));
    const pieces = read.flatMap(value);
    const bare = { ...one.description, masks: { apmask: undefined, aqmask: undefined }, mdevs: [] };
    return value(importInto(bare, pieces));
  };
  const expected = ({ description }: Given): HostDescription => ({
    ...description,
    mdevs: description.mdevs.map((mdev) => ({ ...mdev, name: undefined, guest: undefined })),
  });

  it("keeps its mdevs and masks through definitions of mdevctl and the rule of udev", async () => {
    for (const one of given) {
      const rule = text(one, "udev");
      const masks = one.description.overrides.length > 0 ? [] : [["udev", rule] as const];
      assert.deepEqual(
        await imported(one, [...masks, ["mdevctl", text(one, "mdevctl")]]),
        expected(one),
        `seed ${one.seed}`,
      );
    }
  });

  it("keeps them through XML of libvirt and a line of chzdev", async () => {
    for (const one of given) {
      const how = { profile: one.profile, auto: true, relative: false };
      const devices = one.description.mdevs.map((mdev) => ["libvirt", exportMdev(mdev, "libvirt", how).text] as const);
      const masks = one.description.overrides.length > 0 ? [] : [["chzdev", text(one, "chzdev")] as const];
      assert.deepEqual(await imported(one, [...masks, ...devices]), expected(one), `seed ${one.seed}`);
    }
  });
});
