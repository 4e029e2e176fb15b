// One host, seen through every kind of source: the same is observed and the same is explained, but for what /sys does not tell.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { explain, explanationToJson } from "../answers/explain/explain.ts";
import { mdevName, mdevNamed } from "../system/sysfs/mdev-names.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import type { Profile, ProfileName } from "../system/vfio-ap/profile.ts";
import { profileNamed } from "../system/vfio-ap/profiles.ts";
import { copyToDirectory, copyToTar } from "../testing/support/copy-tree.ts";
import { killLabs, labUp } from "../testing/support/lab-command.ts";
import { inLongForm, sample, seeds } from "../testing/support/long-form.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { randomTrace } from "../testing/support/random-trace.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";
import { openSource } from "./open-source.ts";
import { rebuildHost } from "./rebuild-host.ts";
import { formatSourceError, type Source } from "./source.ts";

const BASE = temporaryDirectory();
const SIZE = { adapters: 3, domains: 3, mdevs: 2 };
const OPERATIONS = 90;
const KERNELS: readonly ProfileName[] = ["linux-7.3", "linux-6.12", "linux-6.8", "linux-6.0"];

const skip = await mountSkip();
after(killLabs);

const named = (name: ProfileName): Profile => profileNamed(name) as Profile;

async function opened(from: string, profile?: Profile): Promise<Source> {
  const source = await openSource(from, profile);
  assert.ok(source.ok, source.ok ? "" : formatSourceError(source.error));
  return source.value;
}

/** What explain says of everything, by mdev. */
function explanations(host: Host): Record<string, unknown> {
  const { state } = host;
  return Object.fromEntries(
    Array.from({ length: state.mdevCount }, (_, n) => state.mdevAt(n))
      .filter((mdev) => !mdev.isBeingRemoved)
      .map((mdev) => [mdevName(mdev), explain(host, mdev).map(explanationToJson)]),
  );
}

/** The host of a source without one. */
function rebuilt({ sysfs }: Source, profile: Profile): Host {
  return rebuildHost(observeHost(sysfs), profile).host;
}

/** Nothing of it is hidden in /sys: no reset failed, no removal waits, no guest runs unseen, and the masks were written, if anything. */
function isPlain(host: Host, twin: Host): boolean {
  const { state } = host;
  const mdevs = Array.from({ length: state.mdevCount }, (_, n) => state.mdevAt(n));
  if (mdevs.some((mdev) => mdev.isBeingRemoved)) return false;
  if (state.get("masksInUse") !== twin.state.get("masksInUse")) return false;
  const isSeen = mdevs.every((mdev) => mdevNamed(twin, mdevName(mdev))?.isAttached === mdev.isAttached);
  const { adapters } = state.layout;
  const isPassable = Array.from({ length: adapters }, (_, id) => state.unpassable.row(id as never)).every((row) =>
    row.isEmpty(),
  );
  return isSeen && isPassable;
}

describe("one host through every source", () => {
  for (const name of sample(KERNELS, 2)) {
    it(`is the same in a trace, a directory and a tar, under ${name}`, async () => {
      let plain = 0;
      for (const seed of seeds(12, 3)) {
        const profile = named(name);
        const { player, text } = randomTrace(seed * 7907, profile, SIZE, OPERATIONS);
        const place = freshDirectory(BASE);
        writeFileSync(join(place, "t.jsonl"), text);
        writeFileSync(join(place, "t.tgz"), gzipSync(await copyToTar(player.sysfs)));
        mkdirSync(join(place, "sys"));
        copyToDirectory(player.sysfs, join(place, "sys"));

        const trace = await opened(join(place, "t.jsonl"));
        const directory = await opened(join(place, "sys"));
        const tar = await opened(join(place, "t.tgz"));
        const there = observeHost(player.sysfs);
        for (const { sysfs } of [trace, directory, tar]) assert.deepEqual(observeHost(sysfs), there);

        const told = explanations(player.host);
        assert.deepEqual(explanations(trace.host as Host), told);
        const copy = rebuilt(directory, profile);
        assert.deepEqual(explanations(rebuilt(tar, profile)), explanations(copy));
        if (!isPlain(player.host, copy)) continue;
        plain++;
        assert.deepEqual(explanations(copy), told, `seed ${seed}`);
      }
      assert.ok(plain >= inLongForm(2, 1), `only ${plain} hosts hid nothing`);
    });
  }

  const mounted = [
    ["linux-7.3", 11],
    ["linux-6.12", 5],
    ["linux-6.0", 8],
  ] as const;
  for (const [name, seed] of sample<(typeof mounted)[number]>(mounted, 2)) {
    it(`is the same mounted, in a tar of the mount, and as lab:NAME, under ${name}`, { skip }, async () => {
      const { player, text } = randomTrace(seed * 104_723, named(name), SIZE, OPERATIONS);
      const place = freshDirectory(BASE);
      const mount = freshDirectory(place, "sys");
      const run = freshDirectory(place, "run");
      writeFileSync(join(place, "t.jsonl"), text);
      const words = ["--replay", join(place, "t.jsonl"), "--profile", name, "--mount", mount, "--no-timer"];
      const lab = await labUp(words, { run });
      // Not all files may be read, and those that may are shorter than they say: tar grumbles about both.
      spawnSync("tar", ["-czf", join(place, "sysfs.tgz"), "-C", mount, "."], { stdio: "ignore" });
      process.env.APMATRIX_RUN = run;
      const [mounted, tar, mirror] = [
        await opened(mount),
        await opened(join(place, "sysfs.tgz")),
        await opened("lab:"),
      ];
      const there = observeHost(player.sysfs);
      for (const { sysfs } of [mounted, tar, mirror]) assert.deepEqual(observeHost(sysfs), there);
      assert.deepEqual(explanations(mirror.host as Host), explanations(player.host));
      assert.deepEqual(explanations(rebuilt(tar, named(name))), explanations(rebuilt(mounted, named(name))));

      // What is written to the one is seen in the other, both ways.
      const changed = new Promise<void>((resolve) => void mirror.watch(resolve));
      assert.equal(mounted.sysfs.write("bus/ap/config_time", "77\n").ok, true);
      await changed;
      assert.deepEqual(mirror.sysfs.read("bus/ap/config_time"), { ok: true, value: "77\n" });
      assert.equal(mirror.sysfs.write("bus/ap/config_time", "78\n").ok, true);
      for (const { sysfs } of [mounted, mirror])
        assert.deepEqual(sysfs.read("bus/ap/config_time"), { ok: true, value: "78\n" });
      const refusal = mirror.sysfs.write("bus/ap/config_time", "nothing\n");
      assert.equal(refusal.ok ? "" : refusal.errno, "EINVAL");
      mirror.close();
      await lab.stop();
    });
  }
});
