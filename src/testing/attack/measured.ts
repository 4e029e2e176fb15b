// Loaded before a command that is measured (node --import): at its end it tells what it took, in the file that MEASURED names.
import { writeFileSync } from "node:fs";

process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const path = process.env.MEASURED;
  if (path !== undefined)
    writeFileSync(path, JSON.stringify({ mib: maxRSS / 1024, ms: (userCPUTime + systemCPUTime) / 1000 }));
});
