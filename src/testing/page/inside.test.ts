// Both sides of a guest on the page: what it was given, what its own bus makes of that, and the guest as a host to go into.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { labUp, type RunningLab } from "../support/lab-command.ts";
import { urlIn } from "../support/page-client.ts";
import { mountSkip } from "../support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../support/temporary.ts";
import { BUNDLE, browserSkip, chooseFile, lastSaid, openPage, openPanel, typeLine, violations } from "./browser.ts";
import { sharedBrowser } from "./shared-browser.ts";

const FROM_FILE = pathToFileURL(`${BUNDLE}index.html`).href;
const HOST = fileURLToPath(new URL("../../../hosts/kernel-doc-guests.yaml", import.meta.url));
const NESTED = "scenarios/guest/nested-guest-loses-with-its-host.scenario";

/** g1 gives card 05 to gin, has lost domain 0047 and not noticed; g2 has got card 07 and not noticed. */
const BOTH_SIDES = `# Two guests, one of which has a guest
profiles linux-7.3
host adapter 04 05 06 07 domain 0004 0047 guest g1=scan guest g2=scan guest g1/gin=scan
free adapter 04 05 06 07
mdev m1
assign m1 adapter 04 05 domain 0004 0047
start g1 m1
mdev m2
assign m2 adapter 06 domain 0004 0047
start g2 m2
in g1: free adapter 05
in g1: assign adapter 05 domain 0004 0047
in g1: start gin
assign m2 adapter 07
unassign m1 domain 0047
`;

const words = async (page: Page, selector: string): Promise<string> =>
  (await page.locator(selector).innerText()).replaceAll(/\s+/g, " ").trim();

describe("both sides of a guest on the page", { skip: browserSkip }, () => {
  let browser: Browser;
  before(async () => {
    browser = await sharedBrowser();
  });
  after(async () => {});

  async function withBoth(check: (page: Page) => Promise<void>, scenario = BOTH_SIDES): Promise<void> {
    const { page, complaints } = await openPage(browser, FROM_FILE);
    await chooseFile(page, "both.scenario", scenario);
    await check(page);
    await page.close();
    assert.deepEqual(complaints, []);
  }

  const choose = async (page: Page, queue: string): Promise<void> => {
    await page.fill("#search", queue);
    await page.press("#search", "Enter");
    await page.locator("#cell", { hasText: queue }).waitFor();
  };

  it("says which queues a guest was given and has not noticed, and which its bus still shows, in the words of explain", () =>
    withBoth(async (page) => {
      const panel = await words(page, ".trouble");
      assert.ok(panel.includes("07.000407.0047: g2 has it, and has not noticed yet: it scans every 30 s."), panel);
      assert.ok(panel.includes("04.004705.0047: the bus of g1 still shows it, which g1 has no more"), panel);
      await choose(page, "07.0004");
      assert.equal(await page.locator("#cell").getAttribute("data-inside"), "not-noticed");
      assert.match(await words(page, ".grid-status"), /assigned to m2 .*; g2 has it, and has not noticed yet/);
      assert.match(await words(page, ".inside-of"), /g2 has it, and has not noticed yet: it scans every 30 s\./);
      await choose(page, "04.0047");
      assert.match(await words(page, ".inside-of"), /The bus of g1 still shows it/);
      const legend = await words(page, ".legend");
      for (const sign of ["given, but its bus has not noticed", "its bus still shows it, which is gone"])
        assert.ok(legend.includes(sign), legend);
      // Without the layer neither its signs nor what they mean are there.
      await page.keyboard.press("5");
      assert.doesNotMatch(await words(page, ".legend"), /its bus/);
    }));

  it("shows with one guest also what only its bus still has, and nothing of the others", () =>
    withBoth(async (page) => {
      await page.locator(".chip", { hasText: "g1" }).click();
      await page.getByRole("button", { name: "One guest" }).click();
      // A heading, domain 0004 that it has, and domain 0047 that it has no more.
      assert.equal(await page.locator(".grid-area").getAttribute("aria-rowcount"), "3");
      await page.locator(".chip", { hasText: "g2" }).click();
      assert.equal(await page.locator(".grid-area").getAttribute("aria-colcount"), "3");
    }));

  it("lets a guest scan, after which both sides are the same", () =>
    withBoth(async (page) => {
      const card = page.locator(".trouble-card.inside", { hasText: "Inside g2" });
      await card.getByRole("button", { name: "Let it scan" }).click();
      await card.waitFor({ state: "detached" });
      await choose(page, "07.0004");
      assert.equal(await page.locator("#cell").getAttribute("data-inside"), "used");
      await openPanel(page, "History");
      assert.match(await words(page, ".row[aria-current]"), /in g2: scan/);
      // Its bus has zeroized what came.
      assert.match(await words(page, ".row[aria-current]"), /bus of g2 \+2 2 zeroized/);
      assert.match(await words(page, ".headlines"), /in g2: scan: bus of g2 \+2/);
    }));

  it("goes inside a guest and the guest of the guest, and out again, by buttons and by keys", () =>
    withBoth(async (page) => {
      const where = () => words(page, ".places ol");
      assert.equal(await where(), "host");
      await page.getByRole("button", { name: "Go inside g1" }).first().click();
      assert.equal(await where(), "host g1");
      // The queue that g1 has no more, as g1 has it.
      await choose(page, "04.0047");
      assert.match(await words(page, ".grid-status"), /^04\.0047: with the host's driver$/);
      assert.match(
        await words(page, ".why"),
        /the machine does not give domain 0047 to this host; the host has not noticed/,
      );
      assert.match(await words(page, ".headline"), /1 of 1 guest cannot use 1 queue/);
      await page.keyboard.press("i");
      assert.equal(await where(), "host g1 gin");
      assert.match(await words(page, ".headline"), /No mdev yet/);
      assert.match(await words(page, ".places"), /no guest runs here/);
      await page.keyboard.press("u");
      assert.equal(await where(), "host g1");
      await page.locator(".places").getByRole("button", { name: "host" }).click();
      assert.equal(await where(), "host");
      // The guest of the mdev that is chosen.
      await page.locator(".chip", { hasText: "g2" }).click();
      await page.keyboard.press("i");
      assert.equal(await where(), "host g2");
    }));

  it("has inside a guest the lines that are about it, in its words, and says what its host did", () =>
    withBoth(async (page) => {
      await openPanel(page, "History");
      await page.getByRole("searchbox", { name: "Only steps with" }).fill("g1");
      assert.match(await words(page, ".rows"), /in g1: start gin/);
      assert.doesNotMatch(await words(page, ".rows"), /assign m2/);
      await page.getByRole("searchbox", { name: "Only steps with" }).fill("");
      await page.keyboard.press("Tab");
      await page.evaluate("document.activeElement.blur()");
      await page.keyboard.press("i");
      await page.locator(".fold .quiet").click();
      const rows = await words(page, ".rows");
      assert.match(rows, /on the host: start g1 m1 this guest starts/);
      assert.match(rows, /start gin m1 gin starts/);
      assert.match(rows, /on the host: unassign m1 domain 0047 this guest −2/);
      assert.doesNotMatch(rows, /m2/);
      // A moment before there was a guest.
      await page.evaluate("apmatrix.goTo(0)");
      assert.match(await words(page, ".places"), /g1 does not run at this moment/);
      await page.evaluate("apmatrix.goTo(1000)");
    }));

  it("does inside a guest what is done there, asks before it hurts a guest of the guest, and takes it back", () =>
    withBoth(
      async (page) => {
        await page.keyboard.press("i");
        await page.fill("#console", "unbind 05.0004");
        await page.press("#console", "Enter");
        await page.getByRole("dialog", { name: "Running guests lose queues by this" }).waitFor();
        assert.match(await words(page, ".hurts"), /g1\/gin 2 → 0/);
        await page.locator("button.harmful").click();
        await page.locator(".chip", { hasText: "0 of 2" }).waitFor();
        assert.match(await lastSaid(page), /g1 \$ echo 05\.0004 > \/sys\/bus\/ap\/drivers\/vfio_ap\/unbind/);
        await openPanel(page, "History");
        assert.match(await words(page, ".row[aria-current]"), /unbind 05\.0004/);
        await page.getByRole("button", { name: "Undo" }).click();
        await page.locator(".row[aria-current]", { hasText: /^\d+bind 05\.0004.*gin \+2/ }).waitFor();
        await page.keyboard.press("u");
        assert.match(await words(page, ".row[aria-current]"), /in g1: bind 05\.0004/);
        // The machine is not the guest's.
        await page.keyboard.press("i");
        await typeLine(page, "card 05 standby");
        assert.match(await lastSaid(page), /done to the machine, which is the host's/);
        await choose(page, "05.0004");
        assert.equal(await page.locator(".do").getByRole("button", { name: "Standby" }).count(), 0);
        await typeLine(page, "cat /sys/bus/ap/ap_max_adapter_id");
        assert.match(await lastSaid(page), /255|\d+$/);
      },
      BOTH_SIDES.replace("unassign m1 domain 0047\n", ""),
    ));

  it("plans inside a guest for a guest of it, and carries the plan out there", () =>
    withBoth(
      async (page) => {
        await page.keyboard.press("i");
        await choose(page, "04.0004");
        for (const key of ["s", "ArrowDown"]) await page.keyboard.press(key);
        assert.match(
          await words(page, ".do"),
          /inside g1, in this browser .*2 queues: adapters 04, domains 0004, 0047/,
        );
        await page.getByRole("button", { name: "Plan to assign them" }).click();
        assert.equal(await words(page, ".places ol"), "host g1");
        await openPanel(page, "Trouble");
        await page.getByRole("button", { name: "Carry it out there" }).click();
        await page.locator(".chip", { hasText: /^1gin4/ }).waitFor();
        assert.equal(await words(page, ".places ol"), "host g1");
        await page.keyboard.press("u");
        await openPanel(page, "History");
        assert.match(await words(page, ".row[aria-current]"), /in g1: assign m1 adapter 04/);
        assert.match(await words(page, ".row[aria-current]"), /g1\/gin \+2/);
      },
      BOTH_SIDES.replace("unassign m1 domain 0047\n", "").replace(
        "in g1: free adapter 05",
        "in g1: free adapter 04 05",
      ),
    ));

  it("has a link that leads inside, and one that names no guest changes nothing", async () => {
    const { page, complaints } = await openPage(browser, `${FROM_FILE}#open=${NESTED}&t=15&in=g1`);
    assert.equal(await words(page, ".places ol"), "host g1");
    await page.keyboard.press("i");
    assert.equal(await words(page, ".places ol"), "host g1 g2");
    const address = `${await page.evaluate("apmatrix.address()")}`;
    assert.match(address, /in=g1\/g2/);
    await page.evaluate(`location.hash = "#open=${NESTED}"`);
    await page.locator(".places ol strong", { hasText: "host" }).waitFor();
    await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
    await page.locator(".places ol strong", { hasText: "g2" }).waitFor();
    await page.evaluate(`location.hash = "#open=${NESTED}&in=g9"`);
    await page.locator(".places ol strong", { hasText: "host" }).waitFor();
    await page.close();
    assert.deepEqual(complaints, []);
  });

  it("shows in a Secure Execution guest which queues are bound, which are not, and which are of no use", async () => {
    const { page, complaints } = await openPage(browser, FROM_FILE);
    const host = "host adapter 04 05 06 domain 0006 mode 04=accel mode 05=ep11 apsb se";
    const bind = "echo 1 > /sys/devices/ap/card05/05.0006/se_bind";
    await chooseFile(page, "secure.scenario", `# Secure\nprofiles linux-7.3\n${host}\n${bind}\n`);
    const legend = await words(page, ".legend");
    for (const sign of ["bound to", "not bound to", "of no use to"])
      assert.ok(legend.includes(`${sign} a Secure Execution guest`) || legend.includes(`${sign} this Secure`), legend);
    const panel = await words(page, ".trouble");
    assert.match(panel, /04\.0006 is not bound to this Secure Execution guest/);
    assert.match(panel, /06\.0006 is of CCA cards, which no Secure Execution guest can use/);
    await page.close();
    assert.deepEqual(complaints, []);
  });

  it("shows nothing of it where guests have no Linux of their own", async () => {
    const { page } = await openPage(browser, FROM_FILE);
    assert.equal(await page.locator(".places, .inside-of, .trouble-card.inside").count(), 0);
    assert.equal(await page.locator(".layers", { hasText: "inside" }).count(), 0);
    await page.keyboard.press("i");
    await page.keyboard.press("5");
    assert.doesNotMatch(`${await page.evaluate("apmatrix.address()")}`, /in=|l=/);
    await page.close();
  });

  for (const [width, height] of [
    [1280, 800],
    [390, 844],
  ] as const)
    it(`breaks no rule of accessibility and fits, on both sides, at ${width}x${height}`, async () => {
      // What the checker of accessibility cannot read from a file is no complaint of the page.
      const { page } = await openPage(browser, FROM_FILE, { width, height });
      await chooseFile(page, "both.scenario", BOTH_SIDES);
      for (const key of ["", "i", "i"]) {
        if (key !== "") await page.keyboard.press(key);
        for (const panel of ["Trouble", "Queue", "History"] as const) {
          await openPanel(page, panel);
          assert.deepEqual(await violations(page), [], `${await words(page, ".places ol")}, ${panel}`);
          assert.ok(Number(await page.evaluate("document.documentElement.scrollWidth")) <= width);
        }
      }
      await page.close();
    });
});

describe("inside a guest of a live lab", { skip: browserSkip || (await mountSkip()) }, () => {
  const temporary = temporaryDirectory();
  const sys = freshDirectory(temporary, "sys");
  let browser: Browser;
  let lab: RunningLab;

  before(async () => {
    browser = await sharedBrowser();
    const words = [HOST, "--name", "inside", "--guests", "--mount", sys, "--web", "--web-open"];
    lab = await labUp(words, { run: freshDirectory(temporary, "run") });
  });
  after(async () => {
    await lab?.stop();
  });

  it("does it in the lab, where the guest's own /sys shows it", async () => {
    const { page, complaints } = await openPage(browser, urlIn(lab.output.stdout));
    await page.locator(".chip", { hasText: "Guest2" }).click();
    await page.keyboard.press("i");
    assert.match(await words(page, ".places ol"), /host Guest2/);
    const mask = () => readFileSync(`${sys}/guests/Guest2/bus/ap/apmask`, "utf8");
    const before = mask();
    await typeLine(page, "free adapter 05");
    await page.locator(".moment", { hasText: "now" }).waitFor();
    await openPanel(page, "History");
    await page.locator(".row[aria-current]", { hasText: "apmask" }).waitFor();
    assert.notEqual(mask(), before);
    await page.locator(".notice").getByRole("button", { name: "Undo" }).click();
    await page.locator(".row[aria-current]", { hasText: "apmask" }).waitFor();
    await page.keyboard.press("u");
    await page.locator(".row[aria-current]", { hasText: "in Guest2: " }).waitFor();
    while (mask() !== before) await page.waitForTimeout(50);
    // And the other way round.
    writeFileSync(`${sys}/guests/Guest3/bus/ap/config_time`, "45\n");
    await page.locator(".row[aria-current]", { hasText: "in Guest3: echo 45 > bus/ap/config_time" }).waitFor();
    await page.close();
    assert.deepEqual(complaints, []);
  });
});
