// What happens to the machine, and how the host notices: a configuration changes, cards and resets fail, a scan runs in steps
// between which everything else can happen.
import { asApid, type Id, NONE } from "../../system/ap/id.ts";
import type { Mask } from "../../system/ap/mask.ts";
import { type Matrix, matricesEqual, newMatrix, setMatrix } from "../../system/ap/matrix.ts";
import { mustComeOrGo, scanComplete, scanDevice, scanDevices, scanNotice } from "../../system/bus/scan.ts";
import { type CardChange, changeCard, changeMasks, setFault } from "../../system/machine/hardware.ts";
import { adapterText, HALVES, type Half, queueText, range } from "../number-names.ts";
import type { About, CheckEvent } from "./event.ts";
import type { KernelStep } from "./locks.ts";
import { hasScans } from "./universe.ts";
import type { Use } from "./use.ts";
import { PHASE, type World } from "./world.ts";

/** The response code of resets of a faulty queue. */
const FAULT_CODE = 0x42;

export function machineEvents(world: World, use: Use): CheckEvent[] {
  return [...configurationEvents(world), ...cardEvents(world), ...faultEvents(world, use), ...scanEvents(world)];
}

/** The three masks by what they hold; whose an id is, its half says. */
const masksOf = ({ apm, aqm, adm }: Matrix): Readonly<Record<Half, Mask<Id>>> => ({
  adapter: apm,
  domain: aqm,
  control: adm,
});

function configurationEvents(world: World): CheckEvent[] {
  const { host, now, universe } = world;
  const { machine } = host.state;
  const to = newMatrix();
  const atOnce = universe.kinds.has("config");
  const change = (half: Half, id: Id, gains: boolean, size: number): CheckEvent => {
    const [mask, changed] = [masksOf(machine)[half], masksOf(to)[half]];
    return {
      kind: half === "control" ? "control" : atOnce ? "config" : "hardware",
      does: atOnce ? "config-changed" : "machine",
      [half]: id,
      lines: [`machine ${gains ? "gains" : "loses"} ${half} ${HALVES[half](id)}`, ...(atOnce ? ["scan notice"] : [])],
      happen: () => {
        if (now.phase !== PHASE.idle || mask.has(id) === gains) return false;
        if (!gains && size - mask.count() >= universe.absent) return false;
        setMatrix(to, machine);
        changed.set(id, gains);
        changeMasks(host.state, to);
        if (atOnce) notice(world);
        return true;
      },
    };
  };
  if (!hasScans(universe) || !(atOnce || universe.kinds.has("hardware"))) return [];
  const changes = (half: Half, size: number) =>
    range(size).flatMap((id) => [false, true].map((gains) => change(half, asApid(id), gains, size)));
  const { adapters, domains } = universe;
  return [...changes("adapter", adapters), ...changes("domain", domains), ...changes("control", domains)];
}

function notice({ host, now }: World): void {
  now.phase = scanNotice(host) ? PHASE.scanningChange : PHASE.scanning;
}

/** Of all devices that must come or go, the kernel takes the first; any of them if the order is free. */
function scanEvents(world: World): CheckEvent[] {
  const { host, now, universe } = world;
  const kind = (["config", "hardware", "card"] as const).find((name) => universe.kinds.has(name));
  if (kind === undefined) return [];
  const queues = world.queues();
  let askedFor = -1;
  let firstOf = NONE;
  /** The first device that must come or go in the loaded state, or NONE; looked up once for all events of a state. */
  const first = (): number => {
    if (askedFor === world.loaded) return firstOf;
    askedFor = world.loaded;
    firstOf = queues.findIndex(({ apqn }) => mustComeOrGo(host, apqn));
    return firstOf;
  };
  // Cards that are put on standby keep their devices.
  const comeAndGo = universe.kinds.has("config") || universe.kinds.has("hardware");
  const event = (does: KernelStep, lines: readonly string[], happen: () => boolean, about: About = {}): CheckEvent => ({
    kind,
    does,
    ...about,
    lines,
    happen,
  });
  const steps = (comeAndGo ? queues : []).map(({ a, d, apqn }, n): CheckEvent => {
    const happen = () => {
      if (now.phase === PHASE.idle) return false;
      if (universe.anyOrder ? !mustComeOrGo(host, apqn) : first() !== n) return false;
      scanDevice(host, apqn);
      return true;
    };
    return event("scan-device", [`scan device ${queueText(a, d)}`], happen, { adapter: a, domain: d });
  });
  const canChangeOtherwise = (["hardware", "card", "fault"] as const).some((name) => universe.kinds.has(name));
  const hasNews = () => {
    const isSame = matricesEqual(host.state.machine, host.state.qci);
    return !isSame || first() !== NONE || universe.kinds.has("card") || universe.kinds.has("fault");
  };
  const begin = event("scan-notice", ["scan notice"], () => {
    if (now.phase !== PHASE.idle || !hasNews()) return false;
    notice(world);
    return true;
  });
  const complete = event("scan-complete", ["scan devices", "scan complete"], () => {
    if (now.phase === PHASE.idle || first() !== NONE) return false;
    scanDevices(host);
    scanComplete(host, now.phase === PHASE.scanningChange);
    now.phase = PHASE.idle;
    return true;
  });
  return [...steps, ...(canChangeOtherwise ? [begin] : []), complete];
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
        does: "machine",
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
        does: "machine",
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
