// Pictures of the page for the documents: npm run screenshots.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { browserSkip, chooseFile, openBrowser, openPage } from "./browser.ts";
import { serveBundle } from "./static-site.ts";
import { wideTrace } from "./wide-host.ts";

const file = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const TWELVE = file("hosts/twelve-guests.yaml");

const FOLDER = fileURLToPath(new URL("../../../docs/images/", import.meta.url));

type Prepare = (page: Page) => Promise<unknown>;

const showTwelve: Prepare = (page) => chooseFile(page, "twelve-guests.yaml", TWELVE);

const before: Prepare = async (page) => {
  await showTwelve(page);
  await page.evaluate("apmatrix.run('remove m1')");
  await page.getByRole("dialog").waitFor();
};

const oneGuest: Prepare = async (page) => {
  await showTwelve(page);
  await page.locator(".trouble-card .show").first().click();
  await page.locator(".reason").waitFor();
};

const counterexample: Prepare = (page) =>
  page.evaluate("location.hash = '#open=scenarios/mail/s2-assign-unbound-domain.scenario'");

const inside: Prepare = async (page) => {
  const file = "scenarios/guest/nested-guest-loses-with-its-host.scenario";
  await page.evaluate(`location.hash = "#open=${file}&t=15&q=05.0047"`);
  await page.locator(".inside-of").waitFor();
};

const wide: Prepare = async (page) => {
  await chooseFile(page, "256x256x64.jsonl", wideTrace());
  await page.locator(".grid-area").hover({ position: { x: 260, y: 120 } });
};

const nothing: Prepare = async () => undefined;

const LARGE = [1280, 800] as const;
/** Kept in docs/images. All of them in both colours and three sizes are made with `-- all DIRECTORY`, to be looked at. */
const PICTURES: readonly (readonly [name: string, size: readonly [number, number], prepare: Prepare])[] = [
  ["page", LARGE, showTwelve],
  ["page-fine", LARGE, nothing],
  ["page-guest", LARGE, oneGuest],
  ["page-before", LARGE, before],
  ["page-counterexample", LARGE, counterexample],
  ["page-inside", LARGE, inside],
  ["page-256", LARGE, wide],
];
const SIZES = [[390, 844], LARGE, [1920, 1080]] as const;

async function takePictures(): Promise<void> {
  const [mode, directory = FOLDER] = process.argv.slice(2);
  mkdirSync(directory, { recursive: true });
  const [browser, site] = [await openBrowser(), await serveBundle()];
  for (const [name, size, prepare] of PICTURES) {
    for (const colours of ["light", "dark"] as const) {
      if (mode !== "all" && colours === "dark") continue;
      for (const [width, height] of mode === "all" ? SIZES : [size]) {
        const { page } = await openPage(browser, site.url, { width, height, colours });
        await prepare(page);
        // What helps is sought when a moment has been shown for a while.
        await page.waitForTimeout(600);
        if (prepare !== before) await page.evaluate("document.activeElement?.blur()");
        const ending = `${mode === "all" ? `-${width}` : ""}${colours === "dark" ? "-dark" : ""}`;
        await page.screenshot({ path: join(directory, `${name}${ending}.png`) });
        await page.close();
      }
    }
  }
  await browser.close();
  site.close();
}

if (browserSkip) {
  console.error(`apmatrix: ${browserSkip}`);
  process.exitCode = 1;
} else {
  await takePictures();
}
