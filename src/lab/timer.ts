// Every bus scans each config_time seconds, the host's and those in guests; a write to that attribute restarts the clock.
import { AP_BUS } from "../system/ap/paths.ts";
import type { Host } from "../system/vfio-ap/host.ts";
import type { Lab } from "./lab.ts";

/** The clock of one bus. */
interface Clock {
  readonly host: Host;
  timer: NodeJS.Timeout;
}

/**
 * @param onBug hears why a scan failed, or could not be remembered
 * @returns how to stop it
 */
export function startTimer(lab: Lab, onBug: (error: unknown) => void): { stop(): void } {
  /** By the guest's path; the host's is "". */
  const clocks = new Map<string, Clock>();
  const arm = (path: string, host: Host): void => {
    clearTimeout(clocks.get(path)?.timer);
    const timer = setTimeout(() => {
      try {
        lab.apply({ op: "scan", part: "all", ...(path !== "" && { in: path }) });
      } catch (error) {
        onBug(error);
      }
      if (clocks.has(path)) arm(path, host);
    }, host.state.get("configTime") * 1000);
    clocks.set(path, { host, timer });
  };
  /** Guests have come, gone or booted again. */
  const follow = (): void => {
    const paths = new Set(["", ...lab.player.guestPaths()]);
    for (const [path, { timer }] of clocks)
      if (!paths.has(path)) {
        clearTimeout(timer);
        clocks.delete(path);
      }
    for (const path of paths) {
      const host = path === "" ? lab.player.host : lab.player.guestPlayer(path)?.host;
      if (host && clocks.get(path)?.host !== host) arm(path, host);
    }
  };
  follow();
  lab.listen({
    answered(operation) {
      if (lab.hasInside) follow();
      const { host } = clocks.get(operation.in ?? "") ?? {};
      if (host && operation.op === "write" && operation.path.endsWith(`${AP_BUS}/config_time`))
        arm(operation.in ?? "", host);
    },
  });
  return {
    stop() {
      for (const { timer } of clocks.values()) clearTimeout(timer);
      clocks.clear();
    },
  };
}
