// A process for one write that may have to wait. Its arguments are the root, a path below it and the text. When it is ready, it asks on
// standard output and waits for an answer on standard input; without one it ends and has written nothing. Then it prints the result, if
// anybody still listens. The write goes on in the kernel whatever happens to the process that started it.
import { readSync } from "node:fs";
import { guardWritesBy } from "../../guards/signals.ts";
import { directorySysfs } from "../directory-sysfs.ts";
import { READY } from "./waiting-write.ts";

process.stdout.on("error", () => undefined);
const [root = "", path = "", value = ""] = process.argv.slice(2);
guardWritesBy(() => {
  console.log(READY);
  if (readSync(0, Buffer.alloc(1)) === 0) process.exit();
});
const result = directorySysfs(root).write(path, value);
console.log(JSON.stringify(result.ok ? { bytes: result.value.bytes } : { code: result.errno }));
