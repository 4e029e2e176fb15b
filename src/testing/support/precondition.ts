// Whether this machine lets us mount: tests that mount must ask this first.
import { mountTree } from "../../lab/fuse/fuse-mount.ts";
import { directory } from "../../system/sysfs/node.ts";
import { freshDirectory, temporaryDirectory } from "./temporary.ts";

/**
 * A trial mount.
 *
 * @returns why tests that mount must be skipped; false if they need not be. In CI (CI=true) they never are: what they
 * need must be there. scripts/test.mjs sets CI only for root
 */
export async function mountSkip(): Promise<string | false> {
  if (process.env.CI === "true") return false;
  try {
    const backend = {
      root: directory({}),
      write: () => ({ ok: true, value: { bytes: 0, outcome: "stored" } }) as const,
    };
    const mount = await mountTree(backend, freshDirectory(temporaryDirectory()), { onBug: () => undefined });
    await mount.unmount();
    return false;
  } catch (error) {
    return (error as Error).message;
  }
}
