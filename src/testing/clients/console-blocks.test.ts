// The console blocks of README and docs say what comes: each is run, and what comes is compared.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { sample } from "../support/long-form.ts";
import { mountSkip } from "../support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../support/temporary.ts";
import { type Block, blocksOf, Desk, isAsShown, ROOT } from "./console-blocks.ts";

const skip = await mountSkip();
const parent = temporaryDirectory();
const pages = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .map((path) => `docs/${path}`)
    .sort(),
];
const blocks = pages.flatMap(blocksOf);

async function runBlock({ lab, before, commands }: Block): Promise<void> {
  const desk = new Desk(freshDirectory(parent));
  try {
    if (lab !== undefined) await desk.bringUp(lab);
    for (const command of [...before.map((text) => ({ text, shown: [] })), ...commands]) {
      const wrong = await desk.run(command);
      if (wrong !== undefined) assert.fail(`the page shows\n${command.shown.join("\n")}\nand what comes is\n${wrong}`);
    }
  } finally {
    await desk.clear();
  }
}

describe("console blocks of the documents", { skip }, () => {
  for (const block of sample(
    blocks.filter(({ notRun }) => notRun === undefined),
    6,
  )) {
    const lacking = block.needs.find((program) => spawnSync("which", [program]).status !== 0);
    const why = lacking !== undefined && `the package of ${lacking} is missing`;
    it(`${block.page}:${block.line} shows what comes`, { skip: why }, () => runBlock(block));
  }
});

describe("the reader of console blocks", () => {
  it("leaves out ten blocks at most, each with a reason", () => {
    const left = blocks.filter(({ notRun }) => notRun !== undefined);
    assert.ok(left.length <= 10, left.map(({ page, line, notRun }) => `${page}:${line} ${notRun}`).join("\n"));
    assert.ok(blocks.length - left.length >= 10);
  });

  it("finds what differs", () => {
    assert.equal(isAsShown(["a", "b", "c"], ["a", "…", "c"]), true);
    assert.equal(isAsShown(["a", "c"], ["a", "…", "c"]), true);
    assert.equal(isAsShown(["process 7 waits"], ["process 13854 waits"]), true);
    assert.equal(isAsShown(["a", "b"], ["a"]), false);
    assert.equal(isAsShown(["a"], ["a", "b"]), false);
    assert.equal(isAsShown(["2 writes"], ["1 write"]), false);
  });
});
