// Finds what a check asks about a host, and says it in the words that the check uses for what it expects.

import { formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { AP_BUS, mdevPath } from "../../system/ap/paths.ts";
import type { Result } from "../../system/ap/result.ts";
import type { Happening } from "../../system/machine/happening.ts";
import { matrixText } from "../../system/sysfs/matrix-text.ts";
import type { Player } from "../../system/trace/player.ts";
import { mdevOf } from "../../system/vfio-ap/guest.ts";
import { CONFIG_CHANGE_IRQ } from "../../system/vfio-ap/guest-masks.ts";
import { findMdev } from "../../system/vfio-ap/mdev-life.ts";
import { parseUuid } from "../../system/vfio-ap/uuid.ts";
import { explainedWords } from "./explained-words.ts";
import type { Check } from "./scenario.ts";

/** What happened since the last action, and how many waiting writes were finished. */
interface Since {
  readonly happenings: readonly Happening[];
  readonly finished: number;
}

/** What a check finds now. */
export function look({ what, subject, expected }: Check, player: Player, { happenings, finished }: Since): string {
  const { host, sysfs } = player;
  const guestMdev = () => mdevOf(host, host.state.names.numberOf(subject));
  const mdevFile = (name: string) => sysfs.read(`${mdevPath(subject)}/${name}`);
  const device = () => `${AP_BUS}/devices/${subject}`;
  switch (what) {
    case "guest": {
      const mdev = guestMdev();
      return mdev ? matrixWords(matrixText(mdev.guestMasks.apm, mdev.guestMasks.aqm)) : "gone";
    }
    case "guest-control":
      return guestMdev()?.guestMasks.adm.ids().map(formatApqi).join(" ") ?? "gone";
    case "shadow":
      return lookAtShadow(player, subject);
    case "matrix":
      return textOrError(mdevFile("matrix"), matrixWords);
    case "control":
      return textOrError(mdevFile("control_domains"), wordsOfLines);
    case "status":
      return textOrError(sysfs.read(`${device()}/status`), (text) => text.trim());
    case "driver": {
      const target = sysfs.readlink(`${device()}/driver`);
      if (target.ok) return target.value.slice(target.value.lastIndexOf("/") + 1);
      return sysfs.readlink(device()).ok ? "none" : "gone";
    }
    case "interrupts":
      return host.state.interrupts.queues().map(formatApqn).join(" ");
    case "resets":
      return queuesIn(happenings, (h) => h.kind === "queue-reset" && h.by === "vfio_ap");
    case "released":
      return queuesIn(happenings, (h) => h.kind === "interrupts-released");
    case "warnings":
      return queuesIn(happenings, (h) => h.kind === "conflict-logged");
    case "updates": {
      const index = guestMdev()?.index;
      return `${happenings.filter((h) => h.kind === "guest-masks" && h.mdev === index).length}`;
    }
    case "order":
      return masksAndResets(happenings);
    case "signals":
      return happenings
        .flatMap((h) =>
          h.kind === "eventfd-signalled" ? [h.index === CONFIG_CHANGE_IRQ ? "config-change" : "request"] : [],
        )
        .join(" ");
    case "uevents":
      return changeUevents(happenings);
    case "finished":
      return `${finished}`;
    case "cat":
      return textOrError(sysfs.read(subject), (text) => JSON.stringify(text));
    case "ends": {
      // As much of the end of the text as was expected, or all of it if it is shorter.
      const { length } = String(JSON.parse(expected));
      return textOrError(sysfs.read(subject), (text) => JSON.stringify(text.slice(-length)));
    }
    case "size":
      return textOrError(sysfs.read(subject), (text) => `${text.length}`);
    case "ls": {
      const names = sysfs.list(subject);
      return names.ok ? names.value.join(" ") : names.errno;
    }
    case "explain": {
      const [uuid = "", queue = ""] = subject.split(" ");
      return explainedWords(host, uuid, queue);
    }
  }
}

const wordsOfLines = (text: string): string => text.trim().split("\n").join(" ");
const matrixWords = (text: string): string => (text === "" ? "nothing" : wordsOfLines(text));
const textOrError = (read: Result<string>, words: (text: string) => string): string =>
  read.ok ? words(read.value) : read.errno;

/** What guest_matrix says. Kernels without that file have a shadow, too. */
function lookAtShadow({ host, sysfs }: Player, uuid: string): string {
  const mdev = findMdev(host, must(parseUuid(uuid)));
  if (mdev && host.profile.guestMatrix === "absent") return matrixWords(matrixText(mdev.shadow.apm, mdev.shadow.aqm));
  return textOrError(sysfs.read(`${mdevPath(uuid)}/guest_matrix`), matrixWords);
}

/** The queues of the happenings that are meant, ascending; a queue stands there as often as it happened. */
function queuesIn(happenings: readonly Happening[], isMeant: (happening: Happening) => boolean): string {
  const queues = happenings.flatMap((h) => ("apqn" in h && isMeant(h) ? [formatApqn(h.apqn)] : []));
  return queues.sort().join(" ");
}

/** The order in which guests' masks were written and queues reset; several of one kind in a row count as one. */
function masksAndResets(happenings: readonly Happening[]): string {
  const kinds = happenings.flatMap((h) => {
    if (h.kind === "guest-masks") return [h.cleared ? "clear" : "update"];
    return h.kind === "queue-reset" && h.by === "vfio_ap" ? ["reset"] : [];
  });
  return kinds.filter((kind, i) => kind !== kinds[i - 1]).join(" ");
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
