// How mdevs are told apart on the page: by number, by colour, and from the ninth on by a second sign.
import { MDEV_COLOURS } from "../../answers/show/svg-style.ts";
import { must } from "../../system/ap/assert.ts";

/** Signs that tell mdevs of the same colour apart. None for the first of each colour. */
const SECOND_SIGNS = ["", "corner", "ring", "bar", "foot", "corners", "side", "cross"] as const;
export type SecondSign = (typeof SECOND_SIGNS)[number];

/** @param mdev number, from 1; colour and sign together are different for the first 64 */
export const secondSign = (mdev: number): SecondSign =>
  must(SECOND_SIGNS[Math.floor((mdev - 1) / MDEV_COLOURS.length) % SECOND_SIGNS.length]);
