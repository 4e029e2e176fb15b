// Kernels with single fixes taken away again.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FIXES } from "./fixes.ts";
import { PROFILES, profileNamed } from "./profiles.ts";

describe("a kernel without a fix", () => {
  for (const { name, before } of FIXES) {
    it(`is today's in all but that, and called so: ${name}`, () => {
      const today = profileNamed("linux-7.3");
      const without = profileNamed(`linux-7.3-without-${name}`);
      assert.ok(today && without);
      assert.deepEqual(without, { ...today, ...before, name: `linux-7.3-without-${name}` });
      assert.notDeepEqual({ ...without, name: today.name }, today);
      assert.equal(profileNamed(without.name), without);
    });
  }

  it("can lack several", () => {
    const without = profileNamed("linux-7.3-without-whole-filter-without-reset-filtered");
    assert.equal(without?.assignmentFilters, "new");
    assert.equal(without?.resetsFiltered, false);
  });

  it("does not exist where it never had the fix, has it not any more, or nobody knows it", () => {
    assert.equal(profileNamed("linux-6.0-without-whole-filter"), undefined);
    assert.equal(profileNamed("linux-5.19-without-domain-check"), undefined);
    assert.equal(profileNamed("v11-without-domain-check"), undefined);
    assert.equal(profileNamed("linux-7.3-without-domain-check-without-domain-check"), undefined);
    assert.equal(profileNamed("linux-7.3-without-luck"), undefined);
    assert.equal(profileNamed("linux-7.3-without-"), undefined);
    assert.equal(profileNamed("linux-9-without-whole-filter"), undefined);
  });

  it("can be v11 with the second test taken away, which is v11 as posted", () => {
    const posted = profileNamed("v11");
    const without = profileNamed("v11-aqm-without-domain-check");
    assert.deepEqual({ ...without, name: "v11" }, posted);
  });

  it("has its fixes together in what 6.0 lacked", () => {
    const lacks = FIXES.filter(({ before }) =>
      Object.entries(before).every(([key, value]) => profileNamed("linux-6.0")?.[key as "filter"] === value),
    );
    assert.deepEqual(
      lacks.map(({ name }) => name),
      [
        "whole-filter",
        "whole-filter-on-scan",
        "filter-host-only",
        "reset-filtered",
        "reset-adapter",
        "control-removal",
      ],
    );
    assert.ok(PROFILES.every(({ name }) => !name.includes("-without-")));
  });
});
