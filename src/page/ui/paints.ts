// When the grid was painted: for measurements (npm run bench:page).
export const paints = { count: 0, first: Number.NaN, last: Number.NaN };

export function paintedNow(): void {
  paints.last = performance.now();
  if (paints.count++ === 0) paints.first = paints.last;
}
