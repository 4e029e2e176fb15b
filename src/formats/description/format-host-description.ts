// A host description as its YAML file: numbers in hex, always in the same order, so that two files can be compared as text.
// parseHostDescription reads it back unchanged.

import { formatApqn } from "../../system/ap/apqn.ts";
import { typeName } from "../../system/ap/card-type.ts";
import { hex } from "../../system/ap/hex.ts";
import { rangeTexts } from "../../system/ap/id-span.ts";
import { MAX_ADAPTER, MAX_DOMAIN } from "../../system/machine/facts.ts";
import type {
  CardDescription,
  GuestDescription,
  HostDescription,
  LinuxDescription,
  MdevDescription,
} from "./host-description.ts";
import { keysAndCountsLines } from "./keys-in-file.ts";

const HEADER =
  "# Host description, written by apmatrix. Numbers are decimal or 0x hex; docs/host-description.md has every member.\n";

export function formatHostDescription(description: HostDescription): string {
  const { apxa, maxAdapter, maxDomain } = description;
  const isDefault = { adapter: MAX_ADAPTER[apxa ? "apxa" : "plain"], domain: MAX_DOMAIN[apxa ? "apxa" : "plain"] };
  const sameDomains = String(description.controlDomains) === String(description.domains);
  const lines = [
    ...textMember("describes", description.describes),
    ...(apxa ? [] : ["apxa: false"]),
    ...(description.secureBinding ? ["secure_binding: true"] : []),
    ...(description.secureExecution ? ["secure_execution: true"] : []),
    ...(maxAdapter === isDefault.adapter ? [] : [`max_adapter: ${formatAdapter(maxAdapter)}`]),
    ...(maxDomain === isDefault.domain ? [] : [`max_domain: ${formatDomain(maxDomain)}`]),
    ...listOf("cards", description.cards.map(cardLine)),
    `domains: ${formatIds(description.domains, formatDomain)}`,
    ...(sameDomains ? [] : [`control_domains: ${formatIds(description.controlDomains, formatDomain)}`]),
    ...linuxLines(description),
    ...guestsLines(description.guests),
    ...keysAndCountsLines(description.keysAndCounts),
  ];
  return `${HEADER}${lines.join("\n")}\n`;
}

const linuxLines = (linux: LinuxDescription): string[] => [
  ...(linux.masks.apmask === undefined && linux.masks.aqmask === undefined ? [] : ["masks:"]),
  ...(linux.masks.apmask === undefined ? [] : [`  apmask: "${linux.masks.apmask}"`]),
  ...(linux.masks.aqmask === undefined ? [] : [`  aqmask: "${linux.masks.aqmask}"`]),
  ...(linux.overrides.length === 0 ? [] : ["overrides:"]),
  ...linux.overrides.map(({ apqn, driver }) => `  "${formatApqn(apqn)}": ${driver}`),
  ...queueLines("unbound", linux.unbound.map(formatApqn)),
  ...queueLines("offline", linux.offline.map(formatApqn)),
  ...(linux.mdevs.length === 0 ? [] : ["mdevs:", ...linux.mdevs.flatMap(mdevLines)]),
];

/** Empty, it says that guests have a Linux of their own. */
const guestsLines = (guests: readonly GuestDescription[] | undefined): string[] =>
  guests === undefined ? [] : guests.length === 0 ? ["guests: []"] : ["guests:", ...guests.flatMap(guestLines)];

function guestLines(guest: GuestDescription): string[] {
  const { name, facilities, notice, profile, secureExecution, guests } = guest;
  return itemLines([
    ...textMember("name", name),
    ...(facilities === undefined ? [] : [`facilities: [${facilities.join(", ")}]`]),
    ...(notice === undefined ? [] : [`notice: ${notice}`]),
    ...textMember("profile", profile),
    ...(secureExecution ? ["secure_execution: true"] : []),
    ...linuxLines(guest),
    ...guestsLines(guests),
  ]);
}

export const formatAdapter = (id: number): string => hex(id, 2);
export const formatDomain = (id: number): string => hex(id, 4);

const listOf = (member: string, items: readonly string[]): string[] =>
  items.length === 0 ? [`${member}: []`] : [`${member}:`, ...items.map((item) => `  - ${item}`)];

// In quotes, because 05.0004 would be a number for other readers of YAML.
const queueLines = (member: string, queues: readonly string[]): string[] =>
  queues.length === 0 ? [] : [`${member}: [${queues.map((queue) => `"${queue}"`).join(", ")}]`];

function cardLine({ id, type, mode, serial, state }: CardDescription): string {
  const members = [`id: ${formatAdapter(id)}`, `type: ${typeName(type, mode)}`];
  if (serial !== undefined) members.push(`serial: ${formatText(serial)}`);
  if (state !== "online") members.push(`state: ${state}`);
  return `{ ${members.join(", ")} }`;
}

function mdevLines({ uuid, name, adapters, domains, controlDomains, guest }: MdevDescription): string[] {
  const members = [
    `uuid: "${uuid}"`,
    ...textMember("name", name),
    ...(adapters.length === 0 ? [] : [`adapters: ${formatIds(adapters, formatAdapter)}`]),
    ...(domains.length === 0 ? [] : [`domains: ${formatIds(domains, formatDomain)}`]),
    ...(controlDomains.length === 0 ? [] : [`control_domains: ${formatIds(controlDomains, formatDomain)}`]),
    ...textMember("guest", guest),
  ];
  return itemLines(members);
}

/** The members of one item of a list. */
export const itemLines = (members: readonly string[]): string[] =>
  members.map((member, index) => `${index === 0 ? "  - " : "    "}${member}`);

export const textMember = (name: string, text: string | undefined): readonly string[] =>
  text === undefined ? [] : [`${name}: ${formatText(text)}`];

/** A list of numbers, runs of them as ranges. */
export const formatIds = (ids: readonly number[], format: (id: number) => string): string =>
  `[${rangeTexts(ids, format).join(", ")}]`;

// Text that YAML never reads as anything else, in any place of a line.
const PLAIN = /^[A-Za-z][A-Za-z0-9_./()+-]*(?: [A-Za-z0-9_./()+-]+)*$/;
/** Characters; longer texts are put in quotes. */
const LONGEST_PLAIN = 1000;
const RESERVED = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
// JSON leaves these as they are, but editors and terminals do not.
const UNSEEN = /[\u007f-\u009f\u2028\u2029\ufeff]/g;

/** Text in a form that YAML reads back unchanged, in any place of a line. */
export function formatText(text: string): string {
  if (text.length <= LONGEST_PLAIN && PLAIN.test(text) && !RESERVED.test(text)) return text;
  return JSON.stringify(text).replace(UNSEEN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
