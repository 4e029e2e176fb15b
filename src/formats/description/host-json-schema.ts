// The JSON Schema of host descriptions, for editors, made from the zod schema that checks them.
import * as z from "zod";
import { hostFile } from "./host-file.ts";

/** The text of schema/host.schema.json. */
export function hostJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(hostFile, { io: "input", target: "draft-2020-12" });
  return `${JSON.stringify({ $schema, title: "Host description for apmatrix", ...schema }, null, 2)}\n`;
}
