// What is built into the page: hosts, and the scenarios of this project, put into the bundle when it is built.

const HOSTS: Readonly<Record<string, string>> = import.meta.glob("../../../hosts/*.yaml", {
  query: "?raw",
  import: "default",
  eager: true,
});
const SCENARIOS: Readonly<Record<string, string>> = import.meta.glob("../../../scenarios/**/*.{scenario,jsonl}", {
  query: "?raw",
  import: "default",
  eager: true,
});

interface GalleryItem {
  /** Path in the project, by which a link can name it. */
  readonly file: string;
  readonly title: string;
  readonly text: string;
}

interface GalleryGroup {
  readonly title: string;
  readonly items: readonly GalleryItem[];
}

const itemOf = ([path, text]: readonly [string, string]): GalleryItem => {
  const file = path.replace(/^(\.\.\/)+/, "");
  const described =
    /^describes: *(.*)$/m.exec(text)?.[1] ?? /^# *(.*)$/m.exec(text)?.[1] ?? /"desc":"([^"]*)"/.exec(text)?.[1];
  return { file, title: described ?? file, text };
};

const inFolder = (files: Readonly<Record<string, string>>, folder: string): readonly GalleryItem[] =>
  Object.entries(files)
    .filter(([path]) => path.includes(`/${folder}/`))
    .map(itemOf)
    .sort((a, b) => (a.file < b.file ? -1 : 1));

const GROUPS: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ["Hosts", HOSTS, "hosts"],
  ["The discussion this project grew from", SCENARIOS, "mail"],
  ["The kernel manual's examples", SCENARIOS, "kernel-doc"],
  ["What guests see inside", SCENARIOS, "guest"],
  ["Found by the checker", SCENARIOS, "found"],
  ["Broken hosts, and why", SCENARIOS, "broken"],
  ["Worked cases", SCENARIOS, "further"],
  ["Rules one by one", SCENARIOS, "rules"],
];

let made: readonly GalleryGroup[] | undefined;

/** Made when somebody asks: titles are looked for in each text, and the first picture does not wait for that. */
export function gallery(): readonly GalleryGroup[] {
  made ??= GROUPS.map(([title, files, folder]) => ({ title, items: inFolder(files, folder) })).filter(
    ({ items }) => items.length > 0,
  );
  return made;
}

export const galleryItem = (file: string): GalleryItem | undefined =>
  gallery()
    .flatMap(({ items }) => items)
    .find((item) => item.file === file);

/** Shown if there is nothing else to show. */
export const FIRST_ITEM = "hosts/kernel-doc-guests.yaml";
