// Loaded before a command that is measured (node --import): at its end it tells what it took, in the file that MEASURED names.
import { readFileSync, writeFileSync } from "node:fs";

process.on("exit", () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  // The maximum of resourceUsage would count what the process had that started this one.
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  const path = process.env.MEASURED;
  if (path !== undefined)
    writeFileSync(path, JSON.stringify({ mib: Number(kib) / 1024, ms: (userCPUTime + systemCPUTime) / 1000 }));
});
