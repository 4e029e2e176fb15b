// When the grid was painted, and where its headings stand: for measurements (npm run bench:page) and tests.
export const paints = { count: 0, first: Number.NaN, last: Number.NaN };

/** A heading, in CSS pixels from the corner of the grid's canvas. */
interface Label {
  readonly text: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Those of the last picture. */
export const labels: Label[] = [];

export function paintedNow(): void {
  paints.last = performance.now();
  if (paints.count++ === 0) paints.first = paints.last;
}
