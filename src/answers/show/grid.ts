// The grid that all views draw: adapters across, domains down, a sign for each queue. If there are too many rows or columns to look at,
// equal neighbours become one.
import { type Apid, type Apqi, asApqi } from "../../system/ap/id.ts";
import { type Span, spansOf } from "../../system/ap/id-span.ts";

/** As in lszcrypt -d: control domain, usage domain, both, neither. */
export type DomainMark = "C" | "U" | "B" | " ";

export const domainMark = (isControl: boolean, isUsage: boolean): DomainMark => {
  if (isControl) return isUsage ? "B" : "C";
  return isUsage ? "U" : " ";
};

export interface Grid<Sign> {
  readonly columns: readonly Span[];
  readonly rows: readonly GridRow<Sign>[];
}

export interface GridRow<Sign> {
  readonly span: Span;
  readonly mark: DomainMark;
  /** One for each column. */
  readonly signs: readonly Sign[];
}

export interface GridContent<Sign> {
  /** Ascending. */
  readonly adapters: readonly Apid[];
  readonly domains: readonly Apqi[];
  readonly mark: (apqi: Apqi) => DomainMark;
  readonly sign: (apid: Apid, apqi: Apqi) => Sign;
}

/** As many columns as fit into 80 characters, and as many rows as fit on a screen. */
const MANY_COLUMNS = 24;
const MANY_ROWS = 32;

export function makeGrid<Sign>({ adapters, domains, mark, sign }: GridContent<Sign>): Grid<Sign> {
  const rows = new Map<number, readonly Sign[]>(
    domains.map((apqi) => [apqi, adapters.map((apid) => sign(apid, apqi))]),
  );
  const place = new Map<number, number>(adapters.map((apid, at) => [apid, at]));
  const signsAt = (apqi: number): readonly Sign[] => rows.get(apqi) as readonly Sign[];

  const sameColumn = (a: number, b: number): boolean => {
    const [left, right] = [place.get(a) as number, place.get(b) as number];
    return domains.every((apqi) => signsAt(apqi)[left] === signsAt(apqi)[right]);
  };
  const sameRow = (a: number, b: number): boolean =>
    mark(asApqi(a)) === mark(asApqi(b)) && signsAt(a).every((one, at) => one === signsAt(b)[at]);
  const never = () => false;

  const columns = spansOf(adapters, adapters.length > MANY_COLUMNS ? sameColumn : never);
  const spans = spansOf(domains, domains.length > MANY_ROWS ? sameRow : never);
  return {
    columns,
    rows: spans.map((span) => ({
      span,
      mark: mark(asApqi(span.first)),
      signs: columns.map(({ first }) => signsAt(span.first)[place.get(first) as number] as Sign),
    })),
  };
}

/** Some columns of a grid, by their indices. If there are very many rows, those that differed only in the other columns become one. */
export function columnsOf<Sign>({ columns, rows }: Grid<Sign>, places: readonly number[]): Grid<Sign> {
  const isFolding = rows.reduce((sum, { span }) => sum + span.last - span.first + 1, 0) > MANY_ROWS;
  const kept: GridRow<Sign>[] = [];
  for (const row of rows) {
    const signs = places.map((place) => row.signs[place] as Sign);
    const above = kept.at(-1);
    const isSame =
      above?.mark === row.mark &&
      above.span.last + 1 === row.span.first &&
      above.signs.every((sign, at) => sign === signs[at]);
    if (isFolding && above && isSame)
      kept[kept.length - 1] = { ...above, span: { ...above.span, last: row.span.last } };
    else kept.push({ ...row, signs });
  }
  return { columns: places.map((place) => columns[place] as Span), rows: kept };
}

/** Items in lines, as many in each as there is room for. */
export function linesThatFit<T>(
  items: readonly T[],
  room: number,
  needed: (item: T) => number,
): readonly (readonly T[])[] {
  const lines: T[][] = [];
  let left = 0;
  for (const item of items) {
    const line = lines.at(-1);
    if (line && needed(item) <= left) {
      line.push(item);
      left -= needed(item);
    } else {
      lines.push([item]);
      left = room - needed(item);
    }
  }
  return lines;
}

/** Every sign of these grids, once. */
export const signsOf = <Sign>(grids: readonly Grid<Sign>[]): ReadonlySet<Sign> =>
  new Set(grids.flatMap(({ rows }) => rows.flatMap(({ signs }) => signs)));

/** Every mark of these grids, once. */
export const marksOf = (grids: readonly Grid<unknown>[]): ReadonlySet<DomainMark> =>
  new Set(grids.flatMap(({ rows }) => rows.map(({ mark }) => mark)));
