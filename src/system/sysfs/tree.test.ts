// A host's /sys as a whole: what is listed is there, what is not listed is not, and every link leads somewhere.
// docs/kernel/bus.md §6.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { sample } from "../../testing/support/long-form.ts";
import { Player } from "../trace/player.ts";
import { parseTrace } from "../trace/trace-file.ts";
import type { Host } from "../vfio-ap/host.ts";
import type { Profile } from "../vfio-ap/profile.ts";
import { DEFAULT_PROFILE, PROFILES } from "../vfio-ap/profiles.ts";
import type { Directory, Node } from "./node.ts";
import { rootDirectory } from "./root.ts";
import { lookUp } from "./sysfs.ts";

const TRACES = new URL("../../../conformance/traces/", import.meta.url);
const SCENARIOS = readdirSync(TRACES).filter((file) => /^s.*\.jsonl$/.test(file));

/** The host at every tenth step and at the end of a recorded scenario. */
function* hostsOf(file: string, profile: Profile): Generator<Host> {
  const trace = parseTrace(readFileSync(new URL(file, TRACES), "utf8"));
  assert.ok(trace.ok, file);
  const player = new Player(profile);
  for (const { operation, i } of trace.value.lines) {
    player.apply(operation, i);
    if (i % 10 === 0) yield player.host;
  }
  yield player.host;
}

/** Every node below a directory, with its path. Links are not followed. */
function* walk(directory: Directory, path = ""): Generator<{ path: string; node: Node }> {
  for (const name of directory.names()) {
    const node = directory.child(name);
    assert.ok(node, `${path}${name} is listed and not there`);
    yield { path: path + name, node };
    if (node.kind === "directory") yield* walk(node, `${path}${name}/`);
  }
}

/** A whole tree in order: names, links, and what can be read. */
function checkTree(host: Host): void {
  const root = rootDirectory(host);
  for (const { path, node } of walk(root)) {
    if (node.kind === "directory") {
      const names = node.names();
      assert.deepEqual(names, [...new Set(names)].sort(), `${path} lists each name once, in byte order`);
    }
    if (node.kind === "link") {
      assert.doesNotMatch(node.target, /^\//, `${path} is relative`);
      const target = lookUp(root, path, true);
      assert.ok("kind" in target && target.kind === "directory", `${path} leads to ${node.target}, which is not there`);
    }
    if (node.kind === "attribute") {
      assert.equal(node.read !== undefined, (node.mode & 0o444) !== 0, `${path} can be read as its mode says`);
      assert.equal(node.store !== undefined, (node.mode & 0o200) !== 0, `${path} can be written as its mode says`);
    }
  }
}

const hex = (id: number, digits: number): string => id.toString(16).padStart(digits, "0");

describe("the tree of a host", () => {
  it("lists what is there and links to what is there, all along every recorded scenario", () => {
    for (const file of sample(SCENARIOS)) for (const host of hostsOf(file, DEFAULT_PROFILE)) checkTree(host);
  });

  for (const profile of PROFILES) {
    it(`does so under ${profile.name}`, () => {
      for (const file of ["s08-three-guests.jsonl", "s26-remove-open.jsonl", "s37-card-states.jsonl"]) {
        for (const host of hostsOf(file, profile)) checkTree(host);
      }
    });
  }

  it("has nothing under a name that is not listed", () => {
    const cards = Array.from({ length: 256 }, (_, id) => `card${hex(id, 2)}`);
    const queues = cards.flatMap((card) =>
      ["0004", "0047", "00ab", "00ff", "0104"].map((d) => `${card.slice(4)}.${d}`),
    );
    const near = [
      "",
      " ",
      "card5",
      "card05 ",
      "card05\n",
      "card0X",
      "05.0004\n",
      "05.0004 ",
      "5.0004",
      "05.04",
      "toString",
    ];
    const hosts = [...hostsOf("s08-three-guests.jsonl", DEFAULT_PROFILE)];
    for (const { path, node } of walk(rootDirectory(hosts.at(-1) as Host))) {
      if (node.kind !== "directory") continue;
      const listed = new Set(node.names());
      for (const name of [...cards, ...queues, ...near, ...node.names().map((name) => `${name}\n`)]) {
        assert.equal(node.child(name) !== undefined, listed.has(name), `${path}/${JSON.stringify(name)}`);
      }
    }
  });
});
