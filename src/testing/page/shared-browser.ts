// One browser for all tests of a process: to start one takes as much as several tests.
import { after } from "node:test";
import type { Browser } from "playwright-core";
import { openBrowser } from "./browser.ts";

let browser: Promise<Browser> | undefined;

/** It is closed when all tests are done. */
export function sharedBrowser(): Promise<Browser> {
  browser ??= openBrowser();
  return browser;
}

after(async () => (await browser)?.close());
