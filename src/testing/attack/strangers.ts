// Other users of the machine, who prepare directories, links and files where root is going to work.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { hostFile } from "../support/hosts.ts";
import {
  type Attack,
  checkRefused,
  checkSecret,
  command,
  type Ground,
  NotHere,
  place,
  refused,
  SECRET,
  withLab,
} from "./attack.ts";
import { SPECIALS, type Special } from "./specials.ts";

/** Two users whom nobody has: no entry of /etc/passwd is needed for one to have files and processes. */
const [STRANGER, OTHER] = [61_001, 61_002];
const HOST = hostFile("kernel-doc");
const WANTED =
  "host: { free_by: masks }\nmdevs: [{ uuid: 62177883-f1bb-47f0-914d-32a22e3a8804, adapters: [5], domains: [4] }]\n";

/** What the kernel can be told to refuse by itself. Here it is told not to, so that apmatrix has to. */
const SETTINGS = ["protected_symlinks", "protected_fifos", "protected_regular", "protected_hardlinks"].map(
  (name) => `/proc/sys/fs/${name}`,
);

/** @returns what gives them back, and whether they could be set */
export function withoutProtection(): { readonly restore: () => void; readonly isOff: boolean } {
  const before = SETTINGS.map((path) => readFileSync(path, "utf8"));
  try {
    for (const path of SETTINGS) writeFileSync(path, "0");
    return {
      restore: () => {
        for (const [at, path] of SETTINGS.entries()) writeFileSync(path, before[at] as string);
      },
      isOff: true,
    };
  } catch {
    return { restore: () => undefined, isOff: before.every((value) => value.trim() === "0") };
  }
}

interface Scene {
  /** As /tmp: everybody may put something there. */
  readonly tmp: string;
  readonly victim: string;
  readonly run: string;
  readonly give: (path: string, uid?: number) => void;
}

function scene(ground: Ground): Scene {
  if (process.getuid?.() !== 0) throw new NotHere("only root has something that others want");
  const { at, options } = place(ground);
  for (const path of [ground.directory, at("."), at("tmp")]) {
    if (!existsSync(path)) mkdirSync(path);
    chmodSync(path, 0o755);
  }
  chmodSync(at("tmp"), 0o1777);
  writeFileSync(at("victim"), SECRET, { mode: 0o600 });
  return {
    tmp: at("tmp"),
    victim: at("victim"),
    run: options.run,
    give: (path, uid = STRANGER) => lchownSync(path, uid, uid),
  };
}

/** Something of a stranger's, in each form that leads to root's file or waits. */
const TRAPS: readonly Special[] = [
  ...SPECIALS,
  { name: "a link to root's file", make: (path, victim) => symlinkSync(victim, path) },
  { name: "a second name of root's file", make: (path, victim) => linkSync(victim, path) },
  { name: "a file", make: (path) => writeFileSync(path, "theirs\n") },
];

const LABS: readonly (readonly string[])[] = [
  ["up", HOST, "--no-timer"],
  ["list"],
  ["down"],
  ["event", "scan"],
  ["exec", "--", "true"],
  ["page"],
];

const RUNTIME: Attack = {
  name: "a stranger's runtime directory",
  holds: "no command of root's takes it, follows a link in it or runs what it says",
  async run(ground) {
    let tries = 0;
    for (const kind of ["directory", "link", "open"] as const) {
      const { tmp, victim, give } = scene(ground);
      const run = join(tmp, "apmatrix-0");
      const real = kind === "link" ? join(tmp, "elsewhere") : run;
      mkdirSync(real, { mode: 0o755 });
      for (const name of ["lab.json", "lab.sock", "lab.lock", "lab.json.new"]) symlinkSync(victim, join(real, name));
      if (kind === "link") symlinkSync(real, run);
      if (kind === "open") chmodSync(run, 0o777);
      else give(run);
      give(real, kind === "open" ? 0 : STRANGER);
      for (const words of ground.isLong ? LABS : LABS.slice(0, 3)) {
        await refused(["lab", ...words], { run });
        checkSecret(victim, words.join(" "));
        tries++;
      }
      assert.equal(
        lstatSync(real).mode & 0o777,
        kind === "open" ? 0o777 : 0o755,
        "a stranger's directory has another mode",
      );
    }
    return `${tries} commands`;
  },
};

const FORGED: Attack = {
  name: "a stranger's description of a lab",
  holds: "it is not believed in root's own directory either: no process of theirs is spoken to, entered or killed",
  async run(ground) {
    const { run, give } = scene(ground);
    chmodSync(run, 0o700);
    const sleeper = spawn("setpriv", [`--reuid=${STRANGER}`, `--regid=${STRANGER}`, "--clear-groups", "sleep", "600"]);
    try {
      const stat = readFileSync(`/proc/${sleeper.pid}/stat`, "utf8");
      const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
      const forged = { name: "lab", pid: sleeper.pid, profile: "linux-7.3", mount: "/sys", isPrivate: true, started };
      for (const owner of [STRANGER, 0]) {
        writeFileSync(join(run, "lab.json"), JSON.stringify(forged));
        give(join(run, "lab.json"), owner);
        for (const words of [["exec", "--", "true"], ["down"]]) {
          const { code } = await command(["lab", ...words], { run });
          if (owner === STRANGER) assert.equal(code, 1, words.join(" "));
          assert.equal(sleeper.exitCode ?? sleeper.signalCode, null, `${words[0]} has ended a stranger's process`);
        }
      }
    } finally {
      sleeper.kill("SIGKILL");
    }
    return "4 commands";
  },
};

/** Commands that write where they are told, and the path in it. */
const OUTPUTS: readonly ((path: string, want: string) => readonly string[])[] = [
  (path, want) => ["plan", want, "--from", HOST, "--out", path],
  (path) => ["export", "host", "--from", HOST, "--out", path],
  (path, want) => ["import", want, "--as", "desired", "--out", path],
  (path) => ["export", "tree", path, "--from", HOST],
  (path) => ["export", "tree", "--tar", path, "--from", HOST],
];

const OUTPUT: Attack = {
  name: "something of a stranger's where a file is to be written",
  holds: "nothing is written to it or through it, and nothing is waited for",
  async run(ground) {
    const { tmp, victim, run, give } = scene(ground);
    writeFileSync(join(run, "..", "want.yaml"), WANTED);
    let tries = 0;
    for (const trap of TRAPS) {
      for (const [at, words] of OUTPUTS.entries()) {
        if (!ground.isLong && (tries + at) % OUTPUTS.length > 0) continue;
        const path = join(tmp, `${trap.name.replaceAll(/\W/g, "-")}-${at}`);
        trap.make(path, victim);
        const isShared = lstatSync(path).ino === lstatSync(victim).ino;
        if (!isShared) give(path);
        const before = lstatSync(path).isFile() ? readFileSync(path, "utf8") : "";
        const ended = await command(words(path, join(run, "..", "want.yaml")), { run });
        // A second name of root's own file is root's: protected_hardlinks keeps strangers from making one.
        if (isShared) writeFileSync(victim, SECRET);
        else checkRefused(ended, `${words("PATH", "W")[0]} to ${trap.name}`);
        checkSecret(victim, trap.name);
        if (!isShared && lstatSync(path).isFile())
          assert.equal(readFileSync(path, "utf8"), before, "a stranger's file was written");
        tries++;
      }
      tries++;
    }
    return `${tries} commands`;
  },
};

const LOCK: Attack = {
  name: "something of a stranger's in the place of apply's lock",
  holds: "it is not followed, overwritten or waited for longer than was said",
  async run(ground) {
    const { tmp, victim, run, give } = scene(ground);
    const want = join(run, "..", "want.yaml");
    writeFileSync(want, WANTED);
    const mount = join(run, "..", "sys");
    mkdirSync(mount);
    return await withLab([HOST, "--no-timer", "--mount", mount], { run }, async () => {
      const traps: readonly Special[] = [
        ...TRAPS.filter(({ name }) => name !== "a second name of root's file"),
        ...["1", "0", "-1", "99999999999999999999", "4000000\u001b[31m", "", `${process.pid}`].map((text) => ({
          name: `a lock that says ${JSON.stringify(text)}`,
          make: (path: string) => writeFileSync(path, text),
        })),
      ];
      for (const [at, trap] of traps.entries()) {
        const lock = join(tmp, `lock${at}`);
        trap.make(lock, victim);
        give(lock);
        const ended = await command(
          ["apply", want, "--from", mount, "--lock", lock, "--lock-timeout", "1", "--prune"],
          { run },
        );
        assert.doesNotMatch(ended.stderr, /\n\s+at |[^\n\P{Cc}]/u, trap.name);
        assert.ok(ended.code === 1 || ended.code === 0, trap.name);
        checkSecret(victim, trap.name);
      }
      return `${traps.length} locks`;
    });
  },
};

const PLACES: Attack = {
  name: "a stranger's journal and mount point",
  holds: "a lab of root's is not kept in a stranger's directory, and not mounted through a stranger's link",
  async run(ground) {
    const { tmp, victim, run, give } = scene(ground);
    const said: string[] = [];
    for (const name of ["journal.jsonl", "lock"]) {
      const journal = join(tmp, `journal-${name}`);
      mkdirSync(journal);
      symlinkSync(victim, join(journal, name));
      for (const path of [join(journal, name), journal]) give(path);
      said.push(await refused(["lab", "up", HOST, "--no-timer", "--journal", journal], { run }));
      checkSecret(victim, `a journal with ${name}`);
    }
    const open = join(tmp, "open");
    mkdirSync(open);
    chmodSync(open, 0o777);
    said.push(await refused(["lab", "up", HOST, "--no-timer", "--journal", open], { run }));
    const empty = join(run, "..", "empty");
    mkdirSync(empty);
    symlinkSync(empty, join(tmp, "mount"));
    give(join(tmp, "mount"));
    said.push(await refused(["lab", "up", HOST, "--no-timer", "--mount", join(tmp, "mount")], { run }));
    assert.deepEqual(readdirSync(empty), [], "a lab is mounted where a stranger wants it");
    return `${said.length} labs`;
  },
};

/** As the stranger: what stands at a path is exchanged without an end. */
const FLIP = `
const fs = require("node:fs"), [path, victim] = process.argv.slice(1);
const forms = [() => fs.symlinkSync(victim, path), () => fs.writeFileSync(path, "theirs\\n"), () => fs.mkdirSync(path), () => {}];
for (let n = 0; ; n++) {
  try { fs.rmSync(path, { recursive: true, force: true }); } catch {}
  try { forms[n % forms.length](); } catch {}
}`;

const flipper = (path: string, victim: string): ChildProcess =>
  spawn(
    "setpriv",
    [`--reuid=${OTHER}`, `--regid=${OTHER}`, "--clear-groups", process.execPath, "-e", FLIP, path, victim],
    { stdio: "ignore" },
  );

const RACE: Attack = {
  name: "a stranger who exchanges what stands at a path while root works there",
  holds: "nothing of root's is read, written or made by it, however often it is tried",
  async run(ground) {
    const { tmp, victim, run } = scene(ground);
    const [output, runtime] = [join(tmp, "out"), join(tmp, "run")];
    const want = join(run, "..", "want.yaml");
    writeFileSync(want, WANTED);
    const flippers = [flipper(output, victim), flipper(runtime, victim), flipper(join(tmp, "lock"), victim)];
    const tries = ground.isLong ? 200 : 20;
    let written = 0;
    try {
      const words: readonly (readonly string[])[] = [
        ["plan", want, "--from", HOST, "--out", output],
        ["export", "host", "--from", HOST, "--out", output],
        ["export", "tree", output, "--from", HOST],
        ["lab", "list"],
        ["lab", "event", "scan"],
        ["show", "--from", output],
      ];
      for (let n = 0; n < tries; n++) {
        const one = words[n % words.length] as readonly string[];
        const ended = await command(one, { run: one[0] === "lab" ? runtime : run });
        assert.doesNotMatch(ended.stderr + ended.stdout, /\n\s+at |a secret/, one.join(" "));
        if (ended.code === 0) written++;
        checkSecret(victim, one.join(" "));
      }
    } finally {
      for (const one of flippers) one.kill("SIGKILL");
    }
    return `${tries} tries, ${written} of them through`;
  },
};

export const STRANGERS: readonly Attack[] = [RUNTIME, FORGED, OUTPUT, LOCK, PLACES, RACE];
