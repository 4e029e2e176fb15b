// What happens to the machine, and how the host notices: a configuration changes, cards and resets fail, a scan goes through in steps
// between which everything else can fall.
import { asApid, asApqi, asControlDomain, NONE } from "../../system/ap/id.ts";
import { newMask } from "../../system/ap/mask.ts";
import type { Matrix } from "../../system/ap/matrix.ts";
import { mustComeOrGo, scanComplete, scanDevice, scanDevices, scanNotice } from "../../system/bus/scan.ts";
import { type CardChange, changeCard, changeMasks, setFault } from "../../system/machine/hardware.ts";
import { adapterText, domainText, queueText, range } from "../names.ts";
import type { CheckEvent } from "./event.ts";
import { hasScans } from "./universe.ts";
import type { Use } from "./use.ts";
import { PHASE, type World } from "./world.ts";

/** What resets of a faulty queue answer. */
const FAULT_CODE = 0x42;

export function machineEvents(world: World, use: Use): CheckEvent[] {
  return [...configurationEvents(world), ...cardEvents(world), ...faultEvents(world, use), ...scanEvents(world)];
}

/** An adapter, a domain or a control domain of a configuration. */
const HALVES = {
  adapter: {
    text: adapterText,
    has: ({ apm }: Matrix, id: number) => apm.has(asApid(id)),
    set: ({ apm }: Matrix, id: number, on: boolean) => apm.set(asApid(id), on),
    count: ({ apm }: Matrix) => apm.count(),
  },
  domain: {
    text: domainText,
    has: ({ aqm }: Matrix, id: number) => aqm.has(asApqi(id)),
    set: ({ aqm }: Matrix, id: number, on: boolean) => aqm.set(asApqi(id), on),
    count: ({ aqm }: Matrix) => aqm.count(),
  },
  control: {
    text: domainText,
    has: ({ adm }: Matrix, id: number) => adm.has(asControlDomain(id)),
    set: ({ adm }: Matrix, id: number, on: boolean) => adm.set(asControlDomain(id), on),
    count: ({ adm }: Matrix) => adm.count(),
  },
} as const;

function configurationEvents(world: World): CheckEvent[] {
  const { host, now, universe } = world;
  const { machine } = host.state;
  const to: Matrix = { apm: newMask(), aqm: newMask(), adm: newMask() };
  const atOnce = universe.kinds.has("config");
  const change = (half: keyof typeof HALVES, id: number, gains: boolean, size: number): CheckEvent => {
    const { text, has, set, count } = HALVES[half];
    return {
      kind: half === "control" ? "control" : atOnce ? "config" : "hardware",
      deed: atOnce ? "config-changed" : "machine",
      [half]: id,
      lines: [`machine ${gains ? "gains" : "loses"} ${half} ${text(id)}`, ...(atOnce ? ["scan notice"] : [])],
      happen: () => {
        if (now.phase !== PHASE.idle || has(machine, id) === gains) return false;
        if (!gains && size - count(machine) >= universe.absent) return false;
        to.apm.copy(machine.apm);
        to.aqm.copy(machine.aqm);
        to.adm.copy(machine.adm);
        set(to, id, gains);
        changeMasks(host.state, to);
        if (atOnce) notice(world);
        return true;
      },
    };
  };
  if (!hasScans(universe) || !(atOnce || universe.kinds.has("hardware"))) return [];
  const changes = (half: keyof typeof HALVES, size: number) =>
    range(size).flatMap((id) => [false, true].map((gains) => change(half, id, gains, size)));
  const { adapters, domains } = universe;
  return [...changes("adapter", adapters), ...changes("domain", domains), ...changes("control", domains)];
}

function notice({ host, now }: World): void {
  now.phase = scanNotice(host) ? PHASE.scanningChange : PHASE.scanning;
}

/** Of all devices that have to come or go, the kernel takes the first; any one where the order is free. */
function scanEvents(world: World): CheckEvent[] {
  const { host, now, universe } = world;
  const kind = (["config", "hardware", "card"] as const).find((name) => universe.kinds.has(name));
  if (kind === undefined) return [];
  const queues = world.queues();
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
