// The page as a whole: what stands where. On a small screen the panels beside the grid become sheets below it.
import { ConsolePanel } from "./console-panel.tsx";
import { DialogLayer } from "./dialogs.tsx";
import { DoPanel } from "./do-panel.tsx";
import { GridView } from "./grid-view.tsx";
import { Header } from "./header.tsx";
import { HistoryPanel } from "./history-panel.tsx";
import { LayerBar } from "./layer-bar.tsx";
import { Legend } from "./legend.tsx";
import { MdevChips } from "./mdev-chips.tsx";
import { type Moment, shownMoment } from "./moment.ts";
import { type Panel, state, usePage } from "./page-state.ts";
import { TimeBar } from "./time-bar.tsx";
import { WhyPanel } from "./why-panel.tsx";

const PANELS: readonly (readonly [Panel, string])[] = [
  ["why", "Why"],
  ["do", "Do"],
  ["history", "History"],
  ["console", "Console"],
];

export function App() {
  const { panel, isLoading } = usePage("session", "index", "length", "panel", "isLoading");
  const moment = shownMoment();
  return (
    <div class="app" data-panel={panel}>
      <Header />
      <Notices />
      {moment ? (
        <Body moment={moment} />
      ) : (
        <p class="empty">{isLoading ? "Loading…" : "Open something: a host, a trace, a plan."}</p>
      )}
      <DialogLayer />
    </div>
  );
}

function Body({ moment }: { readonly moment: Moment }) {
  const { panel } = usePage("panel");
  return (
    <>
      <HistoryPanel moment={moment} />
      <main class="middle">
        <div class="bars">
          <MdevChips moment={moment} />
          <LayerBar />
        </div>
        <GridView moment={moment} />
        <Legend moment={moment} />
        <TimeBar moment={moment} />
      </main>
      <nav class="tabs" aria-label="Panels">
        {PANELS.map(([name, title]) => (
          <button type="button" key={name} aria-pressed={panel === name} onClick={() => state.set({ panel: name })}>
            {title}
          </button>
        ))}
      </nav>
      <aside class="side" aria-label="The chosen queue">
        <WhyPanel moment={moment} />
        <DoPanel moment={moment} />
        <ConsolePanel />
      </aside>
    </>
  );
}

/** What everybody should see: what could not be opened, what is not known, that a server does not answer. */
function Notices() {
  const { notice, trouble } = usePage("notice", "trouble");
  return (
    <div class="notices" role="status">
      {trouble !== undefined && <p class="notice bad">{trouble}</p>}
      {notice !== undefined && (
        <p class={`notice ${notice.isBad ? "bad" : ""}`}>
          {notice.text}
          <button type="button" aria-label="Put this notice away" onClick={() => state.set({ notice: undefined })}>
            ×
          </button>
        </p>
      )}
    </div>
  );
}
