// The compiler as a parser: the native one has no interface for programs yet, so it is the one before it.
import { createRequire } from "node:module";
import type Typescript from "typescript6";

// An import would search its nine megabytes for the names that it exports, which takes longer than to run it.
export const ts = createRequire(import.meta.url)("typescript6") as typeof Typescript;
