// The bus scans by itself every config_time seconds; writing that attribute sets the clock anew.
import type { Lab } from "./lab.ts";

export interface Timer {
  stop(): void;
}

export function startTimer(lab: Lab): Timer {
  let timer: NodeJS.Timeout;
  let seconds = 0;
  const arm = (): void => {
    clearTimeout(timer);
    seconds = lab.player.host.state.get("configTime");
    timer = setTimeout(() => {
      lab.apply({ op: "scan", part: "all" });
      arm();
    }, seconds * 1000);
  };
  arm();
  lab.listen({
    answered(operation) {
      if (operation.op === "write" && operation.path.endsWith("bus/ap/config_time")) arm();
    },
  });
  return { stop: () => clearTimeout(timer) };
}
