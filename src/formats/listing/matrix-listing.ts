// The attributes matrix and guest_matrix of an mdev, as people paste them: one APQN in each line. The same queue is 04.0047 in hex and
// 4.71 in decimal, so only the full width is accepted, which no decimal tool prints.
import { type Apqn, apidOf, apqiOf, apqnOf, formatApqn, parseApqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { type Apid, type Apqi, asApid, asApqi } from "../../system/ap/id.ts";
import { echo, type Parsed } from "../reading/input-error.ts";
import { checkLines, mistake, readingFile } from "../reading/text-mistake.ts";
import { commandOf, isBlank, type PastedLine, pastedLines, startOf, textOf } from "./pasted-lines.ts";

/** A matrix is the product of its two lists; one of them may be empty. */
interface MatrixListing {
  readonly adapters: readonly Apid[];
  readonly domains: readonly Apqi[];
}

const LABEL = /^(?:guest_)?matrix:$/;
const ADAPTER_ONLY = /^([0-9a-f]{2})\.$/;
const DOMAIN_ONLY = /^\.00([0-9a-f]{2})$/;
const NARROW = /^[0-9a-fA-F]{1,3}\.[0-9a-fA-F]{1,4}$/;

/** @returns adapters and domains, ascending; refused if a number is short or a queue of the product is missing */
export const parseMatrixListing = (text: string, file: string): Parsed<MatrixListing> =>
  readingFile(file, () => readMatrix(text));

function readMatrix(text: string): MatrixListing {
  checkLines(text);
  const lines = pastedLines(text).filter((line) => !isBlank(line) && commandOf(line) === undefined);
  const narrow = lines.find((line) => isNarrow(textOf(line)));
  if (narrow) {
    const found = `${echo(textOf(narrow))}: decimal or hex cannot be told`;
    mistake(startOf(narrow), `an APQN of full width such as 04.0047, found ${found}`);
  }
  const queues = new Set<Apqn>();
  const adapters = new Set<Apid>();
  const domains = new Set<Apqi>();
  for (const [index, line] of lines.entries()) {
    const sentence = textOf(line);
    if (index === 0 && LABEL.test(sentence)) continue;
    const apqn = parseApqn(sentence);
    const [adapter, domain] = [ADAPTER_ONLY.exec(sentence)?.[1], DOMAIN_ONLY.exec(sentence)?.[1]];
    if (apqn !== undefined && queues.has(apqn))
      mistake(startOf(line), `each queue once, found ${sentence} a second time`);
    if (apqn !== undefined) queues.add(apqn);
    else if (adapter !== undefined) adapters.add(asApid(Number.parseInt(adapter, 16)));
    else if (domain !== undefined) domains.add(asApqi(Number.parseInt(domain, 16)));
    else mistake(startOf(line), `an APQN such as 04.0047, found ${echo(sentence)}`);
  }
  if (lines.length === 0) mistake({ line: 1, column: 1 }, "an APQN such as 04.0047, found nothing");
  return toMatrix({ queues, adapters, domains }, must(lines.at(-1)));
}

const isNarrow = (text: string): boolean =>
  NARROW.test(text) && parseApqn(text) === undefined && !/^..\.....$/.test(text);

interface ListedIds {
  readonly queues: ReadonlySet<Apqn>;
  readonly adapters: ReadonlySet<Apid>;
  readonly domains: ReadonlySet<Apqi>;
}

function toMatrix({ queues, adapters, domains }: ListedIds, last: PastedLine): MatrixListing {
  // The attribute prints APQNs as soon as there is an adapter and a domain, so somebody put a mixture together.
  const kinds = [queues, adapters, domains].filter(({ size }) => size > 0).length;
  if (kinds > 1) mistake(startOf(last), "APQNs, adapters alone or domains alone, found a mixture");
  const apids = sorted(adapters, [...queues].map(apidOf));
  const apqis = sorted(domains, [...queues].map(apqiOf));
  const missing = apids.flatMap((apid) => apqis.map((apqi) => apqnOf(apid, apqi))).find((apqn) => !queues.has(apqn));
  if (missing !== undefined)
    mistake(startOf(last), `all queues of a matrix, found none for ${formatApqn(missing)}: lines are missing`);
  return { adapters: apids, domains: apqis };
}

const sorted = <I extends number>(some: Iterable<I>, more: Iterable<I>): I[] =>
  [...new Set([...some, ...more])].sort((a, b) => a - b);
