// Writes as commands, to copy or to carry out.

import { useState } from "preact/hooks";
import { echoCommand } from "../../answers/explain/sentences.ts";
import type { Write } from "../../system/sysfs/writes.ts";
import { copyText } from "./copy.ts";
import { Icon } from "./icons.tsx";
import { act } from "./page.ts";
import { usePage } from "./page-state.ts";

export function Commands({ writes }: { readonly writes: readonly Write[] }) {
  const { session, index } = usePage("session", "index");
  const [isCopied, setCopied] = useState(false);
  const text = writes.map(echoCommand).join("\n");
  const isHere = session?.canAct && index === session.last;
  const doIt = () =>
    void act(
      text,
      writes.map(([path, value]) => ({ op: "write", path, value: value.endsWith("\n") ? value : `${value}\n` })),
    );
  return (
    <div class="commands">
      <pre tabIndex={0} role="region" aria-label="Commands">
        {text}
      </pre>
      <div class="buttons">
        <button type="button" onClick={() => void copyText(text).then(setCopied)}>
          <Icon name="copy" /> {isCopied ? "Copied" : "Copy"}
        </button>
        <button type="button" class="primary" onClick={doIt}>
          {isHere ? "Do it" : "Try it on a branch"}
        </button>
      </div>
    </div>
  );
}
