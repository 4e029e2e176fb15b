// Whether to write in colour: on a terminal that can show it, unless the user does not want it.

export interface Terminal {
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const stdoutTerminal = (): Terminal => ({ isTTY: process.stdout.isTTY === true, env: process.env });

/** @see https://no-color.org */
export const isColourWanted = ({ isTTY, env }: Terminal): boolean => isTTY && !env.NO_COLOR && env.TERM !== "dumb";
