// The uevent file of a device, bus, driver or module: what its uevents say, and writing an action to it sends one.
import { tell } from "../bus/ap-bus.ts";
import type { Host } from "../vfio-ap/host.ts";
import { type Attribute, MALFORMED, STORED, writeOnly } from "./node.ts";
import { parseSyntheticUevent, type SyntheticUevent } from "./uevent-grammar.ts";

type Send = (event: SyntheticUevent) => void;

const storeInto = (send: Send) => (text: string) => {
  const event = parseSyntheticUevent(text);
  if (event === undefined) return MALFORMED;
  send(event);
  return STORED;
};

/**
 * Of a device, 0644.
 *
 * @param properties lines KEY=value, as they are now
 */
export function ueventFile(properties: () => readonly string[], send: Send): Attribute {
  const lines = () => properties().map((line) => `${line}\n`);
  return {
    kind: "attribute",
    mode: 0o644,
    read: () => ({ ok: true, value: lines().join("") }),
    store: storeInto(send),
  };
}

/** Of a device that belongs to no bus and no class: the kernel drops its uevents. */
export const silentUeventFile = (properties: readonly string[] = []): Attribute =>
  ueventFile(
    () => properties,
    () => {},
  );

/** Of a bus, driver or module, 0200: there is nothing to read. */
export const ueventTrigger = (host: Host, device: string): Attribute =>
  writeOnly(
    storeInto(({ action, variables }) => tell(host, { kind: "uevent", action, device, variables, properties: [] })),
  );
