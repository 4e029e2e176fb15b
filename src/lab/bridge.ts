// The messages between a mirror of a lab and the thread that talks to the lab for it.
import type { MessagePort } from "node:worker_threads";

/** What the thread is started with. */
export interface BridgeData {
  /** The lab's socket. */
  readonly socket: string;
  /** For requests and replies; news goes to the port that every worker has. */
  readonly port: MessagePort;
  /** A number that counts replies: whoever asked sleeps on it. */
  readonly signal: SharedArrayBuffer;
}

/** Send the lab this line, if any; then answer with all that has been written to its trace up to now. */
export interface BridgeRequest {
  readonly line?: string;
}

export type BridgeReply =
  | { readonly answer: string | undefined; readonly lines: readonly string[] }
  /** The lab cannot be asked any more. */
  | { readonly gone: string };
