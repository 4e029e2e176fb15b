// The command line of a kernel, as far as it is about the AP bus: ap.apmask=, ap.aqmask= and the other parameters of the module.
import type { Apid, Apqi } from "../../system/ap/id.ts";
import { type Mask, newMask } from "../../system/ap/mask.ts";
import { quoted } from "../../system/ap/quoted.ts";
import { parseMask } from "../../system/sysfs/mask-grammar.ts";

export interface KernelParameter {
  readonly name: string;
  readonly value: string;
  /** Where its name begins. */
  readonly line: number;
  readonly column: number;
}

/** As the kernel reads them: quotes keep blanks together, and what follows `--` is for init. The last one of a name counts. */
export function kernelParameters(text: string): readonly KernelParameter[] {
  const parameters: KernelParameter[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    for (const match of line.matchAll(/(?:"[^"]*"|[^\s"]+)+/g)) {
      if (match[0] === "--") return parameters;
      const [name = "", ...value] = match[0].replaceAll('"', "").split("=");
      parameters.push({ name, value: value.join("="), line: at + 1, column: match.index + 1 });
    }
  }
  return parameters;
}

/** The value that counts of a name. */
export const lastParameter = (parameters: readonly KernelParameter[], name: string): KernelParameter | undefined =>
  parameters.findLast((parameter) => parameter.name === name);

/**
 * The mask that a kernel starts with.
 *
 * @returns with a sentence on what is hardly meant: the mask starts with no bit on, and a text with a mistake leaves it so
 */
export function bootMask<I extends Apid | Apqi>({
  name,
  value,
}: KernelParameter): {
  readonly mask: Mask<I>;
  readonly note: string | undefined;
} {
  const empty = newMask<I>();
  const mask = parseMask<I>(value, empty);
  const told = `${name}=${value}`;
  if (!mask)
    return { mask: empty, note: `${quoted(told)} is no mask to the kernel, which starts with all bits off then` };
  const note = `${quoted(told)} leaves all bits off: at boot a mask starts so, and changes start from there`;
  return { mask, note: mask.isEmpty() && /^[+-]/.test(value) ? note : undefined };
}
