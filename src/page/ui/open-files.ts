// Files that are dropped on the page or chosen, gunzipped where they are packed.
import { open } from "./page.ts";
import { notify, state } from "./page-state.ts";

async function textOf(file: File): Promise<string> {
  const start = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (start[0] !== 0x1f || start[1] !== 0x8b) return await file.text();
  try {
    return await new Response(file.stream().pipeThrough(new DecompressionStream("gzip"))).text();
  } catch {
    throw new Error("it begins as a file packed with gzip and cannot be unpacked: it is cut off or damaged");
  }
}

/** Nobody could look at a larger history. In bytes. */
const LARGEST = 200 * 1024 * 1024;

/** Opened one by one, plans last, so that a host and its plan can be dropped together. */
async function openFiles(files: Iterable<File>): Promise<void> {
  const all = [...files].sort((a, b) => Number(isContinuation(a)) - Number(isContinuation(b)));
  for (const file of all) {
    try {
      if (file.size > LARGEST) throw new Error("it is too large");
      open(await textOf(file), file.name);
    } catch (error) {
      notify(`${file.name}: ${(error as Error).message}`, true);
    }
  }
  // What is wrong with a file is shown on the page, not in the dialog.
  state.set({ dialog: undefined });
}

const isContinuation = ({ name }: File): boolean => /plan|desired/.test(name);

export function chooseFiles(): void {
  const field = document.createElement("input");
  field.type = "file";
  field.multiple = true;
  field.onchange = () => void openFiles(field.files ?? []);
  field.click();
}

export function acceptDrops(): void {
  const root = document.documentElement;
  addEventListener("dragover", (event) => {
    event.preventDefault();
    root.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) root.classList.remove("dropping");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    root.classList.remove("dropping");
    void openFiles(event.dataTransfer?.files ?? []);
  });
}
