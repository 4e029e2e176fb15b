// apmatrix lab run: a lab for one command, for root and for ordinary users.
import assert from "node:assert/strict";
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { hostFile } from "../testing/support/hosts.ts";
import { apmatrix, type CommandOptions } from "../testing/support/lab-command.ts";
import { isLongForm } from "../testing/support/long-form.ts";
import { ordinaryUser, programForAll } from "../testing/support/other-user.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const parent = temporaryDirectory();
const skip = await mountSkip();
const SCRIPT = "cat /sys/bus/ap/config_time; echo 44 >/sys/bus/ap/config_time; cat /sys/bus/ap/config_time; exit 7";

async function runs(host: string, options: CommandOptions): Promise<void> {
  const run = (...words: string[]) => apmatrix(["lab", "run", ...words], options);
  assert.deepEqual({ ...(await run(host, "--", "sh", "-c", SCRIPT)) }, { code: 7, stdout: "30\n44\n", stderr: "" });
  if (options.prefix !== undefined && !isLongForm) return;
  const journal = join(options.directory ?? freshDirectory(parent), "journal");
  await run("--journal", journal, host, "--", "sh", "-c", "echo 45 >/sys/bus/ap/config_time");
  const again = await run(host, "--journal", journal, "--", "cat", "/sys/bus/ap/config_time");
  assert.deepEqual([again.code, again.stdout], [0, "45\n"], again.stderr);
  assert.deepEqual(
    readdirSync(options.run).filter((name) => !name.endsWith(".lock")),
    [],
  );
}

describe("lab run", { skip }, () => {
  it("brings a lab up, runs a command in it, takes it down, and ends as the command does", () =>
    runs(hostFile("kernel-doc"), { run: freshDirectory(parent, "run") }));

  it("ends the command after its time, and in the network of uevents", async () => {
    const options = { run: freshDirectory(parent, "run") };
    const late = await apmatrix(
      ["lab", "run", hostFile("kernel-doc"), "--timeout", "1", "--", "sleep", "4715"],
      options,
    );
    assert.deepEqual(
      { ...late },
      { code: 124, stdout: "", stderr: "apmatrix: the command is not done after 1 second: it is ended\n" },
    );
    const words = ["lab", "run", "--net", hostFile("kernel-doc"), "--", "readlink", "/proc/self/ns/net"];
    const { stdout } = await apmatrix(words, options);
    assert.match(stdout, /^net:\[\d+\]\n$/);
  });

  it("says what is wrong with the host, and what there is to say about a missing command", async () => {
    const options = { run: freshDirectory(parent, "run") };
    const nowhere = await apmatrix(["lab", "run", "nowhere.yaml", "--", "true"], options);
    assert.deepEqual([nowhere.code, nowhere.stderr], [1, "apmatrix: nowhere.yaml: no such file or directory\n"]);
    assert.equal((await apmatrix(["lab", "run", hostFile("kernel-doc")], options)).code, 1);
    const missing = await apmatrix(["lab", "run", hostFile("kernel-doc"), "--", "no-such-tool"], options);
    assert.equal(missing.code, 127);
  });
});

const user = ordinaryUser();

describe("lab run of an ordinary user", { skip: user.skip }, () => {
  it("does the same", async () => {
    const copy = programForAll(parent);
    const directory = freshDirectory(parent, "home");
    chmodSync(directory, 0o1777);
    const environment = { HOME: directory };
    const { program } = copy;
    await runs(copy.hostFile("kernel-doc"), {
      run: join(directory, "run"),
      prefix: user.prefix,
      directory,
      program,
      environment,
    });
  });
});
