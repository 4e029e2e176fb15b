// Pictures of the page for the documents, light and dark, on a large and a small screen: npm run screenshots.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { browserSkip, chooseFile, openBrowser, openPage, typeLine } from "./browser.ts";
import { serveBundle } from "./static-site.ts";

const HOST = `
describes: A host with four guests
cards:
  - { id: 0x04, type: CEX8C }
  - { id: 0x05, type: CEX8C }
  - { id: 0x06, type: CEX8P }
  - { id: 0x0a, type: CEX7C }
  - { id: 0x0b, type: CEX7P }
  - { id: 0x0c, type: CEX8A }
  - { id: 0x0d, type: CEX8A, state: deconfig }
domains: [0x0004, 0x0010-0x0013, 0x0047, 0x0054, 0x0055]
masks: { apmask: "-0x04,-0x05,-0x06,-0x0a,-0x0b,-0x0d" }
unbound: ["06.0055"]
mdevs:
  - { uuid: 62177883-f1bb-47f0-914d-32a22e3a8804, adapters: [0x04, 0x05], domains: [0x0004, 0x0047], control_domains: [0x0004], guest: payroll }
  - { uuid: 7a2c1d3e-0002-4c58-9b1e-5f0c0a6d0002, adapters: [0x04, 0x05, 0x06], domains: [0x0010-0x0012], control_domains: [0x0010, 0x0011], guest: cards }
  - { uuid: 7a2c1d3e-0003-4c58-9b1e-5f0c0a6d0003, adapters: [0x0a, 0x0b], domains: [0x0004, 0x0010, 0x0047], guest: vault }
  - { uuid: 7a2c1d3e-0004-4c58-9b1e-5f0c0a6d0004, adapters: [0x0a], domains: [0x0054, 0x0055] }
`;

const FOLDER = fileURLToPath(new URL("../../../docs/images/", import.meta.url));

async function takePictures(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const [browser, site] = [await openBrowser(), await serveBundle()];
  for (const [name, width, height] of [
    ["page", 1280, 800],
    ["page-phone", 390, 844],
  ] as const) {
    for (const colours of ["light", "dark"] as const) {
      const { page } = await openPage(browser, site.url, { width, height, colours });
      await chooseFile(page, "four-guests.yaml", HOST);
      const lines = ["assign m1 domain 0054", "unbind 0a.0004", "bind 0a.0004", "unbind 05.0011"];
      if (width > 500) for (const line of lines) await typeLine(page, line);
      else for (const line of lines) await page.evaluate(`apmatrix.run(${JSON.stringify(line)})`);
      await page.evaluate("location.hash = '#q=05.0012'");
      await page.locator(".reason").waitFor();
      // The session before it does not matter here.
      await page.evaluate("document.activeElement?.blur()");
      await page.screenshot({ path: `${FOLDER}${name}${colours === "dark" ? "-dark" : ""}.png` });
      await page.close();
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
