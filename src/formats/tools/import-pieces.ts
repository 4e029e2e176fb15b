// Files that describe only a part of a host: mdevs as mdevctl and libvirt define them, masks as chzdev and udev set them, names of virtual
// machines. Next: import-host.ts puts them together.

import { must } from "../../system/ap/assert.ts";
import type { Apid, Apqi } from "../../system/ap/id.ts";
import type { Matrix } from "../../system/ap/matrix.ts";
import { quoted, shortened } from "../../system/ap/quoted.ts";
import type { ParsedText } from "../../system/trace/trace-file.ts";
import { parseUuid } from "../../system/vfio-ap/uuid.ts";
import { detectInput } from "../listing/detect-import.ts";
import { CONTROL_DOMAINS_ALONE, hasControlDomainsAlone } from "../reading/control-domains.ts";
import { formatInputError, misread, type Parsed, type Position, parsed } from "../reading/input-error.ts";
import { matrixOfAttributes, octalNumbers } from "./attribute-matrix.ts";
import { type ContainerQueue, hasCexResources, parseCexResources } from "./cex-resources.ts";
import { applySetting, type ChzdevLine, type OwnershipMasks } from "./chzdev-line.ts";
import { hasChzdevLine, parseChzdev } from "./chzdev-text.ts";
import { bootMask, kernelParameters, lastParameter } from "./kernel-parameters.ts";
import type { LibvirtXml } from "./libvirt-xml.ts";
import { kubernetesResource } from "./looks-like.ts";
import { type MdevctlAttribute, parseMdevctl, VFIO_AP_TYPE } from "./mdevctl-json.ts";
import { parseUdevRules } from "./udev-rules.ts";
import { hasZdevMasks, masksTold, parseZdevMasks } from "./zdev-masks.ts";

export type Piece = MdevPiece | MasksPiece | NamePiece | ContainersPiece;

export interface Placed extends Position {
  readonly file: string;
}

/** An mdev that is defined. */
export interface MdevPiece {
  readonly kind: "mdev";
  readonly uuid: string;
  readonly masks: Matrix;
  /** It says no uuid of its own: it has the one that was given for it. */
  readonly isNamed: boolean;
  readonly at: Placed;
}

interface MasksPiece {
  readonly kind: "masks";
  /** Returns the masks after the change. */
  readonly change: (before: OwnershipMasks) => OwnershipMasks;
  readonly at: Placed;
}

/** A virtual machine that is given an mdev; its name is undefined if the file does not say it. */
export interface NamePiece {
  readonly kind: "name";
  readonly uuid: string;
  readonly name: string | undefined;
  readonly at: Placed;
}

/** Queues of the host that containers use. */
export interface ContainersPiece {
  readonly kind: "containers";
  readonly queues: readonly ContainerQueue[];
  readonly at: Placed;
}

export type PieceKind = "mdevctl" | "libvirt" | "udev" | "chzdev" | "zdev" | "containers" | "cmdline";

/** A prompt such as `[root@host ~]# `, with which many listings begin, must not match. */
const JSON_START = /^(?:\{|\[\s*(?:[[{}\]"]|$))/;

/** By the content of the file, or, if that does not tell, by its name; undefined: none of these kinds. */
export function detectPieces(text: string, file: string): PieceKind | undefined {
  const start = text.trimStart();
  if (start.startsWith("<")) return "libvirt";
  if (hasCexResources(text)) return "containers";
  const isOther = detectInput(text) === "description" || kubernetesResource(text) !== undefined;
  if (JSON_START.test(start)) return isOther ? undefined : "mdevctl";
  if (hasZdevMasks(text)) return "zdev";
  if (hasChzdevLine(text)) return "chzdev";
  return file.endsWith(".rules") || /^[^#\n\r\u2028\u2029]*(?:ATTR\{|LABEL=|ACTION==)/m.test(text) ? "udev" : undefined;
}

/** @param uuid the mdev of a definition whose file does not have the uuid as name */
export async function readPieces(
  text: string,
  file: string,
  kind: PieceKind,
  uuid?: string,
): Promise<Parsed<readonly Piece[]>> {
  switch (kind) {
    case "mdevctl":
      return readDefinitions(text, file, uuid);
    case "libvirt":
      return readXml(text, file, uuid);
    case "udev":
      return readRules(text, file);
    case "chzdev":
      return readLines(text, file);
    case "zdev":
      return readZdev(text, file);
    case "containers":
      return readContainers(text, file);
    case "cmdline":
      return readCommandLine(text, file);
  }
}

const failed = <T>(file: string, read: ParsedText<T> & { readonly ok: false }): Parsed<never> =>
  misread(file, read.error, `expected ${read.error.expected}`);

/** The pieces of all of them, up to the first mistake. */
function allOf<T>(parts: readonly T[], read: (part: T) => Parsed<readonly Piece[]>): Parsed<readonly Piece[]> {
  const pieces: Piece[] = [];
  const warnings: string[] = [];
  for (const part of parts) {
    const one = read(part);
    if (!one.ok) return one;
    pieces.push(...one.value);
    warnings.push(...one.warnings);
  }
  return parsed(pieces, warnings);
}

function readDefinitions(text: string, file: string, named: string | undefined): Parsed<readonly Piece[]> {
  const read = parseMdevctl(text);
  if (!read.ok) return failed(file, read);
  return allOf(read.value, ({ uuid, definition, place, attrPlaces }) => {
    const own = uuid ?? uuidOfFile(file);
    const known = own ?? named;
    const at = { file, ...place };
    if (known === undefined) {
      const remedy = "name it with --uuid, or import what mdevctl list -d --dumpjson prints";
      const expected = "expected a definition in a file that has its uuid as name";
      return misread(file, place, `${expected}, found another name: ${remedy}`);
    }
    if (definition.mdevType !== VFIO_AP_TYPE)
      return parsed(
        [],
        [formatInputError({ ...at, message: `left out: its type is ${shortened(definition.mdevType)}` })],
      );
    return mdevPiece({ uuid: known, isNamed: own === undefined, at }, definition.attrs, attrPlaces);
  });
}

const uuidOfFile = (file: string): string | undefined => {
  const name = file.slice(file.lastIndexOf("/") + 1).replace(/\.json$/, "");
  return parseUuid(name) === undefined ? undefined : name.toLowerCase();
};

function mdevPiece(
  identity: Pick<MdevPiece, "uuid" | "isNamed" | "at">,
  attrs: readonly MdevctlAttribute[],
  places: readonly Position[],
): Parsed<readonly MdevPiece[]> {
  const { at } = identity;
  const matrix = matrixOfAttributes(attrs);
  if (!matrix.ok) {
    const { name, value } = must(attrs[matrix.at]);
    const found = `${name} ${quoted(value)}, which it refuses with ${matrix.errno}`;
    return misread(at.file, places[matrix.at] ?? at, `expected an attribute that the kernel takes, found ${found}`);
  }
  const warnings = attrs.flatMap((attribute, i) =>
    octalNumbers([attribute]).map((message) => formatInputError({ file: at.file, ...(places[i] ?? at), message })),
  );
  if (hasControlDomainsAlone(matrix.value))
    warnings.push(formatInputError({ ...at, message: `mdev ${identity.uuid} ${CONTROL_DOMAINS_ALONE}` }));
  return parsed([{ ...identity, kind: "mdev", masks: matrix.value }], warnings);
}

async function readXml(text: string, file: string, named: string | undefined): Promise<Parsed<readonly Piece[]>> {
  // A parser of XML takes a while to load, and few files are XML.
  const { parseLibvirtXmls } = await import("./libvirt-xml.ts");
  const read = parseLibvirtXmls(text, file);
  return read.ok ? allOf(read.value, (xml) => readOneXml(xml, file, named)) : read;
}

function readOneXml(xml: LibvirtXml, file: string, named: string | undefined): Parsed<readonly Piece[]> {
  if (xml.kind === "hostdev")
    return parsed([{ kind: "name", uuid: xml.uuid, name: undefined, at: { file, ...xml.place } }]);
  if (xml.kind === "domain") {
    const names = xml.hostdevs.map(
      ({ uuid, place }): Piece => ({ kind: "name", uuid, name: xml.name, at: { file, ...place } }),
    );
    const none = names.length > 0 ? [] : [`${file}: left out: ${shortened(xml.name)} is given no mdev of vfio_ap`];
    return parsed(names, none);
  }
  const { capability, place } = xml;
  if (capability.kind !== "mdev") {
    const remedy = "a machine is described by a listing, a /sys directory or a host description";
    return misread(
      file,
      place,
      `expected the node device of an mdev, found one of kind ${shortened(capability.kind)}: ${remedy}`,
    );
  }
  if (capability.type !== VFIO_AP_TYPE)
    return parsed([], [`${file}: left out: its type is ${shortened(capability.type)}`]);
  const uuid = capability.uuid ?? named;
  if (uuid === undefined)
    return misread(
      file,
      place,
      "expected <uuid> of the mdev, found none: name it with --uuid, or write it into the XML",
    );
  const identity = { uuid, isNamed: capability.uuid === undefined, at: { file, ...place } };
  return mdevPiece(identity, capability.attrs, capability.attrPlaces);
}

function readRules(text: string, file: string): Parsed<readonly Piece[]> {
  const read = parseUdevRules(text);
  if (!read.ok) return failed(file, read);
  const { apmask, aqmask } = read.value;
  if (!apmask && !aqmask) return parsed([], [`${file}: left out: it sets no mask`]);
  const change = (before: OwnershipMasks) => ({ apmask: apmask ?? before.apmask, aqmask: aqmask ?? before.aqmask });
  return parsed([{ kind: "masks", change, at: { file, line: 1, column: 1 } }]);
}

function readLines(text: string, file: string): Parsed<readonly Piece[]> {
  const read = parseChzdev(text);
  if (!read.ok) return failed(file, read);
  const { lines, notes } = read.value;
  const warnings = notes.map((note) => formatInputError({ file, ...note }));
  return parsed(
    lines.map(({ place, ...settings }) => masksPiece(settings, { file, ...place })),
    warnings,
  );
}

const masksPiece = ({ apmask, aqmask }: Pick<ChzdevLine, "apmask" | "aqmask">, at: Placed): MasksPiece => ({
  kind: "masks",
  change: (before) => ({
    apmask: apmask ? applySetting<Apid>(apmask, before.apmask) : before.apmask,
    aqmask: aqmask ? applySetting<Apqi>(aqmask, before.aqmask) : before.aqmask,
  }),
  at,
});

function readZdev(text: string, file: string): Parsed<readonly Piece[]> {
  const read = parseZdevMasks(text);
  if (!read.ok) return failed(file, read);
  const { apmask, aqmask, differing } = masksTold(read.value);
  if (!apmask && !aqmask) return parsed([], [`${file}: left out: it says no mask of the AP bus`]);
  const warnings = differing.map(
    (name) => `${file}: ${name} is another one at the next boot (persistent): the active one is taken`,
  );
  return parsed([masksPiece({ apmask, aqmask }, { file, line: 1, column: 1 })], warnings);
}

function readContainers(text: string, file: string): Parsed<readonly Piece[]> {
  const read = parseCexResources(text);
  if (!read.ok) return failed(file, read);
  return parsed([{ kind: "containers", queues: read.value, at: { file, line: 1, column: 1 } }]);
}

function readCommandLine(text: string, file: string): Parsed<readonly Piece[]> {
  const parameters = kernelParameters(text);
  const whole = parameters.find(({ value }) => /\bap\.a[pq]mask=/.test(value));
  if (whole) {
    const remedy = "import the text between its quotes alone";
    return misread(
      file,
      whole,
      `expected parameters of the kernel, found ${quoted(whole.name)} with several in quotes: ${remedy}`,
    );
  }
  const warnings = parameters
    .filter(({ name }) => /^ap\./.test(name) && name !== "ap.apmask" && name !== "ap.aqmask")
    .map(({ name, value, line }) => `${file}:${line}: left out: a description has no ${name} (${quoted(value)})`);
  const [apmask, aqmask] = ["ap.apmask", "ap.aqmask"].map((name) => lastParameter(parameters, name));
  const [adapters, domains] = [apmask && bootMask<Apid>(apmask), aqmask && bootMask<Apqi>(aqmask)];
  if (!adapters && !domains)
    return parsed([], [...warnings, `${file}: left out: it sets no mask (ap.apmask=, ap.aqmask=)`]);
  for (const [parameter, read] of [[apmask, adapters] as const, [aqmask, domains] as const])
    if (parameter && read?.note !== undefined)
      warnings.push(formatInputError({ file, ...parameter, message: read.note }));
  const change = (before: OwnershipMasks) => ({
    apmask: adapters?.mask ?? before.apmask,
    aqmask: domains?.mask ?? before.aqmask,
  });
  return parsed([{ kind: "masks", change, at: { file, line: 1, column: 1 } }], warnings);
}
