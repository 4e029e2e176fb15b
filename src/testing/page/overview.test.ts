// What the page answers before anything is clicked: what is wrong, for whom, why, and what helps; readable where hosts are large.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { PROGRAM } from "../support/program.ts";
import { BUNDLE, browserSkip, chooseFile, openPage, openPanel, typeLine } from "./browser.ts";
import { sharedBrowser } from "./shared-browser.ts";
import { wideTrace } from "./wide-host.ts";

const TWELVE = fileURLToPath(new URL("../../../hosts/twelve-guests.yaml", import.meta.url));
const FROM_FILE = pathToFileURL(`${BUNDLE}index.html`).href;

interface Box {
  readonly text: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const isOver = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

describe("the overview of the page", { skip: browserSkip }, () => {
  let browser: Browser;
  before(async () => {
    browser = await sharedBrowser();
  });
  after(async () => {});

  async function withTwelve(
    check: (page: Page) => Promise<void>,
    size: readonly [number, number] = [1280, 800],
  ): Promise<void> {
    const [width, height] = size;
    const { page, complaints } = await openPage(browser, FROM_FILE, { width, height });
    await chooseFile(page, "twelve-guests.yaml", readFileSync(TWELVE));
    await check(page);
    await page.close();
    assert.deepEqual(complaints, []);
  }

  it("names what explain finds: each guest in trouble, what it lacks, and the writes that help", () =>
    withTwelve(async (page) => {
      const told = spawnSync(process.execPath, [PROGRAM, "explain", "--from", TWELVE, "--format", "json"], {
        encoding: "utf8",
      });
      const reports = (JSON.parse(told.stdout).guests ?? JSON.parse(told.stdout)) as readonly {
        readonly name: string | null;
        readonly assigned: number;
        readonly usable: number;
        readonly problems: readonly {
          readonly plugged: boolean;
          readonly health?: string;
          readonly fix: readonly (readonly string[])[] | null;
        }[];
      }[];
      const troubled = reports.filter(({ usable, assigned }) => usable < assigned);
      assert.equal(troubled.length, 5);
      assert.match(await page.locator(".headline").innerText(), /^5 of 11 guests lack 14 queues, cannot use 32$/);
      await page.getByRole("button", { name: "all 12" }).click();
      for (const { name, usable, assigned } of troubled)
        assert.match(
          await page.locator(".chip.bad", { hasText: name ?? "" }).innerText(),
          new RegExp(`${usable} of ${assigned}`),
        );
      assert.equal(await page.locator(".chip.bad").count(), troubled.length);
      await page.locator(".trouble pre").nth(1).waitFor();
      const panel = (await page.locator(".trouble").innerText()).replaceAll("\n", " ");
      for (const { name, problems } of troubled) {
        assert.ok(panel.includes(name ?? ""), `${name}`);
        for (const { plugged, fix } of problems)
          for (const [path, value] of plugged ? [] : (fix ?? []))
            assert.ok(panel.includes(`echo ${value} > /sys/${path}`), path);
      }
      for (const sentence of [
        "No driver has 0b.0034 and 0b.0035, which holds adapter 0b back.",
        "No driver has 05.0013, which holds adapter 05 back.",
        "Card 0d is check-stopped.",
        "Card 0e is in standby.",
      ])
        assert.ok(panel.includes(sentence), sentence);
    }));

  it("names what comes later as well: a reset that failed, a domain that is not in the host, an mdev that waits", () =>
    withTwelve(async (page) => {
      for (const words of ["fault 02.0017 reset 42", "reset zlin04-db m4", "assign m5 domain 0066", "remove m1"])
        await typeLine(page, words);
      const panel = (await page.locator(".trouble").innerText()).replaceAll("\n", " ");
      for (const sentence of [
        "The last reset of 02.0017 failed",
        "02.0066, 03.0066, 04.0066 and 3 more: their domain is not in the host's configuration.",
        "Mdev m1 is to be removed, and waits until its guest lets it go.",
      ])
        assert.ok(panel.includes(sentence), `${sentence} in ${panel}`);
    }));

  it("says that nothing is wrong where nothing is", async () => {
    const { page } = await openPage(browser, FROM_FILE);
    assert.match(await page.locator(".headline").innerText(), /^Nothing is wrong with 3 guests$/);
    assert.match(await page.locator(".trouble .fine").innerText(), /all 3 mdevs have what is assigned/);
    await page.close();
  });

  for (const [width, height, smallest] of [
    [1280, 800, 14],
    [1920, 1080, 18],
    [390, 844, 9],
  ] as const) {
    it(`has cells of at least ${smallest} pixels for 16 cards with 85 domains, and no heading over another, at ${width}x${height}`, () =>
      withTwelve(
        async (page) => {
          const cell = Number(await page.locator(".grid-area").getAttribute("data-cell"));
          assert.ok(cell >= smallest, `${cell}`);
          for (const scope of ["All", "Assigned"]) {
            await page.getByRole("button", { name: scope, exact: true }).click();
            const labels = (await page.evaluate("apmatrix.labels")) as readonly Box[];
            assert.ok(labels.length > 10, `${labels.length}`);
            for (const [at, one] of labels.entries())
              for (const other of labels.slice(at + 1))
                assert.ok(!isOver(one, other), `${one.text} over ${other.text}, ${scope}`);
          }
          const wide = await page.evaluate("document.documentElement.scrollWidth");
          assert.ok(Number(wide) <= width, `${wide}`);
        },
        [width, height],
      ));
  }

  it("leads a whole job by keys alone: find the trouble, see why, do it, take it back", () =>
    withTwelve(async (page) => {
      const press = async (...keys: readonly string[]) => {
        for (const key of keys) await page.keyboard.press(key);
      };
      await press("/");
      await page.keyboard.type("zlin03");
      await press("Enter");
      assert.equal(await page.locator(".grid-area").getAttribute("aria-rowcount"), "7");
      await press("g", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown");
      assert.match(await page.locator(".grid-status").innerText(), /^05\.0013: .*no driver has it/);
      await press("Enter");
      await page.locator("#why:focus").waitFor();
      const focused = async () => `${await page.evaluate("document.activeElement.textContent")}`;
      for (let tabs = 0; tabs < 12 && (await focused()) !== "Do it"; tabs++) await press("Tab");
      await press("Enter");
      await page.locator(".headline", { hasText: "4 of 11 guests" }).waitFor();
      for (let tabs = 0; tabs < 60 && (await focused()) !== "Undo"; tabs++) await press("Shift+Tab");
      await press("Enter");
      // It takes queues from a guest that has them by now.
      await page.getByRole("dialog", { name: "Running guests lose queues by this" }).waitFor();
      assert.match(await page.locator(".hurts").innerText(), /zlin03-db 36 → 30/);
      await press("Tab", "Enter");
      await page.locator(".headline", { hasText: "5 of 11 guests" }).waitFor();
    }));

  it("asks before anything that takes queues from a running guest, and does nothing without a yes", () =>
    withTwelve(async (page) => {
      const steps = () => page.evaluate('document.querySelector(".time input").max');
      const before = await steps();
      const actions = ["unbind 02.0003", "unassign m1 domain 0003", "unassign m1 adapter 02", "remove m1"];
      for (const words of actions) {
        await page.fill("#console", words);
        await page.press("#console", "Enter");
        const dialog = page.getByRole("dialog", { name: "Running guests lose queues by this" });
        await dialog.waitFor();
        assert.match(await dialog.innerText(), /zlin01-web 36 → \d+/, words);
        assert.match(await dialog.innerText(), /zeroized: the keys in (them|it) are gone/, words);
        await page.keyboard.press("Escape");
        await dialog.waitFor({ state: "detached" });
        assert.equal(await steps(), before, words);
      }
      await openPanel(page, "Queue");
      await page.evaluate("location.hash = '#q=02.0003'");
      await page.locator(".do").getByRole("button", { name: "Remove mdev" }).click();
      await page.getByRole("button", { name: "Leave it" }).click();
      assert.equal(await steps(), before);
      // What takes nothing from anybody is done at once.
      await typeLine(page, "unbind 0f.0000");
      assert.notEqual(await steps(), before);
    }));

  it("shows what another kernel would have done, beside what happened", () =>
    withTwelve(async (page) => {
      await page.getByRole("combobox", { name: /Kernel/ }).selectOption("linux-6.0");
      await page.locator(".kind", { hasText: "branch" }).waitFor();
      assert.match(await page.locator(".chooser option:checked").innerText(), /twelve-guests under linux-6\.0/);
      await openPanel(page, "History");
      await page.getByRole("button", { name: /back to twelve-guests/ }).click();
      assert.equal(await page.getByRole("combobox", { name: /Kernel/ }).inputValue(), "linux-7.3");
    }));

  it("compares two moments side by side, with what guests have more and what they have no longer", () =>
    withTwelve(async (page) => {
      await page.keyboard.press("m");
      await page.locator(".reference canvas").waitFor();
      await typeLine(page, "unbind 02.0003");
      const compared = page.locator(".compared");
      assert.match((await compared.innerText()).replaceAll("\n", " "), /zlin01-web has no longer: 02\.0002 ?02\.0003/);
      await compared.getByRole("button", { name: "Compare no longer" }).click();
      assert.equal(await page.locator(".reference").count(), 0);
    }));

  it("plans several queues for an mdev at once, shows the steps, and carries them out", () =>
    withTwelve(async (page) => {
      await page.evaluate("location.hash = '#q=0f.0040&m=3f0c000a-5d1e-4a77-9c40-7b2e6a1d000a'");
      await page.locator(".why h2", { hasText: "0f.0040" }).waitFor();
      for (const key of ["g", "s", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
      assert.match(await page.locator(".do").innerText(), /3 queues: adapters 0f, domains 0040-0042/);
      await page.getByRole("button", { name: "Plan to assign them" }).click();
      await openPanel(page, "History");
      assert.match(await page.locator(".rows").innerText(), /step of the plan/);
      await openPanel(page, "Trouble");
      await page.getByRole("button", { name: "Carry it out there" }).click();
      await page.locator(".chooser option:checked", { hasText: /^twelve-guests$/ }).waitFor({ state: "attached" });
      await page.getByRole("button", { name: "all 12" }).click();
      const chip = page.locator(".chip", { hasText: "3f0c000a" });
      // Five cards and eight domains before, one card and three domains more.
      assert.match(await chip.innerText(), /66/);
    }));

  it("finds guests, mdevs, queues, adapters and domains", () =>
    withTwelve(async (page) => {
      for (const [text, found] of [
        ["batch", "m11 guest zlin11-batch"],
        ["m7", "m7 guest zlin07-hsm"],
        ["0b.0034", "queue 0b.0034"],
        ["adapter 0d", "adapter 0d"],
        ["domain 31", "domain 0031"],
        ["3f0c0004", "m4 guest zlin04-db"],
        ["nobody", "Nothing of this name"],
      ] as const) {
        await page.fill("#search", text);
        assert.ok((await page.locator("#found").innerText()).includes(found), text);
        await page.press("#search", "Escape");
      }
    }));

  it("folds what was set up and what changed nothing, and filters what is left", () =>
    withTwelve(async (page) => {
      for (const words of ["scan", "scan", "unbind 02.0003", "bind 02.0003"]) await typeLine(page, words);
      await openPanel(page, "History");
      const rows = (await page.locator(".rows .row").allInnerTexts()).map((row) => row.replaceAll("\n", " ").trim());
      assert.match(
        rows.join("; "),
        /^set-up, \d+ steps; 2 scans without effect; .*unbind 02\.0003.*zlin01-web −6.*bind 02\.0003.*zlin01-web \+6/,
      );
      await page.getByRole("combobox", { name: "Kind of steps" }).selectOption("zeroized");
      assert.match((await page.locator(".rows .row").nth(-2).innerText()).replaceAll("\n", " "), /unbind 02\.0003/);
      await page.getByRole("searchbox", { name: "Only steps with" }).fill("nobody");
      assert.equal(await page.locator(".rows .row:not([aria-current])").count(), 0);
    }));

  it("shows a hostile name cut and as text", async () => {
    const { page, complaints } = await openPage(browser, FROM_FILE);
    const name = `<img src=x onerror=alert(1)>\u202e${"x".repeat(5000)}`;
    const host = `cards: [{ id: 1, type: CEX8C }]\ndomains: [1]\nmasks: { apmask: "-1" }\nunbound: ["01.0001"]\nmdevs: [{ uuid: 62177883-f1bb-47f0-914d-32a22e3a8804, adapters: [1], domains: [1], guest: ${JSON.stringify(name)} }]\n`;
    await chooseFile(page, "hostile.yaml", host);
    assert.equal(await page.locator(".app img").count(), 0);
    const wide = await page.evaluate("document.documentElement.scrollWidth");
    assert.ok(Number(wide) <= 1280, `${wide}`);
    await page.close();
    assert.deepEqual(complaints, []);
  });

  it("shows the largest host as dots, and cells around the pointer", async () => {
    const { page, complaints } = await openPage(browser, FROM_FILE);
    await chooseFile(page, "wide.jsonl", wideTrace());
    assert.match(await page.locator(".headline").innerText(), /^30 of 64 guests lack 896 queues$/);
    await page.locator(".grid-area").hover({ position: { x: 400, y: 200 } });
    assert.match(await page.locator(".grid-status").innerText(), /^[0-9a-f]{2}\.[0-9a-f]{4}: /);
    await page.close();
    assert.deepEqual(complaints, []);
  });
});
