// The first request: which version both sides speak, and what of the kernel's offers is taken.
import type { Frame, RequestBytes } from "./frames.ts";
import { fail } from "./fuse-error.ts";
import { INIT_FLAG, INIT_FLAG_2, MAJOR, MAX_WRITE, MINOR } from "./fuse-protocol.ts";

const AT = { major: 0, minor: 4, flags: 12, flags2: 16 } as const;

/** @throws FuseError EIO, the kernel is too old */
export function appendInitReply(frame: Frame, body: RequestBytes): Frame {
  if (body.u32(AT.major) < MAJOR) return fail("EIO");
  const offered = body.u32(AT.flags);
  const isLong = (offered & INIT_FLAG.INIT_EXT) !== 0 && body.length >= AT.flags2 + 4;
  // Files of sysfs have no handles for open_by_handle_at.
  const more = isLong ? body.u32(AT.flags2) & INIT_FLAG_2.NO_EXPORT_SUPPORT : 0;
  const wanted = INIT_FLAG.ATOMIC_O_TRUNC | INIT_FLAG.PARALLEL_DIROPS | (more ? INIT_FLAG.INIT_EXT : 0);
  frame
    .u32(MAJOR)
    .u32(Math.min(MINOR, body.u32(AT.minor)))
    .u32(0)
    .u32(offered & wanted);
  return frame.u16(64).u16(48).u32(MAX_WRITE).u32(1).u16(1).u16(0).u32(more).zeros(28);
}
