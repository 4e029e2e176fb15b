// The sentences of all views: which host it is, how a guest is doing, how much of its matrix it has.

import { formatApid } from "../../system/ap/apqn.ts";
import { adaptersText, domainsText } from "../../system/ap/id-span.ts";
import { queueCount } from "../../system/ap/product.ts";
import { shortened } from "../../system/ap/quoted.ts";
import type { ObservedCard, ObservedMatrix } from "../../system/sysfs/observed-host.ts";
import { ailingTexts } from "../explain/health.ts";
import type { GuestState, Panel, Shown } from "./shown.ts";

/** `kernel linux-7.3, 2 cards, 8 queues, 8 of 8 bound (complete)`. */
export function hostSummary({ host, profile }: Shown): string {
  const { cards, queues, bindings } = host;
  const bound = bindings && `${bindings.bound} of ${bindings.devices} bound${bindings.complete ? " (complete)" : ""}`;
  const unloaded = host.isVfioApLoaded === false ? "vfio_ap is not loaded" : undefined;
  const counts = [count(cards.length, "card"), count(queues.length, "queue")];
  const parts = [profile && `kernel ${profile}`, ...counts, bound, unloaded];
  return parts.filter((part) => part !== undefined).join(", ");
}

export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

/** Its UUID, and what people call it. */
export const calledMdev = ({ uuid, label }: Panel): string =>
  label === undefined ? uuid : `${uuid} (${shortened(label)})`;

/** `guest Guest1, running`. */
export function guestSentence({ name, run }: GuestState): string {
  switch (run) {
    case "running":
      return name === undefined ? "a guest runs" : `guest ${shortened(name)}, running`;
    case "not running":
      return "no guest runs";
    case "leaving":
      return `guest ${shortened(name ?? "")}, running, removal waits`;
    case "unknown":
      return "not known whether a guest runs";
  }
}

const atLeast = (matrix: ObservedMatrix): string =>
  matrix.isCut ? `at least ${queueCount(matrix)}` : `${queueCount(matrix)}`;

/** How much of its matrix the guest has. */
export function matrixSentence({ matrix, view, guest }: Panel): string {
  if (!matrix)
    return view && guest.run === "leaving"
      ? `has ${count(queueCount(view), "queue")}`
      : "what is assigned cannot be told";
  if (matrix.apm.isEmpty() && matrix.aqm.isEmpty()) return "nothing is assigned";
  if (matrix.aqm.isEmpty()) return `assigned: adapters ${adaptersText(matrix.apm.ids())}; no domain, so no queue`;
  if (matrix.apm.isEmpty()) return `assigned: domains ${domainsText(matrix.aqm.ids())}; no adapter, so no queue`;
  const assigned = `${atLeast(matrix)} assigned queue${queueCount(matrix) === 1 ? "" : "s"}`;
  if (!view) return `${assigned}; which of them its guest has is not known`;
  const verb = { running: "has", leaving: "has", "not running": "would have", unknown: "has, or would have," }[
    guest.run
  ];
  return `${verb} ${atLeast(view)} of ${assigned}`;
}

/** Control domains, and which of them did not get into a running guest; undefined if there are none. */
export function controlDomainsSentence({ controlDomains, guestControlDomains, guest }: Panel): string | undefined {
  const assigned = controlDomains?.ids() ?? guestControlDomains?.ids() ?? [];
  if (assigned.length === 0) return undefined;
  const missing =
    guestControlDomains && guest.run === "running" ? assigned.filter((id) => !guestControlDomains.has(id)) : [];
  const less = missing.length > 0 ? `; not in the guest: ${domainsText(missing)}` : "";
  return `control domains ${domainsText(assigned)}${less}`;
}

/** What the guest has, or would have, and cannot use; undefined if that is nothing. */
export const ailingText = ({ ailing }: Panel): string | undefined =>
  ailing.length === 0 ? undefined : `of no use: ${ailingTexts(ailing).join(", ")}`;

/** What a page was too small for; undefined if all is known. */
export function cutText({ matrix, view }: Panel): string | undefined {
  const cut = [matrix?.isCut && "matrix", view?.isCut && "guest_matrix"].filter((name) => name !== undefined && name);
  return cut.length > 0 ? `the kernel cut the text of ${cut.join(" and ")}: further adapters are not known` : undefined;
}

/** The words of lszcrypt. */
export function cardStatus({ config, chkstop, online }: ObservedCard): string {
  if (config === false) return "deconfig";
  if (chkstop === true) return "chkstop";
  if (online === undefined) return "-";
  return online ? "online" : "offline";
}

const MODE_WORDS = { accel: "Accelerator", cca: "CCA-Coproc", ep11: "EP11-Coproc" } as const;
/** The words of lszcrypt. */
export const cardMode = ({ mode }: ObservedCard): string => (mode === undefined ? "-" : MODE_WORDS[mode]);

/** `not online: card 0a offline, card 0b deconfig`; undefined if all are. */
export function cardsNotOnline(cards: readonly ObservedCard[]): string | undefined {
  const troubled = cards.filter((card) => cardStatus(card) !== "online");
  if (troubled.length === 0) return undefined;
  return `not online: ${troubled.map((card) => `card ${formatApid(card.id)} ${cardStatus(card)}`).join(", ")}`;
}
