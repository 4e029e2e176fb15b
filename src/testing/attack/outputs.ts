// What is written out: names of strangers in every output, and disks that are full.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DOMParser } from "@xmldom/xmldom";
import { hostFile } from "../support/hosts.ts";
import { labUp } from "../support/lab-command.ts";
import { PageClient, urlIn } from "../support/page-client.ts";
import { mountSmallDisk } from "../support/temporary.ts";
import { ask } from "../support/web-client.ts";
import { type Attack, checkSaid, command, NotHere, place, refused, withLab } from "./attack.ts";

const UUID = "62177883-f1bb-47f0-914d-32a22e3a8804";
/** Names, each for another reader: terminals, markup, shells, formats of text, objects. */
const NAMES: Readonly<Record<string, string>> = {
  terminal: "\u001b[2J\u0007\u009b31m\u202eevil\u2028\u0085\u200b",
  markup: "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>]]>&amp;<!--",
  shell: "'; touch pwned; '$(touch pwned)`touch pwned`\\\n touch pwned #",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: somebody's template, not ours
  format: "%s%n{0}${7*7}{{7*7}}=cmd|' /C x'!A1",
  object: "__proto__",
};

const MATRIX = "devices/vfio_ap/matrix";
const operations = (guest: string): readonly object[] => [
  { op: "init", types: { "04": 14 }, aps: [4], doms: [4], cds: [4], apmask: "0x0" },
  ...[
    [`${MATRIX}/mdev_supported_types/vfio_ap-passthrough/create`, UUID],
    [`${MATRIX}/${UUID}/assign_adapter`, "4"],
    [`${MATRIX}/${UUID}/assign_domain`, "4"],
  ].map(([path, value]) => ({ op: "write", path, value })),
  { op: "open", guest, mdev: UUID },
  { op: "write", path: `bus/ap/${guest}`, value: guest, x: { r: guest, [guest]: guest } },
];

const OUTPUTS: readonly (readonly [words: readonly string[], kind?: "json" | "svg" | "shell"])[] = [
  [["show"]],
  [["show", "--format", "json"], "json"],
  [["show", "--format", "svg"], "svg"],
  [["explain", UUID]],
  [["explain", UUID, "--format", "json"], "json"],
  [["export", "shell"], "shell"],
  [["export", "trace"]],
  [["export", "host"]],
  [["export", "libvirt"]],
  [["export", "mdevctl"], "json"],
];

const NAMED: Attack = {
  name: "names of strangers in every output",
  holds: "a terminal acts on nothing, markup stays text, a script runs nothing of them, JSON keeps them",
  async run(ground) {
    let outputs = 0;
    for (const [kind, name] of Object.entries(NAMES)) {
      const { at, options } = place(ground);
      const trace = at("host.jsonl");
      const lines = [{ trace: name, format: 2, profile: "linux-7.3", desc: name }, ...operations(name)];
      writeFileSync(trace, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
      for (const [words, form] of OUTPUTS) {
        if (!ground.isLong && (outputs++ + kind.length) % 2 === 0) continue;
        const ended = await command([...words, "--from", trace], options);
        checkSaid(ended, `${words.join(" ")} of ${kind}`);
        if (ended.code !== 0) continue;
        if (form === "json") JSON.parse(ended.stdout);
        if (form === "svg") checkMarkup(ended.stdout);
        if (form === "shell") checkScript(ended.stdout, at("scripts"));
      }
      const script = await command(["export", "shell", "--steps", trace], options);
      checkSaid(script, `steps of ${kind}`);
      if (script.code === 0) checkScript(script.stdout, at("steps"));
      for (const words of [
        ["play", trace],
        ["play", trace, "--format", "tap"],
        ["watch", "--from", trace],
      ])
        checkSaid(await command(words, options), `${words[0]} of ${kind}`);
      outputs += 4;
    }
    return `${outputs} outputs`;
  },
};

/** Well-formed, and nothing in it is run. */
function checkMarkup(svg: string): void {
  const wrong: string[] = [];
  const document = new DOMParser({
    onError: (level, message) => void (level !== "warning" && wrong.push(message)),
  }).parseFromString(svg, "image/svg+xml");
  assert.deepEqual(wrong, []);
  for (const element of Array.from(document.getElementsByTagName("*"))) {
    assert.doesNotMatch(element.nodeName, /script|foreignObject|iframe|img/i);
    for (const attribute of Array.from(element.attributes)) assert.doesNotMatch(attribute.name, /^on/i);
  }
}

/** It is run where there is no /sys to write to, as nobody, and makes nothing. */
function checkScript(script: string, directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "script"), script);
  assert.equal(spawnSync("sh", ["-n", join(directory, "script")]).status, 0, "the script is not one");
  const safe = script.replaceAll("/sys/", "/nowhere/sys/");
  spawnSync("sh", ["-c", safe], { cwd: directory, timeout: 20_000 });
  assert.deepEqual(readdirSync(directory), ["script"], "a name in the script was run");
}

const PAGE: Attack = {
  name: "names of strangers on the page",
  holds: "they are JSON there, in answers that no browser takes for a page",
  async run(ground) {
    for (const name of Object.values(NAMES)) {
      const { at, options } = place(ground);
      const lines = [{ trace: "x", format: 2, profile: "linux-7.3" }, ...operations(name)].map((line) =>
        JSON.stringify(line),
      );
      writeFileSync(at("host.jsonl"), `${lines.slice(0, -1).join("\n")}\n`);
      await withLab(
        ["--replay", at("host.jsonl"), "--no-timer", "--web", "127.0.0.1:0", "--web-open"],
        options,
        async (lab) => {
          const url = urlIn(lab.output.stdout);
          const page = await PageClient.open(url);
          const history = await page.history();
          assert.ok(
            history.some(
              (line) =>
                line.includes(JSON.stringify(name).slice(1, -1)) ||
                JSON.stringify(JSON.parse(line)).includes(JSON.stringify(name)),
            ),
          );
          const index = await ask(url, "/");
          assert.ok(!index.body.includes(name), "the page itself holds a name");
          assert.match(String(index.headers["content-security-policy"]), /default-src|script-src/);
          for (const path of ["/api/source", "/api/history"]) {
            const { headers } = await ask(url, path);
            assert.doesNotMatch(String(headers["content-type"]), /html/);
            assert.equal(headers["x-content-type-options"], "nosniff");
          }
        },
      );
    }
    return `${Object.keys(NAMES).length} names`;
  },
};

const HOST = hostFile("kernel-doc");
const WANTED = `host: { free_by: masks }\nmdevs: [{ uuid: ${UUID}, adapters: [5], domains: [4] }]\n`;

const FULL: Attack = {
  name: "full disks",
  holds: "one line says so, and nothing half-written is taken for whole",
  async run(ground) {
    const { at, options } = place(ground);
    const disk = at("disk");
    mkdirSync(disk);
    try {
      mountSmallDisk(disk, 16 * 4096);
    } catch {
      throw new NotHere("nothing may be mounted here");
    }
    const fill = (): void => void spawnSync("sh", ["-c", `cat /dev/zero > ${disk}/filler 2>/dev/null`]);
    const empty = (): void => void execFileSync("sh", ["-c", `rm -rf ${disk}/*`]);
    const want = at("want.yaml");
    writeFileSync(want, WANTED);
    const said: string[] = [];
    mkdirSync(`${disk}/own`, { mode: 0o700 });
    fill();
    said.push(await refused(["plan", want, "--from", HOST, "--out", `${disk}/plan`], options));
    said.push(await refused(["export", "host", "--from", HOST, "--out", `${disk}/host`], options));
    said.push(await refused(["import", HOST, "--out", `${disk}/import`], options));
    said.push(await refused(["lab", "up", HOST, "--no-timer", "--journal", `${disk}/own`], options));
    await comesUpOrSays({ ...options, environment: { TMPDIR: disk } });
    await comesUpOrSays({ ...options, run: join(disk, "run") });
    for (const line of said) assert.match(line, /ENOSPC|no space|room/i);
    for (const name of ["plan", "host", "import"])
      assert.ok(!existsSync(join(disk, name)) || statSync(join(disk, name)).size === 0, `${name} is there`);
    empty();
    await fullWhileRunning(disk, options, fill);
    empty();
    // The lock of apply, and what it prints.
    const mount = at("sys");
    mkdirSync(mount);
    await withLab([HOST, "--no-timer", "--mount", mount], options, async () => {
      fill();
      const ended = await command(["apply", want, "--from", mount, "--lock", `${disk}/lock`], options);
      checkSaid(ended, "apply with a lock on a full disk");
      assert.equal(ended.code, 1);
    });
    return `${said.length + 4} places`;
  },
};

/** A lab that can do without a file goes on without it, and is found; another one says what it lacks. */
async function comesUpOrSays(options: Parameters<typeof command>[1]): Promise<void> {
  const lab = await labUp([HOST, "--no-timer"], options).catch((error: Error) => {
    assert.match(error.message, /ended with 1: apmatrix: [^\n]*(?:ENOSPC|no space|room)[^\n]*\n?$/i);
  });
  if (!lab) return;
  assert.equal((await command(["lab", "event", "scan"], options)).code, 0);
  await lab.stop();
}

/** A lab whose journal finds no room any more: what it has acknowledged is there, what it has not is refused. */
async function fullWhileRunning(disk: string, options: Parameters<typeof command>[1], fill: () => void): Promise<void> {
  const journal = join(disk, "journal");
  mkdirSync(journal, { mode: 0o700 });
  const lab = await labUp([HOST, "--no-timer", "--journal", journal], options);
  let acknowledged = 0;
  fill();
  for (let n = 0; n < 40; n++) {
    const { code, stderr, stdout } = await command(["lab", "event", "scan"], options);
    checkSaid({ code, stderr, stdout }, "lab event");
    if (code !== 0) break;
    acknowledged++;
  }
  await lab.stop();
  execFileSync("rm", ["-f", `${disk}/filler`]);
  const lines = readFileSync(join(journal, "journal.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line.includes('"scan"'));
  assert.ok(lines.length >= acknowledged, `${acknowledged} were acknowledged, ${lines.length} are kept`);
  const again = await labUp([HOST, "--no-timer", "--journal", journal], options);
  await again.stop();
}

export const WRITTEN: readonly Attack[] = [NAMED, PAGE, FULL];
