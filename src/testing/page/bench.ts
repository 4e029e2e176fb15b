// How fast the page is: the first picture of the largest host, pictures a second while it is moved and zoomed, moments of a long
// history, and how soon a write into a mount is seen. Figures only: whether they are good enough is for docs/performance.md.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { labUp, stays } from "../support/lab-command.ts";
import { urlIn } from "../support/page-client.ts";
import { freshDirectory, temporaryDirectory } from "../support/temporary.ts";
import { browserSkip, chooseFile, openBrowser, openPage, openPanel } from "./browser.ts";
import { longHistory } from "./long-history.ts";
import { serveBundle } from "./static-site.ts";
import { wideTrace } from "./wide-host.ts";

const HOST = fileURLToPath(new URL("../../../hosts/kernel-doc-guests.yaml", import.meta.url));
const ROUNDS = 5;
const FRAMES = 90;

const print = (what: string, figures: readonly number[], unit: string): void => {
  const sorted = [...figures].sort((a, b) => a - b);
  const [least, middle, most] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)].map((n) =>
    Number(n?.toFixed(1)),
  );
  console.log(`${what}: median ${middle} ${unit}, ${least} to ${most}`);
};

/** From the request for the page to the first picture of its grid. */
async function firstPicture(browser: Browser, temporary: string): Promise<void> {
  const file = `${temporary}/wide.jsonl`;
  writeFileSync(file, wideTrace());
  const run = freshDirectory(temporary, "run");
  const server = await stays(["serve", "--web-open", "--from", file], { run }, /http:/);
  const figures: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { page } = await openPage(browser, urlIn(server.output.stdout));
    figures.push((await page.evaluate("apmatrix.paints.first")) as number);
    await page.close();
  }
  print("first picture of 256 adapters, 256 domains, 64 mdevs", figures, "ms");
  const { page } = await openPage(browser, urlIn(server.output.stdout));
  await page.keyboard.press("g");
  for (let size = 0; size < 4; size++) await page.keyboard.press("+");
  for (const [what, modifiers] of [
    ["pan", "{}"],
    ["zoom", "{ ctrlKey: true }"],
  ] as const) {
    print(`pictures a second, ${what}`, [await framesPerSecond(page, modifiers)], "a second");
  }
  await page.close();
  await server.stop();
}

/** What is wrong on the largest host, after an event: from the event to the words on the page. */
async function overviews(browser: Browser): Promise<void> {
  const site = await serveBundle();
  const { page } = await openPage(browser, site.url);
  await chooseFile(page, "wide.jsonl", wideTrace());
  const figures = (await page.evaluate(`(async () => {
    const figures = [];
    for (let round = 0; round < 20; round++) {
      const begun = performance.now();
      // A queue that nobody has is bound to no driver, then to vfio_ap again: the notes change, and all is worked out anew.
      apmatrix.run(round % 2 === 0 ? "unbind 1c.0000" : "bind 1c.0000");
      await new Promise((drawn) => setTimeout(drawn));
      document.querySelector(".trouble").getBoundingClientRect();
      figures.push(performance.now() - begun);
    }
    return figures;
  })()`)) as number[];
  print("overview of 256 adapters, 256 domains, 64 mdevs after an event", figures, "ms");
  await page.close();
  site.close();
}

/** Each frame the wheel turns, to and fro. */
const framesPerSecond = async (page: Page, modifiers: string): Promise<number> =>
  (await page.evaluate(`new Promise((resolve) => {
    const area = document.querySelector(".grid-area");
    const { left, top } = area.getBoundingClientRect();
    const painted = apmatrix.paints.count;
    const begun = performance.now();
    let frames = 0;
    const turn = () => {
      if (++frames > ${FRAMES}) {
        resolve((apmatrix.paints.count - painted) / (performance.now() - begun) * 1000);
        return;
      }
      const deltaY = Math.floor(frames / 12) % 2 === 0 ? 23 : -23;
      area.dispatchEvent(new WheelEvent("wheel", { deltaX: deltaY, deltaY, clientX: left + 200, clientY: top + 200, bubbles: true, cancelable: true, ...${modifiers} }));
      requestAnimationFrame(turn);
    };
    requestAnimationFrame(turn);
  })`)) as number;

/** From the call to the picture, for moments all over a history. */
async function moments(browser: Browser): Promise<void> {
  const site = await serveBundle();
  const { page } = await openPage(browser, site.url);
  await openPanel(page, "History");
  const begun = performance.now();
  await chooseFile(page, "long.jsonl", longHistory(10_000).trace);
  await page.getByText("10,000 steps").waitFor();
  console.log(`opening 10,000 events of 16 adapters, 85 domains, 5 mdevs: ${Math.round(performance.now() - begun)} ms`);
  const figures = (await page.evaluate(`(async () => {
    const figures = [];
    for (let round = 0; round < 100; round++) {
      const painted = apmatrix.paints.count;
      const begun = performance.now();
      apmatrix.goTo((round * 7919) % 10000);
      while (apmatrix.paints.count === painted) await new Promise(requestAnimationFrame);
      figures.push(apmatrix.paints.last - begun);
    }
    return figures;
  })()`)) as number[];
  print("a moment of 10,000", figures, "ms");
  await page.close();
  site.close();
}

/** From the end of a write into the mount to its row on the page. */
async function fromTheMount(browser: Browser, temporary: string): Promise<void> {
  const sys = freshDirectory(temporary, "sys");
  const lab = await labUp([HOST, "--mount", sys, "--web", "--web-open"], { run: freshDirectory(temporary, "run") });
  const { page } = await openPage(browser, urlIn(lab.output.stdout));
  await openPanel(page, "History");
  const figures: number[] = [];
  for (let round = 0; round < 10; round++) {
    const verb = round % 2 === 0 ? "unbind" : "bind";
    const seen = page.waitForSelector(`.row[aria-current] .words[title="${verb} 05.0047"]`);
    const begun = performance.now();
    writeFileSync(`${sys}/bus/ap/drivers/vfio_ap/${verb}`, "05.0047");
    await seen;
    figures.push(performance.now() - begun);
  }
  print("from a write in the mount to the page", figures, "ms");
  await page.close();
  await lab.stop();
}

if (browserSkip) {
  console.error(`apmatrix: ${browserSkip}`);
  process.exitCode = 1;
} else {
  const temporary = temporaryDirectory();
  const browser = await openBrowser();
  await firstPicture(browser, temporary);
  await overviews(browser);
  await moments(browser);
  await fromTheMount(browser, temporary);
  await browser.close();
}
