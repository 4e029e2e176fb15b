// The configuration of the CEX device plug-in for Kubernetes, cex_resources.json or the ConfigMap that holds it: sets of queues that
// containers use. They are the host's own, so no mdev may have them. It is checked as the plug-in does it.
import { type Apqn, apqnOf, formatApqn } from "../../system/ap/apqn.ts";
import type { CardMode } from "../../system/ap/card-type.ts";
import { asApid, asApqi, ID_LIMIT } from "../../system/ap/id.ts";
import { quoted } from "../../system/ap/quoted.ts";
import type { ParsedText } from "../../system/trace/trace-file.ts";
import type { Position } from "../reading/input-error.ts";
import { describeNode, type JsonNode, readJson } from "../reading/json-source.ts";
import { mistake, reading } from "../reading/text-mistake.ts";

export interface ContainerQueue {
  readonly apqn: Apqn;
  readonly set: string;
  /** That all queues of the set have; undefined: any. */
  readonly mode: CardMode | undefined;
  /** Empty: on every machine. */
  readonly machine: string;
  readonly place: Position;
}

const MODES: ReadonlyMap<string, CardMode> = new Map([
  ["cca", "cca"],
  ["ep11", "ep11"],
  ["accel", "accel"],
]);
const BLOCK = /^( *)(["']?)cex_resources\.json\2: *[|>][-+0-9]*[ \t]*\r?$/m;
const MEMBER = /"cryptoconfigsets"\s*:/i;

export const hasCexResources = (text: string): boolean => MEMBER.test(text);

/** @returns the queues in their order; the first thing that the plug-in would refuse */
export const parseCexResources = (text: string): ParsedText<readonly ContainerQueue[]> =>
  reading(() => {
    const sets = member(readJson(jsonIn(text)), "cryptoconfigsets");
    const queues = list(sets, "the sets of queues").flatMap(readSet);
    const names = new Map<Apqn, ContainerQueue[]>();
    for (const queue of queues) {
      const same = names.get(queue.apqn) ?? [];
      const other = same.find(({ machine }) => machine === queue.machine || machine === "" || queue.machine === "");
      if (other)
        mistake(
          queue.place,
          `each queue once, found ${formatApqn(queue.apqn)} again, which set ${quoted(other.set)} has`,
        );
      names.set(queue.apqn, [...same, queue]);
    }
    return queues;
  });

/** Of a ConfigMap the block that is the file; blanks keep every place where it was. */
function jsonIn(text: string): string {
  const head = BLOCK.exec(text);
  if (!head) return text;
  const start = head.index + head[0].length;
  const indentation = (head[1] as string).length;
  const lines = text.slice(start).split("\n");
  const end = lines.findIndex((line, at) => at > 0 && line.trim() !== "" && line.search(/\S/) <= indentation);
  const block = lines.slice(0, end < 0 ? undefined : end).join("\n");
  return text.slice(0, start).replace(/[^\n]/g, " ") + block;
}

/** As the plug-in's own reader: names of members in any case. */
function find(node: JsonNode, name: string): JsonNode | undefined {
  if (node.kind !== "object") return mistake(node.place, `an object, found ${describeNode(node)}`);
  return node.members.find((one) => one.name.toLowerCase() === name)?.value;
}

const member = (node: JsonNode, name: string): JsonNode =>
  find(node, name) ?? mistake(node.place, `the member "${name}", which is missing`);

const list = (node: JsonNode, what: string): readonly JsonNode[] =>
  node.kind === "list" ? node.items : mistake(node.place, `${what} (a list), found ${describeNode(node)}`);

function text(node: JsonNode | undefined, what: string): string {
  if (node === undefined) return "";
  return node.kind === "text" ? node.text : mistake(node.place, `${what}, found ${describeNode(node)}`);
}

function readSet(node: JsonNode): readonly ContainerQueue[] {
  const set = text(member(node, "setname"), "the name of a set");
  if (text(member(node, "project"), "the name of a project") === "")
    mistake(node.place, "a project, found an empty name");
  const cexmode = find(node, "cexmode");
  const word = text(cexmode, "a mode");
  const mode = MODES.get(word);
  if (cexmode && word !== "" && !mode)
    mistake(cexmode.place, `a mode (${[...MODES.keys()].join(", ")}), found ${quoted(word)}`);
  return list(member(node, "apqns"), "the queues").map((queue) => ({
    apqn: apqnOf(asApid(number(queue, "adapter")), asApqi(number(queue, "domain"))),
    set,
    mode,
    machine: text(find(queue, "machineid"), "the id of a machine"),
    place: queue.place,
  }));
}

function number(node: JsonNode, name: string): number {
  const value = member(node, name);
  const id = value.kind === "word" && /^[0-9]+$/.test(value.text) ? Number(value.text) : ID_LIMIT;
  return id < ID_LIMIT
    ? id
    : mistake(value.place, `${name} as a number 0..255 without quotes, found ${describeNode(value)}`);
}
