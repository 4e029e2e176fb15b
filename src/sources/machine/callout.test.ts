// The protocol of mdevctl's call-outs: which calls are answered how, also where there is no AP bus.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { callout } from "./callout.ts";
import { calloutPlaces } from "./callout-host.ts";
import { lockOf } from "./callout-lock.ts";

const UUID = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";
const root = mkdtempSync(join(tmpdir(), "apmatrix-callout-"));
after(() => rmSync(root, { recursive: true }));

const words = (event: string, action: string, more: Readonly<Record<string, string>> = {}): readonly string[] =>
  Object.entries({
    "-t": "vfio_ap-passthrough",
    "-e": event,
    "-a": action,
    "-s": "none",
    "-u": UUID,
    "-p": "matrix",
    ...more,
  }).flat();
const lock = lockOf(root, process.pid);
const call = (called: readonly string[], input = "") => callout(called, input, calloutPlaces(root), lock);
const definition = (name: string, value: string): string =>
  JSON.stringify({ mdev_type: "vfio_ap-passthrough", start: "auto", attrs: [{ [name]: value }] });

describe("the call-out for mdevctl", () => {
  it("says what it can do: all events that it is called for later", async () => {
    const { code, stdout } = await call(words("get", "capabilities"), '{"provides":{"version":2}}');
    assert.equal(code, 0);
    const { supports } = JSON.parse(stdout) as { supports: { version: number; actions: string[]; events: string[] } };
    assert.equal(supports.version, 2);
    for (const event of ["pre", "post", "get", "live"]) assert.ok(supports.events.includes(event), event);
    for (const action of ["define", "modify", "start", "stop", "attributes"])
      assert.ok(supports.actions.includes(action), action);
  });

  it("leaves devices of other types to others", async () => {
    const notOurs = { code: 2, stdout: "", stderr: [] };
    assert.deepEqual(await call(words("pre", "start", { "-t": "mtty-2" })), notOurs);
    // Also where a newer mdevctl says more of them than is known here.
    assert.deepEqual(await call([...words("pre", "start", { "-t": "mtty-2", "-u": "?" }), "--new"], "{"), notOurs);
  });

  it("says nothing to what it has no part in", async () => {
    for (const [event, action] of [
      ["post", "start"],
      ["notify", "start"],
      ["pre", "undefine"],
      ["pre", "stop"],
      ["get", "later"],
    ] as const) {
      assert.deepEqual(await call(words(event, action), definition("assign_adapter", "5")), {
        code: 0,
        stdout: "",
        stderr: [],
      });
    }
  });

  it("warns of control domains without a domain, which ap-check would refuse", async () => {
    const alone = (await call(words("pre", "define"), definition("assign_control_domain", "0x29"))).stderr;
    assert.match(alone.join(), new RegExp(`^warning: mdev ${UUID} has control domains and no domain: .*ap-check`));
    assert.deepEqual((await call(words("pre", "start"), definition("assign_domain", "0x29"))).stderr, []);
  });

  it("without an AP bus refuses what no host would take, and nothing else", async () => {
    assert.equal((await call(words("pre", "define"), definition("assign_adapter", "5"))).code, 0);
    const { code, stderr } = await call(words("pre", "define"), definition("assign_adapter", "256"));
    assert.deepEqual([code, stderr], [1, ["assign_adapter 256: no vfio_ap device takes this (ENODEV)"]]);
    assert.deepEqual((await call(words("live", "modify"), definition("assign_adapter", "5"))).stderr, [
      `mdev ${UUID} is not there`,
    ]);
    assert.match((await call(words("get", "attributes"))).stderr[0] as string, /there is none, or it cannot be read/);
  });

  it("judges by the files that status reads, and tells of those that it leaves out", async () => {
    const other = join(root, "definitions");
    const definitions = join(other, "etc", "mdevctl.d", "matrix");
    const queue = join(other, "sys", "devices", "ap", "card05", "05.0004");
    for (const directory of [definitions, join(other, "sys", "bus", "ap"), queue])
      mkdirSync(directory, { recursive: true });
    const none = `0x${"0".repeat(64)}\n`;
    for (const name of ["apmask", "aqmask"]) writeFileSync(join(other, "sys", "bus", "ap", name), none);
    const attrs = [{ assign_adapter: "5" }, { assign_domain: "4" }];
    const text = JSON.stringify({ mdev_type: "vfio_ap-passthrough", start: "auto", attrs });
    writeFileSync(join(definitions, UUID.replace("0001", "0002")), text);
    writeFileSync(join(definitions, UUID.replace("0001", "0003")), "{");
    const ask = (input: string) => callout(words("pre", "define"), input, calloutPlaces(other), lock);
    const refused = await ask(text);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr[0] ?? "", /^assign_domain 4: queue 05\.0004 belongs to mdev .*-0002-.*\(EADDRINUSE\)$/);
    const { code, stderr } = await ask(text.replace('"4"', '"5"'));
    assert.equal(code, 0);
    assert.match(stderr.join(), /^warning: .*-0003-.*:1:2: expected .*; it is left out, as at boot$/);
    await call(words("post", "define"));
  });

  it("has the lock of mdevctl while mdevctl works, and no longer", async () => {
    const holder = () => (existsSync(lock.path) ? readFileSync(lock.path, "latin1").trim() : undefined);
    const own = definition("assign_adapter", "5");
    await call(words("post", "define"), own);
    assert.equal(holder(), undefined);
    await call(words("pre", "define"), own);
    assert.equal(holder(), `${process.pid}`);
    // Another mdevctl would wait now; one that is gone does not count.
    const gone = spawnSync("true").pid;
    await call(words("post", "define", { "-s": "success" }), own);
    assert.equal(holder(), undefined);
    await callout(words("pre", "start"), own, calloutPlaces(root), { ...lock, holder: gone });
    assert.equal(holder(), `${gone}`);
    assert.equal((await call(words("pre", "define"), definition("assign_adapter", "256"))).code, 1);
    assert.equal(holder(), undefined, "what is refused is not waited for");
  });

  it("is refused in one line for words and input that mdevctl would not send", async () => {
    const refused: readonly (readonly [readonly string[], string, RegExp])[] = [
      [["-x"], "", /^expected each of -t, .* found -x: mdevctl calls this$/],
      [["-t", "vfio_ap-passthrough", "-t", "b"], "", /found -t/],
      [["-t", "vfio_ap-passthrough"], "", /^expected all of/],
      [
        words("pre", "start", { "-p": "0000:00:02.0" }),
        "{}",
        /^parent 0000:00:02.0: devices of vfio_ap are made below matrix$/,
      ],
      [words("pre", "start", { "-u": "7" }), "{}", /^7 is not a uuid of 36 characters$/],
      [words("pre", "start"), "{", /^stdin:1:2: expected the name of a member in quotes, found the end$/],
      [words("pre", "start"), "{}", /^stdin:1:1: expected the member "mdev_type", which is missing$/],
    ];
    for (const [called, input, expected] of refused) {
      const { code, stderr } = await call(called, input);
      assert.equal(code, 1);
      assert.equal(stderr.length, 1);
      assert.match(stderr[0] as string, expected);
    }
  });
});
