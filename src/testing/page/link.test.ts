// A link carries all of a view: who opens it sees the same, from a server of ours and from a file; and whatever else stands in it changes nothing.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { hostOperations } from "../../formats/description/host-operations.ts";
import { Timeline } from "../../history/timeline/timeline.ts";
import { traceText } from "../../history/timeline/write-out.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { type RunningLab, stays } from "../support/lab-command.ts";
import { isLongForm, sample } from "../support/long-form.ts";
import { urlIn } from "../support/page-client.ts";
import { freshDirectory, temporaryDirectory } from "../support/temporary.ts";
import { BUNDLE, browserSkip, chooseFile, openPage, openPanel } from "./browser.ts";
import { sharedBrowser } from "./shared-browser.ts";

const TWELVE = "hosts/twelve-guests.yaml";
const FROM_FILE = `${pathToFileURL(`${BUNDLE}index.html`).href}#open=${TWELVE}`;

function traceOf(description: string): string {
  const read = parseHostDescription(description, TWELVE);
  assert.ok(read.ok);
  const timeline = Timeline.of(DEFAULT_PROFILE, hostOperations(read.value));
  return traceText(timeline, timeline.entries.length - 1, "twelve");
}

const SIZES = [
  [1280, 800],
  [390, 844],
  [1920, 1080],
] as const;

/** All of a view that a link carries. */
const viewOf = async (page: Page): Promise<unknown> =>
  await page.evaluate(`(() => {
    const all = (selector, of) => [...document.querySelectorAll(selector)].map(of);
    const text = (one) => one.textContent.replaceAll(/\\s+/g, " ").trim();
    return {
      moment: document.querySelector(".time input").getAttribute("aria-valuetext"),
      kernel: all("select.kernel", (one) => one.value),
      beside: all(".reference figcaption", text),
      compared: all(".compared", text),
      cell: all("#cell", text),
      pressed: all("[aria-pressed=true]", text),
      filter: all(".filters input, .filters select", (one) => one.value),
      rows: all(".rows .row", text),
    };
  })()`);

/** The address, once it says what is seen. */
async function addressOf(page: Page): Promise<string> {
  const isWritten = () => page.evaluate("new URL(apmatrix.address(), location.href).hash === location.hash");
  while (!(await isWritten())) await page.waitForTimeout(50);
  return page.url();
}

type Prepare = (page: Page) => Promise<unknown>;
const press =
  (...keys: readonly string[]): Prepare =>
  async (page) => {
    for (const key of keys) await page.keyboard.press(key);
  };
const chooseKernel =
  (name: string): Prepare =>
  (page) =>
    page.getByRole("combobox", { name: /Kernel/ }).selectOption(name);
const find =
  (words: string): Prepare =>
  async (page) => {
    await page.fill("#search", words);
    await page.press("#search", "Enter");
  };

/** What somebody does before the link is taken, and a part of it that the address must have. */
const VIEWS: readonly (readonly [what: string, part: RegExp, ...prepare: Prepare[]])[] = [
  ["a guest that was searched for, and a queue", /m=3f0c.*s=guest/, find("zlin03"), press("g", "ArrowDown")],
  ["several queues that are chosen", /q=.*&n=/, find("02.0003"), press("g", "s", "ArrowDown", "ArrowRight")],
  ["two moments side by side", /t=\d+.*c=\d+/, press("m", ",", ",", ",", "t")],
  ["what another kernel would have done, beside what happened", /k=linux-6\.0&.*c=\d+/, chooseKernel("linux-6.0")],
  ["another kernel up to an earlier moment", /k=linux-6\.8&u=\d+/, press(",", ",", ","), chooseKernel("linux-6.8")],
  ["two kernels, neither of them its own", /k=v12.*ck=linux-6\.8/, chooseKernel("linux-6.8"), chooseKernel("v12")],
  [
    "an earlier moment of another kernel beside its end",
    /t=\d+&.*k=linux-6\.0.*ck=linux-6\.0|k=linux-6\.0.*t=\d+.*ck=linux-6\.0/,
    chooseKernel("linux-6.0"),
    press("m", "m", ",", ","),
  ],
  [
    "a history that is filtered",
    /p=history&f=zlin03&fk=guests/,
    async (page) => {
      await openPanel(page, "History");
      await page.fill(".filters input", "zlin03");
      await page.selectOption(".filters select", "guests");
    },
  ],
];

describe("a link to the page", { skip: browserSkip }, () => {
  let browser: Browser;
  let server: RunningLab;
  let served = "";

  before(async () => {
    browser = await sharedBrowser();
    const run = freshDirectory(temporaryDirectory(), "run");
    // The same host as a trace: of a description a server tells only how the host is, not what led there.
    const trace = `${run}/twelve.jsonl`;
    writeFileSync(trace, traceOf(readFileSync(new URL(`../../../${TWELVE}`, import.meta.url), "utf8")));
    server = await stays(["serve", "--web-open", "--from", trace], { run }, /http:/);
    served = urlIn(server.output.stdout);
  });
  after(() => server?.stop());

  for (const [at, [what, part, ...prepare]] of sample([...VIEWS.entries()], 3)) {
    // Each size and each way to open the page comes up among the views; all of them for each in the long form.
    for (const from of isLongForm ? ([0, 1] as const) : [(at % 2) as 0 | 1]) {
      const [width, height] = SIZES[(at + from) % SIZES.length] ?? SIZES[0];
      const size = { width, height };
      it(`leads to ${what}, from ${["a server", "a file"][from]}, at ${width}x${height}`, async () => {
        const first = await openPage(browser, from === 1 ? FROM_FILE : served, size);
        for (const one of prepare) await one(first.page);
        const [link, seen] = [await addressOf(first.page), await viewOf(first.page)];
        assert.match(link, part);
        const second = await openPage(browser, link, size);
        assert.deepEqual(await viewOf(second.page), seen, link);
        assert.equal(await addressOf(second.page), link);
        for (const { page, complaints } of [first, second]) {
          await page.close();
          assert.deepEqual(complaints, []);
        }
      });
    }
  }

  it("that is followed on a page that is open leads there too, and back", async () => {
    const { page } = await openPage(browser, served);
    const plain = await viewOf(page);
    await chooseKernel("linux-6.0")(page);
    const [link, seen] = [await addressOf(page), await viewOf(page)];
    await page.evaluate("location.hash = ''");
    await page.locator(".reference").waitFor({ state: "detached" });
    assert.deepEqual(await viewOf(page), plain);
    await page.evaluate(`location.hash = ${JSON.stringify(new URL(link).hash)}`);
    await page.locator(".reference").waitFor();
    assert.deepEqual(await viewOf(page), seen);
    // The history under the other kernel is the one that was there.
    assert.equal(await page.locator(".chooser option").count(), 2);
    await page.close();
  });

  it("changes nothing where its values are bad", async () => {
    const { page, complaints } = await openPage(browser, served);
    const plain = await viewOf(page);
    const long = "x".repeat(200_000);
    for (const odd of [
      "k=linux-9.9",
      "k=__proto__",
      "k=linux-6.0&u=frob",
      "c=999999",
      "c=-1",
      "c=3&ck=constructor",
      "c=3&ck=<img src=x onerror=alert(1)>",
      "t=1e3",
      "m=nobody",
      "m=__proto__&s=guest",
      "n=02.0003",
      "q=zz.zz",
      "p=frob",
      "p=__proto__",
      "fk=constructor",
      "s=frob",
      "l=",
      "%",
      "t=%E0%A4%A",
      `c=${long}`,
    ]) {
      await page.evaluate(`location.hash = ${JSON.stringify(odd)}`);
      await page.waitForTimeout(30);
      const seen = (await viewOf(page)) as Record<string, unknown>;
      const { pressed } = plain as Record<string, unknown>;
      if (odd.startsWith("k=linux-6.0")) continue;
      assert.deepEqual({ ...seen, pressed: odd.includes("s=guest") ? pressed : seen.pressed }, plain, odd.slice(0, 80));
    }
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it("shows hostile text cut and as text", async () => {
    const text = `<img src=x onerror=alert(1)>\u202e\u0007${"y".repeat(100_000)}`;
    for (const name of ["open", "f"]) {
      const { page, complaints } = await openPage(
        browser,
        `${FROM_FILE.replace(/#.*/, "")}#p=history&${name}=${encodeURIComponent(text)}`,
      );
      assert.equal(await page.locator(".app img").count(), 0);
      const shown = await page.evaluate("document.body.innerText + document.querySelector('.filters input').value");
      assert.ok(`${shown}`.length < 5000, `${`${shown}`.length}`);
      for (const character of ["\u202e", "\u0007"]) assert.ok(!`${shown}`.includes(character), name);
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 1280, name);
      assert.ok((await addressOf(page)).length < 1000, page.url().slice(0, 2000));
      assert.deepEqual(complaints, []);
      await page.close();
    }
  });

  it("is not lost if it comes while the page is about to write its own address", async () => {
    const { page } = await openPage(browser, served);
    await page.evaluate(`(() => {
      apmatrix.goTo(5);
      // The page writes when the time has come, and the browser tells of a new address later than it has it.
      const end = performance.now() + 500;
      while (performance.now() < end);
      location.hash = "#t=3";
    })()`);
    await page.waitForTimeout(900);
    assert.match(page.url(), /#t=3$/);
    assert.match(`${await page.locator(".time input").getAttribute("aria-valuetext")}`, /^step 3:/);
    await page.close();
  });

  it("is not made of what is in this browser alone, and says so", async () => {
    const { page } = await openPage(browser, served);
    await page.keyboard.press("m");
    await chooseFile(page, "mine.scenario", "# Mine\nhost adapter 04 domain 0001\nscan\n");
    await page.getByRole("button", { name: "Copy a link" }).click();
    assert.match(await page.locator(".notice").innerText(), /No link leads to this moment/);
    await page.getByRole("combobox", { name: "History", exact: true }).selectOption({ index: 0 });
    await page.keyboard.press("m");
    await page.keyboard.press("m");
    assert.match(await addressOf(page), /c=\d+/);
    await page.close();
  });
});
