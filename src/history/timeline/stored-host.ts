// A host as JSON: the form in which the state of a real machine, or the beginning of a long history, is sent to the page. Next: page-protocol.ts.

import { formatApid } from "../../system/ap/apqn.ts";
import { asApid, ID_LIMIT, NONE } from "../../system/ap/id.ts";
import type { Matrix } from "../../system/ap/matrix.ts";
import {
  type BootMasks,
  FACILITIES,
  type Facility,
  HOST_DRIVERS,
  type HostDrivers,
} from "../../system/machine/facts.ts";
import type { Observer } from "../../system/machine/happening.ts";
import { HostState } from "../../system/machine/host-state.ts";
import { layoutFor, sizeFor } from "../../system/machine/layout.ts";
import { Names } from "../../system/machine/names.ts";
import { JsonReader, MalformedError } from "../../system/trace/json-reader.ts";
import {
  type KeysAndCountsJson,
  keysAndCountsToJson,
  readKeysAndCounts,
} from "../../system/trace/keys-and-counts-json.ts";
import { vfioApDriver } from "../../system/vfio-ap/driver.ts";
import { type Host, newHost } from "../../system/vfio-ap/host.ts";
import { PROFILE_NAMES, profileNamed } from "../../system/vfio-ap/profiles.ts";

/** The whole state of a host. Words that are zero are left out. */
export interface StoredHost {
  readonly profile: string;
  readonly facts: StoredFacts;
  /** How many mdevs there is room for. */
  readonly mdevs: number;
  /** Texts by number: names of guests, texts of driver_override. */
  readonly names: readonly string[];
  /** Runs of equal words of the buffer, ascending: words skipped since the last run, length, word; and so on. */
  readonly words: readonly number[];
}

interface StoredFacts extends KeysAndCountsJson {
  readonly apxa: boolean;
  readonly qci: boolean;
  /** Left out where they are not so. */
  readonly apsb?: true;
  readonly se?: true;
  readonly maxAdapter: number;
  readonly maxDomain: number;
  /** By adapter in hex. */
  readonly serials: Readonly<Record<string, string>>;
  readonly zvm: boolean;
  readonly hostDrivers: HostDrivers;
  readonly parameters: BootMasks;
  /** Of machines that are as usual neither stands here. */
  readonly lacks?: readonly Facility[];
  readonly reconfigures?: false;
}

export function storeHost({ state, profile }: Host): StoredHost {
  const { serials, apsb, se, lacks, reconfigures, keysAndCounts, ...facts } = state.facts;
  return {
    profile: profile.name,
    facts: {
      ...facts,
      ...(apsb && { apsb }),
      ...(se && { se }),
      serials: Object.fromEntries([...serials].map(([id, serial]) => [formatApid(asApid(id)), serial])),
      ...(keysAndCounts && keysAndCountsToJson(keysAndCounts)),
      ...(lacks.size > 0 && { lacks: [...lacks] }),
      ...(!reconfigures && { reconfigures }),
    },
    mdevs: state.layout.mdevs,
    names: state.names.all,
    words: runsOf(state.words),
  };
}

function runsOf(words: Uint32Array): readonly number[] {
  const runs: number[] = [];
  let end = 0;
  for (let at = 0; at < words.length; ) {
    const word = words[at] ?? 0;
    let next = at + 1;
    while (next < words.length && words[next] === word) next++;
    if (word !== 0) {
      runs.push(at - end, next - at, word);
      end = next;
    }
    at = next;
  }
  return runs;
}

/** The same host, word for word. */
export function openStoredHost(stored: StoredHost, observer?: Observer): Host {
  const { profile, mdevs, names, words } = stored;
  const facts = { ...stored.facts, apsb: stored.facts.apsb === true, se: stored.facts.se === true };
  const layout = layoutFor(sizeFor(facts, mdevs));
  const buffer = new Uint32Array(layout.words);
  forEachRun(words, (from, to, word) => buffer.fill(word, from, to));
  const known = new Names();
  for (const name of names) known.numberOf(name);
  const serials = new Map(
    Object.entries(facts.serials).map(([id, serial]) => [Number.parseInt(id, 16), serial] as const),
  );
  const { lacks = [], reconfigures = true, keys, requests, ...others } = facts;
  const keysAndCounts = readKeysAndCounts(new JsonReader({ ...(keys && { keys }), ...(requests && { requests }) }));
  const all = { ...others, serials, lacks: new Set(lacks), reconfigures, ...(keysAndCounts && { keysAndCounts }) };
  const state = new HostState(all, layout, buffer, known);
  return newHost(state, profileNamed(profile) ?? unknownProfile(), vfioApDriver, observer);
}

function forEachRun(runs: readonly number[], tell: (from: number, to: number, word: number) => void): void {
  let at = 0;
  for (let n = 0; n + 2 < runs.length; n += 3) {
    const from = at + (runs[n] ?? 0);
    at = from + (runs[n + 1] ?? 0);
    tell(from, at, runs[n + 2] ?? 0);
  }
}

function unknownProfile(): never {
  throw new MalformedError("profile", `one of the profiles ${PROFILE_NAMES.join(", ")}`);
}

const NOTHING_HELD = { keys: new Map(), requests: new Map(), cardRequests: new Map() };
const MAX_ID = 255;
const MOST_MDEVS = 65_536;

/**
 * JSON from outside as a stored host that can be opened.
 *
 * @throws MalformedError
 */
export function readStoredHost(value: unknown): StoredHost {
  const json = new JsonReader(value);
  const facts = new JsonReader(json.any("facts"));
  const profile = json.string("profile");
  if (!profileNamed(profile)) unknownProfile();
  const [apsb, se] = [facts.flag("apsb", false), facts.flag("se", false)];
  const stored: StoredHost = {
    profile,
    facts: {
      ...(apsb && { apsb }),
      ...(se && { se }),
      apxa: facts.boolean("apxa"),
      qci: facts.boolean("qci"),
      maxAdapter: facts.integer("maxAdapter", 0, MAX_ID),
      maxDomain: facts.integer("maxDomain", 0, MAX_ID),
      serials: Object.fromEntries(facts.entries("serials").map(([id, serial]) => [id, String(serial)])),
      zvm: facts.boolean("zvm"),
      hostDrivers: facts.oneOf("hostDrivers", HOST_DRIVERS),
      parameters: readParameters(new JsonReader(facts.any("parameters"))),
      ...keysAndCountsToJson(readKeysAndCounts(facts) ?? NOTHING_HELD),
      ...(facts.has("lacks") && { lacks: readLacks(facts.any("lacks")) }),
      ...(facts.has("reconfigures") && !facts.boolean("reconfigures") && { reconfigures: false }),
    },
    mdevs: json.integer("mdevs", 1, MOST_MDEVS),
    names: readNames(json),
    words: json.integers("words", 0, 0xffff_ffff),
  };
  checkRuns(stored);
  const { state } = openStoredHost(stored);
  checkMdevs(stored, state);
  checkCards(state);
  return stored;
}

function readLacks(lacks: unknown): readonly Facility[] {
  if (Array.isArray(lacks) && lacks.every((one) => FACILITIES.includes(one))) return lacks;
  throw new MalformedError("lacks", `"lacks" as a list of ${FACILITIES.join(", ")}`);
}

function readParameters(json: JsonReader): BootMasks {
  const [apmask, aqmask] = ["apmask", "aqmask"].map((key) => json.optional(key, () => json.bytes(key)));
  return { ...(apmask !== undefined && { apmask }), ...(aqmask !== undefined && { aqmask }) };
}

function readNames(json: JsonReader): readonly string[] {
  const names = json.any("names");
  if (Array.isArray(names) && names.every((name) => typeof name === "string") && new Set(names).size === names.length)
    return names;
  throw new MalformedError("names", '"names" as a list of different texts');
}

function checkRuns({ facts, mdevs, words }: StoredHost): void {
  const room = layoutFor(sizeFor({ ...facts, apsb: facts.apsb === true }, mdevs)).words;
  let end = 0;
  forEachRun(words, (_, to) => {
    end = to;
  });
  if (words.length % 3 === 0 && end <= room) return;
  throw new MalformedError("words", `runs of words of a buffer of ${room} words`);
}

/** Besides the runs, only the list of mdevs could lead out of the buffer. */
function checkMdevs(stored: StoredHost, state: HostState): void {
  const guests = Array.from(
    { length: Math.min(state.mdevCount, stored.mdevs) },
    (_, n) => state.mdevAt(n)?.guest ?? -1,
  );
  const isWhole =
    state.mdevCount <= stored.mdevs &&
    guests.every((guest, n) => state.mdevAt(n) !== undefined && guest < stored.names.length) &&
    state.mdevs.every((mdev) => [mdev.matrix, mdev.shadow, mdev.pending].every((part) => fits(state, part)));
  if (!isWhole) throw new MalformedError("words", "a list of mdevs that are there, with guests that have names");
}

/** The last word of a mask may have room for more ids than there are, which must not be set. */
const fits = ({ layout }: HostState, { apm, aqm }: Matrix): boolean =>
  apm.next(layout.adapters) === NONE && aqm.next(layout.domains) === NONE;

function checkCards(state: HostState): void {
  if (state.cards.ids().some((apid) => apid >= state.layout.adapters)) {
    throw new MalformedError("words", "cards that the machine can have");
  }
  for (let adapter = 0; adapter < ID_LIMIT; adapter++) {
    const apid = asApid(adapter);
    if (state.machineMode(apid) !== undefined && state.cardMode(apid) !== undefined) continue;
    throw new MalformedError("words", `a mode that cards have for adapter ${formatApid(apid)}`);
  }
}
