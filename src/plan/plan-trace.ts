// A plan as a trace of its steps alone: each write with the answer that is expected, guest masks included. It goes on where the host
// is, so there is no "init" in it.
import type { Happening } from "../machine/happening.ts";
import { copyState } from "../machine/snapshot.ts";
import { hostSysfs } from "../sysfs/sysfs.ts";
import type { Answer } from "../trace/answer.ts";
import { Observed } from "../trace/observed.ts";
import { vfioApDriver } from "../vfio-ap/driver.ts";
import { type Host, newHost } from "../vfio-ap/host.ts";
import type { Plan } from "./planner.ts";

/** Lines without their ends: the header, then one for each step. */
export function planTrace(host: Host, { steps }: Plan): readonly string[] {
  let uevents: (readonly string[])[] = [];
  const hear = (happening: Happening): void => {
    if (happening.kind !== "uevent" || happening.action !== "change") return;
    uevents.push([happening.device.slice(happening.device.lastIndexOf("/") + 1), ...happening.variables]);
  };
  const copy = newHost(copyState(host.state), host.profile, vfioApDriver, hear);
  const sysfs = hostSysfs(copy);
  const observed = new Observed(copy);
  observed.guestChanges(copy);
  observed.interruptChanges(copy);
  const header = {
    trace: "plan",
    format: 1,
    profile: host.profile.name,
    desc: "the steps of a plan, to go on from the host it was made for",
  };
  const lines = steps.map(([path, value], at) => {
    uevents = [];
    const result = sysfs.write(path, value);
    const answer: Answer = {
      r: result.ok ? (result.value.outcome === "waits" ? "blocked" : result.value.bytes) : result.errno,
    };
    const apcb = observed.guestChanges(copy);
    if (apcb) answer.apcb = apcb;
    const irq = observed.interruptChanges(copy);
    if (irq) answer.irq = irq;
    if (uevents.length > 0) answer.uev = uevents;
    return JSON.stringify({ i: at + 1, op: "write", path, value, x: answer });
  });
  return [JSON.stringify(header), ...lines];
}
