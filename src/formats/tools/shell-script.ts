// Writes as a shell script, one `echo VALUE > /sys/PATH` each, that ends at the first refused write. What is not a write, such as the start
// of a guest, becomes a comment: a script cannot do it.
import type { Write } from "../../system/sysfs/writes.ts";
import type { Operation } from "../../system/trace/operation.ts";
import { operationToJson } from "../../system/trace/operation-json.ts";

/** An operation, and the errno with which it is expected to be refused, if any. */
export interface ShellStep {
  readonly operation: Operation;
  readonly refused?: string | undefined;
}

/** @param title comment lines at the top; a line end in one of them cannot end the comment */
export const formatScript = (title: readonly string[], steps: readonly ShellStep[]): string => {
  const comments = title.map((line) => `# ${line.replace(/[\p{Cc}\u2028\u2029]/gu, " ")}`);
  return ["#!/bin/sh", ...comments, "set -e", ...steps.flatMap(stepLines), ""].join("\n");
};

/** One write as a command. */
export const writeCommand = ([path, value]: Write): string =>
  `${printed(value.endsWith("\n") ? value.slice(0, -1) : value)} > ${quotedWord(`/sys/${path}`)}`;

function stepLines({ operation, refused }: ShellStep): readonly string[] {
  switch (operation.op) {
    case "write": {
      // A script on the host does not reach into its guests.
      if (operation.in !== undefined) return [remark(operation)];
      const command = writeCommand([operation.path, operation.value]);
      // With `!` in front the shell goes on after the error, and ends if there is none.
      return [refused === undefined ? command : `! ${command}  # ${refused}`];
    }
    case "read":
    case "readlink":
    case "ls":
    case "state":
      return [];
    default:
      return [remark(operation)];
  }
}

function remark(operation: Operation): string {
  const { op, ...members } = operationToJson(operation);
  const rest = Object.keys(members).length > 0 ? ` ${JSON.stringify(members)}` : "";
  return `# ${op}${rest}`;
}

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

const quotedWord = (text: string): string => (PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** echo is used only for values that every shell's echo prints unchanged. */
function printed(text: string): string {
  if (PLAIN.test(text) && !/^-[a-zA-Z]*$/.test(text)) return `echo ${text}`;
  return `printf '%s\\n' ${quotedWord(text)}`;
}
