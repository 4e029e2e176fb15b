// The page as a whole: what stands where. On a small screen the panels beside the grid become sheets below it.
import { ConsolePanel } from "./console-panel.tsx";
import { DialogLayer } from "./dialogs.tsx";
import { DoPanel } from "./do-panel.tsx";
import { GridView } from "./grid-view.tsx";
import { Header } from "./header.tsx";
import { HistoryPanel } from "./history-panel.tsx";
import { HurtDialog } from "./hurt-dialog.tsx";
import { LayerBar } from "./layer-bar.tsx";
import { Legend } from "./legend.tsx";
import { type Moment, shownMoment } from "./moment.ts";
import { PANELS, type PanelName, state, usePage } from "./page-state.ts";
import { Places } from "./places.tsx";
import { ReferenceGrid } from "./reference-grid.tsx";
import { ScopeBar } from "./scope-bar.tsx";
import { TimeBar } from "./time-bar.tsx";
import { TroubleBar } from "./trouble-bar.tsx";
import { TroublePanel } from "./trouble-panel.tsx";
import { WhyPanel } from "./why-panel.tsx";

const TITLES: Readonly<Record<PanelName, string>> = {
  trouble: "Trouble",
  queue: "Queue",
  history: "History",
  console: "Console",
};

export function App() {
  const { panel, isLoading } = usePage("session", "index", "length", "panel", "isLoading", "mdev", "scope");
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
      <HurtDialog />
    </div>
  );
}

function Body({ moment }: { readonly moment: Moment }) {
  const { panel, reference } = usePage("panel", "reference");
  return (
    <>
      <TroubleBar moment={moment} />
      <main class="middle">
        <Places moment={moment} />
        <div class="bars">
          <ScopeBar moment={moment} />
          <LayerBar />
        </div>
        <div class="grids">
          {reference && <ReferenceGrid moment={moment} />}
          <GridView moment={moment} />
        </div>
        <Legend moment={moment} />
        <TimeBar moment={moment} />
      </main>
      <aside class="side" aria-label="Beside the grid">
        <nav class="tabs" aria-label="Panels">
          {PANELS.map((name) => (
            <button type="button" key={name} aria-pressed={panel === name} onClick={() => state.set({ panel: name })}>
              {TITLES[name]}
            </button>
          ))}
        </nav>
        {panel === "trouble" && <TroublePanel moment={moment} />}
        {panel === "queue" && <WhyPanel moment={moment} />}
        {panel === "queue" && <DoPanel moment={moment} />}
        {panel === "history" && <HistoryPanel moment={moment} />}
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
          {notice.action && (
            <button type="button" class="action" onClick={notice.action.run}>
              {notice.action.title}
            </button>
          )}
          <button type="button" aria-label="Put this notice away" onClick={() => state.set({ notice: undefined })}>
            ×
          </button>
        </p>
      )}
    </div>
  );
}
