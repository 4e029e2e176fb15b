// Whose queues are while some have an override, for products that reach beyond the machine as well.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { apqnOf } from "../ap/apqn.ts";
import { type Apid, type Apqi, asApid, asApqi } from "../ap/id.ts";
import { maskOf, newMask } from "../ap/mask.ts";
import { DEFAULT_FACTS } from "../machine/facts.ts";
import { hostSysfs } from "../sysfs/sysfs.ts";
import { bootHost } from "../vfio-ap/boot.ts";
import { DEFAULT_PROFILE } from "../vfio-ap/profiles.ts";
import { firstHostOwned } from "./ownership.ts";

describe("the first queue of the host, while a queue has an override", () => {
  const host = bootHost({
    facts: { ...DEFAULT_FACTS, maxAdapter: 5, maxDomain: 7 },
    hardware: {
      apm: maskOf([4, 5].map(asApid)),
      aqm: maskOf([4].map(asApqi)),
      adm: newMask(),
      typeOf: () => 12,
      modeOf: () => "cca",
    },
    profile: DEFAULT_PROFILE,
  });
  const sysfs = hostSysfs(host);
  for (const [path, value] of [
    ["bus/ap/drivers/cex4queue/unbind", "04.0004"],
    ["devices/ap/card04/04.0004/driver_override", "vfio_ap"],
    ["bus/ap/drivers/vfio_ap/bind", "04.0004"],
  ] as const)
    assert.ok(sysfs.write(path, value).ok);
  const first = (apm: readonly number[], aqm: readonly number[]) =>
    firstHostOwned(host, maskOf(apm.map(asApid) as Apid[]), maskOf(aqm.map(asApqi) as Apqi[]));

  it("is not one whose driver is vfio_ap", () => {
    assert.equal(first([4], [4]), undefined);
    assert.equal(first([4, 5], [4]), apqnOf(asApid(5), asApqi(4)));
  });

  it("may be one beyond the machine: the masks reach as far as numbers do", () => {
    assert.equal(first([4], [4, 200]), apqnOf(asApid(4), asApqi(200)));
    assert.equal(first([200], [4]), apqnOf(asApid(200), asApqi(4)));
  });
});
