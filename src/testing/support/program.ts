// The program as it is shipped: bundled, so it starts in half the time. Tests that start apmatrix as users do start this.
import { fileURLToPath } from "node:url";

export const PROGRAM = fileURLToPath(new URL("../../../bin/apmatrix.mjs", import.meta.url));
