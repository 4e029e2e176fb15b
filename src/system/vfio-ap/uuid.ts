// UUIDs as the four words of an mdev's record.
export type Uuid = readonly [number, number, number, number];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** 36 characters, hex digits of any case with dashes at 8, 13, 18, 23; undefined for any other text. */
export function parseUuid(text: string): Uuid | undefined {
  if (!UUID.test(text)) return undefined;
  const four = (at: number): number => Number.parseInt(text.slice(at, at + 4), 16);
  const word = (high: number, low: number): number => four(high) * 0x10000 + four(low);
  return [word(0, 4), word(9, 14), word(19, 24), word(28, 32)];
}

/** Lower case, with dashes. */
export function formatUuid(uuid: Uuid): string {
  const digits = uuid.map((word) => word.toString(16).padStart(8, "0")).join("");
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    "-",
  );
}
