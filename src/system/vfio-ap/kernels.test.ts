// Kernels that people run: each has its own name and evidence, and stands in the table of docs/kernel/versions.md.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { KERNELS, kernelOfRelease } from "./kernels.ts";
import { PROFILE_NAMES, PROFILES, profileNamed } from "./profiles.ts";

const VERSIONS = new URL("../../../docs/kernel/versions.md", import.meta.url);

describe("kernels that people run", () => {
  it("are found by their names, which no other profile has", () => {
    assert.equal(new Set(PROFILE_NAMES).size, PROFILES.length + KERNELS.length);
    for (const { name, profile } of KERNELS) {
      assert.equal(profile.name, name);
      assert.equal(profileNamed(name), profile);
    }
  });

  it("have the evidence that the table of the specification has", () => {
    const table = readFileSync(VERSIONS, "utf8");
    for (const { name, evidence } of KERNELS) {
      const row = table.split("\n").find((line) => line.startsWith(`| \`${name}\` |`));
      assert.ok(row, name);
      const versions = evidence.match(/\d+\.\d+\.\d+[-.\w]*\d|[0-9a-f]{12}/g) ?? [];
      for (const version of versions) assert.ok(row.includes(version), `${name}: ${version}`);
    }
  });

  it("are known by their release, and no other by it", () => {
    const named = (release: string) => kernelOfRelease(release)?.name;
    assert.equal(named("6.8.0-31-generic"), "ubuntu-24.04");
    assert.equal(named("5.15.0-204-generic"), "ubuntu-22.04");
    assert.equal(named("6.1.0-49-s390x"), "debian-12");
    assert.equal(named("6.1.76-1"), "linux-6.1.76");
    assert.equal(named("6.1.760"), undefined);
    assert.equal(named("6.12.9-300.fc41.s390x"), undefined);
    assert.equal(named("6.8.0"), undefined);
  });

  it("can have fixes taken away", () => {
    assert.equal(profileNamed("debian-12-without-whole-filter")?.assignmentFilters, "new");
    assert.equal(profileNamed("linux-6.1.76-without-reset-adapter"), undefined, "it never had that one");
  });
});
