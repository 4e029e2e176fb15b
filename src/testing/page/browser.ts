// A browser for tests of the page: Debian's chromium, driven by playwright-core. All complaints of a page are kept.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

export const BUNDLE = fileURLToPath(new URL("../../web/", import.meta.url));

const found = spawnSync("sh", ["-c", "command -v chromium || command -v chromium-browser"], { encoding: "utf8" });
const CHROMIUM = found.stdout.trim();

/** Why tests in a browser are skipped; false if they are not. */
export const browserSkip: string | false =
  CHROMIUM === ""
    ? "the package chromium is missing"
    : existsSync(`${BUNDLE}page.js`)
      ? false
      : "the page was left out of the build";

export async function openBrowser(): Promise<Browser> {
  // For root, in a container for instance, there is no sandbox.
  return await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colours?: "light" | "dark";
}

export interface OpenPage {
  readonly page: Page;
  /** Errors of the page and of its console, refusals of the security policy among them. */
  readonly complaints: readonly string[];
}

/** A page at this address, once its grid is there. */
export async function openPage(browser: Browser, url: string, options: PageOptions = {}): Promise<OpenPage> {
  const { width = 1280, height = 800, colours = "light" } = options;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: colours, reducedMotion: "reduce" });
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`${error}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  await page.goto(url);
  await page.waitForSelector(".grid-status");
  return { page, complaints };
}

/** Give a file to the page through the dialog. */
export async function chooseFile(page: Page, name: string, content: string | Buffer): Promise<void> {
  await page.keyboard.press("o");
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Open a file…" }).click();
  await (await chooser).setFiles({ name, mimeType: "text/plain", buffer: Buffer.from(content) });
  await page.getByRole("dialog").waitFor({ state: "hidden" });
}

/** Type a line into the page's console, and say yes if guests lose something by it. */
export async function typeLine(page: Page, line: string): Promise<void> {
  await page.fill("#console", line);
  await page.press("#console", "Enter");
  await sayYes(page);
}

/** If the page asks whether guests may lose queues. */
export async function sayYes(page: Page): Promise<void> {
  await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
  const yes = page.locator("button.harmful");
  if (await yes.isVisible()) await yes.click();
}

/** Choose what stands beside the grid. */
export const openPanel = (page: Page, title: "Trouble" | "Queue" | "History" | "Console"): Promise<void> =>
  page.getByRole("navigation", { name: "Panels" }).getByRole("button", { name: title }).click();

/** What happened last, as the console tells it. */
export const lastSaid = async (page: Page): Promise<string> =>
  (await page.locator(".output > div").last().innerText()).replaceAll("\n", " ");

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Serious violations of accessibility rules, one line each. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const result = (await page.evaluate("axe.run()")) as { readonly violations: readonly Violation[] };
  return result.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`),
    );
}
