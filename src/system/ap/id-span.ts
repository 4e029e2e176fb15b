// Runs of neighbouring numbers, and lists of them as text: 0004, 0010-004f.
import { formatApid, formatApqi } from "./apqn.ts";
import { asApid } from "./id.ts";

export interface Span {
  readonly first: number;
  readonly last: number;
}

/** Ascending numbers as spans, each as long as its neighbours follow one another and belong together. */
export function spansOf(ids: readonly number[], together: (a: number, b: number) => boolean = () => true): Span[] {
  const spans: { first: number; last: number }[] = [];
  for (const id of ids) {
    const span = spans.at(-1);
    if (span && span.last + 1 === id && together(span.last, id)) span.last = id;
    else spans.push({ first: id, last: id });
  }
  return spans;
}

/** `04`, `04-1f`, with numbers in any format. */
export const spanText = ({ first, last }: Span, format: (id: number) => string): string =>
  first === last ? format(first) : `${format(first)}-${format(last)}`;

/** From this length on, a run of numbers is written as a range. */
const SHORTEST_RANGE = 3;

/** Ascending numbers one by one, and longer runs of them as ranges: `04`, `05`, `10-1f`. */
export const rangeTexts = (ids: readonly number[], format: (id: number) => string): readonly string[] =>
  spansOf(ids).flatMap((span) =>
    span.last - span.first + 1 >= SHORTEST_RANGE
      ? [spanText(span, format)]
      : ids.filter((id) => id >= span.first && id <= span.last).map(format),
  );

/** `04`, `04-1f`. */
export const adapterSpanText = (span: Span): string => spanText(span, (id) => formatApid(asApid(id)));
/** `0047`, `0010-004f`. */
export const domainSpanText = (span: Span): string => spanText(span, formatApqi);

/** `04, 06-0a`. */
export const adaptersText = (ids: readonly number[]): string => spansOf(ids).map(adapterSpanText).join(", ");
/** `0004, 0010-004f`. */
export const domainsText = (ids: readonly number[]): string => spansOf(ids).map(domainSpanText).join(", ");
