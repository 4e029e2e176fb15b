// A host of 16 adapters and 85 domains with 16 running guests, each of which has one adapter with all domains: what operations on it cost
// with and without a Linux in every guest. Through the player, as labs and traces do it.

import { apqnOf } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { maskOf, newMask } from "../../system/ap/mask.ts";
import { bindWrite, configWrite, createWrite, RESCAN, unbindWrite } from "../../system/sysfs/writes.ts";
import { DEFAULT_GUEST, type Notice } from "../../system/trace/guest-made.ts";
import { JsonReader } from "../../system/trace/json-reader.ts";
import { echoed, type Operation } from "../../system/trace/operation.ts";
import { readOperation } from "../../system/trace/parse-operation.ts";
import { Player } from "../../system/trace/player.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { measureRound, type Timing } from "./measure.ts";

const GUESTS = 16;
const DOMAINS = 85;
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const uuidOf = (n: number): string => `6d646576-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;

/** @param notice undefined: no guest has a Linux */
function bootGuests(notice: Notice | undefined): Player {
  const player = new Player(DEFAULT_PROFILE);
  const init = readOperation(new JsonReader({ op: "init", aps: range(GUESTS), doms: range(DOMAINS), apmask: "0x0" }));
  const made = new Map(range(GUESTS).map((n) => [`g${n}`, { ...DEFAULT_GUEST, notice }]));
  player.apply({ ...(init as Operation & { op: "init" }), ...(notice && { guests: made }) }, 1);
  for (const n of range(GUESTS)) {
    const matrix = { apm: maskOf([asApid(n)]), aqm: maskOf(range(DOMAINS).map(asApqi)), adm: newMask<never>() };
    player.apply(echoed(createWrite(uuidOf(n))), 1);
    player.apply(echoed(configWrite(uuidOf(n), matrix)), 1);
    player.apply({ op: "open", guest: `g${n}`, mdev: uuidOf(n) }, 1);
  }
  return player;
}

const QUEUE = apqnOf(asApid(5), asApqi(47));
const hw = (members: object): Operation => readOperation(new JsonReader({ op: "hw", ...members }));

/** Every pair leaves things as they were. */
export function measureGuests(rounds: number): readonly Timing[] {
  return (["none", "scan", "at-once"] as const).flatMap((notice) => {
    const player = bootGuests(notice === "none" ? undefined : notice);
    const does = (operation: Operation) => () => player.apply(operation, 1);
    const scans = does(echoed(RESCAN));
    const title = { none: "no Linux in guests", scan: "guests poll", "at-once": "guests at once" }[notice];
    const [lost, back] = [does(hw({ rm_dom: [47] })), does(hw({ add_dom: [47] }))];
    const timings = measureRound(
      [
        [`${title}: unbind`, does(echoed(unbindWrite("vfio_ap", QUEUE)))],
        [`${title}: bind`, does(echoed(bindWrite(QUEUE)))],
        [`${title}: scan, no change`, scans],
        ["", lost],
        [`${title}: scan, domain gone`, scans],
        ["", back],
        [`${title}: scan, domain back`, scans],
      ],
      rounds,
    );
    return timings.filter(({ name }) => name !== "");
  });
}

/** Bytes that each guest with a Linux takes. */
export function bytesPerGuest(): number {
  const collect = must(globalThis.gc);
  const used = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const kept: Player[] = [bootGuests(undefined)];
  const before = used();
  kept.push(bootGuests(undefined));
  const plain = used();
  kept.push(bootGuests("scan"));
  const bytes = used() - plain - (plain - before);
  return kept.length === 3 ? bytes / GUESTS : 0;
}
