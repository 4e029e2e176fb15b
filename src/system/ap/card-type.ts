// Card types and modes, and the facility word that a card reports for them. docs/kernel/architecture.md §3.3, §3.5.

/** What a card works as. The letter ends its type name: CEX8C. */
export type CardMode = "accel" | "cca" | "ep11";

export const CARD_MODES: readonly CardMode[] = ["accel", "cca", "ep11"];
export const MODE_LETTER = { accel: "A", cca: "C", ep11: "P" } as const satisfies Record<CardMode, string>;

/** Lowest and highest type number that the AP bus makes a device for: CEX4 and CEX8. */
export const OLDEST_TYPE = 10;
export const NEWEST_TYPE = 14;

/** Neither too old nor unknown: vfio_ap and the cex4 drivers take types 10..14, and no other gets a device. */
export const isUsableType = (type: number): boolean => type >= OLDEST_TYPE && type <= NEWEST_TYPE;

/** `CEX5C` for type 11 in CCA mode. Types 10..14. */
export const typeName = (type: number, mode: CardMode): string => `CEX${type - 6}${MODE_LETTER[mode]}`;

// Facility words as real cards of each mode show them in ap_functions.
const FACILITIES = { accel: 0x6a000000, cca: 0x92800000, ep11: 0x86800000 } as const satisfies Record<CardMode, number>;

/** The facility word (upper half of the TAPQ hardware information) of a card in this mode. */
export const facilities = (mode: CardMode): number => FACILITIES[mode];
