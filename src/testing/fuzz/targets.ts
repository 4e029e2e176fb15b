// Everything that is fuzzed.
import { BYTES } from "./bytes.ts";
import { READERS } from "./readers.ts";
import { SERVERS } from "./servers.ts";
import type { Target } from "./target.ts";

export const TARGETS = [...READERS, ...BYTES, ...SERVERS] as unknown as readonly Target<unknown>[];

export const SHARES = TARGETS.reduce((sum, { share }) => sum + share, 0);
