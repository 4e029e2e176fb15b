// Scripts of writes, run by a real shell on files in place of /sys: every byte arrives, and nothing else happens.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { formatScript, writeCommand } from "./shell-script.ts";

const directory = mkdtempSync(join(tmpdir(), "apmatrix-script-"));
after(() => rmSync(directory, { recursive: true }));

function runIn(name: string, script: string): { readonly status: number | null; readonly path: string } {
  const path = join(directory, name);
  mkdirSync(path);
  const { status } = spawnSync("sh", ["-c", script.replaceAll("/sys/", `${path}/`)], { cwd: path });
  return { status, path };
}

const write = (path: string, value: string) => ({ operation: { op: "write" as const, path, value } });

describe("a script of writes", () => {
  const values = [
    "0x05",
    "-5,-0x47",
    "-n",
    "-e",
    "it's",
    "$HOME `id` $(id)",
    "a\\nb\\c",
    "*",
    "",
    " x ",
    "#",
    "!",
    '"',
    "\u00e9",
    "a\nb",
  ];

  it("writes each value as it is, with one newline after it", () => {
    const { status, path } = runIn(
      "values",
      formatScript(
        ["values"],
        values.map((value, i) => write(`${i}`, value)),
      ),
    );
    assert.equal(status, 0);
    for (const [i, value] of values.entries()) assert.equal(readFileSync(join(path, `${i}`), "utf8"), `${value}\n`);
    assert.equal(readdirSync(path).length, values.length);
  });

  it("does not write a second newline after a value that has one", () => {
    assert.equal(writeCommand(["bus/ap/apmask", "-5\n"]), "echo -5 > /sys/bus/ap/apmask");
  });

  it("ends at the first write that is refused, unless that is expected", () => {
    const steps = [write("a", "1"), write("none/b", "2"), write("c", "3")];
    const ended = runIn("ended", formatScript([], steps));
    assert.notEqual(ended.status, 0);
    assert.deepEqual(readdirSync(ended.path), ["a"]);
    const expected = steps.map((step) => (step.operation.path === "none/b" ? { ...step, refused: "ENOENT" } : step));
    const whole = runIn("whole", formatScript([], expected));
    assert.equal(whole.status, 0);
    assert.deepEqual(readdirSync(whole.path), ["a", "c"]);
  });

  it("does on the host nothing that was done in a guest", () => {
    const inside = { operation: { op: "write" as const, path: "a", value: "1", in: "g1\ntouch b" } };
    const script = formatScript([], [inside, write("c", "3")]);
    const { status, path } = runIn("inside", script);
    assert.equal(status, 0);
    assert.deepEqual(readdirSync(path), ["c"]);
    assert.match(script, /^# write \{"in":"g1\\ntouch b","path":"a","value":"1"\}$/m);
  });

  it("has nothing in its title and in names but comments and names", () => {
    const evil = "x\ntouch evil\r\u2028touch evil";
    const { status, path } = runIn(
      "evil",
      formatScript([evil], [write("a b'c;touch evil", "1"), { operation: { op: "open", guest: evil, mdev: evil } }]),
    );
    assert.equal(status, 0);
    assert.deepEqual(readdirSync(path), ["a b'c;touch evil"]);
  });
});
