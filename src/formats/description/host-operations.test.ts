// The order in which a described host comes up, and what each step says.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatMask } from "../../system/ap/mask-text.ts";
import type { Init, Operation } from "../../system/trace/operation.ts";
import { formatFor } from "../../system/trace/operation.ts";
import { formatInputError } from "../reading/input-error.ts";
import { parseHostDescription } from "./host-description.ts";
import { hostOperations } from "./host-operations.ts";

function operationsOf(text: string): Operation[] {
  const result = parseHostDescription(text, "host.yaml");
  assert.ok(result.ok, result.ok ? "" : formatInputError(result.error));
  return hostOperations(result.value);
}

/** Everything after `init`, one line each. */
const steps = (operations: readonly Operation[]): string[] =>
  operations.slice(1).map((operation) => {
    switch (operation.op) {
      case "write":
        return `${operation.path} <- ${JSON.stringify(operation.value)}`;
      case "card":
        return `card ${operation.id} config=${operation.config} chkstop=${operation.chkstop}`;
      case "open":
        return `open ${operation.guest} ${operation.mdev}`;
      default:
        return operation.op;
    }
  });

const HOST = `
max_adapter: 0x20
cards:
  - { id: 4, type: CEX5C, serial: "93AABE7X" }
  - { id: 5, type: CEX8A, state: offline }
  - { id: 6, type: CEX7P, state: deconfig }
  - { id: 7, type: CEX6C, state: chkstop }
domains: [4, 0x47]
control_domains: [5]
masks: { apmask: "-6", aqmask: "-0x47" }
unbound: ["04.0004", "06.0004"]
offline: ["07.0004"]
mdevs:
  - uuid: 3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c
    adapters: [6]
    domains: [4, 0x47]
    control_domains: [0x47]
    guest: alpha
  - uuid: 3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5d
    adapters: [4]
    domains: [0x47]
`;

describe("bring a described host up", () => {
  it("powers the machine on with its cards and masks", () => {
    const init = operationsOf(HOST)[0] as Init;
    assert.equal(init.op, "init");
    assert.deepEqual([init.apxa, init.qci, init.maxAdapter, init.maxDomain], [true, true, 0x20, 0xff]);
    assert.deepEqual([init.apm.ids(), init.aqm.ids(), init.adm.ids()], [[4, 5, 6, 7], [4, 0x47], [5]]);
    assert.deepEqual(
      [...init.types],
      [
        [4, 11],
        [5, 14],
        [6, 13],
        [7, 12],
      ],
    );
    assert.deepEqual(
      [...init.modes],
      [
        [5, "accel"],
        [6, "ep11"],
      ],
    );
    assert.deepEqual([...init.serials], [[4, "93AABE7X"]]);
    assert.deepEqual([init.apmask, init.aqmask], [undefined, undefined]);
    assert.equal(formatMask(init.adm), `0x04${"0".repeat(62)}`);
  });

  it("then cards, masks, mdevs, single queues, and guests at the end", () => {
    const first = "devices/vfio_ap/matrix/3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c";
    const second = "devices/vfio_ap/matrix/3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5d";
    const create = "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create";
    assert.deepEqual(steps(operationsOf(HOST)), [
      "card 6 config=false chkstop=undefined",
      "card 7 config=undefined chkstop=true",
      "scan",
      'bus/ap/apmask <- "-6\\n"',
      'bus/ap/aqmask <- "-0x47\\n"',
      `${create} <- "3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c\\n"`,
      `${first}/assign_adapter <- "0x06\\n"`,
      `${first}/assign_domain <- "0x0004\\n"`,
      `${first}/assign_domain <- "0x0047\\n"`,
      `${first}/assign_control_domain <- "0x0047\\n"`,
      `${create} <- "3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5d\\n"`,
      `${second}/assign_adapter <- "0x04\\n"`,
      `${second}/assign_domain <- "0x0047\\n"`,
      'bus/ap/drivers/cex4queue/unbind <- "04.0004\\n"',
      'bus/ap/drivers/vfio_ap/unbind <- "06.0004\\n"',
      'devices/ap/card05/online <- "0\\n"',
      'devices/ap/card07/07.0004/online <- "0\\n"',
      "open alpha 3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c",
    ]);
  });

  it("is the power switch alone for a host that nobody changed", () => {
    assert.deepEqual(steps(operationsOf("cards: [{ id: 4, type: CEX5C }]\ndomains: [4]\n")), []);
  });

  it("needs format 2 only for what format 1 cannot say", () => {
    const [plain] = operationsOf("cards: [{ id: 4, type: CEX5C }]\ndomains: [4]\n");
    const [ep11] = operationsOf("cards: [{ id: 4, type: CEX5P }]\ndomains: [4]\n");
    assert.deepEqual([formatFor(plain as Operation), formatFor(ep11 as Operation)], [1, 2]);
  });
});
