// Queues that name their driver themselves: described, written, brought up.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatHostDescription } from "../formats/description/format-host-description.ts";
import { parseHostDescription } from "../formats/description/host-description.ts";
import { hostOperations } from "../formats/description/host-operations.ts";
import { formatInputError } from "../formats/reading/input-error.ts";
import { Player } from "../system/trace/player.ts";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";

const UUID = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";
const HOST = `cards: [{ id: 4, type: CEX7C }, { id: 5, type: CEX7C }]
domains: [4, 0x47]
overrides: { 04.0004: vfio_ap, "04.0047": vfio_ap, 05.0004: cex4queue, 05.0047: nobody }
unbound: [04.0047]
mdevs: [{ uuid: ${UUID}, adapters: [4], domains: [4] }]
`;

const errorOf = (text: string): string => {
  const parsed = parseHostDescription(text, "h");
  return parsed.ok ? assert.fail() : formatInputError(parsed.error);
};

describe("overrides in a host description", () => {
  const parsed = parseHostDescription(HOST, "h");

  it("are written and read again", () => {
    assert.ok(parsed.ok, parsed.ok ? "" : formatInputError(parsed.error));
    const again = parseHostDescription(formatHostDescription(parsed.value), "again");
    assert.deepEqual(again.ok && again.value, parsed.value);
  });

  it("are brought up without a refused write: named drivers have their queues, nobody has the others", () => {
    assert.ok(parsed.ok);
    const player = new Player(DEFAULT_PROFILE);
    for (const [i, operation] of hostOperations(parsed.value).entries()) {
      assert.equal(typeof player.apply(operation, i).r, "number", JSON.stringify(operation));
    }
    const driver = (queue: string) => {
      const link = player.sysfs.readlink(`devices/ap/card${queue.slice(0, 2)}/${queue}/driver`);
      return link.ok ? link.value.split("/").at(-1) : undefined;
    };
    assert.deepEqual(["04.0004", "04.0047", "05.0004", "05.0047"].map(driver), [
      "vfio_ap",
      undefined,
      "cex4queue",
      undefined,
    ]);
    assert.deepEqual(player.sysfs.read(`devices/vfio_ap/matrix/${UUID}/guest_matrix`), {
      ok: true,
      value: "04.0004\n",
    });
  });

  it("are refused beside masks, for queues that are not there, and where they do not free what an mdev has", () => {
    assert.match(errorOf(`${HOST}masks: { apmask: "-4" }\n`), /^h:3:\d+: expected masks or overrides, found both/);
    assert.match(errorOf(HOST.replace("05.0047: nobody", "06.0047: nobody")), /^h:3:\d+: .*no card 06/);
    assert.match(
      errorOf(HOST.replace("05.0047: nobody", "5.71: nobody")),
      /expected a queue such as 04.0047 .* "5.71"/,
    );
    assert.match(errorOf(HOST.replace("nobody", '"x y"')), /the name of a driver, such as vfio_ap, found "x y"/);
    assert.match(errorOf(HOST.replace("domains: [4] }", "domains: [4, 0x47] }")), /leave to vfio_ap, found 04.0047/);
    assert.match(errorOf(`${HOST}offline: [05.0047]\n`), /which its override keeps from it \(nobody\)/);
  });
});
