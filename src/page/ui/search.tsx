// Search: a guest, an mdev by number or UUID, a queue, an adapter, a domain.
import { useRef, useState } from "preact/hooks";
import { type Finding, findings } from "../board/findings.ts";
import { shownMoment } from "./moment.ts";
import { select } from "./page.ts";
import { state } from "./page-state.ts";

export function Search() {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const moment = text.trim() === "" ? undefined : shownMoment();
  const found = moment ? findings(moment, text) : [];
  const close = () => {
    setText("");
    setAt(0);
  };
  const choose = ({ mdev, apqn }: Finding) => {
    close();
    if (mdev !== undefined) state.set({ mdev, scope: "guest" });
    if (apqn !== undefined) {
      state.set({ panel: "queue", scope: mdev === undefined ? "all" : "guest" });
      select(apqn);
    }
    document.querySelector<HTMLElement>(".grid-area")?.focus();
  };
  const takeKey = (event: KeyboardEvent) => {
    const one = found[at];
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter" && one) choose(one);
    else if (event.key === "Escape") {
      close();
      field.current?.blur();
    } else return;
    event.preventDefault();
  };
  return (
    <div class="search">
      <input
        ref={field}
        id="search"
        type="text"
        role="combobox"
        aria-label="Search: guest, queue, adapter, domain, mdev, UUID"
        placeholder="Find a guest, queue, adapter, domain …  /"
        aria-expanded={found.length > 0}
        aria-controls="found"
        aria-activedescendant={found.length > 0 ? `found-${at}` : undefined}
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          setAt(0);
        }}
        onKeyDown={takeKey}
        onBlur={close}
      />
      {moment && (
        <div id="found" role="listbox" aria-label="Found">
          {found.map((one, place) => (
            <div
              key={one.words}
              tabIndex={-1}
              id={`found-${place}`}
              role="option"
              aria-selected={place === at}
              onMouseDown={(event) => {
                event.preventDefault();
                choose(one);
              }}
            >
              {one.words}
            </div>
          ))}
          {found.length === 0 && (
            <div role="option" tabIndex={-1} aria-selected={false}>
              Nothing of this name
            </div>
          )}
        </div>
      )}
    </div>
  );
}
