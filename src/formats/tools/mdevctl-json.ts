// Definitions of mdevs as mdevctl keeps them, one in a file /etc/mdevctl.d/PARENT/UUID, and as "mdevctl list --dumpjson" lists them.
// Attributes are writes: their order and their digits stay as they were typed. What they assign: attribute-matrix.ts.
import { quoted } from "../../system/ap/quoted.ts";
import type { ParsedText } from "../../system/trace/trace-file.ts";
import { parseUuid } from "../../system/vfio-ap/uuid.ts";
import type { Position } from "../reading/input-error.ts";
import { describeNode, type JsonMember, type JsonNode, readJson } from "../reading/json-source.ts";
import { mistake, reading } from "../reading/text-mistake.ts";

export const VFIO_AP_TYPE = "vfio_ap-passthrough";
/** The parent of every vfio_ap mdev. */
export const MATRIX_PARENT = "matrix";

export interface MdevctlDefinition {
  readonly mdevType: string;
  /** "auto": the mdev is made when its parent appears, which is at boot. */
  readonly start: "auto" | "manual";
  /** Written in this order when the device is started. */
  readonly attrs: readonly MdevctlAttribute[];
}

/** A name below the mdev's directory, and what is written to it. */
export interface MdevctlAttribute {
  readonly name: string;
  readonly value: string;
}

/** A definition with the mdev that it is for. */
export interface MdevctlDevice {
  readonly parent: string;
  /** Lower case. */
  readonly uuid: string;
  readonly definition: MdevctlDefinition;
}

/** A definition with its places in a text. */
interface ReadDefinition {
  /** Undefined, as the uuid, in a file of its own: the file's path tells them. */
  readonly parent: string | undefined;
  readonly uuid: string | undefined;
  readonly definition: MdevctlDefinition;
  readonly place: Position;
  /** Where each of the attributes stands. */
  readonly attrPlaces: readonly Position[];
}

/**
 * A file of mdevctl, or what its list prints as JSON.
 *
 * @returns the definition of a file; all definitions of a list, also those of other types
 */
export const parseMdevctl = (text: string): ParsedText<readonly ReadDefinition[]> =>
  reading(() => {
    const root = readJson(text);
    if (root.kind === "list") return readList(root.items);
    return [{ parent: undefined, uuid: undefined, ...readDefinition(root) }];
  });

/** As mdevctl writes the file of a definition: without a newline at the end. */
export const formatMdevctlFile = (definition: MdevctlDefinition): string =>
  JSON.stringify(definitionToJson(definition), undefined, 2);

/** As "mdevctl list --dumpjson" prints it, without a newline at the end. Devices of one parent stand together. */
export function formatMdevctlList(devices: readonly MdevctlDevice[]): string {
  const parents = [...new Set(devices.map(({ parent }) => parent))];
  const listOf = (name: string) =>
    devices
      .filter(({ parent }) => parent === name)
      .map(({ uuid, definition }) => ({ [uuid]: definitionToJson(definition) }));
  const listed = Object.fromEntries(parents.map((parent) => [parent, listOf(parent)]));
  return JSON.stringify(devices.length === 0 ? [] : [listed], undefined, 2);
}

const definitionToJson = ({ mdevType, start, attrs }: MdevctlDefinition) => ({
  mdev_type: mdevType,
  start,
  attrs: attrs.map(({ name, value }) => ({ [name]: value })),
});

const MEMBERS = ["mdev_type", "start", "attrs"] as const;
type Member = (typeof MEMBERS)[number];

function readDefinition(node: JsonNode): Pick<ReadDefinition, "definition" | "place" | "attrPlaces"> {
  const members = objectOf(node, "a definition (an object)");
  const unknown = members.find(({ name }) => !MEMBERS.some((known) => known === name));
  if (unknown) mistake(unknown.place, `one of the members ${MEMBERS.join(", ")}, found ${quoted(unknown.name)}`);
  const member = (wanted: Member): JsonNode | undefined => members.find(({ name }) => name === wanted)?.value;
  const required = (wanted: Member): JsonNode =>
    member(wanted) ?? mistake(node.place, `the member "${wanted}", which is missing`);
  const attributes = readAttributes(member("attrs"));
  return {
    place: node.place,
    definition: {
      mdevType: textOf(required("mdev_type"), `a type such as "${VFIO_AP_TYPE}"`),
      start: readStart(required("start")),
      attrs: attributes.map(({ name, value }) => ({ name, value })),
    },
    attrPlaces: attributes.map(({ place }) => place),
  };
}

function readStart(node: JsonNode): "auto" | "manual" {
  const start = textOf(node, '"auto" or "manual"');
  if (start === "auto" || start === "manual") return start;
  return mistake(node.place, `"auto" or "manual", found ${quoted(start)}`);
}

const ATTRIBUTE = 'an attribute such as {"assign_adapter": "0x05"}';
/** Names that mdevctl would look up in the mdev's directory and nowhere else. */
const ATTRIBUTE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

function readAttributes(node: JsonNode | undefined) {
  if (node === undefined || (node.kind === "word" && node.text === "null")) return [];
  if (node.kind !== "list") return mistake(node.place, `"attrs" as a list, found ${describeNode(node)}`);
  return node.items.map((item) => {
    const [member, ...more] = objectOf(item, ATTRIBUTE);
    if (member === undefined) return mistake(item.place, `${ATTRIBUTE}, found an empty object`);
    if (more[0])
      return mistake(more[0].place, "one attribute an object, found another one: give it an object of its own");
    const { name, place } = member;
    if (!ATTRIBUTE_NAME.test(name)) return mistake(place, `the name of an attribute, found ${quoted(name)}`);
    return { name, place, value: textOf(member.value, "a value in quotes") };
  });
}

/** A list of parents, each with the list of its devices. */
const readList = (items: readonly JsonNode[]): readonly ReadDefinition[] =>
  items.flatMap((parents) =>
    objectOf(parents, 'the parents, such as {"matrix": [...]}').flatMap(({ name: parent, value }) => {
      if (value.kind !== "list") return mistake(value.place, `a list of devices, found ${describeNode(value)}`);
      return value.items.flatMap((devices) =>
        objectOf(devices, "a device by its uuid (an object)").map((device) => ({
          parent,
          uuid: uuidOf(device),
          ...readDefinition(device.value),
        })),
      );
    }),
  );

function uuidOf({ name, place }: JsonMember): string {
  if (parseUuid(name) === undefined) mistake(place, `a uuid of 36 characters, found ${quoted(name)}`);
  return name.toLowerCase();
}

function objectOf(node: JsonNode, expected: string): readonly JsonMember[] {
  return node.kind === "object" ? node.members : mistake(node.place, `${expected}, found ${describeNode(node)}`);
}

function textOf(node: JsonNode, expected: string): string {
  return node.kind === "text" ? node.text : mistake(node.place, `${expected}, found ${describeNode(node)}`);
}
