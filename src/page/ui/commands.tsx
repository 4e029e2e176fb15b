// Writes as commands, to copy or to carry out.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { echoCommand } from "../../answers/explain/sentences.ts";
import { actionLines } from "../../history/scenario/format-action.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import { echoed } from "../../system/trace/operation.ts";
import { copyText } from "./copy.ts";
import { Icon } from "./icons.tsx";
import { act } from "./page.ts";
import { usePage } from "./page-state.ts";

interface CommandsProps {
  readonly writes: readonly Write[];
  /** Buttons beside those of the commands. */
  readonly children?: ComponentChildren;
}

export function Commands({ writes, children }: CommandsProps) {
  const { session, index } = usePage("session", "index");
  const [isWhole, setWhole] = useState(false);
  const [isCopied, setCopied] = useState(false);
  const text = writes.map(echoCommand).join("\n");
  // Masks of 192 digits say nothing to a reader.
  const isLong = writes.some(([, value]) => value.length > LONG);
  const isHere = session?.canAct && index === session.last;
  const doIt = () =>
    void act(
      text,
      writes.map(([path, value]) => ({ op: "write", path, value: value.endsWith("\n") ? value : `${value}\n` })),
    );
  return (
    <div class="commands">
      <pre tabIndex={0} role="region" aria-label="Commands">
        {isLong && !isWhole ? wordsOf(writes) : text}
      </pre>
      {isLong && (
        <button type="button" class="link" onClick={() => setWhole(!isWhole)}>
          {isWhole ? "in words" : "every digit"}
        </button>
      )}
      <div class="buttons">
        <button type="button" onClick={() => void copyText(text).then(setCopied)}>
          <Icon name="copy" /> {isCopied ? "Copied" : "Copy"}
        </button>
        <button type="button" class="primary" onClick={doIt}>
          {isHere ? "Do it" : "Try it on a branch"}
        </button>
        {children}
      </div>
    </div>
  );
}

const LONG = 60;

/** The writes in the words of scenarios: ids instead of masks. */
const wordsOf = (writes: readonly Write[]): string =>
  writes.flatMap((write) => actionLines(echoed(write), (uuid) => uuid)).join("\n");
