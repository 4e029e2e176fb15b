// What happens to the machine, and how the host notices: a configuration changes, cards and resets fail, a scan goes through in steps
// between which everything else can fall.
import { asApid, NONE } from "../../system/ap/id.ts";
import type { Mask } from "../../system/ap/mask.ts";
import { newMask } from "../../system/ap/mask.ts";
import { mustComeOrGo, scanComplete, scanDevice, scanDevices, scanNotice } from "../../system/bus/scan.ts";
import { type CardChange, changeCard, changeMasks, setFault } from "../../system/machine/hardware.ts";
import { adapterText, domainText, queueText, range } from "../names.ts";
import type { CheckEvent } from "./events.ts";
import { hasScans } from "./universe.ts";
import type { Use } from "./use.ts";
import { PHASE, type World } from "./world.ts";

/** What resets of a faulty queue answer. */
const FAULT_CODE = 0x42;

export function machineEvents(world: World, use: Use): CheckEvent[] {
  return [...configurationEvents(world), ...cardEvents(world), ...faultEvents(world, use), ...scanEvents(world)];
}

function configurationEvents(world: World): CheckEvent[] {
  const { host, now, universe } = world;
  const { machine } = host.state;
  const to = { apm: newMask<never>(), aqm: newMask<never>(), adm: newMask<never>() };
  const atOnce = universe.kinds.has("config");
  const change = (
    half: "adapter" | "domain" | "control",
    id: number,
    gains: boolean,
    mask: Mask<never>,
    count: number,
  ): CheckEvent => {
    const text = `${half} ${half === "adapter" ? adapterText(id) : domainText(id)}`;
    const changed = half === "adapter" ? to.apm : half === "domain" ? to.aqm : to.adm;
    return {
      kind: half === "control" ? "control" : atOnce ? "config" : "hardware",
      deed: atOnce ? "config-changed" : "machine",
      [half]: id,
      lines: [`machine ${gains ? "gains" : "loses"} ${text}`, ...(atOnce ? ["scan notice"] : [])],
      happen: () => {
        if (now.phase !== PHASE.idle || mask.has(id as never) === gains) return false;
        if (!gains && count - mask.count() >= universe.absent) return false;
        to.apm.copy(machine.apm as never);
        to.aqm.copy(machine.aqm as never);
        to.adm.copy(machine.adm as never);
        changed.set(id as never, gains);
        changeMasks(host.state, to as never);
        if (atOnce) notice(world);
        return true;
      },
    };
  };
  if (!hasScans(universe) || !(atOnce || universe.kinds.has("hardware"))) return [];
  const ways = [false, true];
  const { adapters, domains } = universe;
  return [
    ...range(adapters).flatMap((a) => ways.map((gains) => change("adapter", a, gains, machine.apm as never, adapters))),
    ...range(domains).flatMap((d) => ways.map((gains) => change("domain", d, gains, machine.aqm as never, domains))),
    ...range(domains).flatMap((d) => ways.map((gains) => change("control", d, gains, machine.adm as never, domains))),
  ];
}

function notice({ host, now }: World): void {
  now.phase = scanNotice(host) ? PHASE.scanningChange : PHASE.scanning;
}

/** Of all devices that have to come or go, the kernel takes the first; any one where the order is free. */
function scanEvents(world: World): CheckEvent[] {
  const { host, now, universe } = world;
  if (!hasScans(universe)) return [];
  const queues = world.queues();
  const kind = (["config", "hardware", "card"] as const).find((name) => universe.kinds.has(name)) as CheckEvent["kind"];
  let askedFor = -1;
  let firstOf = NONE;
  /** The first device that has to come or go in the loaded state, or NONE; asked once for all events of a state. */
  const first = (): number => {
    if (askedFor === world.loaded) return firstOf;
    askedFor = world.loaded;
    firstOf = queues.findIndex(({ apqn }) => mustComeOrGo(host, apqn));
    return firstOf;
  };
  // Cards that are put on standby keep their devices.
  const comeAndGo = universe.kinds.has("config") || universe.kinds.has("hardware");
  const steps = (comeAndGo ? queues : []).map(
    ({ a, d, apqn }, n): CheckEvent => ({
      kind,
      deed: "scan-device",
      adapter: a,
      domain: d,
      lines: [`scan device ${queueText(a, d)}`],
      happen: () => {
        if (now.phase === PHASE.idle) return false;
        if (universe.anyOrder ? !mustComeOrGo(host, apqn) : first() !== n) return false;
        scanDevice(host, apqn);
        return true;
      },
    }),
  );
  const begin: CheckEvent = {
    kind,
    deed: "scan-notice",
    lines: ["scan notice"],
    happen: () => {
      if (now.phase !== PHASE.idle || !hasNews(world)) return false;
      notice(world);
      return true;
    },
  };
  const complete: CheckEvent = {
    kind,
    deed: "scan-complete",
    lines: ["scan devices", "scan complete"],
    happen: () => {
      if (now.phase === PHASE.idle || first() !== NONE) return false;
      scanDevices(host);
      scanComplete(host, now.phase === PHASE.scanningChange);
      now.phase = PHASE.idle;
      return true;
    },
  };
  return universe.kinds.has("hardware") || universe.kinds.has("card") || universe.kinds.has("fault")
    ? [...steps, begin, complete]
    : [...steps, complete];

  function hasNews({ host: { state } }: World): boolean {
    const { machine, qci } = state;
    const isSame = machine.apm.equals(qci.apm) && machine.aqm.equals(qci.aqm) && machine.adm.equals(qci.adm);
    return !isSame || first() !== NONE || universe.kinds.has("card") || universe.kinds.has("fault");
  }
}

const CARD_CHANGES: readonly (readonly [string, CardChange])[] = [
  ["standby", { configured: false }],
  ["configured", { configured: true }],
  ["checkstopped", { checkstopped: true }],
  ["repaired", { checkstopped: false }],
];

function cardEvents({ host, universe }: World): CheckEvent[] {
  const { state } = host;
  return range(universe.adapters).flatMap((a) =>
    CARD_CHANGES.map(([word, change]): CheckEvent => {
      const apid = asApid(a);
      const changesNothing = () =>
        (change.configured === undefined || state.deconfigured.has(apid) !== change.configured) &&
        (change.checkstopped === undefined || state.checkstopped.has(apid) === change.checkstopped);
      return {
        kind: "card",
        deed: "machine",
        adapter: a,
        lines: [`card ${adapterText(a)} ${word}`],
        happen: () => {
          if (!state.machine.apm.has(apid) || changesNothing()) return false;
          changeCard(state, apid, change);
          return true;
        },
      };
    }),
  );
}

function faultEvents(world: World, use: Use): CheckEvent[] {
  const { state } = world.host;
  return world.queues().flatMap(({ a, d, apqn }) =>
    (["42", "ok"] as const).map(
      (code): CheckEvent => ({
        kind: "fault",
        deed: "machine",
        adapter: a,
        domain: d,
        lines: [`fault ${queueText(a, d)} reset ${code}`],
        happen: () => {
          if (state.faulty.has(apqn) === (code !== "ok")) return false;
          setFault(state, apqn, { reset: code === "ok" ? "ok" : FAULT_CODE });
          if (code !== "ok") use.excuse(a, d);
          return true;
        },
      }),
    ),
  );
}
