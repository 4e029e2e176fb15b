// A description that says what guests are made of, through the commands: each shows the same guests, and what is wrong with one is told
// before anything comes up.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { hostFile } from "../testing/support/hosts.ts";
import { apmatrix, killLabs, labUp } from "../testing/support/lab-command.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const NESTED = hostFile("nested-guests");
const parent = temporaryDirectory();
const run = freshDirectory(parent, "run");
const skip = await mountSkip();
after(killLabs);

const does = (...words: readonly string[]) => apmatrix(words, { run, directory: parent });

async function printed(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await does(...words);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** A description as "export host" writes it, from the first line that is about the machine; written masks are written shorter. */
const machine = (text: string): string => text.slice(text.indexOf("cards:")).replace('"-5,-6"', '"-5-6"');

describe("guests in a description", () => {
  it("are in a lab without --guests, and come out of it, and out of its journal, as they went in", async () => {
    const journal = join(parent, "journal");
    const lab = await labUp([NESTED, "--journal", journal, "--no-timer"], { run });
    const wanted = machine(readFileSync(NESTED, "utf8"));
    assert.equal(machine(await printed("export", "host", "--from", "lab:lab")), wanted);
    assert.match(await printed("explain", "--from", "lab:lab", "--guest", "hypervisor/inner"), /06\.0004 .*can use it/);
    assert.match(await printed("lab", "event", "in hypervisor/inner: scan"), /"r":0/);
    await lab.stop("SIGTERM");
    const again = await labUp([NESTED, "--journal", journal, "--no-timer"], { run });
    assert.equal(machine(await printed("export", "host", "--from", "lab:lab")), wanted);
    await again.stop("SIGTERM");
  });

  it("have directories of their own below a mount, those of guests in guests, too", { skip }, async () => {
    const mount = freshDirectory(parent, "sys");
    const lab = await labUp([NESTED, "--mount", mount, "--name", "mounted", "--no-timer"], { run });
    const here = (): Promise<string> =>
      printed("lab", "exec", "--name", "mounted", "--guest", "hypervisor/inner", "--", "ls", "/sys/bus/ap/devices");
    assert.deepEqual((await here()).trim().split(/\s+/), ["06.0004", "06.0047", "card06"]);
    await lab.stop("SIGTERM");
  });

  it("are the same after their trace, as a scenario's and a page's would be", async () => {
    const trace = join(parent, "trace.jsonl");
    writeFileSync(trace, await printed("export", "trace", "--from", NESTED));
    assert.match(await printed("play", trace), /0 differences/);
    // A trace knows no names that only people use.
    const wanted = machine(readFileSync(NESTED, "utf8")).replace(/ *name: keys of inner\n/, "");
    assert.equal(machine(await printed("export", "host", "--from", trace)), wanted);
  });

  it("go with their mdev when others are chosen", async () => {
    const text = await printed("export", "host", "--from", NESTED, "--mdev", "batch");
    assert.match(text, /guests:\n {2}- name: batch\n {4}notice: scan\n {4}profile: linux-6\.8\n$/);
    const chosen = join(parent, "chosen.yaml");
    writeFileSync(chosen, text);
    assert.match(await printed("import", chosen), /name: batch/);
  });

  it("are refused with their place where the chosen kernel cannot tell them, and nothing comes up", async () => {
    const told = join(parent, "told.yaml");
    writeFileSync(told, readFileSync(NESTED, "utf8").replace("notice: scan", "notice: at-once"));
    const journal = join(parent, "never");
    for (const words of [
      ["lab", "up", told, "--name", "never", "--journal", journal],
      ["explain", "--from", told],
      ["export", "trace", "--from", told],
    ]) {
      const { code, stderr, stdout } = await does(...words, "--profile", "linux-6.12");
      assert.equal(code, 1, words.join(" "));
      assert.equal(stdout, "");
      assert.match(
        stderr,
        /^apmatrix: .*told\.yaml:\d+:13: expected notice: scan, found at-once: linux-6\.12 [^\n]*\n$/,
      );
    }
    assert.ok(!existsSync(journal));
    assert.ok(!readdirSync(run).includes("never"));
    assert.match(await printed("explain", "--from", told), /batch/);
  });
});
