// What a few letters may mean: a guest, an mdev, a queue, an adapter, a domain of the moment that is shown.
import { type Apqn, apqnOf, formatApid, formatApqi, formatApqn, parseApqn } from "../../system/ap/apqn.ts";
import type { Board } from "./board.ts";

export interface Finding {
  readonly words: string;
  /** UUID of an mdev whose matrix is to be seen. */
  readonly mdev?: string;
  readonly apqn?: Apqn;
}

interface Searched {
  readonly board: Pick<Board, "adapters" | "domains">;
  readonly mdevs: readonly { readonly uuid: string; readonly number: number; readonly guest: string | undefined }[];
}

const MOST = 8;

/** Those that begin with the text come before those that hold it; at most 8. */
export function findings({ board: { adapters, domains }, mdevs }: Searched, text: string): readonly Finding[] {
  const sought = text.trim().toLowerCase().replace(/^0x/, "");
  if (sought === "") return [];
  const apqn = parseApqn(sought);
  const named = mdevs.flatMap(({ uuid, number, guest }) => {
    const names = [guest ?? "", `m${number}`, uuid].map((one) => one.toLowerCase());
    const place = Math.min(...names.map((one) => one.indexOf(sought)).map((at) => (at < 0 ? 9999 : at)));
    const words = `m${number} ${guest === undefined ? "no guest" : guest === uuid ? "a guest runs" : `guest ${guest}`} ${uuid}`;
    return place === 9999 ? [] : [{ place, finding: { words, mdev: uuid } }];
  });
  const [, kind, bare = sought] = /^(adapter|card|domain)\s+(.*)$/.exec(sought) ?? [];
  const [firstAdapter, firstDomain] = [adapters[0], domains[0]];
  const numbered: Finding[] = [];
  if (firstAdapter === undefined || firstDomain === undefined) return [];
  for (const apid of kind === "domain" ? [] : adapters)
    if (formatApid(apid) === bare.padStart(2, "0"))
      numbered.push({ words: `adapter ${formatApid(apid)}`, apqn: apqnOf(apid, firstDomain) });
  for (const apqi of kind === undefined || kind === "domain" ? domains : [])
    if (formatApqi(apqi) === bare.padStart(4, "0"))
      numbered.push({ words: `domain ${formatApqi(apqi)}`, apqn: apqnOf(firstAdapter, apqi) });
  return [
    ...(apqn === undefined ? [] : [{ words: `queue ${formatApqn(apqn)}`, apqn }]),
    ...named.sort((a, b) => a.place - b.place).map(({ finding }) => finding),
    ...numbered,
  ].slice(0, MOST);
}
