// A plan as a trace of its steps alone: each write with the answer that is expected, guest masks included. It goes on where the host
// is, so there is no "init" in it.
import { Player } from "../../system/trace/player.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import type { Plan } from "./planner.ts";

/** Lines without their ends: the header, then one for each step. */
export function planTrace(host: Host, { steps }: Plan): readonly string[] {
  const player = new Player(host.profile, undefined, host);
  const header = {
    trace: "plan",
    format: 1,
    profile: host.profile.name,
    desc: "the steps of a plan, to go on from the host it was made for",
  };
  const lines = steps.map(([path, value], at) => {
    const x = player.apply({ op: "write", path, value }, at + 1);
    return JSON.stringify({ i: at + 1, op: "write", path, value, x });
  });
  return [JSON.stringify(header), ...lines];
}
