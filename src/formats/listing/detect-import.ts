// Finds out what kind of file a host should be made from, and makes the host. Other files are refused, and the message says what is read.

import type { Profile } from "../../system/vfio-ap/profile.ts";
import { type HostDescription, parseHostDescription } from "../description/host-description.ts";
import { hostFile } from "../description/host-file.ts";
import { echo, misread, type Parsed, parsed } from "../reading/input-error.ts";
import { listingToDescription } from "./listing-to-description.ts";
import { parseLszcrypt } from "./lszcrypt.ts";
import { isLszcryptMessage, isRow } from "./lszcrypt-around.ts";
import { startsHeader } from "./lszcrypt-header.ts";
import { parseMaskListing } from "./mask-listing.ts";
import { parseMatrixListing } from "./matrix-listing.ts";
import { commandOf, isBlank, type PastedLine, pastedLines, startOf, textOf } from "./pasted-lines.ts";

type InputKind = "listing" | "description" | "masks" | "matrix";

const START = { line: 1, column: 1 } as const;
const NEEDED = "expected a listing of lszcrypt -V or a host description (YAML)";

/**
 * @param file the name to say in errors and warnings; nothing is opened
 * @param kernel that of the host, if it has been chosen (parseHostDescription)
 */
export function detectAndImport(text: string, file: string, kernel?: Profile): Parsed<HostDescription> {
  switch (detectInput(text)) {
    case "listing":
      return importListing(text, file);
    case "description":
      return parseHostDescription(text, file, kernel);
    case "masks": {
      const masks = parseMaskListing(text, file);
      const found = "masks alone: masks name no cards, write them under masks in a host description";
      return masks.ok ? misread(file, START, `${NEEDED}, found ${found}`) : masks;
    }
    case "matrix": {
      const matrix = parseMatrixListing(text, file);
      const found = "the matrix of an mdev alone: it names no card types, write it under mdevs in a host description";
      return matrix.ok ? misread(file, START, `${NEEDED}, found ${found}`) : matrix;
    }
    case undefined: {
      const first = pastedLines(text).find((line) => !isBlank(line));
      const at = first ? startOf(first) : START;
      return misread(file, at, `${NEEDED}, found ${first ? echo(textOf(first)) : "nothing"}`);
    }
  }
}

function importListing(text: string, file: string): Parsed<HostDescription> {
  const listing = parseLszcrypt(text, file);
  if (!listing.ok) return listing;
  const { description, warnings } = listingToDescription(listing.value);
  return parsed(description, [...listing.warnings, ...warnings]);
}

const MEMBER = new RegExp(`^[ \\t]*(?:[{,][ \\t]*)?"?(?:${Object.keys(hostFile.shape).join("|")})"?[ \\t]*:`, "m");
const LONG_MASK = /^0x[0-9a-f]{16,}$/i;
const MASK_SIGN = /(?:^|\/|> ?)a[pq]mask:?$/;
const QUEUE_SIGN = /^(?:guest_matrix:|matrix:|[0-9a-f]{1,3}\.[0-9a-f]{0,4}|\.[0-9a-f]{4})$/i;

/** Decided by a sign that the other kinds do not have; undefined if there is no such sign. */
export function detectInput(text: string): InputKind | undefined {
  const lines = pastedLines(text);
  // Before a listing there may be any text.
  if (lines.some((_, index) => startsHeader(lines, index))) return "listing";
  if (MEMBER.test(text)) return "description";
  if (lines.some(isListingRow)) return "listing";
  const hasMask = ({ words }: PastedLine): boolean =>
    words.some((word) => LONG_MASK.test(word.text) || MASK_SIGN.test(word.text));
  if (lines.some(hasMask)) return "masks";
  return lines.some((line) => QUEUE_SIGN.test(textOf(line))) ? "matrix" : undefined;
}

const isListingRow = (line: PastedLine): boolean =>
  isRow(line) || isLszcryptMessage(line) || /\blszcrypt\b/.test(commandOf(line) ?? "");
