// apply and the queues of running guests, as a user meets it on a lab: nothing is taken without a yes, by the option, by the plan's file
// or at a terminal.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { parseHostDescription } from "../formats/description/host-description.ts";
import { hostOperations } from "../formats/description/host-operations.ts";
import { shellWord } from "../system/ap/quoted.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { apmatrix, type Ended } from "../testing/support/lab-command.ts";
import { type MountedLab, mountedLab } from "../testing/support/mounted-lab.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { PROGRAM } from "../testing/support/program.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const skip = await mountSkip();
const parent = temporaryDirectory();
const BANK = "c3a4f0d2-0b7e-4c8e-8f00-5a61d3e90001";
const SHOP = "c3a4f0d2-0b7e-4c8e-8f00-5a61d3e90002";
const FREE = "d3a4f0d2-0b7e-4c8e-8f00-5a61d3e90003";

const described = parseHostDescription(
  `
cards: [{ id: 0x10, type: CEX7C }, { id: 0x11, type: CEX7C }]
domains: [0x02, 0x03, 0x30]
masks: { apmask: "-16,-17" }
mdevs:
  - { uuid: ${BANK}, adapters: [0x10], domains: [0x02, 0x03], guest: bank }
  - { uuid: ${SHOP}, adapters: [0x11], domains: [0x02, 0x03, 0x30], guest: shop }
  - { uuid: ${FREE}, adapters: [0x10], domains: [0x30] }
`,
  "host",
);
assert.ok(described.ok);
const beginning = hostOperations(described.value);
/** Bank keeps one queue of two; the mdev that nobody uses goes with --prune, and so does the shop. */
const LESS = `mdevs: [{ uuid: ${BANK}, adapters: [0x10], domains: [0x03] }]\n`;

interface Place {
  readonly lab: MountedLab;
  readonly lock: string;
  file(name: string, text: string): string;
  run(...words: string[]): Promise<Ended>;
  apply(file: string, ...words: string[]): Promise<Ended>;
  /** Queues of each guest that runs. */
  masks(): unknown;
}

const labs: MountedLab[] = [];
after(async () => {
  for (const lab of labs) await lab.stop();
});

async function place(): Promise<Place> {
  const lab = await mountedLab({ beginning, profile: DEFAULT_PROFILE, parent });
  labs.push(lab);
  const run = freshDirectory(parent);
  const lock = join(run, "lock");
  const command = (...words: string[]) => apmatrix([...words, "--from", lab.sys], { run });
  return {
    lab,
    lock,
    file: (name, text) => {
      writeFileSync(join(run, name), text);
      return join(run, name);
    },
    run: command,
    apply: (file, ...words) => command("apply", file, "--lock", lock, ...words),
    masks: () => lab.lab.apply({ op: "state" }).st?.guests,
  };
}

const lastOf = ({ stderr }: Ended): string => stderr.trimEnd().split("\n").at(-1) ?? "";

describe("apply to running guests", { skip }, () => {
  it("takes nothing from them that nobody has allowed, and says whom it would strip and how it is allowed", async () => {
    const { apply, file, masks, lock } = await place();
    const less = file("less.yaml", LESS);
    const before = masks();
    for (const [words, losers] of [
      [[], [`${BANK} 2 -> 1`]],
      [["--prune"], [`${BANK} 2 -> 1`, `${SHOP} 3 -> 0`]],
      [["--prune", "--allow-loss", BANK], [`${SHOP} 3 -> 0`]],
      [
        ["--prune", "--format", "json"],
        [`${BANK} 2 -> 1`, `${SHOP} 3 -> 0`],
      ],
      [["--allow-loss", SHOP], [`${BANK} 2 -> 1`]],
    ] as const) {
      const ended = await apply(less, ...words);
      assert.deepEqual([ended.code, ended.stdout], [1, ""], ended.stderr);
      const names = losers.map((loser) => loser.split(" ")[0]).join(" ");
      assert.equal(
        lastOf(ended),
        `apmatrix: running guests would lose queues, and what is in them: ${losers.join("; ")}; nothing was written; if that is meant, say --allow-loss ${names}`,
      );
      assert.deepEqual(masks(), before);
      assert.equal(existsSync(lock), false);
    }
  });

  it("takes it from those that are named, by the beginning of a UUID too, or from all", async () => {
    for (const words of [
      ["--allow-loss", BANK],
      ["--allow-loss", "d3a4", "c3a4f0d2-0b7e-4c8e-8f00-5a61d3e90001"],
      ["--allow-loss", "all"],
    ]) {
      const { apply, file } = await place();
      const ended = await apply(file("less.yaml", LESS), ...words);
      assert.equal(ended.code, 0, ended.stderr);
      assert.match(ended.stdout, /unassign_domain 0x2 {2}ok\nApplied: 1 write\.\n/);
    }
  });

  it("refuses a name that no guest has, or the beginning of two", async () => {
    const { apply, file } = await place();
    const less = file("less.yaml", LESS);
    assert.match(
      lastOf(await apply(less, "--allow-loss", "bnak")),
      /^apmatrix: --allow-loss: no guest or mdev "bnak": /,
    );
    assert.match(
      lastOf(await apply(less, "--allow-loss", "c3a4")),
      new RegExp(
        `^apmatrix: --allow-loss: "c3a4" is the beginning of ${SHOP}, ${BANK}|${BANK}, ${SHOP}: write more of it$`,
      ),
    );
  });

  it("takes what no running guest has without a question", async () => {
    const { apply, file, lab } = await place();
    lab.lab.apply({ op: "close", guest: "bank", mdev: BANK });
    const ended = await apply(file("less.yaml", LESS));
    assert.equal(ended.code, 0, ended.stderr);
  });

  it("keeps in a plan's file who may lose queues, and asks for the others", async () => {
    const { run, apply, file } = await place();
    const less = file("less.yaml", LESS);
    const made = file("plan.jsonl", "");
    const planned = await run("plan", less, "--prune", "--out", made);
    assert.match(planned.stdout, /guests that end with fewer queues: 2 /);
    assert.match(lastOf(await apply(made)), new RegExp(`${BANK} 2 -> 1; ${SHOP} 3 -> 0; nothing was written; `));
    await run("plan", less, "--prune", "--allow-loss", BANK, "--out", made);
    assert.match(lastOf(await apply(made)), new RegExp(`in them: ${SHOP} 3 -> 0; nothing was written; `));
    const ended = await apply(made, "--allow-loss", SHOP);
    assert.deepEqual([ended.code, ended.stdout.includes("Applied: 3 writes.")], [0, true], ended.stderr + ended.stdout);
  });

  it("shows with --dry-run what it would ask", async () => {
    const { apply, file } = await place();
    const shown = await apply(file("less.yaml", LESS), "--dry-run");
    assert.equal(shown.code, 0);
    assert.match(shown.stdout, new RegExp(`\napply asks first, because running guests lose queues: ${BANK} 2 -> 1 `));
    const json = await apply(file("less.yaml", LESS), "--dry-run", "--format", "json");
    const { losses } = JSON.parse(json.stdout);
    assert.deepEqual(losses, [{ uuid: BANK, name: null, before: 2, after: 1, gone: 1, lost: 0 }]);
  });

  it("says that a plan without what guests lose has to be made again", async () => {
    const { run, apply, file } = await place();
    const made = file("plan.jsonl", "");
    await run("plan", file("less.yaml", LESS), "--out", made);
    const [header = "", ...rest] = readFileSync(made, "utf8").split("\n");
    const { losses: _, ...without } = JSON.parse(header);
    const old = file("old.jsonl", [JSON.stringify(without), ...rest].join("\n"));
    assert.match(
      lastOf(await apply(old)),
      /old\.jsonl: it does not say what running guests lose by it; make the plan again$/,
    );
  });
});

const hasScript = spawnSync("script", ["--version"]).status === 0;

describe("apply at a terminal", { skip: skip || (hasScript ? false : "it takes script of util-linux") }, () => {
  const answered = async (answer: string): Promise<Ended & { readonly masks: unknown }> => {
    const { lab, lock, file, masks } = await place();
    const less = file("less.yaml", LESS);
    const words = [process.execPath, PROGRAM, "apply", less, "--prune", "--from", lab.sys, "--lock", lock];
    // exec: some shells stay in between and make 130 of Ctrl-C, whatever the program ends with.
    const command = ["exec", ...words.map(shellWord)].join(" ");
    const child = spawn("script", ["-qefc", command, "/dev/null"]);
    let stdout = "";
    child.stdout.on("data", (data: Buffer) => {
      stdout += data.toString();
      if (stdout.includes("\n> ") && answer !== "") {
        child.stdin.write(answer);
        answer = "";
      }
    });
    const [code] = (await once(child, "close")) as [number | null];
    return { code, stdout, stderr: "", masks: masks() };
  };

  it("asks, with the guests and the numbers, and does it after yes", async () => {
    const { code, stdout } = await answered("yes\n");
    assert.equal(code, 0, stdout);
    const shown = stdout.replaceAll("\r", "");
    assert.match(shown, new RegExp(`what is in them is wiped:\n {2}${BANK} 2 -> 1\n {2}${SHOP} 3 -> 0\nWrite "yes"`));
    assert.match(shown, /Applied: 3 writes\./);
  });

  for (const [what, answer] of [
    ["any other word", "y\n"],
    ["an end of file", "\u0004"],
    ["Ctrl-C", "\u0003"],
  ] as const) {
    it(`writes nothing after ${what}`, async () => {
      const { code, stdout, masks } = await answered(answer);
      assert.equal(code, 1, stdout);
      assert.match(stdout, /nothing was written/);
      assert.deepEqual(masks, (await place()).masks());
    });
  }
});
