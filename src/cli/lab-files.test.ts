// What tools write in a lab is the lab's own: the machine keeps nothing of it, and neither does the next lab, unless a journal does.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { hostFile } from "../testing/support/hosts.ts";
import { apmatrix, type CommandOptions, killLabs, labUp } from "../testing/support/lab-command.ts";
import { isLongForm } from "../testing/support/long-form.ts";
import { ordinaryUser, programForAll, strangerSkip } from "../testing/support/other-user.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const parent = temporaryDirectory();
const skip = await mountSkip();
after(killLabs);

/** New directories and files, also where the machine has no such directory; a file of the machine's that is changed. */
const WRITTEN = [
  "/etc/apmatrix-test.d/one",
  "/etc/udev/apmatrix-test/one",
  "/etc/driverctl.d/apmatrix-test",
  "/etc/mdevctl.d/matrix/apmatrix-test",
  "/etc/modules-load.d/apmatrix-test.conf",
  "/run/apmatrix-test/deep/one",
  "/run/udev/apmatrix-test",
  "/run/lock/apmatrix-test",
  "/var/lib/apmatrix-test/one",
];
const WRITE = WRITTEN.map((path) => `mkdir -p $(dirname ${path}); echo written >${path}`).join("; ");
const CHANGE = 'cp /etc/passwd /etc/passwd.new && mv /etc/passwd.new /etc/passwd && echo "# changed" >>/etc/passwd';
const LOOK = `cat ${WRITTEN.join(" ")} 2>&1; grep -c "^# changed" /etc/passwd`;
const THERE = `${"written\n".repeat(WRITTEN.length)}1\n`;
/** Nothing of what was written is there any more. */
const GONE = /^(?:cat: [^\n]*: No such file or directory\n){9}0\n$/;

/** What a lab with these files does, whoever runs it. */
async function lifeOf(words: readonly string[], options: CommandOptions, journal: string): Promise<void> {
  const exec = async (script: string) => (await apmatrix(["lab", "exec", "--", "sh", "-c", script], options)).stdout;
  const once = async (more: readonly string[], act: () => Promise<void>) => {
    const lab = await labUp([...words, ...more], options);
    await act();
    assert.equal((await lab.stop()).code, 0, lab.output.stderr);
  };
  await once([], async () => {
    const { code, stderr } = await apmatrix(["lab", "exec", "--", "sh", "-ec", `${WRITE}; ${CHANGE}`], options);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(await exec(LOOK), THERE, "kept from one command to the next");
    for (const path of WRITTEN) assert.ok(!existsSync(path), `${path} is on the machine`);
  });
  if (!isLongForm && options.prefix !== undefined) return;
  await once([], async () => assert.match(await exec(LOOK), GONE, "a new lab begins clean"));
  await once(["--journal", journal], async () => void (await exec(`${WRITE}; ${CHANGE}`)));
  await once(["--journal", journal], async () => assert.equal(await exec(LOOK), THERE, "the journal keeps it"));
  if (isLongForm) await once([], async () => assert.match(await exec(LOOK), GONE, "and nothing else does"));
  const entries = readdirSync(options.run);
  assert.deepEqual(
    entries.filter((name) => name !== "lab.lock"),
    [],
    "nothing is left",
  );
}

describe("what tools write in a lab below /etc, /run and /var/lib", { skip }, () => {
  it("is the lab's own, and gone with it, unless its journal keeps it", async () => {
    const words = [hostFile("kernel-doc-guests"), "--mount", freshDirectory(parent, "sys")];
    await lifeOf(words, { run: freshDirectory(parent, "run") }, join(freshDirectory(parent), "journal"));
  });

  it("is seen at once by other commands of the same lab", async () => {
    const options = { run: freshDirectory(parent, "run") };
    const lab = await labUp([hostFile("kernel-doc-guests"), "--mount", freshDirectory(parent, "sys")], options);
    const path = "/run/apmatrix-test";
    const waits = `until [ -e ${path} ]; do sleep 0.05; done; cat ${path}`;
    // It has looked before the other one writes.
    const one = apmatrix(["lab", "exec", "--timeout", "60", "--", "sh", "-c", waits], options);
    await apmatrix(["lab", "exec", "--", "sh", "-c", `sleep 1; echo here >${path}`], options);
    assert.deepEqual({ ...(await one) }, { code: 0, stdout: "here\n", stderr: "" });
    await lab.stop();
  });

  it("hides nothing of where labs and homes are", {
    skip: strangerSkip() && "only root of the machine may write in /run",
  }, async () => {
    const run = "/run/apmatrix-test-run";
    mkdirSync(run, { recursive: true, mode: 0o700 });
    const options = { run };
    try {
      const lab = await labUp([hostFile("kernel-doc-guests"), "--mount", freshDirectory(parent, "sys")], options);
      const event = `${process.execPath} bin/apmatrix.mjs lab event scan`;
      const { stdout, stderr } = await apmatrix(["lab", "exec", "--", "sh", "-c", event], options);
      assert.match(stdout, /^\{"r":0/, stderr);
      await lab.stop();
    } finally {
      rmSync(run, { recursive: true, force: true });
    }
  });
});

const user = ordinaryUser();

describe("what tools of an ordinary user write in a lab", { skip: user.skip }, () => {
  it("is the lab's own, too", async () => {
    const copy = programForAll(parent);
    const directory = freshDirectory(parent, "home");
    chmodSync(directory, 0o1777);
    const options = {
      run: join(directory, "run"),
      prefix: user.prefix,
      directory,
      program: copy.program,
      environment: { HOME: directory },
    };
    const words = [copy.hostFile("kernel-doc-guests"), "--mount", freshDirectory(directory, "sys")];
    await lifeOf(words, options, join(directory, "journal"));
  });
});

describe("a mount point that labs keep their own files in", { skip }, () => {
  it("is refused, whichever of them it is", async () => {
    const run = freshDirectory(parent, "run");
    const journal = freshDirectory(parent, "journal");
    const refused = async (mount: string, ...more: string[]) => {
      mkdirSync(mount, { recursive: true });
      const words = ["lab", "up", hostFile("kernel-doc"), "--mount", mount, "--name", "one", ...more];
      const { code, stdout, stderr } = await apmatrix(words, { run, ownProcess: false });
      assert.deepEqual([code, stdout], [1, ""]);
      assert.equal(
        stderr,
        `apmatrix: mount point ${mount} is where labs keep their own files; choose another directory\n`,
      );
    };
    await refused(run);
    await refused(journal, "--journal", journal);
    await refused(join(journal, "files", "layer"), "--journal", journal);
    await refused(join(run, "one"));
    await refused(join(run, "one", "root"));
    const other = await labUp([hostFile("kernel-doc"), "--name", "other"], { run });
    await refused(join(run, "other", "root", "etc", "driverctl.d"));
    await other.stop();
  });

  it("is another lab's mount by its name, and then that lab is refused", async () => {
    const run = freshDirectory(parent, "run");
    const mount = join(run, "sys");
    mkdirSync(mount);
    const lab = await labUp([hostFile("kernel-doc"), "--mount", mount, "--name", "one"], { run });
    const words = ["lab", "up", hostFile("kernel-doc"), "--name", "sys"];
    const { code, stderr } = await apmatrix(words, { run, ownProcess: false });
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `apmatrix: ${mount} is a mount, where the lab keeps its files; choose another --name, or unmount it\n`,
    );
    assert.equal((await apmatrix(["lab", "exec", "--", "true"], { run })).code, 0);
    await lab.stop();
  });
});
