// What is shown, which kernel's rules it follows, and buttons for the page as a whole: open, light or dark, keys.
import { useEffect } from "preact/hooks";
import { PROFILES } from "../../system/vfio-ap/profiles.ts";
import { Icon, IconButton } from "./icons.tsx";
import { canBeReplayed, showUnder } from "./linked.ts";
import { closeSession, showSession } from "./page.ts";
import { state, type Theme, usePage } from "./page-state.ts";
import { Search } from "./search.tsx";
import type { Session } from "./session.ts";

const NEXT: Readonly<Record<Theme, Theme>> = { auto: "light", light: "dark", dark: "auto" };

export function Header() {
  const { session, sessions, theme, trouble } = usePage("session", "sessions", "theme", "trouble");
  const isSilent = trouble !== undefined;
  useEffect(() => {
    document.title = session ? `${session.name} – apmatrix` : "apmatrix";
  }, [session]);
  return (
    <header class="header">
      <h1 class="brand">
        <span class="brand-mark" aria-hidden="true" />
        apmatrix
      </h1>
      {session && (
        <div class="source">
          {sessions.length > 1 ? (
            <SessionChooser session={session.whole} sessions={sessions} />
          ) : (
            <strong>{session.name}</strong>
          )}
          <Kernel session={session} />
          <span class={`kind ${session.live && !isSilent ? "live" : ""}`}>
            {session.live && isSilent ? "does not answer" : kindOf(session)}
          </span>
          <span class="describes" title={session.describes}>
            {session.describes}
          </span>
        </div>
      )}
      {session && <Search />}
      <div class="buttons">
        <IconButton icon="open" word="Open" label="Open" byKey="o" onClick={() => state.set({ dialog: "gallery" })} />
        <button
          type="button"
          aria-label={`Colours: ${theme}`}
          title={`Colours: ${theme}`}
          onClick={() => state.set({ theme: NEXT[theme] })}
        >
          {theme === "auto" ? (
            <span class="half" aria-hidden="true" />
          ) : (
            <Icon name={theme === "light" ? "sun" : "moon"} />
          )}
        </button>
        <IconButton icon="keys" label="Keys" byKey="?" onClick={() => state.set({ dialog: "keys" })} />
      </div>
    </header>
  );
}

/** Whose rules hold. With another kernel the same history is begun anew, beside the one that is shown. */
function Kernel({ session }: { readonly session: Session }) {
  const { name } = session.timeline.profile;
  const { index } = usePage("index");
  // Inside a guest it is the guest's own.
  if (session.path !== "" || !canBeReplayed(session)) return <span class="kernel">{name}</span>;
  return (
    <select
      class="kernel"
      aria-label="Kernel: what would another one do?"
      value={name}
      onChange={({ currentTarget }) => showUnder(session, index, currentTarget.value)}
    >
      {[...new Set([name, ...PROFILES.map((profile) => profile.name)])].map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  );
}

function kindOf(session: Session): string {
  if (session.from) return "branch";
  if (session.live) return session.canAct ? "live" : "live, read-only";
  return session.canAct ? "in this browser" : "recording";
}

function SessionChooser({ session, sessions }: { readonly session: Session; readonly sessions: readonly Session[] }) {
  return (
    <span class="chooser">
      <select
        aria-label="History"
        value={`${session.id}`}
        onChange={({ currentTarget }) => {
          const chosen = sessions.find(({ id }) => `${id}` === currentTarget.value);
          if (chosen) showSession(chosen);
        }}
      >
        {sessions.map(({ id, name }) => (
          <option key={id} value={`${id}`}>
            {name}
          </option>
        ))}
      </select>
      <IconButton icon="close" label="Close this history" onClick={() => closeSession(session)} />
    </span>
  );
}
