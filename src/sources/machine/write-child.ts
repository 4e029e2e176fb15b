// A process for one write that may have to wait: the root, a path below it and what is written. It says what came of it on standard
// output, if anybody still listens. The write goes on in the kernel whatever becomes of whoever started it.
import { directorySysfs } from "../directory-sysfs.ts";

process.stdout.on("error", () => undefined);
const [root = "", path = "", value = ""] = process.argv.slice(2);
const result = directorySysfs(root).write(path, value);
console.log(JSON.stringify(result.ok ? { bytes: result.value.bytes } : { code: result.errno }));
