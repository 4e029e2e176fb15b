// The names in the lines of a scenario so far: its mdevs, and with them the paths below /sys that a line means.
import { type Reading, taken } from "../../formats/reading/input-error.ts";
import { begunUuid, wholePath } from "../../formats/reading/uuid-beginning.ts";
import { mdevPath } from "../../system/ap/paths.ts";
import { createWrite } from "../../system/sysfs/writes.ts";
import { echoed, type Operation } from "../../system/trace/operation.ts";
import { DEFAULT_GUEST, DEFAULT_MDEV } from "./scenario.ts";
import { readString, type Words } from "./words.ts";

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/**
 * Names of mdevs begin with m, or are UUIDs; names of guests begin with g. So neither can be mistaken for anything else ("gone" is an
 * answer).
 */
export const MDEV_NAME = /^(m[a-z0-9-]*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const GUEST_NAME = /^(?!gone$)g[a-z0-9-]*$/;

const uuidNumber = (number: number): string => `6d646576-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;

export const write = (path: string, value: string): Operation => ({ op: "write", path, value });

export class Cast {
  /** UUID by name. */
  readonly mdevs = new Map<string, string>();
  /** What must be done before any mdev is used: right after the host has booted, or in a guest before the line that does. */
  readonly beginning: Operation[] = [];
  /** Guests may have any name, as they have on a host that is there already; a scenario names its own. */
  readonly hasAnyGuests: boolean;
  readonly #first: number;

  /** @param first number in the UUID of the first mdev that gets one */
  constructor(hasAnyGuests = false, first = 1) {
    this.hasAnyGuests = hasAnyGuests;
    this.#first = first;
  }

  /** The UUID of an mdev. If no line has created the default mdev before it is first used, it is there from the beginning. */
  uuid(words: Words, name: string): string {
    const begun = this.#begun(name);
    if (begun?.ok === false) return words.fail(`another mdev, as ${begun.message}`);
    if (begun) return begun.value;
    const known = this.mdevs.get(name) ?? (UUID.test(name) ? name : undefined);
    if (known !== undefined) return known;
    if (name !== DEFAULT_MDEV) return words.fail(`the name of an mdev that was created before, not "${name}"`);
    const uuid = this.name(name);
    this.beginning.push(echoed(createWrite(uuid)));
    return uuid;
  }

  /** On a host that is there already, a beginning of a UUID is enough. */
  #begun(word: string): Reading<string> | undefined {
    return this.hasAnyGuests && !this.mdevs.has(word) ? begunUuid(word, [...this.mdevs.values()]) : undefined;
  }

  isMdev(word: string): boolean {
    return MDEV_NAME.test(word) || this.#begun(word) !== undefined;
  }

  /** Give an mdev a UUID: this one, the one it had, the one that its name is, or the next. */
  name(name: string, uuid?: string): string {
    const own = UUID.test(name) ? name : undefined;
    const named = uuid ?? this.mdevs.get(name) ?? own ?? uuidNumber(this.mdevs.size + this.#first);
    this.mdevs.set(name, named);
    return named;
  }
}

/** A guest's name if one stands here, as it is or as a JSON string, else the default one. */
export function takeGuest(words: Words): string {
  if (words.peek()?.startsWith('"')) return readString(words);
  return words.takeMatch(GUEST_NAME) ?? DEFAULT_GUEST;
}

/**
 * Who does something. A name like an mdev's is a guest's where no mdev can follow, or one does.
 *
 * @param needsMdev an mdev may follow
 */
export function takeActor(words: Words, cast: Cast, needsMdev = true): string {
  const word = words.peek();
  const isMdev = needsMdev && word !== undefined && cast.isMdev(word) && !cast.isMdev(words.peek(1) ?? "");
  if (!cast.hasAnyGuests || word === undefined || isMdev || /^(?:"|isc$|nib$)/.test(word)) return takeGuest(words);
  return words.take("a guest");
}

/** The mdev's name if one comes next, otherwise the default one. */
export function takeMdev(words: Words, cast: Cast): string {
  const word = words.peek();
  if (word === undefined) return DEFAULT_MDEV;
  if (cast.isMdev(word)) return words.take("an mdev");
  // A part of a UUID, and of none that is there.
  return cast.hasAnyGuests && /^[0-9a-f]+-[0-9a-f-]*$/i.test(word)
    ? words.fail(`an mdev: none begins with "${word}"`)
    : DEFAULT_MDEV;
}

/** A path below /sys; `$NAME/` stands for the directory of an mdev. */
export function readPath(words: Words, cast: Cast): string {
  const written = words.take("a path below /sys").replace(/^\/sys\//, "");
  const whole = cast.hasAnyGuests ? wholePath(written, [...cast.mdevs.values()]) : taken(written);
  if (!whole.ok) return words.fail(`another path, as ${whole.message}`);
  const path = whole.value;
  const mdev = /^\$([a-z0-9-]+)\//.exec(path);
  return mdev ? `${mdevPath(cast.uuid(words, mdev[1] ?? ""))}/${path.slice(mdev[0].length)}` : path;
}
