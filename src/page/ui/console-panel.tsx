// A console with real paths and values: what was typed or clicked, and the answers.
import { useEffect, useRef, useState } from "preact/hooks";
import { doLine } from "./console.ts";
import { usePage } from "./page-state.ts";

export function ConsolePanel() {
  const { said } = usePage("said");
  const [past, setPast] = useState<{ readonly lines: readonly string[]; readonly at: number }>({ lines: [], at: 0 });
  const field = useRef<HTMLInputElement>(null);
  const output = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (output.current) output.current.scrollTop = output.current.scrollHeight;
  }, [said]);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const text = field.current?.value ?? "";
    if (!field.current || text.trim() === "") return;
    field.current.value = "";
    setPast({ lines: [...past.lines, text], at: past.lines.length + 1 });
    doLine(text);
  };
  const recall = (event: KeyboardEvent) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by === undefined || !field.current) return;
    event.preventDefault();
    const at = Math.min(Math.max(past.at + by, 0), past.lines.length);
    setPast({ ...past, at });
    field.current.value = past.lines[at] ?? "";
  };
  return (
    <section class="panel console" aria-label="Console">
      <h2>Console</h2>
      <div class="output" ref={output} role="log" aria-label="What was done" tabIndex={0}>
        {said.length === 0 && <p class="hint">echo 0x54 &gt; $m1/assign_domain — help tells what else.</p>}
        {said.map(({ id, command, lines, isError }) => (
          <div key={id} class={isError ? "bad" : undefined}>
            <p class="command">{command}</p>
            <pre>{lines.join("\n")}</pre>
          </div>
        ))}
      </div>
      <form onSubmit={submit}>
        <label class="unseen" for="console">
          Command
        </label>
        <input
          id="console"
          ref={field}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder="echo, cat, ls, assign, scan …"
          onKeyDown={recall}
        />
      </form>
    </section>
  );
}
