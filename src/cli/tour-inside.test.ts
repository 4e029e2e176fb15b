// The part of the tour that is told from inside a guest.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PROFILES } from "../system/vfio-ap/profiles.ts";
import { tourHostOperations } from "./tour-command.ts";
import { tellInside } from "./tour-inside.ts";

describe("the tour from inside a guest", () => {
  for (const profile of PROFILES)
    it(`shows what the guest was given once its bus has scanned, and not before (${profile.name})`, () => {
      const told = tellInside(tourHostOperations(), profile);
      assert.equal(told.length, 6);
      let before = "";
      for (const { text, given, shown } of told) {
        const queues = given.split(" ").filter((word) => /^..\.....$/.test(word));
        assert.equal(shown, text.endsWith(": scan") ? queues.join(" ") : before, text);
        before = shown;
      }
    });

  it("shows a guest that has lost everything, and does not know it yet (linux-7.3)", () => {
    const [last, noticed] = tellInside(tourHostOperations(), PROFILES[0]!).slice(-2);
    assert.deepEqual(last, { text: "assign m4 domain 0054", given: ".0004 .0047 .0054", shown: "04.0004 04.0047" });
    assert.deepEqual(noticed, { text: "in guest4: scan", given: ".0004 .0047 .0054", shown: "" });
  });
});
