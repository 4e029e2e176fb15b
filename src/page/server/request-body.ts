// The body of a request: one operation as JSON, of a size that operations have.
import type { IncomingMessage } from "node:http";
import { LONGEST_OPERATION } from "../../system/ap/limits.ts";

export type RequestBody =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly status: number; readonly error: string };

const refused = (status: number, error: string): RequestBody => ({ ok: false, status, error });

/** Never fails: a client that goes away before the end has sent nothing. What is too long is not kept. */
export function readBody(request: IncomingMessage): Promise<RequestBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= LONGEST_OPERATION) chunks.push(chunk);
      else resolve(refused(413, `an operation has at most ${LONGEST_OPERATION} bytes`));
    });
    request.on("end", () => resolve(textOf(Buffer.concat(chunks))));
    request.on("close", () => resolve(refused(400, "the request ended too early")));
  });
}

function textOf(bytes: Buffer): RequestBody {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? { ok: true, text } : refused(400, "expected UTF-8");
}
