// What a mirror of a lab and the thread that talks to the lab for it tell each other.
import type { MessagePort } from "node:worker_threads";

/** What the thread is started with. */
export interface BridgeData {
  /** The lab's socket. */
  readonly socket: string;
  /** Requests come and replies go here; news go to the port that every worker has. */
  readonly port: MessagePort;
  /** One number, counted up when a reply is there: whoever asked sleeps on it. */
  readonly signal: SharedArrayBuffer;
}

/** Ask the lab this line, or nothing; then tell all that has been written to its trace up to now. */
export interface BridgeRequest {
  readonly line?: string;
}

export type BridgeReply =
  | { readonly answer: string | undefined; readonly lines: readonly string[] }
  /** The lab cannot be asked any more. */
  | { readonly gone: string };
