// The bus scans by itself every config_time seconds; writing that attribute sets the clock anew.
import { AP_BUS } from "../system/ap/paths.ts";
import type { Lab } from "./lab.ts";

export interface Timer {
  stop(): void;
}

/** @param onBug hears why a scan could not be done, or be remembered */
export function startTimer(lab: Lab, onBug: (error: unknown) => void): Timer {
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
