// The program as it is shipped: bundled, it starts in half the time. Tests that start apmatrix as its users do start this,
// or the program that APMATRIX_PROGRAM names: an older version, to see that a test fails on it.
import { fileURLToPath } from "node:url";

export const PROGRAM =
  process.env.APMATRIX_PROGRAM ?? fileURLToPath(new URL("../../../bin/apmatrix.mjs", import.meta.url));
