// The grid: a canvas, a pointer and keys that move on it, and for screen readers the one cell that the cursor is on.
import { useEffect, useRef, useState } from "preact/hooks";
import { apidOf, apqiOf, formatApid, formatApqi } from "../../system/ap/apqn.ts";
import { cellIn, cellOf, chosenIn } from "../board/blocks.ts";
import { lookAt, queueAt } from "../board/board.ts";
import { queueSentence } from "../board/queue-words.ts";
import { type Cell, clamp } from "../board/viewport.ts";
import { useCamera, type Zoom } from "./grid-camera.ts";
import { usePaint, usePainter } from "./grid-canvas.ts";
import { usePointer } from "./grid-pointer.ts";
import { remarkableWords } from "./inside-panel.tsx";
import { type Moment, scopedBoard, shownMarks, shownQuestion } from "./moment.ts";
import { markCorner, select, shownHost, showPanel } from "./page.ts";
import { state, usePage } from "./page-state.ts";

export function GridView({ moment }: { readonly moment: Moment }) {
  const { session } = moment;
  const { selected, scope, corner } = usePage("selected", "mdev", "scope", "corner", "reference");
  const board = scopedBoard(moment);
  const area = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<Cell | undefined>(undefined);
  const { painter, ...drawn } = usePainter(area, canvas);
  const cursor = selected === undefined ? undefined : cellOf(board, selected);
  const camera = useCamera(board, drawn.size, cursor, [session, scope]);
  const cause = selected === undefined ? undefined : shownQuestion(selected)?.cause?.because.apqn;
  const { viewport, fold, blocks } = camera;
  const chosen = chosenIn(board, corner, selected);
  usePaint(painter, drawn, board, { viewport, fold, cursor, hover, cause, chosen, ...shownMarks(moment) });
  usePointer(area, {
    pan: camera.pan,
    zoom: camera.zoomAt,
    hover: (x, y) => setHover(cellIn(blocks, x, y)),
    leave: () => setHover(undefined),
    tap: (x, y, isMore) => {
      const cell = cellIn(blocks, x, y);
      select(cell && queueAt(board, cell.column, cell.row), isMore);
      // On a small screen, somebody who touches a queue wants to read about it.
      if (cell) state.set({ panel: "queue" });
      area.current?.focus({ preventScroll: true });
    },
    extent: () => ({ overflows: camera.overflows }),
  });
  const show = (column: number, row: number): void => {
    select(queueAt(board, column, row), corner !== undefined);
    camera.reveal({ column, row });
  };
  // A queue that is chosen is seen.
  const isHidden = selected !== undefined && !cursor && cellOf(moment.board, selected) !== undefined;
  useEffect(() => {
    if (isHidden) state.set({ scope: "all" });
  }, [isHidden]);
  const sentence = sentenceOf(board, cursor);
  return (
    <section class="grid" aria-label="Grid">
      <div
        ref={area}
        class="grid-area"
        role="grid"
        tabIndex={0}
        aria-label="Queues: adapters across, domains down"
        aria-rowcount={board.domains.length + 1}
        aria-colcount={board.adapters.length + 1}
        aria-activedescendant={cursor ? "cell" : undefined}
        data-cell={viewport.size}
        onKeyDown={(event) => takeKey(event, board, cursor, show, camera)}
      >
        <canvas ref={canvas} aria-hidden="true" />
        <ReadAloud board={board} cursor={cursor} sentence={sentence ?? ""} />
      </div>
      <GridFoot
        sentence={(hover ? sentenceOf(board, hover) : sentence) ?? "Choose a queue to see why it is as it is."}
        zoom={camera}
      />
    </section>
  );
}

function GridFoot({ sentence, zoom }: { readonly sentence: string; readonly zoom: Zoom }) {
  return (
    <div class="grid-foot">
      <p class="grid-status">{sentence}</p>
      <span class="buttons">
        <button type="button" aria-label="Smaller cells" title="Smaller cells (-)" onClick={() => zoom.by(-1)}>
          −
        </button>
        <button type="button" aria-label="Whole grid" title="Whole grid (0)" onClick={zoom.out}>
          ⤢
        </button>
        <button type="button" aria-label="Larger cells" title="Larger cells (+)" onClick={() => zoom.by(1)}>
          +
        </button>
      </span>
    </div>
  );
}

/** Cells that a key moves by. */
const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  PageUp: [0, -8],
  PageDown: [0, 8],
  Home: [-999, 0],
  End: [999, 0],
};

/** @param show a cell, which becomes the selected one */
function takeKey(
  event: KeyboardEvent,
  { adapters, domains }: Moment["board"],
  cursor: Cell | undefined,
  show: (column: number, row: number) => void,
  zoom: Zoom,
): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const by = KEYS[event.key];
  if (by) {
    event.preventDefault();
    event.stopPropagation();
    const far = event.shiftKey ? 8 : 1;
    if (!cursor) show(0, 0);
    else {
      const column = clamp(cursor.column + by[0] * far, 0, adapters.length - 1);
      show(column, clamp(cursor.row + by[1] * far, 0, domains.length - 1));
    }
  } else if (event.key === "+" || event.key === "=") zoom.by(1);
  else if (event.key === "-") zoom.by(-1);
  else if (event.key === "0") zoom.out();
  else if (event.key === "s") markCorner();
  else if (event.key === "Escape") select(undefined);
  else if (event.key === "Enter") {
    event.preventDefault();
    showPanel("queue", "#why");
  }
}

/** What a cell is, in words; undefined without one. */
function sentenceOf(board: Moment["board"], cell: Cell | undefined): string | undefined {
  if (!cell) return undefined;
  const host = shownHost();
  const question = shownQuestion(queueAt(board, cell.column, cell.row));
  return host && question ? [queueSentence(host, question), ...remarkableWords(question.apqn)].join("; ") : "";
}

/** The heading row and the cell of the cursor: all that a grid needs for a screen reader, whatever its size. */
function ReadAloud({
  board,
  cursor,
  sentence,
}: {
  readonly board: Moment["board"];
  readonly cursor: Cell | undefined;
  readonly sentence: string;
}) {
  const apqn = cursor && queueAt(board, cursor.column, cursor.row);
  return (
    <>
      <div role="row" aria-rowindex={1} class="unseen">
        <span role="columnheader" aria-colindex={cursor ? cursor.column + 2 : 1}>
          {apqn === undefined ? `${board.adapters.length} adapters` : `adapter ${formatApid(apidOf(apqn))}`}
        </span>
      </div>
      {cursor && apqn !== undefined && (
        <div role="row" aria-rowindex={cursor.row + 2} class="unseen">
          <span role="rowheader" aria-colindex={1}>
            domain {formatApqi(apqiOf(apqn))}
            {controlWords(board, cursor.row)}
          </span>
          <span
            role="gridcell"
            id="cell"
            aria-colindex={cursor.column + 2}
            aria-selected="true"
            data-guest={lookAt(board, cursor.column, cursor.row).guest}
            data-inside={lookAt(board, cursor.column, cursor.row).inside}
          >
            {sentence}
          </span>
        </div>
      )}
    </>
  );
}

function controlWords({ controls, domains }: Moment["board"], row: number): string {
  const apqi = domains[row];
  const numbers = controls
    .filter(({ assigned }) => apqi !== undefined && assigned.has(apqi))
    .map(({ mdev }) => `m${mdev}`);
  return numbers.length === 0 ? "" : `, control domain of ${numbers.join(", ")}`;
}
