// UUIDs as the four words of an mdev's record.
export type Uuid = readonly [number, number, number, number];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** 36 characters, hex digits of any case with dashes at 8, 13, 18, 23; undefined for any other text. */
export function parseUuid(text: string): Uuid | undefined {
  if (!UUID.test(text)) return undefined;
  const digits = text.replaceAll("-", "");
  const word = (i: number) => Number.parseInt(digits.slice(i * 8, i * 8 + 8), 16);
  return [word(0), word(1), word(2), word(3)];
}

/** Lower case, with dashes. */
export function formatUuid(uuid: Uuid): string {
  const digits = uuid.map((word) => word.toString(16).padStart(8, "0")).join("");
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    "-",
  );
}
