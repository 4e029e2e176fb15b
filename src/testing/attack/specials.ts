// What is not a regular file, in the place of every file that is opened.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Player } from "../../system/trace/player.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { copyToDirectory } from "../support/copy-tree.ts";
import { hostFile, hostNamed } from "../support/hosts.ts";
import { type Attack, checkSaid, command, inParallel, place, refused } from "./attack.ts";

export interface Special {
  readonly name: string;
  /** @param victim a file that a link may lead to */
  readonly make: (path: string, victim: string) => void;
}

const SOCKET = "require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";

export const SPECIALS: readonly Special[] = [
  { name: "a named pipe", make: (path) => void execFileSync("mkfifo", [path]) },
  { name: "a socket", make: (path) => void spawnSync(process.execPath, ["-e", SOCKET, path]) },
  { name: "a link to a device without an end", make: (path) => symlinkSync("/dev/zero", path) },
  { name: "a directory", make: (path) => void mkdirSync(path) },
  { name: "a link to itself", make: (path) => symlinkSync(path, path) },
  { name: "a link to nothing", make: (path) => symlinkSync("/nowhere/at/all", path) },
];

const HOST = hostFile("kernel-doc");

/** Commands by what they open at a path; the text is one that the command could use. */
const OPENERS: readonly (readonly [words: (path: string) => readonly string[], takesDirectory?: boolean])[] = [
  [(path) => ["show", "--from", path], true],
  [(path) => ["plan", path, "--from", HOST]],
  [(path) => ["apply", path, "--from", HOST, "--dry-run"]],
  [(path) => ["play", path], true],
  [(path) => ["import", path], true],
  [(path) => ["status", path, "--from", HOST]],
  [(path) => ["export", "shell", "--steps", path]],
  [(path) => ["lab", "up", path, "--no-timer"]],
  [(path) => ["lab", "up", "--replay", path, "--no-timer"]],
  [(path) => ["serve", "--from", HOST, "--plan", path]],
  [(path) => ["play", "--from", HOST, path]],
];

const NAMED: Attack = {
  name: "no regular file where one is named",
  holds: "every command says what is there in one line, and waits for nothing",
  async run(ground) {
    const { at, options } = place(ground);
    const cases = SPECIALS.flatMap((special, n) =>
      OPENERS.filter((_, m) => ground.isLong || (n + m) % 3 === 0).map(([words, takesDirectory], m) => ({
        special,
        words,
        takesDirectory,
        path: at(`s${n}-${m}`),
      })),
    );
    await inParallel(cases, async ({ special, words, takesDirectory, path }) => {
      special.make(path, "/etc/hostname");
      const ended = await command(words(path), options);
      checkSaid(ended, words(special.name).join(" "));
      if (special.name === "a directory" && takesDirectory) return;
      assert.deepEqual([ended.code, ended.stdout], [1, ""], `${words(special.name).join(" ")}: ${ended.stderr}`);
    });
    return `${cases.length} commands`;
  },
};

/** Files of a copied /sys, and of a host's /etc, that are read without being named. */
const ATTRIBUTES = [
  "bus/ap/apmask",
  "bus/ap/ap_max_domain_id",
  "devices/ap/card05/hwtype",
  "bus/ap/devices",
  "devices/ap/card05/05.0004/config",
];
const FILES = [
  "etc/mdevctl.d/matrix/62177883-f1bb-47f0-914d-32a22e3a8804",
  "etc/udev/rules.d/41-ap.rules",
  "etc/driverctl.d/05.0004",
  "proc/cmdline",
];

const UNNAMED: Attack = {
  name: "no regular file where one is read without being named",
  holds: "a copied /sys and a host's /etc are read to their end, and what is not a file is told or left out",
  async run(ground) {
    const { at, options } = place(ground);
    const player = new Player(DEFAULT_PROFILE);
    for (const [i, operation] of hostNamed("kernel-doc").entries()) player.apply(operation, i + 1);
    mkdirSync(at("sys"));
    copyToDirectory(player.sysfs, at("sys"));
    const want = at("want.yaml");
    writeFileSync(want, "mdevs: []\n");
    const cases = SPECIALS.flatMap((special, n) =>
      ATTRIBUTES.filter((_, m) => ground.isLong || n === m).map((name) => ({ special, name })),
    );
    for (const { special, name } of cases) {
      const sys = at(`sys-${special.name}-${name.replaceAll("/", "-")}`.replaceAll(" ", "-"));
      execFileSync("cp", ["-a", at("sys"), sys]);
      rmSync(join(sys, name), { recursive: true });
      special.make(join(sys, name), "/etc/hostname");
      checkSaid(await command(["show", "--from", sys], options), `show of ${name} as ${special.name}`);
    }
    await inParallel(
      SPECIALS.flatMap((special, n) =>
        FILES.filter((_, m) => ground.isLong || n % FILES.length === m).map((name) => ({ special, name })),
      ),
      async ({ special, name }) => {
        const root = at(`root-${special.name}-${name.replaceAll("/", "-")}`.replaceAll(" ", "-"));
        mkdirSync(join(root, name, ".."), { recursive: true });
        special.make(join(root, name), "/etc/hostname");
        const ended = await command(["status", want, "--from", HOST, "--root", root], options);
        checkSaid(ended, `status with ${name} as ${special.name}`);
        assert.notEqual(ended.code, null);
      },
    );
    return `${cases.length + FILES.length} places`;
  },
};

const LAB_FILES: Attack = {
  name: "no regular file in the place of a lab's own",
  holds: "a lab that finds one in its directories is refused, or replaces it, and waits for nothing",
  async run(ground) {
    let tries = 0;
    for (const special of ground.isLong ? SPECIALS : SPECIALS.slice(0, 3)) {
      for (const name of ["lab.json", "lab.sock", "lab.lock"]) {
        const { options } = place(ground);
        special.make(join(options.run, name), "/etc/hostname");
        for (const words of [["list"], ["down"]])
          checkSaid(await command(["lab", ...words], options), `lab ${words[0]} with ${name} as ${special.name}`);
        tries++;
      }
      const { at, options } = place(ground);
      mkdirSync(at("journal"), { mode: 0o700 });
      special.make(at("journal/journal.jsonl"), "/etc/hostname");
      await refused(["lab", "up", HOST, "--no-timer", "--journal", at("journal")], options);
      tries++;
    }
    return `${tries} files`;
  },
};

export const SPECIAL_FILES: readonly Attack[] = [NAMED, UNNAMED, LAB_FILES];
