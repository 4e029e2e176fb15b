// Writes schema/host.schema.json from the built code; a test fails when the two differ.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hostJsonSchema } from "../dist/formats/description/host-json-schema.js";

const folder = fileURLToPath(new URL("../schema/", import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}host.schema.json`, hostJsonSchema());
