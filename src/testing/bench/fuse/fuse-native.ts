// fuse-native of npm, for comparison: fetched and compiled once below .cache, served by fuse-native-server.ts. It is not a dependency
// of ours, and is left out on a machine that cannot compile it.
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../../../../.cache/fuse-native/", import.meta.url));
const MODULE = join(CACHE, "node_modules", "fuse-native");
const LIBRARY = join(MODULE, "build", "Release");
const SERVER = fileURLToPath(new URL("./fuse-native-server.js", import.meta.url));
const VERSION = "2.2.6";

export interface FuseNative {
  readonly pid: number;
  stop(): void;
}

/** @throws Error it cannot be fetched or compiled here */
export async function mountFuseNative(directory: string): Promise<FuseNative> {
  if (!existsSync(join(LIBRARY, "fuse.node"))) fetch();
  const libraries = join(LIBRARY, "libfuse.so.2");
  if (!existsSync(libraries)) symlinkSync("libfuse.so", libraries);
  const child = fork(SERVER, [MODULE, directory], { env: { ...process.env, LD_LIBRARY_PATH: LIBRARY }, silent: true });
  await new Promise<void>((resolve, reject) => {
    let stderr = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once("message", () => resolve());
    child.once("exit", (code) => reject(new Error(reasonIn(stderr) ?? `its server ended with ${code}`)));
  });
  return { pid: child.pid as number, stop: () => stop(child, directory) };
}

const reasonIn = (stderr: string): string | undefined => /^Error: (.*)$/m.exec(stderr)?.[1];

function fetch(): void {
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, "package.json"), '{"private":true}\n');
  const args = ["install", `fuse-native@${VERSION}`, "--no-audit", "--no-fund", "--no-save", "--loglevel=error"];
  const { status } = spawnSync("npm", args, { cwd: CACHE, stdio: "ignore", timeout: 300_000 });
  if (status !== 0) throw new Error("npm could not fetch it");
  if (!existsSync(join(LIBRARY, "fuse.node"))) throw new Error("it could not be compiled");
}

function stop(child: ChildProcess, directory: string): void {
  child.removeAllListeners("exit");
  spawnSync("umount", ["-l", directory], { timeout: 10_000 });
  child.kill("SIGKILL");
}
