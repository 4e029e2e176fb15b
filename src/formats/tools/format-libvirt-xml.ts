// XML as libvirt prints it: its order of elements, two blanks for each level, single quotes. libvirt-xml.ts reads it back.
import type { Capability, Hostdev, NodeDevice } from "./libvirt-xml.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&apos;",
  '"': "&quot;",
};
const escaped = (text: string): string => text.replace(/[&<>'"]/g, (character) => ESCAPES[character] ?? character);

const element = (name: string, text: string | undefined): readonly string[] =>
  text === undefined ? [] : [`<${name}>${escaped(text)}</${name}>`];

const inside = (open: string, lines: readonly string[], close: string): readonly string[] => [
  open,
  ...lines.map((line) => `  ${line}`),
  close,
];

/** With a newline at the end. */
export function formatNodeDevice({ name, path, parent, driver, capability }: NodeDevice): string {
  const lines = inside(
    "<device>",
    [
      ...element("name", name),
      ...element("path", path),
      ...element("parent", parent),
      ...(driver === undefined ? [] : inside("<driver>", element("name", driver), "</driver>")),
      ...inside(`<capability type='${capability.kind}'>`, capabilityLines(capability), "</capability>"),
    ],
    "</device>",
  );
  return `${lines.join("\n")}\n`;
}

function capabilityLines(capability: Capability): readonly string[] {
  switch (capability.kind) {
    case "ap_card":
      return element("ap-adapter", capability.adapter);
    case "ap_queue":
      return [...element("ap-adapter", capability.adapter), ...element("ap-domain", capability.domain)];
    case "ap_matrix":
      return capability.types.length === 0
        ? []
        : inside("<capability type='mdev_types'>", typeLines(capability), "</capability>");
    case "mdev":
      return [
        `<type id='${escaped(capability.type)}'/>`,
        ...element("uuid", capability.saysUuid ? capability.uuid : undefined),
        ...element("parent_addr", capability.parentAddress),
        ...(capability.iommuGroup === undefined ? [] : [`<iommuGroup number='${escaped(capability.iommuGroup)}'/>`]),
        ...capability.attrs.map(({ name, value }) => `<attr name='${escaped(name)}' value='${escaped(value)}'/>`),
      ];
  }
}

const typeLines = ({ types }: Extract<Capability, { kind: "ap_matrix" }>): readonly string[] =>
  types.flatMap(({ id, name, deviceApi, instances }) =>
    inside(
      `<type id='${escaped(id)}'>`,
      [...element("name", name), ...element("deviceAPI", deviceApi), ...element("availableInstances", instances)],
      "</type>",
    ),
  );

/** As it stands in the XML of a virtual machine, which indents it by 4. */
export function formatHostdev({ uuid, managed }: Hostdev, indent = ""): string {
  const lines = inside(
    `<hostdev mode='subsystem' type='mdev' managed='${escaped(managed)}' model='vfio-ap'>`,
    inside("<source>", [`<address uuid='${uuid}'/>`], "</source>"),
    "</hostdev>",
  );
  return lines.map((line) => `${indent}${line}\n`).join("");
}
