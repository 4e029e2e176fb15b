// The bus scans every config_time seconds; a write to that attribute restarts the clock.
import { AP_BUS } from "../system/ap/paths.ts";
import type { Lab } from "./lab.ts";

/**
 * @param onBug hears why a scan failed, or could not be remembered
 * @returns how to stop it
 */
export function startTimer(lab: Lab, onBug: (error: unknown) => void): { stop(): void } {
  let timer: NodeJS.Timeout;
  let seconds = 0;
  const arm = (): void => {
    clearTimeout(timer);
    seconds = lab.player.host.state.get("configTime");
    timer = setTimeout(() => {
      try {
        lab.apply({ op: "scan", part: "all" });
      } catch (error) {
        onBug(error);
      }
      arm();
    }, seconds * 1000);
  };
  arm();
  lab.listen({
    answered(operation) {
      if (operation.op === "write" && operation.path.endsWith(`${AP_BUS}/config_time`)) arm();
    },
  });
  return { stop: () => clearTimeout(timer) };
}
