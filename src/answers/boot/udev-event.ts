// One uevent taken through all rules, as udevd does it: conditions are asked of the tree, attributes are written at once, and programs are
// noted to be run at the end. What cannot be decided here (the answer of a program) is told, and taken as the caller wants it.
import { matchesAny } from "./glob.ts";
import { attributePath, type DeviceView } from "./udev-device.ts";
import type { Token } from "./udev-keys.ts";
import { type PlacedUdevRule, placeOf, type RuleFiles } from "./udev-rule-files.ts";

/** A command that udevd runs when all rules are through. */
export interface RunCommand {
  readonly place: string;
  readonly isBuiltin: boolean;
  readonly command: string;
}

export interface BootEvent {
  readonly action: string;
  /** Path below /sys, with a slash in front. */
  readonly device: string;
  /** `NAME=value` */
  readonly variables: readonly string[];
}

/** What the rules are asked of, and who hears what they do. */
export interface Surroundings {
  /** The file system's, not /sys; undefined: it cannot be told. */
  hasFile(path: string): boolean | undefined;
  readFile(path: string): string | undefined;
  readonly commandLine: ReadonlyMap<string, string>;
  /** By path below /sys, the tags that devices got at their last event. */
  readonly tags: Map<string, ReadonlySet<string>>;
  /** A condition that cannot be decided; whether it is taken to hold. */
  undecided(place: string, condition: string): boolean;
  /** An attribute is to be written. */
  write(place: string, path: string, value: string): void;
  reached(place: string): void;
}

export interface EventOutcome {
  readonly run: readonly RunCommand[];
  readonly properties: ReadonlyMap<string, string>;
}

export function applyRules({ rules }: RuleFiles, device: DeviceView, around: Surroundings): EventOutcome {
  const event = new RuledEvent(device, around);
  const following = followingOf(rules, device.property("ACTION"), device.property("SUBSYSTEM"));
  for (let at = following[0] ?? rules.length; at < rules.length; ) {
    const rule = rules[at] as PlacedUdevRule;
    const isThrough = event.apply(rule);
    at = following[isThrough && rule.next !== undefined ? rule.next : at + 1] ?? rules.length;
  }
  return { run: event.run, properties: device.properties };
}

/** By action and subsystem, for each rule it or the next one that may apply: no rule changes the two, and most are for other devices. */
const known = new WeakMap<readonly PlacedUdevRule[], Map<string, readonly number[]>>();

function followingOf(rules: readonly PlacedUdevRule[], action: string, subsystem: string): readonly number[] {
  const bySubsystem = known.get(rules) ?? new Map<string, readonly number[]>();
  known.set(rules, bySubsystem);
  const key = `${action} ${subsystem}`;
  const found = bySubsystem.get(key);
  if (found) return found;
  const following = new Array<number>(rules.length);
  for (let at = rules.length - 1; at >= 0; at--) {
    const mayApply = (rules[at] as PlacedUdevRule).conditions.every(
      (token) =>
        (token.key !== "ACTION" || isMatch(token, action)) &&
        (token.key !== "SUBSYSTEM" || ofSubsystem(token, subsystem)),
    );
    following[at] = mayApply ? at : (following[at + 1] ?? rules.length);
  }
  bySubsystem.set(key, following);
  return following;
}

const isMatch = (token: Token, text: string): boolean =>
  matchesAny(token.value, text, token.isCaseBlind) === isEqual(token);

/** Three words stand for one another. */
const ofSubsystem = (token: Token, text: string): boolean =>
  ALIKE.test(token.value) ? ALIKE.test(text) === isEqual(token) : isMatch(token, text);
const ALIKE = /^(?:subsystem|bus|class)$/;

const PARENTS = ["KERNELS", "SUBSYSTEMS", "DRIVERS", "ATTRS", "TAGS"];
const isOfParents = ({ key }: Token): boolean => PARENTS.includes(key);
const isEqual = ({ operator }: Token): boolean => operator === "==";

const FAILING = /^(?:path_id|usb_id|hwdb|net_id|blkid|net_setup_link)$/;

class RuledEvent {
  readonly #device: DeviceView;
  readonly #around: Surroundings;
  readonly #tags = new Set<string>();
  #run: RunCommand[] = [];
  #isRunFinal = false;
  /** A program has been asked, and what it said is not known. */
  #isOpen = false;

  constructor(device: DeviceView, around: Surroundings) {
    this.#device = device;
    this.#around = around;
    around.tags.set(device.path, this.#tags);
  }

  get run(): readonly RunCommand[] {
    return this.#run;
  }

  /** Whether its conditions hold; then its effects are done. */
  apply(rule: PlacedUdevRule): boolean {
    const { conditions, effects } = rule;
    // A label alone is not a rule, and a rule that does nothing is not asked.
    if (effects.length === 0 && rule.goto === undefined && !conditions.some(({ key }) => key === "IMPORT"))
      return false;
    const ofParents = conditions.filter(isOfParents);
    for (const token of conditions) {
      if (!isOfParents(token)) {
        if (!this.#holds(rule, token)) return false;
      } else if (token === ofParents[0] && !this.#someParentHas(ofParents)) return false;
    }
    this.#around.reached(placeOf(rule));
    for (const token of effects) this.#do(rule, token);
    return true;
  }

  #undecided(rule: PlacedUdevRule, { key, attribute, operator, value }: Token): boolean {
    const named = attribute === "" ? key : `${key}{${attribute}}`;
    return this.#around.undecided(placeOf(rule), `${named}${operator}"${value}"`);
  }

  #holds(rule: PlacedUdevRule, token: Token): boolean {
    const { key, attribute, value } = token;
    const device = this.#device;
    const matches = (text: string): boolean => isMatch(token, text);
    switch (key) {
      case "SUBSYSTEM":
        return ofSubsystem(token, device.property(key));
      case "ACTION":
      case "DEVPATH":
      case "DRIVER":
        return matches(device.property(key));
      case "KERNEL":
        return matches(device.name);
      case "NAME":
        return matches("");
      case "SYMLINK":
        return !isEqual(token);
      case "ENV":
        if (this.#isOpen && !device.properties.has(attribute)) return this.#undecided(rule, token);
        return matches(device.property(attribute));
      case "TAG":
        return [...this.#tags].some((tag) => matchesAny(value, tag)) === isEqual(token);
      case "ATTR":
        return this.#hasAttribute(device, token);
      case "CONST":
        return attribute === "arch" ? matches("s390x") : this.#undecided(rule, token);
      case "TEST":
        return this.#test(rule, token);
      case "IMPORT":
        return this.#import(rule, token);
      case "RESULT":
        return this.#isOpen ? this.#undecided(rule, token) : matches("");
      default:
        if (key === "PROGRAM") this.#isOpen = true;
        return this.#undecided(rule, token);
    }
  }

  /** One that cannot be read matches nothing, not even with !=. */
  #hasAttribute(device: DeviceView, token: Token): boolean {
    const { value, attribute, isCaseBlind } = token;
    const text = device.attribute(this.#device.filledIn(attribute));
    if (text === undefined) return false;
    const shown = /\s$/.test(value) ? text : text.trimEnd();
    return matchesAny(value, shown, isCaseBlind) === isEqual(token);
  }

  /** One device, the event's own or one above it, that has them all. */
  #someParentHas(tokens: readonly Token[]): boolean {
    const found = this.#device.chain().find((device) =>
      tokens.every((token) => {
        if (token.key === "ATTRS") return this.#hasAttribute(device, token);
        if (token.key === "TAGS")
          return (
            [...(this.#around.tags.get(device.path) ?? [])].some((tag) => matchesAny(token.value, tag)) ===
            isEqual(token)
          );
        const shown = {
          KERNELS: device.name,
          SUBSYSTEMS: device.property("SUBSYSTEM"),
          DRIVERS: device.property("DRIVER"),
        }[token.key as "KERNELS"];
        return matchesAny(token.value, shown, token.isCaseBlind) === isEqual(token);
      }),
    );
    this.#device.found = found;
    return found !== undefined;
  }

  #test(rule: PlacedUdevRule, token: Token): boolean {
    const path = this.#device.filledIn(token.value);
    const below = attributePath(this.#device, path);
    const isThere = below === undefined ? this.#around.hasFile(path) : this.#device.exists(below);
    const found = isThere === true && token.attribute !== "" ? this.#device.mayBe(token.attribute, below) : isThere;
    return found === undefined ? this.#undecided(rule, token) : found === isEqual(token);
  }

  #import(rule: PlacedUdevRule, token: Token): boolean {
    const { properties } = this.#device;
    const { attribute, value } = token;
    switch (attribute) {
      case "cmdline": {
        const given = this.#around.commandLine.get(value);
        if (given !== undefined) properties.set(value, given === "" ? "1" : given);
        return (given !== undefined) === isEqual(token);
      }
      // udevd knows nothing of a device before its first event.
      case "db":
        return !isEqual(token);
      case "parent":
        return this.#device.chain().length > 1 === isEqual(token);
      case "file": {
        const text = this.#around.readFile(this.#device.filledIn(value));
        for (const line of (text ?? "").split("\n")) {
          const [, name, set] = /^([A-Za-z_]\w*)=["']?(.*)$/s.exec(line.trim()) ?? [];
          if (name !== undefined && set !== undefined) properties.set(name, set.replace(/["']$/, ""));
        }
        return (text !== undefined) === isEqual(token);
      }
      case "builtin": {
        const done = this.#builtin(value.split(/\s/)[0] ?? "");
        return done === undefined ? this.#undecided(rule, token) : done === isEqual(token);
      }
      default:
        this.#isOpen = true;
        return this.#undecided(rule, token);
    }
  }

  /** What udevd has built in, of devices of the AP bus: most of it is for other hardware, and fails. Undefined: it cannot be told. */
  #builtin(name: string): boolean | undefined {
    const { properties } = this.#device;
    if (name === "path_id" && this.#device.property("SUBSYSTEM") === "ap") {
      const [type, functions] = [this.#device.attribute("type"), this.#device.attribute("ap_functions")];
      const id = `ap-${type === undefined || functions === undefined ? this.#device.name : `${type}-${functions}`}`;
      properties.set("ID_PATH", id);
      properties.set("ID_PATH_TAG", id.replace(/[^\w-]/g, "_"));
      return true;
    }
    return FAILING.test(name) ? false : undefined;
  }

  #do(rule: PlacedUdevRule, { key, attribute, operator, value }: Token): void {
    const { properties } = this.#device;
    const filled =
      key === "TAG" || key === "ENV" || key === "ATTR" || key === "RUN" ? this.#device.filledIn(value) : "";
    const isReset = operator === "=" || operator === ":=";
    if (key === "ENV") {
      const before = operator === "+=" ? properties.get(attribute) : undefined;
      const all = before === undefined ? filled : `${before} ${filled}`;
      if (all === "") properties.delete(attribute);
      else properties.set(attribute, all);
    } else if (key === "TAG") {
      if (isReset) this.#tags.clear();
      if (operator === "-=") this.#tags.delete(filled);
      else this.#tags.add(filled);
    } else if (key === "ATTR") {
      const path = attributePath(this.#device, attribute);
      if (path !== undefined) this.#around.write(placeOf(rule), path, filled);
    } else if (key === "RUN" && !this.#isRunFinal) {
      this.#isRunFinal = operator === ":=";
      if (isReset) this.#run = [];
      this.#run.push({ place: placeOf(rule), isBuiltin: attribute === "builtin", command: filled });
    }
  }
}
