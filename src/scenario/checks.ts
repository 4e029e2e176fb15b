// The lines of a scenario that say what must be seen now, and looking for it.
import { type Apqn, formatApqi, formatApqn } from "../ap/apqn.ts";
import type { Happening } from "../machine/happening.ts";
import { matrixText } from "../sysfs/matrix-text.ts";
import { findMdev } from "../vfio-ap/mdev-life.ts";
import { mdevOf } from "../vfio-ap/guest.ts";
import { parseUuid, type Uuid } from "../vfio-ap/uuid.ts";
import type { Player } from "../trace/player.ts";
import { type Cast, QUEUE, readPath, readString } from "./actions.ts";
import { type Check, type CheckKind, DEFAULT_GUEST, DEFAULT_MDEV } from "./scenario.ts";
import type { Words } from "./words.ts";

/** Adapters, domains or queues as matrix and guest_matrix print them. */
const MATRIX_WORD = /^([0-9a-f]{2}\.[0-9a-f]{4}|[0-9a-f]{2}\.|\.[0-9a-f]{4}|nothing|gone|E[A-Z]+)$/;

/** A check whose first word has been read; undefined for a word that begins none. */
export function readCheck(verb: string, words: Words, cast: Cast): Check | undefined {
  const check = (what: CheckKind, subject: string, expected: string): Check => ({ kind: "check", what, subject, expected });
  const mdev = () => words.takeMatch(/^m[a-z0-9-]*$/) ?? DEFAULT_MDEV;
  const matrix = () => words.takeAll(MATRIX_WORD, "queues, .0047, 04., nothing, or an error").join(" ");
  const ids = () => (words.takeIf("none") ? "" : words.rest().join(" "));
  switch (verb) {
    case "guest":
      return check(verb, words.takeMatch(/^g[a-z0-9-]*$/) ?? DEFAULT_GUEST, matrix());
    case "guest-control":
      return check(verb, words.takeMatch(/^g[a-z0-9-]*$/) ?? DEFAULT_GUEST, ids());
    case "shadow":
    case "matrix":
      return check(verb, cast.uuid(words, mdev()), matrix());
    case "control":
      return check(verb, cast.uuid(words, mdev()), ids());
    case "status":
    case "driver": {
      const queue = words.takeMatch(QUEUE) ?? words.fail("a queue such as 04.0047");
      return check(verb, queue, words.rest().join(" "));
    }
    case "interrupts":
    case "resets":
    case "signals":
    case "uevents":
      return check(verb, "", ids());
    case "finished":
      return check(verb, "", words.take("how many waiting writes are through"));
    case "updates":
      return check(verb, words.takeMatch(/^g[a-z0-9-]*$/) ?? DEFAULT_GUEST, words.take("a number of updates"));
    case "cat": {
      const path = readPath(words, cast);
      const error = words.takeMatch(/^E[A-Z]+$/);
      return check(verb, path, error ?? JSON.stringify(readString(words)));
    }
    default:
      return undefined;
  }
}

/** What happened since the last action, and how many waiting writes came through. */
export interface Since {
  readonly happenings: readonly Happening[];
  readonly finished: number;
}

/** What is seen now where a check looks, in the words in which it says what it expects. */
export function look({ what, subject }: Check, player: Player, since: Since): string {
  const { host, sysfs } = player;
  const { state } = host;
  switch (what) {
    case "guest": {
      const mdev = mdevOf(host, state.names.numberOf(subject));
      return mdev ? matrixWords(matrixText(mdev.guestMasks.apm, mdev.guestMasks.aqm)) : "gone";
    }
    case "guest-control": {
      const mdev = mdevOf(host, state.names.numberOf(subject));
      return mdev ? mdev.guestMasks.adm.ids().map(formatApqi).join(" ") : "gone";
    }
    case "shadow":
    case "matrix": {
      const mdev = findMdev(host, parseUuid(subject) as Uuid);
      // The file is looked at, but kernels without guest_matrix have a shadow all the same.
      const absent = what === "shadow" && host.profile.guestMatrix === "absent";
      if (absent && mdev) return matrixWords(matrixText(mdev.shadow.apm, mdev.shadow.aqm));
      const name = what === "shadow" ? "guest_matrix" : "matrix";
      const text = sysfs.read(`devices/vfio_ap/matrix/${subject}/${name}`);
      return text.ok ? matrixWords(text.value) : text.errno;
    }
    case "control": {
      const text = sysfs.read(`devices/vfio_ap/matrix/${subject}/control_domains`);
      return text.ok ? text.value.trim().split("\n").join(" ") : text.errno;
    }
    case "status": {
      const text = sysfs.read(`bus/ap/devices/${subject}/status`);
      return text.ok ? text.value.trim() : text.errno;
    }
    case "driver": {
      const target = sysfs.readlink(`bus/ap/devices/${subject}/driver`);
      if (target.ok) return target.value.slice(target.value.lastIndexOf("/") + 1);
      return sysfs.readlink(`bus/ap/devices/${subject}`).ok ? "none" : "gone";
    }
    case "interrupts":
      return queuesIn((apqn) => state.interrupts.has(apqn), player);
    case "resets":
      return resetQueues(since.happenings);
    case "updates":
      return `${guestUpdates(since.happenings, player, subject)}`;
    case "signals":
      return since.happenings
        .flatMap((h) => (h.kind === "eventfd-signalled" ? [h.index === 0 ? "request" : "config-change"] : []))
        .join(" ");
    case "uevents":
      return changeUevents(since.happenings);
    case "finished":
      return `${since.finished}`;
    case "cat": {
      const text = sysfs.read(subject);
      return text.ok ? JSON.stringify(text.value) : text.errno;
    }
  }
}

const matrixWords = (text: string): string => (text === "" ? "nothing" : text.trim().split("\n").join(" "));

function queuesIn(has: (apqn: Apqn) => boolean, { host }: Player): string {
  const queues: string[] = [];
  const { adapters, domains } = host.state.layout;
  for (let adapter = 0; adapter < adapters; adapter++) {
    for (let domain = 0; domain < domains; domain++) {
      const apqn = ((adapter << 8) | domain) as Apqn;
      if (has(apqn)) queues.push(formatApqn(apqn));
    }
  }
  return queues.join(" ");
}

/** Queues that vfio_ap reset, each once, ascending. */
function resetQueues(happenings: readonly Happening[]): string {
  const queues = happenings.flatMap((h) => (h.kind === "queue-reset" && h.by === "vfio_ap" ? [formatApqn(h.apqn)] : []));
  return [...new Set(queues)].sort().join(" ");
}

function guestUpdates(happenings: readonly Happening[], { host }: Player, guest: string): number {
  const mdev = mdevOf(host, host.state.names.numberOf(guest));
  return happenings.filter((h) => h.kind === "guest-masks" && h.mdev === mdev?.index).length;
}

/** `ap:BINDINGS=complete,COMPLETECOUNT=2 card04:CONFIG=0`, in order. */
function changeUevents(happenings: readonly Happening[]): string {
  return happenings
    .flatMap((h) =>
      h.kind === "uevent" && h.action === "change"
        ? [`${h.device.slice(h.device.lastIndexOf("/") + 1)}:${h.variables.join(",")}`]
        : [],
    )
    .join(" ");
}

