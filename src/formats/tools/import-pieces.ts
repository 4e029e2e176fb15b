// Files that describe only a part of a host: mdevs as mdevctl and libvirt define them, masks as chzdev and udev set them, names of virtual
// machines. Next: import-host.ts puts them together.

import { must } from "../../system/ap/assert.ts";
import type { Apid, Apqi } from "../../system/ap/id.ts";
import type { Matrix } from "../../system/ap/matrix.ts";
import { quoted } from "../../system/ap/quoted.ts";
import type { ParsedText } from "../../system/trace/trace-file.ts";
import { parseUuid } from "../../system/vfio-ap/uuid.ts";
import { detectInput } from "../listing/detect-import.ts";
import { formatInputError, misread, type Parsed, type Position, parsed } from "../reading/input-error.ts";
import { matrixOfAttributes, octalNumbers } from "./attribute-matrix.ts";
import { applySetting, hasChzdevLine, type OwnershipMasks, parseChzdev } from "./chzdev-line.ts";
import type { LibvirtXml } from "./libvirt-xml.ts";
import { type MdevctlAttribute, parseMdevctl, VFIO_AP_TYPE } from "./mdevctl-json.ts";
import { parseUdevRules } from "./udev-rules.ts";

export type Piece = MdevPiece | MasksPiece | NamePiece;

export interface Placed extends Position {
  readonly file: string;
}

/** An mdev that is defined. */
export interface MdevPiece {
  readonly kind: "mdev";
  readonly uuid: string;
  readonly masks: Matrix;
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

export type PieceKind = "mdevctl" | "libvirt" | "udev" | "chzdev";

/** A prompt such as `[root@host ~]# `, with which many listings begin, must not match. */
const JSON_START = /^(?:\{|\[\s*(?:[[{}\]"]|$))/;

/** By the content of the file, or, if that does not tell, by its name; undefined: none of these kinds. */
export function detectPieces(text: string, file: string): PieceKind | undefined {
  const start = text.trimStart();
  if (start.startsWith("<")) return "libvirt";
  if (JSON_START.test(start)) return detectInput(text) === "description" ? undefined : "mdevctl";
  if (hasChzdevLine(text)) return "chzdev";
  return file.endsWith(".rules") || /^[^#\n]*(?:ATTR\{|LABEL=|ACTION==)/m.test(text) ? "udev" : undefined;
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
      return readXml(text, file);
    case "udev":
      return readRules(text, file);
    case "chzdev":
      return readLines(text, file);
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
    const known = uuid ?? uuidOfFile(file) ?? named;
    const at = { file, ...place };
    if (known === undefined) {
      const remedy = "name it with --uuid, or import what mdevctl list -d --dumpjson prints";
      const expected = "expected a definition in a file that has its uuid as name";
      return misread(file, place, `${expected}, found another name: ${remedy}`);
    }
    if (definition.mdevType !== VFIO_AP_TYPE)
      return parsed([], [formatInputError({ ...at, message: `left out: its type is ${definition.mdevType}` })]);
    return mdevPiece(known, definition.attrs, at, attrPlaces);
  });
}

const uuidOfFile = (file: string): string | undefined => {
  const name = file.slice(file.lastIndexOf("/") + 1).replace(/\.json$/, "");
  return parseUuid(name) === undefined ? undefined : name.toLowerCase();
};

function mdevPiece(
  uuid: string,
  attrs: readonly MdevctlAttribute[],
  at: Placed,
  places: readonly Position[],
): Parsed<readonly MdevPiece[]> {
  const matrix = matrixOfAttributes(attrs);
  if (!matrix.ok) {
    const { name, value } = must(attrs[matrix.at]);
    const found = `${name} ${quoted(value)}, which it refuses with ${matrix.errno}`;
    return misread(at.file, places[matrix.at] ?? at, `expected an attribute that the kernel takes, found ${found}`);
  }
  const warnings = attrs.flatMap((attribute, i) =>
    octalNumbers([attribute]).map((message) => formatInputError({ file: at.file, ...(places[i] ?? at), message })),
  );
  return parsed([{ kind: "mdev", uuid, masks: matrix.value, at }], warnings);
}

async function readXml(text: string, file: string): Promise<Parsed<readonly Piece[]>> {
  // A parser of XML takes a while to load, and few files are XML.
  const { parseLibvirtXmls } = await import("./libvirt-xml.ts");
  const read = parseLibvirtXmls(text, file);
  return read.ok ? allOf(read.value, (xml) => readOneXml(xml, file)) : read;
}

function readOneXml(xml: LibvirtXml, file: string): Parsed<readonly Piece[]> {
  if (xml.kind === "hostdev")
    return parsed([{ kind: "name", uuid: xml.uuid, name: undefined, at: { file, ...xml.place } }]);
  if (xml.kind === "domain") {
    const names = xml.hostdevs.map(
      ({ uuid, place }): Piece => ({ kind: "name", uuid, name: xml.name, at: { file, ...place } }),
    );
    const none = names.length > 0 ? [] : [`${file}: left out: ${xml.name} is given no mdev of vfio_ap`];
    return parsed(names, none);
  }
  const { capability, place } = xml;
  if (capability.kind !== "mdev") {
    const remedy = "a machine is described by a listing, a /sys directory or a host description";
    return misread(file, place, `expected the node device of an mdev, found one of kind ${capability.kind}: ${remedy}`);
  }
  if (capability.type !== VFIO_AP_TYPE) return parsed([], [`${file}: left out: its type is ${capability.type}`]);
  return mdevPiece(capability.uuid, capability.attrs, { file, ...place }, capability.attrPlaces);
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
  return parsed(
    read.value.map(({ apmask, aqmask, place }): Piece => {
      const change = (before: OwnershipMasks) => ({
        apmask: apmask ? applySetting<Apid>(apmask, before.apmask) : before.apmask,
        aqmask: aqmask ? applySetting<Apqi>(aqmask, before.aqmask) : before.aqmask,
      });
      return { kind: "masks", change, at: { file, ...place } };
    }),
  );
}
