// Lines about guests: a virtual machine takes an mdev, resets it, gives it back, switches interrupts, loses memory.
import type { Operation } from "../../system/trace/operation.ts";
import { type Cast, takeActor, takeMdev } from "./cast.ts";
import { hex, takeQueue } from "./ids.ts";
import type { Words } from "./words.ts";

/** `start g2 m2`; `start no-vm m2` for a process without a virtual machine. */
export function readStart(words: Words, cast: Cast): Operation {
  const guest = words.takeIf("no-vm") ? null : takeActor(words, cast);
  return { op: "open", guest, mdev: cast.uuid(words, takeMdev(words, cast)) };
}

export function readCloseOrReset(op: "close" | "reset", words: Words, cast: Cast): Operation {
  const guest = takeActor(words, cast);
  return { op, guest, mdev: cast.uuid(words, takeMdev(words, cast)) };
}

const IRQS = ["request", "config-change"];

export function readEventfd(words: Words, cast: Cast): Operation {
  const which = words.takeMatch(/^(request|config-change)$/) ?? words.fail("request or config-change");
  const on = !words.takeIf("off");
  const guest = takeActor(words, cast);
  return { op: "eventfd", guest, mdev: cast.uuid(words, takeMdev(words, cast)), index: IRQS.indexOf(which), on };
}

/** What a guest uses unless a line says otherwise: an ISC, and an address in its second page. */
const ISC = 3;
const NIB = 0x2000;

export function readInterrupts(words: Words, cast: Cast, enable: boolean): Operation {
  const q = takeQueue(words);
  const guest = takeActor(words, cast, false);
  const isc = words.takeIf("isc") ? Number(words.takeMatch(/^[0-7]$/) ?? words.fail("an ISC, 0..7")) : ISC;
  const nib = words.takeIf("nib") ? takeAddress(words, "a guest address in hex") : NIB;
  return { op: "aqic", guest, q, enable, isc, nib };
}

/** `unmap 2000 +1000`. */
export function readUnmap(words: Words, cast: Cast): Operation {
  const iova = takeAddress(words, "a guest address in hex");
  const len = hex(words.takeMatch(/^\+[0-9a-f]+$/) ?? words.fail("a length in hex, such as +1000"));
  const guest = takeActor(words, cast);
  return { op: "unmap", guest, mdev: cast.uuid(words, takeMdev(words, cast)), iova, len };
}

const takeAddress = (words: Words, expected: string): number =>
  hex(words.takeMatch(/^[0-9a-f]+$/) ?? words.fail(expected));
