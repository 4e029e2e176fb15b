// What a script is doing, on stderr: stdout belongs to the command that was asked for. What is quick is not worth a line.
import { spawn } from "node:child_process";

const QUICK = 700;
/** Nobody shall wait longer than five seconds without a word. */
const EVERY = 4_000;

/** @returns what the work gives back */
export async function telling(what, work) {
  const begun = performance.now();
  let timer = setTimeout(function tell() {
    const seconds = Math.round((performance.now() - begun) / 1000);
    console.error(`apmatrix: ${what} ...${seconds < 2 ? "" : ` ${seconds} s`}`);
    timer = setTimeout(tell, EVERY);
  }, QUICK);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}

/** Run a program whose output goes to stderr. @throws it did not end well */
export function run(root, command, args) {
  return new Promise((resolve, reject) => {
    const failed = (why) => reject(new Error(`"${[command, ...args].join(" ")}" failed${why}`));
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
    child.on("error", ({ message }) => failed(`: ${message}`));
    child.on("close", (code) => (code === 0 ? resolve() : failed("")));
  });
}
