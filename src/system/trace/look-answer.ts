// What a look at /sys answers: the text of a file, the end of a link, the names in a directory.
import type { Result } from "../ap/result.ts";
import type { Sysfs } from "../sysfs/sysfs.ts";
import type { Answer } from "./answer.ts";
import type { Read } from "./operation.ts";

export function lookAnswer(sysfs: Sysfs, { op, path }: Read): Answer {
  switch (op) {
    case "read":
      return textAnswer(sysfs.read(path), (text) => text.length);
    case "readlink":
      return textAnswer(lastComponent(sysfs.readlink(path)), () => 0);
    case "ls": {
      const names = sysfs.list(listedPath(path));
      if (!names.ok) return { r: names.errno };
      const listed = isDriverDirectory(path) ? names.value.filter(isDevice) : names.value;
      return { r: listed.length, l: listed };
    }
  }
}

function textAnswer(result: Result<string>, count: (text: string) => number): Answer {
  return result.ok ? { r: count(result.value), t: result.value } : { r: result.errno };
}

function lastComponent(target: Result<string>): Result<string> {
  if (!target.ok) return target;
  return { ok: true, value: target.value.slice(target.value.lastIndexOf("/") + 1) };
}

const listedPath = (path: string): string => path.replace(/(?<!\/)\/+$/, "");
const isDriverDirectory = (path: string): boolean => /^bus\/ap\/drivers\/[^/]+\/*$/.test(path);
/** What a driver's directory holds besides its devices is left out of a listing. */
const isDevice = (name: string): boolean => /^card..$|^..\.....$/.test(name);
