// Directories for tests, soaks and measurements. They are removed when the process ends, after what is mounted there.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory of this process. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "apmatrix-"));
  process.once("exit", () => {
    unmountBelow(directory);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

let directories = 0;

/** An empty directory below another one. */
export function freshDirectory(parent: string, name = "d"): string {
  const directory = join(parent, `${name}${++directories}`);
  mkdirSync(directory);
  return directory;
}

/** Mount points below a directory, the inner ones first. */
function mountsBelow(directory: string): readonly string[] {
  const points = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "");
  return points.filter((point) => point.startsWith(`${directory}/`)).reverse();
}

/** First by force, which ends calls that wait for a hanging server; then lazily. */
function unmountBelow(directory: string): void {
  for (const point of mountsBelow(directory)) {
    const { status } = spawnSync("umount", ["-f", point], { timeout: 10_000 });
    if (status !== 0) spawnSync("umount", ["-l", point], { timeout: 10_000 });
  }
}

/** A small file system in memory: a disk that is soon full. */
export function mountSmallDisk(directory: string, bytes: number): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", directory], { timeout: 10_000 });
}
