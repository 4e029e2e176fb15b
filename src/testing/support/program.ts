// The program as it is shipped: bundled, it starts in half the time. Tests that start apmatrix as its users do start this.
import { fileURLToPath } from "node:url";

export const PROGRAM = fileURLToPath(new URL("../../../bin/apmatrix.mjs", import.meta.url));
