// The picture: well-formed whatever anybody calls his guest, and small enough for the largest host.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { describedSource } from "../../sources/memory-source.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import { inLongForm } from "../../testing/support/long-form.ts";
import { showSvg } from "./show-svg.ts";
import type { Shown } from "./shown.ts";
import { escapeXml, fitted, textWidth, wrapped } from "./svg-text.ts";

function shownHost(yaml: string): Shown {
  const description = parseHostDescription(yaml, "host.yaml");
  assert.ok(description.ok, JSON.stringify(description));
  const source = describedSource(description.value, "host.yaml");
  assert.ok(source.ok);
  const { describes, guests, profile, sysfs } = source.value;
  return { describes, guests, profile: profile?.name, host: observeHost(sysfs) };
}

/** Tags close in the order in which they were opened, and no text or attribute holds a bare `<` or `&`. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(
    /<(\/?)([a-z]+)((?: [a-zA-Z:-]+="[^"<]*")*)(\/?)>/g,
    (_, closing, name, attributes, empty) => {
      if (closing) assert.equal(open.pop(), name);
      else if (!empty) open.push(name);
      return attributes.replace(/ [a-zA-Z:-]+=/g, "");
    },
  );
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /<|&(?!(?:amp|lt|gt|quot|#39);)/);
}

/** Adapters, and domains, of the largest host; of a large one in `npm test`. */
const SIZE = inLongForm(256, 64);
const largest = (rest: string) => `
cards: [${Array.from({ length: SIZE }, (_, id) => `{ id: ${id}, type: CEX8C }`)}]
domains: [0-${SIZE - 1}]
masks: { apmask: "0x0" }
${rest}`;

describe("text in a picture", () => {
  it("is escaped", () => {
    assert.equal(escapeXml(`<a b="c" d='e'>&`), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
  });

  it("has none of the characters that XML does not have", () => {
    assert.equal(escapeXml("a\u0000b\u001bc\ud800d\uffffe"), "a\ufffdb\ufffdc\ufffdd\ufffde");
    assert.equal(escapeXml("schlüssel 🔑"), "schlüssel 🔑");
  });

  it("is cut or broken to the room there is", () => {
    assert.equal(fitted("short", 100, 12), "short");
    assert.match(fitted("🔑".repeat(100), 100, 12), /^(?:🔑)+…$/u);
    assert.ok(wrapped("some words that do not fit", 60, 12).every((line) => textWidth(line, 12) <= 60));
    assert.deepEqual(wrapped("", 60, 12), [""]);
  });
});

describe("a picture", () => {
  it("stays a picture with hostile names", () => {
    const name = `</title><script>alert("&")</script>]]>'--><!--\\u2028`;
    const svg = showSvg(
      shownHost(`
describes: '${name.replaceAll("'", "''")}'
cards: [{ id: 4, type: CEX7C }]
domains: [1]
masks: { apmask: "-4" }
mdevs: [{ uuid: 3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c, adapters: [4], domains: [1], guest: '${name.replaceAll("'", "''")}' }]
`),
    );
    assertWellFormed(svg);
    assert.doesNotMatch(svg, /<script|<!--/);
  });

  it("says in words what it shows", () => {
    const svg = showSvg(
      shownHost(`
describes: One card
cards: [{ id: 4, type: CEX7C }]
domains: [1]
masks: { apmask: "-4" }
mdevs: [{ uuid: 3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c, adapters: [4], domains: [1], guest: alpha }]
`),
    );
    assert.match(svg, /role="img" aria-labelledby="ap-title ap-description"/);
    assert.match(svg, /<title id="ap-title">One card<\/title>/);
    assert.match(
      svg,
      /<desc id="ap-description">kernel [^<]*1 card, 1 queue[^<]*guest alpha, running: has 1 of 1 assigned queue<\/desc>/,
    );
    assert.match(svg, /prefers-color-scheme:dark/);
  });

  it("may be of a host without anything, and of one with one queue", () => {
    for (const yaml of ["cards: []\ndomains: []\n", "cards: [{ id: 0, type: CEX8C }]\ndomains: [0]\n"]) {
      assertWellFormed(showSvg(shownHost(yaml)));
    }
  });

  it(`of ${SIZE * SIZE} queues that are all the same is small`, () => {
    const svg = showSvg(shownHost(largest("")));
    assertWellFormed(svg);
    assert.ok(svg.length < 10_000);
  });

  it(`of ${SIZE * SIZE} queues and many mdevs still comes out`, () => {
    const mdevs = Array.from({ length: SIZE / 2 - 1 }, (_, at) => {
      const uuid = `00000000-0000-0000-0000-${at.toString(16).padStart(12, "0")}`;
      return `{ uuid: ${uuid}, adapters: [${2 * at}, ${2 * at + 1}], domains: [${at}, ${SIZE - 1}], guest: "${at}" }`;
    });
    const svg = showSvg(shownHost(largest(`mdevs: [${mdevs}]\nunbound: ["04.0002", "05.0003"]\n`)));
    assertWellFormed(svg);
    assert.ok(svg.length < 2_000_000);
  });
});
