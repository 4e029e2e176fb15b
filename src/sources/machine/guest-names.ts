// What libvirt calls the guests of mdevs: no kernel knows that, but the XML of its virtual machines does, the defined ones and those that
// run. Read for people; whatever is not a virtual machine is passed over.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseLibvirtXmls } from "../../formats/tools/libvirt-xml.ts";
import { UnsafeError } from "../../guards/safe-open.ts";
import { decodedText, readInput } from "../../guards/user-files.ts";

export interface GuestNames {
  /** Names of guests by the UUID of their mdev. */
  readonly names: ReadonlyMap<string, string>;
  /** One line for each file that could not be read or understood. */
  readonly warnings: readonly string[];
}

/**
 * @param paths files, or directories, of which every file ends in .xml; a path that is not there is no mistake
 */
export function guestNamesIn(paths: readonly string[]): GuestNames {
  const names = new Map<string, string>();
  const warnings: string[] = [];
  for (const path of paths.flatMap(xmlFilesOf)) {
    try {
      const read = parseLibvirtXmls(domainPart(decodedText(readInput(path))), path);
      if (!read.ok) {
        warnings.push(
          `${path}:${read.error.line}:${read.error.column}: ${read.error.message}: no guest's name was taken`,
        );
        continue;
      }
      for (const xml of read.value) {
        if (xml.kind === "domain") for (const { uuid } of xml.hostdevs) names.set(uuid, xml.name);
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (!(error instanceof UnsafeError) && code === undefined) throw error;
      warnings.push(`${path}: ${code === "EACCES" ? "permission denied" : message}: no guest's name was taken`);
    }
  }
  return { names, warnings };
}

function xmlFilesOf(path: string): readonly string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return existing(path);
  return readdirSync(path)
    .filter((name) => name.endsWith(".xml"))
    .sort()
    .map((name) => join(path, name));
}

const existing = (path: string): readonly string[] => (statSync(path, { throwIfNoEntry: false }) ? [path] : []);

/** A file of a virtual machine that runs has it inside of what libvirt notes besides. Blanks keep every place where it was. */
function domainPart(text: string): string {
  if (!/<domstatus\b/.test(text)) return text;
  const [start, end] = [text.search(/<domain\b/), text.lastIndexOf("</domain>")];
  if (start < 0 || end < start) return text;
  return text.slice(0, start).replace(/[^\n]/g, " ") + text.slice(start, end + "</domain>".length);
}
