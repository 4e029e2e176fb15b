// What a host shows of all that plans change, as single facts that can be kept in a file and compared: who has each queue, the masks, the
// matrix of each mdev and what its guest has of it. All of it is read from /sys, so that all sources tell the same. Next: fact-changes.ts.
import { formatApid, formatApqn, parseApqn, parseCardName } from "../../system/ap/apqn.ts";
import { type Adm, newMask } from "../../system/ap/mask.ts";
import { formatMask } from "../../system/ap/mask-text.ts";
import { AP_BUS, driverPath, queuePath } from "../../system/ap/paths.ts";
import { queuesOf } from "../../system/ap/product.ts";
import { observeBus, observeHost } from "../../system/sysfs/observe.ts";
import { observeOverride } from "../../system/sysfs/observe-cards.ts";
import { observeMdevs } from "../../system/sysfs/observe-mdevs.ts";
import type {
  ObservedBus,
  ObservedCard,
  ObservedHost,
  ObservedMatrix,
  ObservedMdev,
} from "../../system/sysfs/observed-host.ts";
import type { Sysfs } from "../../system/sysfs/sysfs.ts";
import { SysfsReader } from "../../system/sysfs/sysfs-reader.ts";
import { type Fact, type FactKind, type FactMap, factName } from "./fact.ts";

const NO_DRIVER = "no driver";

export const readFacts = (sysfs: Sysfs): FactMap => factsOf(observeHost(sysfs));

/** What is not known is left out. */
export function factsOf({ cards, queues, mdevs, ...bus }: ObservedHost): FactMap {
  const facts = new Map<string, Fact>();
  for (const { apqn, driver } of queues) add(facts, "queue", formatApqn(apqn), driver ?? NO_DRIVER);
  for (const card of cards) add(facts, "card", formatApid(card.id), cardState(card));
  addBus(facts, bus);
  for (const { apqn, override } of queues) add(facts, "override", formatApqn(apqn), override);
  for (const mdev of mdevs) addMdev(facts, mdev, mdev.isRunning);
  return facts;
}

/**
 * The facts after a write. Only what the write can have changed is read; the rest is as before. States of cards and overrides cost a
 * read each.
 *
 * @param path where it was written
 */
export function readFactsAfter(sysfs: Sysfs, path: string, before: FactMap): FactMap {
  const facts = new Map<string, Fact>();
  const reader = new SysfsReader(sysfs);
  const devices = reader.names(`${AP_BUS}/devices`);
  const drivers = new Map<string, string>();
  for (const driver of reader.names(`${AP_BUS}/drivers`)) {
    for (const name of reader.names(driverPath(driver))) drivers.set(name, driver);
  }
  for (const name of devices) {
    const apid = parseCardName(name);
    if (apid !== undefined) add(facts, "card", formatApid(apid), before.get(formatApid(apid))?.text ?? "");
    else if (parseApqn(name) !== undefined) add(facts, "queue", name, drivers.get(name) ?? NO_DRIVER);
  }
  addBus(facts, observeBus(reader));
  for (const name of devices) {
    const apqn = parseApqn(name);
    if (apqn === undefined) continue;
    const isWritten = path.includes(`/${name}/`);
    const known = before.get(factName({ kind: "override", of: name }))?.text;
    add(facts, "override", name, isWritten ? observeOverride(reader, apqn) : known);
  }
  for (const mdev of observeMdevs(reader, [])) addMdev(facts, mdev, isRunning(facts, reader, mdev));
  return facts;
}

function add(facts: Map<string, Fact>, kind: FactKind, of: string, text: string | null | undefined): void {
  if (typeof text === "string") facts.set(factName({ kind, of }), { kind, of, text });
}

function cardState({ config, chkstop }: ObservedCard): string {
  if (config === false) return "in standby";
  return chkstop === true ? "check-stopped" : "configured";
}

function addBus(facts: Map<string, Fact>, { apmask, aqmask, machine, features }: ObservedBus): void {
  add(facts, "bus", "apmask", apmask && formatMask(apmask));
  add(facts, "bus", "aqmask", aqmask && formatMask(aqmask));
  const masks = [machine.apm, machine.aqm, machine.adm].map((mask) =>
    typeof mask === "object" ? formatMask(mask) : mask,
  );
  add(facts, "bus", "machine", masks.includes(undefined) ? undefined : masks.join());
  add(facts, "bus", "features", features.matrix);
}

function addMdev(facts: Map<string, Fact>, mdev: ObservedMdev, running: boolean | undefined): void {
  const { uuid, matrix, controlDomains, guestView } = mdev;
  // An mdev that is being removed has a directory without attributes until its guest lets go.
  if (!matrix) return;
  add(facts, "mdev", uuid, masksText(matrix, controlDomains));
  if (guestView && !guestView.isCut) add(facts, "guest", uuid, masksText(guestView, undefined));
  add(facts, "running", uuid, running === undefined ? undefined : running ? "yes" : "no");
}

const masksText = ({ apm, aqm }: ObservedMatrix, adm: Adm | undefined): string =>
  [apm, aqm, adm ?? newMask()].map((mask) => formatMask(mask)).join();

/** The status of a single assigned queue tells it. */
function isRunning(facts: FactMap, reader: SysfsReader, { guestView, matrix }: ObservedMdev): boolean | undefined {
  const seen = guestView ?? matrix;
  for (const apqn of seen ? queuesOf(seen) : []) {
    if (facts.get(formatApqn(apqn))?.text !== "vfio_ap") continue;
    const status = reader.line(`${queuePath(apqn)}/status`);
    if (status === "in use") return true;
    if (status === "assigned" && guestView) return false;
  }
  return undefined;
}
