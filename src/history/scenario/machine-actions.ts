// Lines about the machine: what it has at power on, what its administrator changes, what breaks, and when the host scans.
import { must } from "../../system/ap/assert.ts";
import { CARD_MODES, type CardMode } from "../../system/ap/card-type.ts";
import { RC } from "../../system/ap/response-code.ts";
import { MAX_ADAPTER, MAX_DOMAIN, missingFacility } from "../../system/machine/facts.ts";
import type { GuestsMade } from "../../system/trace/guest-made.ts";
import { insecureGuest } from "../../system/trace/guest-made-json.ts";
import {
  type Card,
  cardChange,
  type FaultOperation,
  type Init,
  type Operation,
  type Scan,
} from "../../system/trace/operation.ts";
import { readGuestOption } from "./guest-words.ts";
import { ADAPTER, hex, isEmpty, matrixOf, NO_IDS, readIds, takeHex, takeQueue } from "./ids.ts";
import type { Words } from "./words.ts";

/** The type of cards for which no line says another. */
export const DEFAULT_TYPE = 12;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function readHost(words: Words): Init {
  const ids = readIds(words);
  const apxa = !words.takeIf("no-apxa");
  let maxAdapter: number = apxa ? MAX_ADAPTER.apxa : MAX_ADAPTER.plain;
  let maxDomain: number = apxa ? MAX_DOMAIN.apxa : MAX_DOMAIN.plain;
  let type: number = DEFAULT_TYPE;
  const types = new Map<number, number>();
  const modes = new Map<number, CardMode>();
  const masks: Pick<Mutable<Init>, "apmask" | "aqmask"> = { apmask: undefined, aqmask: undefined };
  let qci = true;
  let [apsb, se] = [false, false];
  let guests: GuestsMade | undefined;
  while (!words.isDone) {
    const option = words.takeMatch(/^(max|type|mode|apmask|aqmask|no-qci|apsb|se|guest|guest-apmask|guest-aqmask)$/);
    switch (option) {
      case "max":
        maxAdapter = takeHex(words, ADAPTER, "the highest adapter, two hex digits");
        maxDomain = takeHex(words, ADAPTER, "the highest domain, two hex digits");
        break;
      case "type": {
        const all = words.takeMatch(/^[0-9]{1,2}$/);
        if (all !== undefined) {
          type = Number(all);
          break;
        }
        const [adapter, own] = takePair(words, /^[0-9a-f]{2}=[0-9]{1,2}$/, "an adapter and its type, such as 04=13");
        types.set(hex(adapter), Number(own));
        break;
      }
      case "mode": {
        const [adapter, text] = takePair(words, /^[0-9a-f]{2}=(accel|cca|ep11)$/, `04= and ${CARD_MODES.join(", ")}`);
        modes.set(hex(adapter), must(CARD_MODES.find((mode) => mode === text)));
        break;
      }
      case "apmask":
      case "aqmask":
        masks[option] = words.take(`the boot parameter ${option}`);
        break;
      case "no-qci":
        qci = false;
        break;
      case "apsb":
        apsb = true;
        break;
      case "se":
        se = true;
        break;
      case "guest":
      case "guest-apmask":
      case "guest-aqmask":
        guests = readGuestOption(option, guests ?? new Map(), words);
        break;
      default:
        words.fail("max, type, mode, apmask, aqmask, no-qci, apsb, se, guest, guest-apmask or guest-aqmask");
    }
  }
  const missing = missingFacility({ qci, apsb, se });
  if (missing) words.fail(`${missing.fact} only on a machine with ${missing.needs}`);
  const insecure = insecureGuest(guests ?? new Map(), apsb);
  if (insecure !== undefined) words.fail(insecure);
  return {
    op: "init",
    apxa,
    qci,
    ...(apsb && { apsb }),
    ...(se && { se }),
    maxAdapter,
    maxDomain,
    type,
    types,
    modes,
    serials: new Map(),
    ...matrixOf(ids),
    ...masks,
    ...(guests && { guests }),
    hostDrivers: "zcrypt",
  };
}

function takePair(words: Words, pattern: RegExp, expected: string): readonly [string, string] {
  const [name = "", value = ""] = (words.takeMatch(pattern) ?? words.fail(expected)).split("=");
  return [name, value];
}

/** `machine loses adapter 04 gains domain 0053`. */
export function readMachine(words: Words): Operation {
  const lost = words.takeIf("loses") ? readIds(words) : NO_IDS;
  const gained = words.takeIf("gains") ? readIds(words) : NO_IDS;
  if (isEmpty(lost) && isEmpty(gained)) words.fail("loses or gains, and what");
  return {
    op: "hw",
    apm: undefined,
    aqm: undefined,
    adm: undefined,
    rmAp: lost.adapters,
    rmDom: lost.domains,
    rmCd: lost.controls,
    addAp: gained.adapters,
    addDom: gained.domains,
    addCd: gained.controls,
  };
}

export function readCard(words: Words): Operation {
  const id = takeHex(words, ADAPTER, "an adapter such as 04");
  const state = words.takeMatch(/^(standby|configured|checkstopped|repaired|type)$/);
  if (state === undefined) return words.fail("standby, configured, checkstopped, repaired or type");
  const change = CARD_CHANGES[state];
  if (change) return cardChange(id, change);
  const type = words.takeMatch(/^[0-9]{1,2}$/) ?? words.fail("a type number such as 13");
  return cardChange(id, { type: Number(type) });
}

const CARD_CHANGES: Readonly<Record<string, Partial<Card>>> = {
  standby: { config: false },
  configured: { config: true },
  checkstopped: { chkstop: true },
  repaired: { chkstop: false },
};

const NAMED_FAULTS = {
  ok: "ok",
  busy: RC.busy,
  inprogress: RC.resetInProgress,
  pending: RC.stateChangeInProgress,
} as const;

export function readFault(words: Words): Operation {
  const q = takeQueue(words);
  const kind =
    words.takeMatch(/^(reset|interrupts|bind|associate)$/) ?? words.fail("reset, interrupts, bind or associate");
  const text =
    words.takeMatch(/^(ok|busy|inprogress|pending|[0-9a-f]{2})$/) ??
    words.fail("ok, busy, inprogress, pending or a code");
  const code = Object.entries(NAMED_FAULTS).find(([name]) => name === text)?.[1] ?? hex(text);
  const fault: FaultOperation = { op: "fault", q, reset: undefined, aqic: undefined };
  return { ...fault, [kind === "interrupts" ? "aqic" : kind]: code };
}

/** A whole scan, or one of its parts, so that something can happen in between. */
export function readScan(words: Words): Scan {
  if (words.takeMatch(/^device$/)) return { op: "scan", part: "device", q: takeQueue(words) };
  const part = words.takeMatch(/^(notice|devices|complete)$/) as "notice" | "devices" | "complete" | undefined;
  return { op: "scan", part: part ?? "all" };
}
