// XML of libvirt: node devices of the AP bus and of mdevs, and the part of a virtual machine's XML about its mdev. Every mistake is
// reported with its place. Next: format-libvirt-xml.ts writes XML as libvirt prints it.
import { DOMParser, type Element, MIME_TYPE, type Node, ParseError } from "@xmldom/xmldom";
import { quoted } from "../../system/ap/quoted.ts";
import { parseUuid } from "../../system/vfio-ap/uuid.ts";
import { misread, type Parsed, type Position, parsed } from "../reading/input-error.ts";
import { mistake, readingFile } from "../reading/text-mistake.ts";
import type { MdevctlAttribute } from "./mdevctl-json.ts";
import { scanXml } from "./xml-scan.ts";

export type LibvirtXml = NodeDevice | Hostdev | Domain;

/** What "virsh nodedev-dumpxml" prints. */
export interface NodeDevice {
  readonly kind: "device";
  readonly name: string | undefined;
  /** Only of a device that exists. */
  readonly path: string | undefined;
  readonly parent: string | undefined;
  readonly driver: string | undefined;
  readonly capability: Capability;
  readonly place: Position;
}

export type Capability =
  | { readonly kind: "ap_card"; readonly adapter: string }
  | { readonly kind: "ap_queue"; readonly adapter: string; readonly domain: string }
  | { readonly kind: "ap_matrix"; readonly types: readonly MdevType[] }
  | MdevCapability;

interface MdevType {
  readonly id: string;
  readonly name: string | undefined;
  readonly deviceApi: string;
  readonly instances: string;
}

interface MdevCapability {
  readonly kind: "mdev";
  readonly type: string;
  /** Lower case. In older versions only the name of the device has it; undefined: whoever defines the mdev makes one up. */
  readonly uuid: string | undefined;
  /** The uuid has an element of its own. */
  readonly saysUuid: boolean;
  readonly parentAddress: string | undefined;
  readonly iommuGroup: string | undefined;
  /** In order, as they were typed. */
  readonly attrs: readonly MdevctlAttribute[];
  readonly attrPlaces: readonly Position[];
}

/** The element of a virtual machine's XML that gives it an mdev. */
export interface Hostdev {
  readonly kind: "hostdev";
  readonly uuid: string;
  readonly managed: string;
  readonly place: Position;
}

/** What a virtual machine's XML says about mdevs of vfio_ap. */
interface Domain {
  readonly kind: "domain";
  readonly name: string;
  readonly hostdevs: readonly Hostdev[];
  readonly place: Position;
}

const MDEV_NAME = /^mdev_([0-9a-f]{8}(?:_[0-9a-f]{4}){3}_[0-9a-f]{12})(?:_|$)/i;

/** The name that libvirt gives the node device of an mdev. */
export const nodeDeviceName = (uuid: string): string => `mdev_${uuid.replaceAll("-", "_")}_matrix`;

/**
 * All documents of a text in which several stand one after the other, as after printing several.
 *
 * @param file the name to say in errors; nothing is opened
 */
export function parseLibvirtXmls(text: string, file: string): Parsed<readonly LibvirtXml[]> {
  const whole = text.replace(/\r\n?/g, "\n");
  const { ends, excess } = scanXml(whole);
  if (excess) return misread(file, placeAt(whole, excess.at), `expected ${excess.limit}`);
  const found: LibvirtXml[] = [];
  let before: Position = { line: 1, column: 1 };
  let start = 0;
  // What follows the last one belongs to it.
  for (const end of [...ends.slice(0, -1), whole.length]) {
    const piece = whole.slice(start, end);
    const read = parseLibvirtXml(piece, file);
    if (!read.ok) return { ok: false, error: { ...read.error, ...placedAfter(before, read.error) } };
    found.push(movedTo(before, read.value));
    before = placedAfter(before, placeAt(piece, piece.length));
    start = end;
  }
  return parsed(found);
}

/** The place of a position in a text. */
function placeAt(text: string, at: number): Position {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

/** A place of a piece, in a text in which the piece begins there. */
const placedAfter = (begin: Position, { line, column }: Position): Position => ({
  line: begin.line + line - 1,
  column: line === 1 ? begin.column + column - 1 : column,
});

/** The same, with all places as they are in a text in which it begins there. */
function movedTo<T>(begin: Position, value: T): T {
  if (Array.isArray(value)) return value.map((part) => movedTo(begin, part)) as T;
  if (typeof value !== "object" || value === null) return value;
  if ("line" in value && "column" in value) return placedAfter(begin, value as unknown as Position) as T;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, movedTo(begin, part)])) as T;
}

/** @param file the name to say in errors; nothing is opened */
export const parseLibvirtXml = (text: string, file: string): Parsed<LibvirtXml> =>
  readingFile(file, () => {
    const { excess } = scanXml(text);
    if (excess) mistake(placeAt(text, excess.at), excess.limit);
    try {
      return readRoot(rootOf(text));
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      const at = error.locator as { readonly lineNumber?: number; readonly columnNumber?: number } | undefined;
      const place = { line: Math.max(at?.lineNumber ?? 1, 1), column: Math.max(at?.columnNumber ?? 1, 1) };
      return mistake(place, `XML: ${reasonOf(error)}`);
    }
  });

/** The parser's own words, without what it adds to them. */
function reasonOf({ message }: Error): string {
  const [line = ""] = message.split("\n", 1);
  return /^Reporting \w+ "(.*)" caused /.exec(line)?.[1] ?? line;
}

function rootOf(text: string): Element {
  const stop = (level: string, message: string, context: unknown): void => {
    // Otherwise an element that is never closed would be read as if it were closed.
    if (level !== "warning") throw new ParseError(message, context);
  };
  // The parser follows XML 1.1, where three more characters end a line.
  const normalizeLineEndings = (source: string): string => source.replace(/\r\n?/g, "\n");
  const parser = new DOMParser({ onError: stop, normalizeLineEndings });
  const { documentElement } = parser.parseFromString(text, MIME_TYPE.XML_TEXT);
  if (!documentElement) throw new ParseError("there is no element");
  return documentElement;
}

function readRoot(root: Element): LibvirtXml {
  switch (root.tagName) {
    case "device":
      return readDevice(root);
    case "hostdev":
      return readHostdev(root) ?? fail(root, `a hostdev of type "mdev" and model "vfio-ap", found another one`);
    case "domain":
      return readDomain(root);
    default:
      return fail(root, `the XML of a node device, a hostdev or a domain, found <${root.tagName}>`);
  }
}

function readDomain(root: Element): Domain {
  const hostdevs = [...root.getElementsByTagName("hostdev")].flatMap((element) => readHostdev(element) ?? []);
  const [first, second] = hostdevs;
  if (first && second) {
    const remedy = "QEMU takes one, so give one mdev all adapters and domains";
    const found = `found a second one, after line ${first.place.line}`;
    mistake(second.place, `one hostdev of model vfio-ap in a virtual machine, ${found}: ${remedy}`);
  }
  return { kind: "domain", name: requiredText(root, "name"), hostdevs, place: placeOf(root) };
}

const placeOf = (node: Node): Position => ({ line: node.lineNumber ?? 1, column: node.columnNumber ?? 1 });

/** @param expected what was expected, without that word, and what was found */
const fail = (node: Node, expected: string): never => mistake(placeOf(node), expected);

const children = (element: Element, name: string): readonly Element[] =>
  [...element.childNodes].filter((node): node is Element => node.nodeType === 1 && node.nodeName === name);

const child = (element: Element, name: string): Element | undefined => children(element, name)[0];

const textOf = (element: Element | undefined): string | undefined => element?.textContent?.trim();

const requiredText = (element: Element, name: string): string =>
  textOf(child(element, name)) ?? fail(element, `<${name}> in <${element.tagName}>, found none`);

const requiredAttribute = (element: Element, name: string): string =>
  element.getAttribute(name) ?? fail(element, `${name}="..." in <${element.tagName}>, found none`);

function readDevice(device: Element): NodeDevice {
  const capability = child(device, "capability") ?? fail(device, "<capability> in <device>, found none");
  const driver = child(device, "driver");
  const name = textOf(child(device, "name"));
  return {
    kind: "device",
    name,
    path: textOf(child(device, "path")),
    parent: textOf(child(device, "parent")),
    driver: driver && requiredText(driver, "name"),
    capability: readCapability(capability, name),
    place: placeOf(device),
  };
}

function readCapability(capability: Element, name: string | undefined): Capability {
  const type = requiredAttribute(capability, "type");
  switch (type) {
    case "ap_card":
      return { kind: type, adapter: requiredText(capability, "ap-adapter") };
    case "ap_queue":
      return {
        kind: type,
        adapter: requiredText(capability, "ap-adapter"),
        domain: requiredText(capability, "ap-domain"),
      };
    case "ap_matrix":
      return { kind: type, types: children(capability, "capability").flatMap(readTypes) };
    case "mdev":
      return readMdev(capability, name);
    default:
      return fail(
        capability,
        `a device of the AP bus or an mdev (ap_card, ap_queue, ap_matrix, mdev), found ${quoted(type)}`,
      );
  }
}

const readTypes = (capability: Element): readonly MdevType[] =>
  children(capability, "type").map((type) => ({
    id: requiredAttribute(type, "id"),
    name: textOf(child(type, "name")),
    deviceApi: requiredText(type, "deviceAPI"),
    instances: requiredText(type, "availableInstances"),
  }));

function readMdev(capability: Element, name: string | undefined): MdevCapability {
  const type = child(capability, "type") ?? fail(capability, "<type id='...'/> of the mdev, found none");
  const said = child(capability, "uuid");
  const uuid = said ? textOf(said) : MDEV_NAME.exec(name ?? "")?.[1]?.replaceAll("_", "-");
  const attributes = children(capability, "attr");
  const iommu = child(capability, "iommuGroup");
  return {
    kind: "mdev",
    type: requiredAttribute(type, "id"),
    uuid: uuid === undefined ? undefined : uuidFrom(uuid, said ?? capability),
    saysUuid: said !== undefined,
    parentAddress: textOf(child(capability, "parent_addr")),
    iommuGroup: iommu && requiredAttribute(iommu, "number"),
    attrs: attributes.map((attr) => ({
      name: requiredAttribute(attr, "name"),
      value: requiredAttribute(attr, "value"),
    })),
    attrPlaces: attributes.map(placeOf),
  };
}

function uuidFrom(text: string, node: Node): string {
  if (parseUuid(text) === undefined) fail(node, `a uuid of 36 characters, found ${quoted(text)}`);
  return text.toLowerCase();
}

/** undefined: the element is for another kind of device. */
function readHostdev(element: Element): Hostdev | undefined {
  if (element.getAttribute("type") !== "mdev" || element.getAttribute("model") !== "vfio-ap") return undefined;
  const source = child(element, "source") ?? fail(element, "<source> in <hostdev>, found none");
  const address = child(source, "address") ?? fail(source, "<address uuid='...'/> in <source>, found none");
  return {
    kind: "hostdev",
    uuid: uuidFrom(requiredAttribute(address, "uuid"), address),
    managed: element.getAttribute("managed") ?? "no",
    place: placeOf(element),
  };
}
