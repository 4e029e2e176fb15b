// A lab in this process, with its /sys mounted, and a client: most tests of the mount begin with this.
import type { FuseMount, FuseMountOptions } from "../../lab/fuse/fuse-mount.ts";
import { Lab } from "../../lab/lab.ts";
import { mountLab } from "../../lab/lab-mount.ts";
import type { Operation } from "../../system/trace/operation.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { Client } from "./client.ts";
import { freshDirectory } from "./temporary.ts";

export interface MountedLab {
  readonly lab: Lab;
  readonly mount: FuseMount;
  /** Where its /sys is. */
  readonly sys: string;
  readonly client: Client;
  /** Errors of ours that the server caught. */
  readonly bugs: readonly unknown[];
  stop(): Promise<void>;
}

export interface MountedLabOptions {
  readonly beginning: readonly Operation[];
  readonly profile: Profile;
  /** For the mount point. */
  readonly parent: string;
  readonly journal?: string;
  readonly transport?: FuseMountOptions["transport"];
  /** One that is there already. */
  readonly client?: Client;
}

export async function mountedLab(options: MountedLabOptions): Promise<MountedLab> {
  const { beginning, profile, journal, transport } = options;
  const lab = new Lab({ name: "lab", profile, beginning, journal });
  const sys = freshDirectory(options.parent, "sys");
  const bugs: unknown[] = [];
  const onBug = (error: unknown) => bugs.push(error);
  const mount = await mountLab(lab, sys, { onBug, ...(transport && { transport }) });
  const client = options.client ?? new Client();
  const stop = async (): Promise<void> => {
    if (!options.client) client.stop();
    await mount.unmount();
    await mount.ended;
    lab.close();
  };
  return { lab, mount, sys, client, bugs, stop };
}
