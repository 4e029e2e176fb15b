// Where a path really leads, link by link: what a write is about does not depend on the way there.
import type { Sysfs } from "./sysfs.ts";

const LINK_LIMIT = 40;

/** Without links, dots and needless slashes. What is not there is left as it is named. */
export function realPath(sysfs: Sysfs, path: string): string {
  const ahead = path.split("/").reverse();
  const reached: string[] = [];
  let links = 0;
  while (ahead.length > 0) {
    const name = ahead.pop() as string;
    if (name === "" || name === ".") continue;
    if (name === "..") {
      reached.pop();
      continue;
    }
    const target = sysfs.readlink([...reached, name].join("/"));
    if (target.ok && ++links <= LINK_LIMIT) ahead.push(...target.value.split("/").reverse());
    else reached.push(name);
  }
  return reached.join("/");
}
