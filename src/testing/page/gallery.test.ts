// What is built into the page: every scenario and host of the gallery plays, is named by its link, and offers all that can be done.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { sample } from "../support/long-form.ts";
import { browserSkip, chooseFile, lastSaid, openPage, openPanel, sayYes, typeLine } from "./browser.ts";
import { sharedBrowser } from "./shared-browser.ts";
import { type Site, serveBundle } from "./static-site.ts";
import { wideTrace } from "./wide-host.ts";

const SCENARIOS = new URL("../../../scenarios/", import.meta.url);
const FOLDERS = ["mail", "kernel-doc", "found"];

const hashOf = async (page: Page): Promise<string> => `${await page.evaluate("location.hash")}`;

describe("what is built into the page", { skip: browserSkip }, () => {
  let browser: Browser;
  let site: Site;

  before(async () => {
    browser = await sharedBrowser();
    site = await serveBundle();
  });
  after(() => site?.close());

  it("has every scenario of the discussion, of the manual and of the checker, and plays each to its end", async () => {
    const files = FOLDERS.flatMap((folder) =>
      readdirSync(new URL(folder, SCENARIOS)).map((file) => `scenarios/${folder}/${file}`),
    );
    assert.ok(files.length > 20);
    const { page, complaints } = await openPage(browser, site.url);
    for (const file of sample(files)) {
      const name = file.replace(/^.*\/|\.\w+$/g, "");
      await page.evaluate(`location.hash = "#open=${file}"`);
      await page.locator(".source").getByText(name, { exact: true }).first().waitFor({ state: "attached" });
      await page.evaluate(`(async () => {
        const steps = document.querySelector(".time input").max;
        for (let at = 0; at <= steps; at++) {
          apmatrix.goTo(at);
          await new Promise((resolve) => setTimeout(resolve));
        }
      })()`);
      assert.equal(await page.locator(".notice").count(), 0, file);
    }
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it("opens an item once, and anew after something was done to it", async () => {
    const { page } = await openPage(browser, `${site.url}#open=scenarios/mail/s1-queue-bound-after-start.scenario`);
    const openIt = async (file: string): Promise<void> => {
      await page.keyboard.press("o");
      await page.getByRole("dialog").getByRole("button", { name: file }).click();
    };
    const histories = () => page.locator(".chooser option").count();
    await openIt("mail/s2-assign-unbound-domain");
    await openIt("mail/s1-queue-bound-after-start");
    assert.equal(await histories(), 2);
    await page.evaluate("apmatrix.run('scan')");
    await openIt("mail/s1-queue-bound-after-start");
    assert.equal(await histories(), 3);
    await page.close();
  });

  it("names in links only what a link leads to", async () => {
    const { page } = await openPage(browser, `${site.url}#open=scenarios/mail/s1-queue-bound-after-start.scenario`);
    await chooseFile(page, "mine.scenario", "# Mine\nhost adapter 04 domain 0001\nscan\nscan\n");
    await page.keyboard.press(",");
    await page.waitForURL(/t=/);
    assert.doesNotMatch(await hashOf(page), /open=/);
    await page.getByRole("button", { name: "Copy a link" }).click();
    assert.match(await page.locator(".notice").innerText(), /No link leads to this moment/);
    await page.close();
  });

  it("comes back after a reload as it was, every layer by itself, whatever else stands in an address", async () => {
    const { page, complaints } = await openPage(
      browser,
      `${site.url}#open=scenarios/mail/s5-extended.scenario&t=5&l=d`,
    );
    const pressed = () => page.locator('.layers:not(.scopes) button[aria-pressed="true"]').allInnerTexts();
    assert.deepEqual(await pressed(), ["mdev"]);
    await page.getByRole("button", { name: "guest", exact: true }).click();
    await page.waitForURL(/t=5&l=dg$/);
    await page.reload();
    await openPanel(page, "History");
    await page.locator(".row[aria-current] .number", { hasText: "5" }).waitFor();
    assert.deepEqual(await pressed(), ["mdev", "guest"]);
    for (const odd of ["#l=zzz", "#t=-1", "#q=zz.zz", "#m=nobody", "#%"]) {
      await page.evaluate(`location.hash = "${odd}"`);
      await page.waitForTimeout(30);
    }
    assert.equal((await pressed()).length, 4);
    await page.evaluate("location.hash = '#open=../../nothing'");
    await page.locator(".notice.bad", { hasText: "the gallery has nothing of this name" }).waitFor();
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it("offers as buttons what the guest, the machine and the bus can do, in words that the console takes", async () => {
    const { page, complaints } = await openPage(browser, `${site.url}#open=hosts/kernel-doc-guests.yaml&q=05.0004`);
    for (const title of [
      "Interrupts on",
      "Interrupts off",
      "Let interrupts fail",
      "Scan it alone",
      "Exchange for a CEX6",
      "Machine loses control",
      "Hear of changes",
      "Guest memory goes",
      "Reset Guest1",
      "Unbind from vfio_ap",
      "Probe drivers",
    ]) {
      await page.locator(".do").getByRole("button", { name: title, exact: true }).click();
      await sayYes(page);
      assert.doesNotMatch(await lastSaid(page), /expected|there is no/, title);
    }
    await typeLine(page, "remove m1");
    assert.match(await lastSaid(page), /waits until the guest has let go/);
    await page.locator(".do").getByRole("button", { name: "Ten seconds pass" }).click();
    assert.match(await lastSaid(page), /done/);
    await page.locator(".do").getByRole("button", { name: "Stop Guest1" }).click();
    await page.locator(".chip", { hasText: "Guest1" }).waitFor({ state: "detached" });
    await page.close();
    assert.deepEqual(complaints, []);
  });

  it("has one stop for Tab at 64 mdevs, and arrows between them", async () => {
    const { page } = await openPage(browser, site.url);
    await chooseFile(page, "wide.jsonl", wideTrace());
    await page.locator(".chip").nth(63).waitFor({ state: "attached" });
    assert.equal(await page.locator('.chip[tabindex="0"]').count(), 1);
    await page.locator(".chip").first().focus();
    for (const key of ["ArrowRight", "ArrowRight", "End", "ArrowLeft"]) await page.keyboard.press(key);
    assert.match(`${await page.evaluate("document.activeElement.textContent")}`, /g63/);
    assert.equal(await page.locator('.chip[tabindex="0"]').count(), 1);
    await page.close();
  });
});
