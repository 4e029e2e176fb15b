// Which distributions of queues masks can say.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Apqn, apidOf, apqiOf, apqnOf, formatApqn, parseApqn } from "../../system/ap/apqn.ts";
import { asApid, asApqi } from "../../system/ap/id.ts";
import { isLeftToHost, ownershipOf } from "../description/described-ownership.ts";
import { masksFor } from "./masks-for-listing.ts";

const queues = (text: string): Apqn[] => text.split(" ").map((name) => parseApqn(name) as Apqn);

describe("find masks for a distribution of queues", () => {
  it("clears an adapter whose queues are all with vfio_ap", () => {
    assert.deepEqual(masksFor(queues("04.0004 04.0047"), queues("05.0004 05.0047")), {
      apmask: "-0x04",
      aqmask: undefined,
      inexpressible: [],
    });
  });

  it("clears a domain where no adapter is whole", () => {
    const { apmask, aqmask } = masksFor(queues("04.0047 05.0047"), queues("04.0004 05.0004"));
    assert.deepEqual([apmask, aqmask], [undefined, "-0x47"]);
  });

  it("names the queues that neither can say", () => {
    const { apmask, aqmask, inexpressible } = masksFor(queues("04.0047"), queues("04.0004 05.0004 05.0047"));
    assert.deepEqual([apmask, aqmask, inexpressible.map(formatApqn)], [undefined, undefined, ["04.0047"]]);
  });

  it("never takes a queue from the host, and leaves to vfio_ap all that it does not name", () => {
    const grid = [0, 1, 2].flatMap((a) => [0, 1, 2].map((d) => apqnOf(asApid(a), asApqi(d))));
    fc.assert(
      fc.property(fc.array(fc.constantFrom("host", "vfio", "either"), { minLength: 9, maxLength: 9 }), (owners) => {
        const of = (owner: string) => grid.filter((_, i) => owners[i] === owner);
        const { inexpressible, ...masks } = masksFor(of("vfio"), of("host"));
        const ownership = ownershipOf({ masks });
        const isHosts = (apqn: Apqn) => isLeftToHost(ownership, apidOf(apqn), apqiOf(apqn));
        assert.ok(of("host").every(isHosts));
        assert.deepEqual(of("vfio").filter(isHosts), inexpressible);
      }),
    );
  });
});
