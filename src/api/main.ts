// What a program gets that imports apmatrix: hosts in memory that answer as Linux does, questions about them, and the checker. All of
// it is thin: the rules are in system/, the answers in answers/ and checker/. What is exported here changes by semantic versioning.

import { type ExplanationJson, explain } from "../answers/explain/explain.ts";
import { type ErrnoJson, errnoToJson, explainErrno } from "../answers/explain/explain-errno.ts";
import { guestNamed, queueNamed } from "../answers/explain/named.ts";
import { explainedToJson } from "../answers/inside/explained-json.ts";
import { insideOf } from "../answers/inside/guest-inside.ts";
import { allowanceOf } from "../answers/plan/allowance.ts";
import { moreByLoss } from "../answers/plan/more.ts";
import { type PlanJson, planToJson } from "../answers/plan/plan-json.ts";
import { planChanges } from "../answers/plan/planner.ts";
import { predict } from "../answers/plan/prediction.ts";
import { rehearse } from "../answers/plan/rehearse.ts";
import { isWrong } from "../checker/result-text.ts";
import { memoryToUse } from "../checker/run/free-memory.ts";
import { runCheck } from "../checker/run/run-check.ts";
import { parseDesired } from "../formats/desired/desired-file.ts";
import { formatInputError, type Reading } from "../formats/reading/input-error.ts";
import { wholePath } from "../formats/reading/uuid-beginning.ts";
import { UserError } from "../guards/user-error.ts";
import { parseScenario } from "../history/scenario/parse-scenario.ts";
import { runScenario } from "../history/scenario/run-scenario.ts";
import { profilesOf } from "../history/scenario/scenario.ts";
import { openHost as openHostOf } from "../sources/open-host.ts";
import { textSource } from "../sources/open-source.ts";
import { usable } from "../sources/usable.ts";
import { belowSys } from "../system/ap/paths.ts";
import { mdevName } from "../system/sysfs/mdev-names.ts";
import type { Answer } from "../system/trace/answer.ts";
import type { Player } from "../system/trace/player.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import type { Profile } from "../system/vfio-ap/profile.ts";
import { DEFAULT_PROFILE, PROFILES, profileNamed } from "../system/vfio-ap/profiles.ts";
import { Place, playerFrom } from "./place.ts";

export type { ExplanationJson } from "../answers/explain/explain.ts";
export type { ErrnoJson } from "../answers/explain/explain-errno.ts";
export type { Owner } from "../answers/explain/offenders.ts";
export type { InsideJson } from "../answers/inside/inside-text.ts";
export type { MdevJson, PlanJson } from "../answers/plan/plan-json.ts";
export type { CheckEvent } from "../checker/core/event.ts";
export type { PropertyKind } from "../checker/model.ts";
export type { CheckedHost, CheckProperty, EventProperty, StateProperty, Step } from "../checker/properties.ts";
export type { HostState } from "../system/machine/host-state.ts";
export type { Write } from "../system/sysfs/writes.ts";
export type { Answer, MaskTexts, StateReport } from "../system/trace/answer.ts";
export type { Host } from "../system/vfio-ap/host.ts";

/** How a host is opened. */
export interface HostOptions {
  /** Name of the kernel whose rules it follows, such as "linux-6.12"; see `profiles`. Without it the source's own, or the newest. */
  readonly profile?: string;
}

/** What is known of a host besides the host itself. */
interface Known {
  readonly labels: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
  /** Its player, if its guests have a Linux of their own. */
  readonly inside: Player | undefined;
}

/**
 * A host in memory. Paths are given with or without /sys in front. A host says what Linux would say, also where it refuses: a refusal is
 * an answer, and nothing has changed then. What is thrown as an error with a sentence is what could not be understood.
 */
export class ApHost {
  readonly #place: Place;
  readonly #labels: ReadonlyMap<string, string>;
  /** Sentences on what the source did not tell, or this kernel refused. */
  readonly warnings: readonly string[];

  /** Made by `bootHost` and `openHost`. */
  private constructor(place: Place, { labels, warnings }: Omit<Known, "inside">) {
    this.#place = place;
    this.#labels = labels;
    this.warnings = warnings;
  }

  /** @internal */
  static copyOf(host: Host, known: Known): ApHost {
    return new ApHost(Place.on(playerFrom(host, known.inside)), known);
  }

  get #host(): Host {
    return this.#place.player.host;
  }

  /** Name of the kernel whose rules it follows. */
  get profile(): string {
    return this.#host.profile.name;
  }

  /**
   * Read an attribute.
   *
   * @returns `t`, the text, with its line end; or in `r` the name of an error: ENOENT, ENOTDIR, EISDIR, EACCES, or the attribute's own
   */
  read(path: string): Answer {
    return this.#place.apply({ op: "read", path: belowSys(path) });
  }

  /**
   * List a directory.
   *
   * @returns `l`, the names in byte order; or in `r` ENOENT or ENOTDIR
   */
  list(path: string): Answer {
    return this.#place.apply({ op: "ls", path: belowSys(path) });
  }

  /**
   * Write to an attribute, in one call, exactly this text: `echo` adds a line end, this does not.
   *
   * @returns `r`, the bytes taken, or the name of an error, or "blocked" for a removal that waits for a guest; `apcb`, the masks of each
   * guest that has others now; the other members are those of docs/trace-format.md §5
   */
  write(path: string, text: string): Answer {
    // One character stands for one byte.
    return this.#place.apply({
      op: "write",
      path: belowSys(path),
      value: Buffer.from(text, "utf8").toString("latin1"),
    });
  }

  /**
   * What happens besides writes, in the words of scenarios (docs/scenarios.md): `machine loses domain 0047`, `scan`,
   * `start g1 UUID`, `stop g1 UUID`.
   *
   * @returns an answer for each operation that it stands for
   * @throws Error words that are not understood, with the column
   */
  happen(words: string): readonly Answer[] {
    return this.#place.happen(words);
  }

  /**
   * Guests get a Linux of their own, which boots now in those that run, and in others when they are started. Hosts whose source says what
   * guests are made of have this already.
   *
   * @param made what guests are made of that is not as usual, by name: docs/trace-format.md §8
   * @throws Error what is not understood of it
   */
  bootGuests(made: Readonly<Record<string, unknown>> = {}): void {
    this.#place.bootGuests(made);
  }

  /** The guests that run and have a Linux of their own, outer ones before inner ones: "g1", "g1/g2". */
  get guests(): readonly string[] {
    return this.#place.player.guestPaths();
  }

  /**
   * The inside of a guest: a host like any other, whose machine is what its own host gives it (docs/guests.md). What happens to the one
   * reaches the other. When the guest has stopped, its answers are EBADF.
   *
   * @param path the name of a guest of this host; "g1/g2" is guest g2 of guest g1
   * @throws Error no such guest runs, or guests have no Linux: bootGuests()
   */
  guest(path: string): ApHost {
    return new ApHost(this.#place.guest(path), { labels: new Map(), warnings: [] });
  }

  /**
   * Why a guest has its queues or not, and what to write so that it has them.
   *
   * @param guest its name, or what its mdev is called, or the UUID of that
   * @param queues such as 04.0047; undefined: all that are assigned, ascending
   * @throws Error a guest or a queue that is not there
   */
  explain(guest: string, queues?: readonly string[]): readonly ExplanationJson[] {
    const host = this.#host;
    const mdev = meant(guestNamed(host, guest, this.#labels));
    const asked = queues?.map((queue) => meant(queueNamed(host, queue)));
    return explain(host, mdev, asked).map((one) => explainedToJson(one, insideOf(this.#place.player, mdev)));
  }

  /** What a write would answer, who is in its way, and what to write first so that it succeeds. Nothing changes. */
  explainWrite(path: string, text: string): ErrnoJson {
    const host = this.#host;
    const whole = meant(wholePath(belowSys(path), host.state.listedMdevs().map(mdevName)));
    return errnoToJson(explainErrno(host, [whole, text]));
  }

  /**
   * The writes after which the host is as desired, in the order that costs running guests least. Nothing changes.
   *
   * @param desired the text of a desired state, YAML (docs/plan.md)
   * @param prune mdevs that it does not name are removed
   * @param allowLoss guests that may lose queues for a time, where more can be had by it: names, UUIDs or `all`
   * @throws Error a text that is not a desired state, or one that this host cannot reach, with line and column
   */
  plan(desired: string, { prune = false, allowLoss = [], file = "desired" }: PlanOptions = {}): PlanJson {
    const { desired: state, placed } = usable(parseDesired(desired, file)).value;
    const host = this.#host;
    const allowed = meant(allowanceOf(allowLoss, { host, labels: this.#labels, mdevs: state.mdevs }));
    const made = planChanges(host, state, prune, allowed);
    if (!made.ok) throw new UserError(formatInputError(placed(made.error)));
    const prediction = predict(rehearse(host, made.value));
    return planToJson(prediction, moreByLoss(host, state, prune, prediction));
  }
}

export interface PlanOptions {
  readonly prune?: boolean;
  readonly allowLoss?: readonly string[];
  /** What the text is called in errors. */
  readonly file?: string;
}

/** Names of the kernels whose rules can be followed; `name-without-FIX` takes a fix away from one (docs/history.md). */
export const profiles: readonly string[] = PROFILES.map(({ name }) => name);

/**
 * Bring up a host from a text: a host description (YAML, docs/host-description.md), a listing of `lszcrypt -V`, or a trace, which
 * leaves the host as it is after its last line.
 *
 * @param file what the text is called in errors; the end of the name (.yaml, .jsonl) says what it is where the text does not
 * @throws Error a text that is none of these, with line and column; a profile that is not known
 */
export function bootHost(
  text: string,
  { file = "host", profile }: HostOptions & { readonly file?: string } = {},
): ApHost {
  const { value: source, warnings } = usable(textSource(text, file, chosen(profile)));
  // Of texts every source is in memory.
  return ApHost.copyOf(source.host as Host, {
    labels: source.labels ?? new Map(),
    warnings,
    inside: source.inside,
  });
}

const insides = (player: Player): Player | undefined => (player.hasInside ? player : undefined);

/** A line of a scenario that did not come out as written. */
export interface ScenarioDifference {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly expected: string;
  readonly came: string;
}

/**
 * Play a scenario (docs/scenarios.md) under one kernel.
 *
 * @param profile one of those that the scenario names; the first of them if left out
 * @returns the host as it is in the end, and what did not come out as written
 * @throws Error a text that is not a scenario, with line and column; a profile that it does not name
 */
export function playScenario(
  text: string,
  { file = "scenario", profile }: HostOptions & { readonly file?: string } = {},
): { readonly host: ApHost; readonly differences: readonly ScenarioDifference[] } {
  const read = parseScenario(text);
  if (!read.ok) throw new UserError(`${file}:${read.error.line}:${read.error.column}: expected ${read.error.expected}`);
  const named = profilesOf(read.value);
  const kernel = profile === undefined ? named[0] : named.find(({ name }) => name === profile);
  if (!kernel)
    throw new UserError(`${file}: it is not for ${profile}, but for ${named.map(({ name }) => name).join(", ")}`);
  const { failures, player } = runScenario(read.value, kernel);
  const differences = failures.map(({ line, expected, came }) => ({
    line: line.line,
    text: line.text,
    expected,
    came,
  }));
  return {
    host: ApHost.copyOf(player.host, { labels: new Map(), warnings: [], inside: insides(player) }),
    differences,
  };
}

/**
 * Copy a host into memory: what is written to the copy does not happen there.
 *
 * @param from as `--from` takes it: a /sys directory, `lab:NAME`, a tar of /sys, a host description, a trace, a listing
 * @throws Error a source that cannot be used; a profile that is not known
 */
export async function openHost(from: string, { profile }: HostOptions = {}): Promise<ApHost> {
  const { value, warnings } = usable(await openHostOf(from, chosen(profile)));
  value.close();
  return ApHost.copyOf(value.host, { labels: value.labels, warnings, inside: value.inside });
}

/** What is explored: every order of every event in a small host. All members may be left out. */
export interface CheckOptions {
  /** Size of the host: 1 to 8 adapters, 1 to 8 domains, 1 to 4 mdevs; 2, 2, 1 if left out. */
  readonly adapters?: number;
  readonly domains?: number;
  readonly mdevs?: number;
  /** How many adapters, and how many domains, may be out of the host at one time; 1 if left out. */
  readonly absent?: number;
  readonly profile?: string;
  /** A second kernel: the shortest way to where a guest sees a difference. */
  readonly against?: string;
  /** Kinds of events, and names of properties (docs/check.md); the usual ones if left out. */
  readonly events?: readonly string[];
  readonly properties?: readonly string[];
  /** A file with properties of your own, as `examples/property.ts`. */
  readonly propertyFile?: string;
  /** States that differ only in names are one. */
  readonly symmetry?: boolean;
  /** Keep 64-bit fingerprints of states instead of states. */
  readonly fingerprint?: boolean;
  /** Threads, 1 if left out; and bytes of memory, three quarters of what is free if left out. */
  readonly workers?: number;
  readonly memory?: number;
  /** Where to end before everything was seen: levels, states, or the first thing found. */
  readonly depth?: number;
  readonly states?: number;
  readonly first?: boolean;
  /** Ends it; what was explored so far is still the result. */
  readonly signal?: AbortSignal;
}

/** What came of one property. */
export interface CheckedProperty {
  readonly name: string;
  readonly sentence: string;
  /** "always" must hold in every state; of "sometimes" one place is looked for. */
  readonly kind: "always" | "sometimes";
  /** It is broken, or nothing shows it although everything was seen. */
  readonly isWrong: boolean;
  /** In so many states or events. */
  readonly violations: number;
  /** The shortest way there, as events in words; undefined: there is none. */
  readonly path: readonly string[] | undefined;
}

export interface Checked {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  /** Why it ended before everything was seen; undefined: everything was seen. */
  readonly stopped: "depth" | "states" | "memory" | "interrupted" | "found" | "threw" | undefined;
  readonly properties: readonly CheckedProperty[];
}

/**
 * Ask what always holds and what can happen, in any order of events, by the same rules that hosts follow.
 *
 * @throws Error options that cannot be used
 */
export async function check(options: CheckOptions = {}): Promise<Checked> {
  const { adapters = 2, domains = 2, mdevs = 1, absent = 1, profile = DEFAULT_PROFILE.name } = options;
  const { against, events, properties, propertyFile, signal } = options;
  const { symmetry = false, fingerprint = false, workers = 1, memory = memoryToUse(), depth, states, first } = options;
  const { model, result } = await runCheck({
    spec: {
      model: "core",
      options: { profile, against, adapters, domains, mdevs, absent, events, symmetry, properties },
      propertyFile,
    },
    manner: { workers, symmetry, fingerprint, bytes: memory },
    bounds: {
      ...(depth !== undefined && { depth }),
      ...(states !== undefined && { states }),
      ...(first !== undefined && { first }),
    },
    ...(signal && { signal: () => signal }),
  });
  return {
    states: result.states,
    transitions: result.transitions,
    depth: result.depth,
    stopped: result.stopped,
    properties: result.properties.map((found) => ({
      name: found.property.name,
      sentence: found.property.sentence,
      kind: found.property.kind,
      isWrong: isWrong(found, result.stopped),
      violations: found.violations,
      path: found.path && [...found.path.events].map((event) => model.eventText(event)),
    })),
  };
}

/** @throws UserError */
function chosen(name: string | undefined): Profile | undefined {
  if (name === undefined) return undefined;
  const profile = profileNamed(name);
  if (!profile) throw new UserError(`unknown profile "${name}"; known: ${profiles.join(", ")}`);
  return profile;
}

/** @throws UserError */
function meant<T>(named: Reading<T>): T {
  if (!named.ok) throw new UserError(named.message);
  return named.value;
}
