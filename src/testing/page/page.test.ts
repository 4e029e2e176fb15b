// The page without a server of ours: under a strict policy, from a file, by keys only, accessible, with everything that can be opened.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { snapshotToJson } from "../../history/timeline/snapshot-line.ts";
import { storeHost } from "../../history/timeline/stored-host.ts";
import { reportState } from "../../system/trace/state-report.ts";
import { Random } from "../soak/random.ts";
import { inLongForm, isLongForm } from "../support/long-form.ts";
import {
  BUNDLE,
  browserSkip,
  chooseFile,
  lastSaid,
  type OpenPage,
  openPage,
  openPanel,
  typeLine,
  violations,
} from "./browser.ts";
import { longHistory } from "./long-history.ts";
import { sharedBrowser } from "./shared-browser.ts";
import { type Site, serveBundle } from "./static-site.ts";

const ROOT = new URL("../../../", import.meta.url);
const textOf = (path: string): string => readFileSync(new URL(path, ROOT), "utf8");

const HOST = `
describes: Two cards
cards: [{ id: 4, type: CEX7C }, { id: 5, type: CEX7C }]
domains: [4, 0x47, 0x54]
masks: { apmask: "-4,-5" }
unbound: ["04.0054"]
mdevs: [{ uuid: 62177883-f1bb-47f0-914d-32a22e3a8804, adapters: [4], domains: [4, 0x47], guest: alpha }]
`;
const DESIRED = `
mdevs:
  - uuid: 62177883-f1bb-47f0-914d-32a22e3a8804
    domains: [0x0004, 0x0047, 0x0054]
`;
/** The steps of a plan alone, as plan --out writes them. */
const PLAN = [
  { trace: "plan", format: 1, profile: "linux-7.3" },
  { i: 1, op: "write", path: "bus/ap/drivers/vfio_ap/bind", value: "04.0054", x: { r: 7 } },
  {
    i: 2,
    op: "write",
    path: "devices/vfio_ap/matrix/62177883-f1bb-47f0-914d-32a22e3a8804/assign_domain",
    value: "0x54",
  },
]
  .map((line) => JSON.stringify(line))
  .join("\n");

const MOMENTS = inLongForm(10_000, 2_000);
const shown = (count: number): string => count.toLocaleString("en-GB");

describe("the page", { skip: browserSkip }, () => {
  let browser: Browser;
  let site: Site;

  before(async () => {
    browser = await sharedBrowser();
    site = await serveBundle();
  });
  after(() => site?.close());

  async function withPage(check: (opened: OpenPage) => Promise<void>, where = ""): Promise<void> {
    const opened = await openPage(browser, `${site.url}${where}`);
    await openPanel(opened.page, "History");
    try {
      await check(opened);
      assert.deepEqual(opened.complaints, []);
    } finally {
      await opened.page.close();
    }
  }

  it("runs the whole system from a file", async () => {
    const { page, complaints } = await openPage(browser, pathToFileURL(`${BUNDLE}index.html`).href);
    await openPanel(page, "History");
    await typeLine(page, "unbind 05.0047");
    // For words and buttons the console also says what would be typed on a machine.
    assert.equal(await lastSaid(page), "unbind 05.0047  $ echo 05.0047 > /sys/bus/ap/drivers/vfio_ap/unbind done");
    assert.match(await page.locator(".row[aria-current]").innerText(), /unbind 05\.0047\s+Guest2 −2/);
    await page.close();
    assert.deepEqual(complaints, []);
  });

  it("answers a write with its errno, who is in the way, and what to write first", () =>
    withPage(async ({ page }) => {
      await typeLine(page, "echo 5 > $m3/assign_adapter");
      const said = await lastSaid(page);
      assert.match(said, /EADDRINUSE/);
      assert.match(said, /05\.0047 {2}mdev 7a2c1d3e-0002/);
      assert.match(said, /it succeeds after/);
      await typeLine(page, "cat /sys/bus/ap/apmask");
      assert.match(await lastSaid(page), /0xf9f{62}$/);
      const steps = await page.locator(".history h2").innerText();
      await typeLine(page, "try remove m3");
      assert.match(await lastSaid(page), /succeeds, once the guest has let go/);
      assert.equal(await page.locator(".history h2").innerText(), steps);
      await typeLine(page, "frob");
      assert.match(await lastSaid(page), /expected an action/);
    }));

  it("does everything by keys alone", () =>
    withPage(async ({ page }) => {
      const press = async (...keys: readonly string[]) => {
        for (const key of keys) await page.keyboard.press(key);
      };
      const focused = async () => `${await page.evaluate("document.activeElement.textContent")}`;
      await press("g", "ArrowDown", "ArrowDown");
      const cell = page.locator("#cell");
      assert.equal(await page.locator(".grid-area").getAttribute("aria-activedescendant"), "cell");
      assert.equal(await cell.innerText(), "05.0047: assigned to m2 (guest Guest2); the guest has it");
      await press("Enter");
      await page.locator("#why:focus").waitFor();
      await press("c");
      await page.locator("#console:focus").waitFor();
      await page.keyboard.type("unbind 05.00ff");
      await press("Enter");
      await page.getByRole("dialog", { name: "Running guests lose queues by this" }).waitFor();
      assert.equal(await focused(), "Leave it");
      await press("Tab", "Enter");
      await press("Escape", "g", "ArrowDown", "ArrowDown");
      assert.match(await cell.innerText(), /held back because of 05\.00ff: no driver has it/);
      // From the reason by Tab to the button that mends it.
      await press("Enter");
      for (let tabs = 0; tabs < 12 && (await focused()) !== "Do it"; tabs++) await press("Tab");
      assert.equal(await focused(), "Do it");
      await press("Enter", "h");
      assert.match(await page.locator(".row[aria-current]").innerText(), /bind 05\.00ff/);
      await press("g", ",", ",");
      assert.doesNotMatch(await page.locator(".row[aria-current]").innerText(), /unbind/);
      await press("l", "?");
      await page.getByRole("dialog", { name: "Keys" }).waitFor();
      await press("Escape", "e");
      await page.getByRole("dialog", { name: "Save" }).waitFor();
      assert.match(await page.locator(".preview").innerText(), /^\{"trace":/);
      await press("Escape", "1");
      assert.equal(
        await page.getByRole("button", { name: "machine", exact: true }).getAttribute("aria-pressed"),
        "false",
      );
    }));

  it(`goes to any of ${shown(MOMENTS)} moments, and each is what the core says`, { timeout: 120_000 }, () =>
    withPage(async ({ page }) => {
      const { timeline, trace } = longHistory(MOMENTS);
      await chooseFile(page, "long.jsonl", trace);
      await page.getByText(`${shown(MOMENTS)} steps`).waitFor();
      const random = new Random(99);
      for (let round = 0; round < inLongForm(100, 20); round++) {
        const index = random.below(MOMENTS);
        const seen = await page.evaluate(`apmatrix.goTo(${index}), apmatrix.report()`);
        const { host, sysfs } = timeline.playerAt(index);
        assert.deepEqual(seen, JSON.parse(JSON.stringify(reportState(host, sysfs))), `moment ${index}`);
      }
      await page.getByRole("slider", { name: "Moment" }).fill(`${MOMENTS / 2}`);
      await page.locator(".row[aria-current] .number", { hasText: `${MOMENTS / 2 + 1}` }).waitFor();
    }),
  );

  it("opens counterexamples, plans and desired states, and lets one look between the steps", () =>
    withPage(async ({ page }) => {
      const current = page.locator(".row[aria-current]");
      await chooseFile(page, "host.yaml", HOST);
      await chooseFile(page, "plan.jsonl", PLAN);
      await page.keyboard.press(".");
      assert.match(await current.innerText(), /bind 04\.0054\s+step of plan/);
      await page.keyboard.press(".");
      assert.match(await current.innerText(), /assign m1 domain 0054\s+alpha \+1\s+step of plan/);
      await chooseFile(page, "desired.yaml", DESIRED);
      assert.match(await page.locator(".notice").innerText(), /nothing to do/);
      const counterexample = longHistory(30, 5).trace;
      await chooseFile(page, "counterexample.jsonl", counterexample);
      assert.match(await page.locator(".history h2").innerText(), /30 steps/);
      await chooseFile(page, "s2.scenario", textOf("scenarios/mail/s2-assign-unbound-domain.scenario"));
      assert.match(await current.innerText(), /g1 −2\s*2 zeroized/);
    }));

  it("takes what is dropped on it, packed or not", () =>
    withPage(async ({ page }) => {
      const packed = gzipSync(longHistory(20, 6).trace).toString("base64");
      await page.evaluate(`(() => {
        const bytes = Uint8Array.from(atob("${packed}"), (c) => c.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], "dropped.jsonl.gz"));
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
      })()`);
      await page.locator(".history h2", { hasText: "20 steps" }).waitFor();
    }));

  it("plans a desired state from the host that is shown", () =>
    withPage(async ({ page }) => {
      await chooseFile(page, "host.yaml", HOST);
      await chooseFile(page, "desired.yaml", DESIRED);
      await page.keyboard.press("l");
      const chip = page.locator(".chip");
      assert.match(await chip.innerText(), /alpha\s+3/);
      await page.getByRole("button", { name: /back to host/ }).click();
      assert.match(await chip.innerText(), /alpha\s+2/);
    }));

  it("says where a file is wrong, and stays as it is", () =>
    withPage(async ({ page }) => {
      const wrong = [
        ["host.yaml", "cards: [{ id: 300, type: CEX7C }]\ndomains: [1]\n", /^host\.yaml:1:15: /],
        ["trace.jsonl", '{"trace":"t","format":1}\n{"op":"frob"}\n', /^trace\.jsonl:2:2: /],
        ["x.scenario", "host adapter 04 domain 0001\nfrob\n", /^x\.scenario:2:1: /],
        ["plan.json", '{"steps":[{"path":"bus/ap/scans"}]}', /^plan\.json: it is not a trace/],
        ["cut.jsonl.gz", gzipSync("x".repeat(500)).subarray(0, 24), /^cut\.jsonl\.gz: .* cut off or damaged/],
        ["some.txt", "hello", /^some\.txt: it is not a trace/],
        [
          "desired.yaml",
          "mdevs: [{ uuid: 62177883-f1bb-47f0-914d-32a22e3a8804, adaptors: [4] }]\n",
          /^desired\.yaml:1:\d+: .*adapters/,
        ],
      ] as const;
      for (const [name, content, message] of wrong) {
        await chooseFile(page, name, content);
        assert.match(await page.locator(".notice").innerText(), message);
        await page.keyboard.press("Escape");
        assert.match(await page.locator(".source").innerText(), /kernel-doc-guests/);
      }
    }));

  it("is led to a moment by its address, and names it there", () =>
    withPage(async ({ page }) => {
      assert.match(await page.locator(".row[aria-current] .words").innerText(), /start g1/);
      await openPanel(page, "Queue");
      assert.match(await page.locator(".why h2").innerText(), /04\.0047/);
      await page.keyboard.press(".");
      await page.waitForURL(/#open=scenarios\/mail\/s2-assign-unbound-domain\.scenario&q=04\.0047$/);
    }, "#open=scenarios/mail/s2-assign-unbound-domain.scenario&t=8&q=04.0047"));

  it("shows in Cockpit what the watching command prints there", async () => {
    const { timeline } = longHistory(40, 8);
    const snapshots = [10, 20, 39].map((index, at) => {
      const snapshot = storeHost(timeline.hostAt(index));
      return JSON.stringify(snapshotToJson({ i: at + 1, at: 1000 * at, snapshot, unknown: ["how it was done"] }));
    });
    const printed = [JSON.stringify({ trace: "this host", format: 2 }), ...snapshots]
      .map((line) => `${line}\n`)
      .join("");
    const page = await browser.newPage();
    // As Cockpit's own script offers it; output comes in pieces that can end anywhere.
    await page.addInitScript(`window.cockpit = {
      spawn: (command) => {
        window.spawned = command.join(" ");
        const process = {
          stream: (callback) => {
            const pieces = ${JSON.stringify(printed)}.match(/[^]{1,700}/g);
            const next = () => { if (pieces.length > 0) { callback(pieces.shift()); setTimeout(next); } };
            setTimeout(next);
            return process;
          },
          then: () => undefined,
          close: () => undefined,
        };
        return process;
      },
    };`);
    await page.goto(site.url);
    await openPanel(page, "History");
    await page.locator(".history h2", { hasText: "3 steps" }).waitFor();
    assert.match(`${await page.evaluate("window.spawned")}`, /^apmatrix watch --from \/sys/);
    assert.match(await page.locator(".kind").innerText(), /read-only/);
    await openPanel(page, "Trouble");
    assert.match(await page.locator(".trouble").innerText(), /how it was done/);
    const seen = await page.evaluate("apmatrix.goTo(1), apmatrix.report()");
    const { host, sysfs } = timeline.playerAt(20);
    assert.deepEqual(seen, JSON.parse(JSON.stringify(reportState(host, sysfs))));
    await page.close();
  });

  it("branches where an earlier moment is acted on, and leaves the history as it was", () =>
    withPage(async ({ page }) => {
      const before = await page.locator(".history h2").innerText();
      await page.keyboard.press(",");
      await typeLine(page, "scan");
      assert.match(await page.locator(".kind").innerText(), /branch/);
      await page.getByRole("button", { name: /back to/ }).click();
      assert.equal(await page.locator(".history h2").innerText(), before);
    }));

  const SIZES = [
    [1280, 800],
    [390, 844],
  ] as const;
  for (const [at, colours] of (["light", "dark"] as const).entries()) {
    for (const [width, height] of isLongForm ? SIZES : [SIZES[at] ?? SIZES[0]]) {
      it(`has no serious violation of accessibility rules (${colours}, ${width}x${height})`, async () => {
        const { page } = await openPage(browser, `${site.url}#open=scenarios/mail/s5-extended.scenario&q=04.0047`, {
          colours,
          width,
          height,
        });
        assert.deepEqual(await violations(page), []);
        for (const tab of ["Trouble", "Queue", "History", "Console"] as const) {
          await openPanel(page, tab);
          assert.deepEqual(await violations(page), [], tab);
        }
        await page.evaluate("location.hash = '#open=hosts/kernel-doc-guests.yaml'");
        await page.locator(".chip", { hasText: "Guest2" }).waitFor();
        await page.evaluate("apmatrix.run('unbind 05.0047')");
        await page.getByRole("dialog").waitFor();
        assert.deepEqual(await violations(page), [], "before it hurts");
        await page.keyboard.press("Escape");
        // Dialogs are the same ones everywhere: once in each colours is enough.
        for (const key of width < 500 === (colours === "dark") ? ["o", "?", "e"] : []) {
          await page.keyboard.press(key);
          await page.getByRole("dialog").waitFor();
          assert.deepEqual(await violations(page), [], key);
          await page.keyboard.press("Escape");
        }
        await page.close();
      });
    }
  }
});
