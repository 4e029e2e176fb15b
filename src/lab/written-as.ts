// A lab's answer to a write, as the writer sees it.
import { ERRNO, type Errno } from "../system/ap/errno.ts";
import { type Result, refused } from "../system/ap/result.ts";
import type { Written } from "../system/sysfs/sysfs.ts";
import type { Answer } from "../system/trace/answer.ts";

const isErrno = (r: string): r is Errno => Object.hasOwn(ERRNO, r);

/** Of a refusal only the errno is known; the reason stays in the lab. */
export function writtenAs({ r }: Pick<Answer, "r">, value: string): Result<Written> {
  if (typeof r === "number") return { ok: true, value: { bytes: r, outcome: "stored" } };
  if (r === "blocked") return { ok: true, value: { bytes: value.length, outcome: "waits" } };
  return refused(isErrno(r) ? r : "EIO", "malformed");
}
