// The moment that the one that is shown is compared with, as a picture beside it: the same rows and columns, the same marks.
import { useRef } from "preact/hooks";
import { cellOf } from "../board/blocks.ts";
import { useCamera } from "./grid-camera.ts";
import { usePaint, usePainter } from "./grid-canvas.ts";
import { type Moment, referenceBoard, shownMarks } from "./moment.ts";
import { usePage } from "./page-state.ts";

export function ReferenceGrid({ moment }: { readonly moment: Moment }) {
  const { reference, selected, scope } = usePage("reference", "selected", "scope", "mdev");
  const board = referenceBoard(moment);
  const area = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { painter, ...drawn } = usePainter(area, canvas);
  const cursor = selected === undefined || !board ? undefined : cellOf(board, selected);
  const shown = board ?? moment.board;
  const { viewport, fold } = useCamera(shown, drawn.size, cursor, [reference, scope]);
  usePaint(painter, drawn, shown, {
    viewport,
    fold,
    cursor,
    hover: undefined,
    cause: undefined,
    chosen: [],
    ...shownMarks(moment),
  });
  const { session, index } = reference ?? moment;
  return (
    <figure class="grid reference">
      <div ref={area} class="grid-area">
        <canvas ref={canvas} aria-hidden="true" />
      </div>
      <figcaption class="grid-foot">
        {session.name}, step {session.timeline.entries[index]?.i}, {session.timeline.profile.name}
      </figcaption>
    </figure>
  );
}
