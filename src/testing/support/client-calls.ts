// What a client process can be asked to do with files, and what comes back.

/** One or a few system calls. Texts have one character for each byte. */
export type Call =
  /** Open, read to the end, close. */
  | { readonly kind: "read"; readonly path: string }
  /** Open, write all with one call, close. `truncate`: O_TRUNC, as the shell's > does. */
  | { readonly kind: "write"; readonly path: string; readonly value: string; readonly truncate?: boolean }
  | { readonly kind: "readlink"; readonly path: string }
  | { readonly kind: "list"; readonly path: string }
  /** Type, permissions as octal digits, size. */
  | { readonly kind: "stat"; readonly path: string }
  /** Which of these names below a directory exist. */
  | { readonly kind: "present"; readonly path: string; readonly names: readonly string[] }
  /** Every name below a directory: path, type, and the target of links. No file is opened. */
  | { readonly kind: "walk"; readonly path: string }
  /** As "walk", with the text of every attribute that can be read. */
  | { readonly kind: "readAll"; readonly path: string }
  /** `flags` as fs.open takes them. The answer is a descriptor. */
  | { readonly kind: "open"; readonly path: string; readonly flags: string }
  | { readonly kind: "readAt"; readonly fd: number; readonly offset: number; readonly length: number }
  | { readonly kind: "writeAt"; readonly fd: number; readonly value: string }
  | { readonly kind: "fstat"; readonly fd: number }
  | { readonly kind: "close"; readonly fd: number }
  | { readonly kind: "create" | "mkdir" | "unlink" | "rmdir" | "symlink" | "truncate"; readonly path: string }
  | { readonly kind: "rename" | "hardlink"; readonly path: string; readonly to: string };

export type CallAnswer = { readonly value: unknown } | { readonly errno: string };

export interface CallMessage {
  readonly id: number;
  readonly call: Call;
  /** In its own thread, because it may have to wait. */
  readonly waits: boolean;
}

export interface AnswerMessage {
  readonly id: number;
  readonly answer: CallAnswer;
}
