// Documents: what a comment or a page cites is in this repository, the file and the section in it, and every link leads somewhere.
// A citation is the path of a document, then sections of it if any: "docs/kernel/bus.md §4.2, §4.6", "docs/kernel/faults.md B-7".
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** A section as citations write it: the number of a heading, of a fault, of an open question, or of a worked scenario. */
const SECTION = String.raw`(?:§\d+(?:\.\d+)*|[BQ]-\d+|[ST]\d+)`;
const CITATION = new RegExp(String.raw`(docs/[\w/.-]+\.md)((?:,? ${SECTION}(?![\w.]*\w))*)`, "g");
/** A file of the repository, by its whole path; "…" and "*" stand for others. */
const PATH =
  /(?<![\w./-])(?:src|docs|scripts|scenarios|conformance|hosts|examples|schema)\/[\w./-]*\w\.\w+\b(?![…*/])/g;
const LINK = /\]\(([^()\s]+)\)/g;
/** Of text that is code, such as a command with brackets. */
const BLOCK = /^```.*?^```/gms;

const git = spawnSync(
  "git",
  ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
  { cwd: ROOT, encoding: "utf8" },
);
const skip = git.error ? "the package git is missing" : git.status !== 0 ? "this is not a git checkout" : false;
const committed = skip ? [] : git.stdout.split("\0").filter((path) => path !== "" && existsSync(`${ROOT}${path}`));
const read = (path: string): string => readFileSync(`${ROOT}${path}`, "utf8");

interface Heading {
  /** As GitHub makes it of the title. */
  readonly anchor: string;
  /** As citations name it; undefined for a heading without a number. */
  readonly section: string | undefined;
}

const pages = new Map<string, readonly Heading[]>();

function headingsOf(page: string): readonly Heading[] {
  const known = pages.get(page);
  if (known) return known;
  const seen = new Map<string, number>();
  const headings = [
    ...read(page)
      .replace(BLOCK, "")
      .matchAll(/^#+ (.*)$/gm),
  ].map(([, title = ""]) => {
    const plain = title.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
    const anchor = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\-_ ]/gu, "")
      .replaceAll(" ", "-");
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    const number = /^(?:(\d+(?:\.\d+)*)\.? |([BQ]-\d+|[ST]\d+)\. )/.exec(plain);
    return {
      anchor: before === 0 ? anchor : `${anchor}-${before}`,
      section: number?.[1] === undefined ? number?.[2] : `§${number[1]}`,
    };
  });
  pages.set(page, headings);
  return headings;
}

/** Something that is written in a line of a file. */
interface Found {
  readonly place: string;
  readonly match: RegExpMatchArray;
}

function findAll(paths: readonly string[], pattern: RegExp, textOf: (path: string) => string = read): Found[] {
  return paths.flatMap((path) =>
    textOf(path)
      .split("\n")
      .flatMap((line, at) => [...line.matchAll(pattern)].map((match) => ({ place: `${path}:${at + 1}`, match }))),
  );
}

/** What is wrong, a line for each place. */
function assertNone(found: readonly (string | undefined)[]): void {
  const wrong = found.filter((line) => line !== undefined);
  assert.deepEqual(wrong, []);
}

/** Blanks in place of a text, so that everything else stays where it is. */
const blanked = (text: string): string => text.replace(/[^\n]/g, " ");

/** A document without its code blocks. */
const prose = (path: string): string => read(path).replace(BLOCK, blanked);

/** Words that a reader of Linux does not know, by their heading in the glossary. */
const WORDS: Readonly<Record<string, RegExp>> = {
  apqn: /\bAPQNs?\b/,
  "control-domain": /\bcontrol domains?\b/i,
  mdev: /\bmdevs?\b/,
  "shadow-apcb": /\bshadow APCBs?\b/,
  zeroize: /\bzeroiz(?:es?|ed|ing)\b/i,
};

/** Sentences only: no headings, tables, code, quotations and links. */
const NO_SENTENCE = /^#.*$|^\|.*$|^ +```[\s\S]*?^ +```$|`[^`\n]*`|"[^"\n]*"|\[[^\]\n]*\]\([^)\n]*\)/gm;

const texts = committed.filter((path) => /\.(tsx?|mjs|js|sh|pl|md|ya?ml|scenario)$/.test(path));
const sources = texts.filter((path) => path.startsWith("src/"));
const documents = texts.filter((path) => path.endsWith(".md"));

describe("citations", { skip }, () => {
  it("name a document that exists, and sections that it has", () => {
    const citations = findAll(texts, CITATION);
    assert.ok(citations.length > 100, `${citations.length} citations`);
    assertNone(
      citations.flatMap(({ place, match: [, page = "", sections = ""] }) => {
        if (!existsSync(`${ROOT}${page}`)) return [`${place}: ${page} does not exist`];
        const has = headingsOf(page).map(({ section }) => section);
        return (sections.match(new RegExp(SECTION, "g")) ?? [])
          .filter((section) => !has.includes(section))
          .map((section) => `${place}: ${page} has no section ${section}`);
      }),
    );
  });

  it("of other files, from the root of the repository, name files that exist", () => {
    const paths = findAll([...sources, ...documents], PATH);
    assert.ok(paths.length > 300, `${paths.length} paths`);
    assertNone(
      paths.map(({ place, match: [path] }) =>
        existsSync(`${ROOT}${path}`) ? undefined : `${place}: ${path} does not exist`,
      ),
    );
  });

  it("of sections say of which document", () => {
    const comment = /^\s*(?:\/\/|\/?\*).*$/g;
    const found = findAll(sources, comment).map(({ place, match: [line] }) => {
      const rest = line.replace(CITATION, "");
      return /§|\b[BQ]-\d/.test(rest) ? `${place}: ${line.trim()}` : undefined;
    });
    assertNone(found);
  });
});

describe("links", { skip }, () => {
  it("of documents lead to files of this repository, and to headings that these have", () => {
    const links = findAll(documents, LINK, prose).filter(({ match }) => !/^[a-z]+:/.test(match[1] as string));
    assert.ok(links.length > 100, `${links.length} links`);
    assertNone(
      links.map(({ place, match: [, target = ""] }) => {
        const [path = "", anchor] = target.split("#");
        const from = place.slice(0, place.lastIndexOf(":"));
        const to = path === "" ? from : posix.join(posix.dirname(from), decodeURI(path));
        if (!existsSync(`${ROOT}${to}`)) return `${place}: ${target} does not exist`;
        if (anchor === undefined || !to.endsWith(".md")) return undefined;
        return headingsOf(to).some((heading) => heading.anchor === anchor)
          ? undefined
          : `${place}: ${target} has no such heading`;
      }),
    );
  });
});

describe("words of the field", { skip }, () => {
  for (const [anchor, word] of Object.entries(WORDS)) {
    it(`such as "${anchor}" lead to the glossary where a document uses them first`, () => {
      assert.ok(headingsOf("docs/glossary.md").some((heading) => heading.anchor === anchor));
      const pages = documents.filter(
        (path) => /^(?:docs\/|README|ARCHITECTURE|CHANGELOG)/.test(path) && path !== "docs/glossary.md",
      );
      assertNone(
        pages.map((page) => {
          const used = prose(page).replace(NO_SENTENCE, blanked).search(word);
          const linked = read(page).indexOf(`glossary.md#${anchor})`);
          return used === -1 || (linked !== -1 && linked < used)
            ? undefined
            : `${page}: no link to glossary.md#${anchor}`;
        }),
      );
    });
  }
});

describe("the questions of CONTRIBUTING.md", { skip }, () => {
  it("are ten, and each answer is a file that ARCHITECTURE.md or docs/rules.md names", () => {
    const [, table = ""] = read("CONTRIBUTING.md").split("## Ten questions");
    const answers = [...table.matchAll(/^\| .*\? \| `(src\/[^`]+)` \|$/gm)].map(([, path = ""]) => path);
    assert.equal(answers.length, 10);
    const guides = read("ARCHITECTURE.md") + read("docs/rules.md");
    assert.deepEqual(
      answers.filter((path) => !existsSync(`${ROOT}${path}`) || !guides.includes(`\`${path}\``)),
      [],
    );
  });
});
