// Dialogs: the gallery, the list of keys, the formats in which a history can be saved.
import { useState } from "preact/hooks";
import { isWhole, scenarioText, shellText, traceText } from "../../history/timeline/write-out.ts";
import { copyText, saveFile } from "./copy.ts";
import { Dialog } from "./dialog.tsx";
import { gallery } from "./gallery-items.ts";
import { Icon } from "./icons.tsx";
import { KEYS } from "./keys.ts";
import { openGalleryItem } from "./linked.ts";
import { chooseFiles } from "./open-files.ts";
import { type DialogName, state, usePage } from "./page-state.ts";

/** Closes only the named dialog: a key may have opened another one before the browser says that this one has closed. */
const close = (name: DialogName) => {
  if (state.get().dialog === name) state.set({ dialog: undefined });
};

export function DialogLayer() {
  const { dialog } = usePage("dialog");
  switch (dialog) {
    case "gallery":
      return <Gallery />;
    case "keys":
      return <Keys />;
    case "export":
      return <Export />;
    default:
      return null;
  }
}

function Gallery() {
  const [wanted, setWanted] = useState("");
  const has = (text: string) => text.toLowerCase().includes(wanted.toLowerCase());
  return (
    <Dialog onClose={() => close("gallery")} title="Open">
      <div class="open-file">
        <button type="button" class="primary" onClick={() => chooseFiles()}>
          <Icon name="open" /> Open a file…
        </button>
        <p>
          or drop it anywhere on the page: a trace, a counterexample, a recording, a host description, a listing of
          lszcrypt -V, a scenario; a plan or a desired state goes on from the host that is shown.
        </p>
      </div>
      <input
        type="search"
        data-first
        aria-label="Search the gallery"
        placeholder="Search"
        onInput={({ currentTarget }) => setWanted(currentTarget.value)}
      />
      <div class="gallery">
        {gallery().map(({ title, items }) => {
          const found = items.filter((item) => has(item.title) || has(item.file));
          if (found.length === 0) return null;
          return (
            <section key={title}>
              <h3>{title}</h3>
              <ul>
                {found.map((item) => (
                  <li key={item.file}>
                    <button type="button" onClick={() => openGalleryItem(item.file)}>
                      {item.title}
                      <small>{item.file}</small>
                    </button>
                  </li>
                ))}
              </ul>
            </section>
          );
        })}
      </div>
    </Dialog>
  );
}

function Keys() {
  return (
    <Dialog onClose={() => close("keys")} title="Keys">
      <dl class="keys" data-first tabIndex={0}>
        {KEYS.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

const FORMATS = {
  trace: { title: "Trace", ending: "jsonl", says: "plays with apmatrix play, opens here", text: traceText },
  scenario: {
    title: "Scenario",
    ending: "scenario",
    says: "with what must be seen after each step",
    text: scenarioText,
  },
  shell: { title: "Shell script", ending: "sh", says: "the writes, for a lab or a machine", text: shellText },
} as const;
type Format = keyof typeof FORMATS;

function Export() {
  const { session, index } = usePage("session", "index");
  const [format, setFormat] = useState<Format>("trace");
  if (!session) return null;
  // A scenario begins with power on.
  const isPossible = (name: Format) => name !== "scenario" || isWhole(session.history);
  const { ending, text: write } = FORMATS[format];
  const text = write(session.history, index, session.name);
  const file = `${session.name.replace(/[^\w.-]+/g, "-")}.${ending}`;
  return (
    <Dialog onClose={() => close("export")} title="Save">
      <p class="hint">
        The history up to the moment that is shown, step {index + 1} of {session.last + 1}.
      </p>
      <fieldset class="formats">
        <legend class="unseen">Format</legend>
        {(Object.keys(FORMATS) as Format[]).map((name) => (
          <label key={name}>
            <input
              type="radio"
              name="format"
              checked={format === name}
              disabled={!isPossible(name)}
              onChange={() => setFormat(name)}
            />
            <span>
              <strong>{FORMATS[name].title}</strong>{" "}
              <small>{isPossible(name) ? FORMATS[name].says : "not of a host that was found"}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <pre class="preview" tabIndex={0} role="region" aria-label="Preview">
        {text.length > 4000 ? `${text.slice(0, 4000)}\n…` : text}
      </pre>
      <div class="buttons end">
        <button type="button" onClick={() => void copyText(text)}>
          <Icon name="copy" /> Copy
        </button>
        <button type="button" class="primary" onClick={() => saveFile(file, text)}>
          <Icon name="save" /> {file}
        </button>
      </div>
    </Dialog>
  );
}
