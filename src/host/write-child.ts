// A process for one write that may have to wait: path of the file and what is written. It says what came of it on standard output, if
// anybody still listens. The write goes on in the kernel whatever becomes of whoever started it.
import { closeSync, constants, openSync, writeSync } from "node:fs";

process.stdout.on("error", () => undefined);
const [path = "", value = ""] = process.argv.slice(2);
try {
  const fd = openSync(path, constants.O_WRONLY | constants.O_TRUNC);
  const bytes = writeSync(fd, Buffer.from(value, "latin1"));
  closeSync(fd);
  console.log(JSON.stringify({ bytes }));
} catch (error) {
  console.log(JSON.stringify({ code: (error as NodeJS.ErrnoException).code }));
}
