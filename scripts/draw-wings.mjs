// Draws the wings of src and which imports which, from the imports themselves: docs/images/wings.svg. `node scripts/draw-wings.mjs`
// writes it; src/tidy.test.ts compares it, so that the drawing cannot drift from the code.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const src = join(root, "src");
export const WINGS_SVG = join(root, "docs", "images", "wings.svg");

/** What a wing is for, in a few words. A wing without words is not drawn, and the drawing fails. */
const WORDS = {
  system: "the rules: AP bus, vfio_ap, /sys",
  guards: "paths, files, signals from outside",
  formats: "texts of people and tools",
  lab: "a host that lives, mounted",
  answers: "explain, plan, apply, status, show",
  history: "scenarios and timelines",
  sources: "where a host comes from",
  checker: "every order of events",
  page: "the matrix in a browser",
  api: "what programs import",
  cli: "the command line",
  testing: "support, tools, soaks, benchmarks",
};

const [WIDTH, BOX, HEIGHT, ROW, MARGIN] = [1060, 230, 54, 104, 24];

/** Wing to wings that it imports from, in code that is not a test. */
function importsOfWings() {
  const arrows = new Map();
  for (const path of readdirSync(src, { recursive: true, encoding: "utf8" })) {
    if (!/\.tsx?$/.test(path) || /\.test\.tsx?$/.test(path) || !path.includes("/")) continue;
    const wing = path.split("/")[0];
    if (!(wing in WORDS)) throw new Error(`scripts/draw-wings.mjs has no words for the wing ${wing}`);
    if (!arrows.has(wing)) arrows.set(wing, new Set());
    for (const [, to] of readFileSync(join(src, path), "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)) {
      const other = posix.join(posix.dirname(path), to).split("/")[0];
      if (other in WORDS && other !== wing) arrows.get(wing).add(other);
    }
  }
  return arrows;
}

/** The length of the longest way down. */
const floorOf = (arrows, wing) => Math.max(-1, ...[...arrows.get(wing)].map((other) => floorOf(arrows, other))) + 1;

/** `other` is reached from `wing` by way of a third wing, too. */
function isShortcut(arrows, wing, other) {
  const reaches = (from) => from === other || [...arrows.get(from)].some(reaches);
  return [...arrows.get(wing)].some((third) => third !== other && reaches(third));
}

/** @returns {string} the drawing; the same imports give the same text */
export function wingsSvg() {
  const arrows = importsOfWings();
  const names = Object.keys(WORDS).filter((wing) => arrows.has(wing));
  const floors = new Map(names.map((wing) => [wing, floorOf(arrows, wing)]));
  const top = Math.max(...floors.values());
  const place = new Map(
    names.map((wing) => {
      const row = names.filter((other) => floors.get(other) === floors.get(wing));
      const x = ((row.indexOf(wing) + 0.5) * WIDTH) / row.length;
      return [wing, { x, y: MARGIN + (top - floors.get(wing)) * ROW }];
    }),
  );
  const lines = names.flatMap((wing) =>
    names
      .filter((other) => arrows.get(wing).has(other))
      .map((other) => {
        const [from, to] = [place.get(wing), place.get(other)];
        const [y1, y2] = [from.y + HEIGHT, to.y - 7];
        const bend = (y2 - y1) / 2;
        const kind = isShortcut(arrows, wing, other) ? "shortcut" : "next";
        const curve = `M${from.x} ${y1}C${from.x} ${y1 + bend} ${to.x} ${y2 - bend} ${to.x} ${y2}`;
        return { kind, text: `<path class="${kind}" d="${curve}"><title>${wing} imports ${other}</title></path>` };
      }),
  );
  const boxes = names.map((wing) => {
    const { x, y } = place.get(wing);
    return [
      `<rect x="${x - BOX / 2}" y="${y}" width="${BOX}" height="${HEIGHT}" rx="6"/>`,
      `<text class="name" x="${x}" y="${y + 23}">${wing}/</text>`,
      `<text x="${x}" y="${y + 42}">${WORDS[wing]}</text>`,
    ].join("");
  });
  const height = 2 * MARGIN + top * ROW + HEIGHT;
  const style = `rect{fill:#f4f7fc;stroke:#5b7bb4;stroke-width:1.5}text{font:12px sans-serif;fill:#1c2430;text-anchor:middle}.name{font:bold 15px sans-serif}path{fill:none;stroke:#5b7bb4}.next{stroke-width:2;marker-end:url(#tip)}.shortcut{stroke-width:1;opacity:.3}#tip path{fill:#5b7bb4;stroke:none}@media (prefers-color-scheme:dark){rect{fill:#1d2533}text{fill:#e6ebf4}}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="The wings of src: an arrow points to what is imported">`,
    `<style>${style}</style>`,
    `<defs><marker id="tip" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="7" markerHeight="7" orient="auto" markerUnits="userSpaceOnUse"><path d="M0 0L8 4L0 8z"/></marker></defs>`,
    ...lines.filter(({ kind }) => kind === "shortcut").map(({ text }) => text),
    ...lines.filter(({ kind }) => kind === "next").map(({ text }) => text),
    ...boxes,
    "</svg>",
    "",
  ].join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) writeFileSync(WINGS_SVG, wingsSvg());
