// The options of apmatrix check, from words to the options of an exploration.
import { REFERENCE_PROPERTIES } from "../checker/reference/reference-properties.ts";
import { memoryToUse } from "../checker/run/free-memory.ts";
import type { ModelSpec } from "../checker/run/open-model.ts";
import type { RunOptions } from "../checker/run/run-check.ts";
import { UserError } from "../guards/user-error.ts";
import { must } from "../system/ap/assert.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";

export interface CheckOptions {
  readonly model: string;
  readonly host: string;
  readonly absent: string;
  readonly profile?: string;
  readonly without?: readonly string[];
  readonly against?: string;
  readonly events?: readonly string[];
  readonly rule: string;
  readonly controlDomains?: boolean;
  readonly reserved?: boolean;
  readonly nested?: boolean;
  readonly notice?: string;
  readonly property?: readonly string[];
  readonly propertyFile?: string;
  readonly symmetry?: boolean;
  readonly fingerprint?: boolean;
  readonly workers: string;
  readonly depth?: string;
  readonly maxStates?: string;
  readonly memory?: string;
  readonly first?: boolean;
  readonly format: string;
  readonly out?: string;
  readonly script?: string;
}

export const DEFAULTS = { model: "core", host: "2x2x1", absent: "1", rule: "0", workers: "1", format: "text" } as const;

const MOST_WORKERS = 64;
/** With less there is no room for even one batch. */
const LEAST_MEMORY = 2 ** 20;

/** @throws UserError */
export function runOptionsOf(options: CheckOptions): RunOptions {
  const workers = wholeNumber("--workers", options.workers, 1, MOST_WORKERS);
  const spec = specOf(options);
  return {
    spec,
    manner: {
      workers,
      symmetry: options.symmetry === true,
      fingerprint: options.fingerprint === true,
      bytes: options.memory === undefined ? memoryToUse() : memoryOf(options.memory, workers),
    },
    bounds: {
      ...(options.depth === undefined ? {} : { depth: wholeNumber("--depth", options.depth, 0) }),
      ...(options.maxStates === undefined ? {} : { states: wholeNumber("--max-states", options.maxStates, 1) }),
      ...(options.first ? { first: true } : {}),
    },
  };
}

function specOf(options: CheckOptions): ModelSpec {
  const { adapters, domains, mdevs } = sizeOf(options.host);
  const absent = wholeNumber("--absent", options.absent, 0);
  const symmetry = options.symmetry === true;
  if (options.model === "reference") {
    refuse(options, "reference", [...CORE_ONLY, ...INSIDE_ONLY, "profile", "without"]);
    if (options.out !== undefined || options.script !== undefined) {
      throw new UserError(
        "--out, --script: the model reference has no sysfs to write to; --format itf shows its states",
      );
    }
    checkProperties(options.property ?? []);
    if (symmetry && options.reserved) {
      throw new UserError("--symmetry: with --reserved one queue is unlike the others");
    }
    const rule = wholeNumber("--rule", options.rule, 0, 4);
    const controlDomains = options.controlDomains === true;
    const reserved = options.reserved === true;
    return { model: "reference", options: { adapters, domains, mdevs, absent, rule, controlDomains, reserved } };
  }
  if (options.model !== "core" && options.model !== "inside")
    throw new UserError(`unknown model "${options.model}"; known: core, reference, inside`);
  const without = (options.without ?? []).map((fix) => `-without-${fix}`);
  const profile = `${options.profile ?? DEFAULT_PROFILE.name}${without.join("")}`;
  if (options.model === "inside") {
    refuse(options, "inside", [...CORE_ONLY, ...REFERENCE_ONLY, "script", "symmetry"]);
    if (options.absent !== DEFAULTS.absent) throw new UserError("--absent: the model inside does not take it");
    if (options.workers !== "1") throw new UserError("--workers: the model inside takes 1");
    const { nested = false, notice = "scan", property } = options;
    return { model: "inside", options: { profile, adapters, domains, mdevs, nested, notice, properties: property } };
  }
  refuse(options, "core", [...REFERENCE_ONLY, ...INSIDE_ONLY]);
  const { against, events, property: properties, propertyFile } = options;
  return {
    model: "core",
    options: { profile, against, adapters, domains, mdevs, absent, events, symmetry, properties },
    propertyFile,
  };
}

const CORE_ONLY = ["against", "events", "propertyFile"] as const;
const REFERENCE_ONLY = ["controlDomains", "reserved"] as const;
const INSIDE_ONLY = ["nested", "notice"] as const;

function checkProperties(names: readonly string[]): void {
  const known = REFERENCE_PROPERTIES.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UserError(`--property: there is none "${unknown}"; known: ${known.join(", ")}`);
}

/** Options of the other model are refused rather than ignored. */
function refuse(options: CheckOptions, model: string, names: readonly (keyof CheckOptions)[]): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  const option = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UserError(`--${option}: the model ${model} does not take it`);
}

function sizeOf(text: string): { readonly adapters: number; readonly domains: number; readonly mdevs: number } {
  const match = /^(\d{1,3})x(\d{1,3})x(\d{1,3})$/.exec(text);
  if (!match) throw new UserError(`--host "${text}": adapters, domains and mdevs are wanted, such as 2x2x1`);
  return { adapters: Number(match[1]), domains: Number(match[2]), mdevs: Number(match[3]) };
}

function wholeNumber(option: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `${least} to ${most}`;
  throw new UserError(`${option} "${text}": a whole number ${range} is wanted`);
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

function memoryOf(text: string, workers: number): number {
  const match = /^(\d+(?:\.\d+)?)([kmg]?)(?:i?b)?$/i.exec(text);
  if (!match) throw new UserError(`--memory "${text}": a size such as 512M or 8G is wanted`);
  const bytes = Number(match[1]) * must(UNITS[(match[2] ?? "").toLowerCase()]);
  if (bytes >= LEAST_MEMORY * workers) return bytes;
  throw new UserError(
    `--memory ${text} is too small: at least ${workers}M for ${workers} worker${workers > 1 ? "s" : ""}`,
  );
}
