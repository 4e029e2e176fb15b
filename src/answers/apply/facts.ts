// What a host shows of what plans change, as single facts that can be kept in a file and compared: who has each queue, masks, the
// matrix of each mdev and what its guest has of it. Read through /sys alone, so that all sources tell the same. Next: fact-changes.ts.

import { apqnOf, formatApid, formatApqn, parseApqn, parseCardName } from "../../system/ap/apqn.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { type Adm, newMask } from "../../system/ap/mask.ts";
import { formatMask } from "../../system/ap/mask-text.ts";
import { AP_BUS, AP_DEVICES, driverPath, MATRIX_DEVICE, queuePath } from "../../system/ap/paths.ts";
import { observeMdevs } from "../../system/sysfs/observe-mdevs.ts";
import type { ObservedMatrix, ObservedMdev } from "../../system/sysfs/observed-host.ts";
import type { Sysfs } from "../../system/sysfs/sysfs.ts";
import { SysfsReader } from "../../system/sysfs/sysfs-reader.ts";

/**
 * By name: `04` state of a card; `04.0047` driver of a queue, `04.0047 override` if it has one; `apmask`, `aqmask`, `machine`; `features`; UUID
 * matrix of an mdev, `UUID guest` what its guest has, `UUID running`. What is not known of the others is left out.
 */
export type Facts = ReadonlyMap<string, string>;

export const NO_DRIVER = "no driver";
export const OVERRIDE = " override";
export const GUEST = " guest";
export const RUNNING = " running";

/** All of them. */
export function readFacts(sysfs: Sysfs): Facts {
  const facts = new Map<string, string>();
  const reader = new SysfsReader(sysfs);
  addBus(facts, reader);
  for (const name of [...facts.keys()]) {
    if (parseApqn(name) === undefined) addCard(facts, reader, name);
    else addOverride(facts, reader, name);
  }
  addMdevs(facts, reader);
  return facts;
}

/**
 * Those that a write can have changed, the others as they were: states of cards and the overrides of other queues cost a read each.
 *
 * @param path of the write
 */
export function readFactsAfter(sysfs: Sysfs, path: string, before: Facts): Facts {
  const facts = new Map<string, string>();
  const reader = new SysfsReader(sysfs);
  addBus(facts, reader);
  for (const name of [...facts.keys()]) {
    const state = facts.get(name) === "" ? before.get(name) : undefined;
    if (state !== undefined) facts.set(name, state);
    const override = before.get(name + OVERRIDE);
    if (path.includes(`/${name}/`)) addOverride(facts, reader, name);
    else if (override !== undefined) facts.set(name + OVERRIDE, override);
  }
  addMdevs(facts, reader);
  return facts;
}

/** Cards (with an empty text), queues, masks. */
function addBus(facts: Map<string, string>, reader: SysfsReader): void {
  for (const name of reader.names(`${AP_BUS}/devices`)) {
    const card = parseCardName(name);
    if (card !== undefined) facts.set(formatApid(card), "");
    else if (parseApqn(name) !== undefined) facts.set(name, NO_DRIVER);
  }
  for (const driver of reader.names(`${AP_BUS}/drivers`)) {
    for (const name of reader.names(driverPath(driver))) if (facts.has(name)) facts.set(name, driver);
  }
  for (const name of ["apmask", "aqmask"]) set(facts, name, reader.line(`${AP_BUS}/${name}`));
  const machine = ["ap_adapter_mask", "ap_usage_domain_mask", "ap_control_domain_mask"].map((name) =>
    reader.line(`${AP_BUS}/${name}`),
  );
  if (machine.every((line) => line !== undefined)) facts.set("machine", machine.join());
  set(facts, "features", reader.line(`${MATRIX_DEVICE}/features`));
}

function set(facts: Map<string, string>, name: string, value: string | undefined): void {
  if (value !== undefined) facts.set(name, value);
}

function addCard(facts: Map<string, string>, reader: SysfsReader, name: string): void {
  if (facts.get(name) !== "") return;
  const at = `${AP_DEVICES}/card${name}`;
  if (reader.flag(`${at}/config`) === false) facts.set(name, "in standby");
  else facts.set(name, reader.flag(`${at}/chkstop`) === true ? "check-stopped" : "configured");
}

function addOverride(facts: Map<string, string>, reader: SysfsReader, name: string): void {
  const apqn = parseApqn(name);
  if (apqn === undefined) return;
  const text = reader.line(`${queuePath(apqn)}/driver_override`);
  // The kernel prints the second for none where it uses its generic code.
  if (text === undefined || text === "" || text === "(null)") facts.delete(name + OVERRIDE);
  else facts.set(name + OVERRIDE, text);
}

function addMdevs(facts: Map<string, string>, reader: SysfsReader): void {
  for (const mdev of observeMdevs(reader, [])) {
    const { uuid, matrix, controlDomains, guestView } = mdev;
    // One that is being removed has a directory for as long as its guest has it, without attributes.
    if (!matrix) continue;
    facts.set(uuid, masksText(matrix, controlDomains));
    if (guestView && !guestView.isCut) facts.set(uuid + GUEST, masksText(guestView, undefined));
    set(facts, uuid + RUNNING, isRunning(facts, reader, mdev));
  }
}

const masksText = ({ apm, aqm }: ObservedMatrix, adm: Adm | undefined): string =>
  [apm, aqm, adm ?? newMask()].map((mask) => formatMask(mask)).join();

/** One plugged queue tells it. */
function isRunning(facts: Facts, reader: SysfsReader, { guestView, matrix }: ObservedMdev): string | undefined {
  const seen = guestView ?? matrix;
  for (const apid of seen?.apm.ids() ?? []) {
    for (const apqi of seen?.aqm.ids() ?? []) {
      const apqn = apqnOf(asApid(apid), asApqi(apqi));
      if (facts.get(formatApqn(apqn)) !== "vfio_ap") continue;
      const status = reader.line(`${queuePath(apqn)}/status`);
      if (status === "in use") return "yes";
      if (status === "assigned" && guestView) return "no";
    }
  }
  return undefined;
}
