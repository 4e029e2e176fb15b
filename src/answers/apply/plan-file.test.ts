// Plan files that somebody has changed: nothing of them is taken.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePlanFile } from "./plan-file.ts";

const MDEV = "devices/vfio_ap/matrix/62177883-f1bb-47f0-914d-32a22e3a8804";
const HEADER = '{"trace":"plan","format":2,"profile":"linux-7.3","steps":2,"start":{}}';
const step = (path: string): string => JSON.stringify({ op: "write", path, value: "1\n", x: { r: 2 }, changes: {} });
const parse = (path: string) => parsePlanFile([HEADER, step("bus/ap/apmask"), step(path), ""].join("\n"));

describe("a plan with a step to somewhere else", () => {
  for (const path of [
    "../rm/remove",
    `${MDEV}/../../../../../etc/remove`,
    "/etc/passwd",
    "/sys/bus/ap/apmask",
    "bus/ap/../../kernel/uevent_helper",
    "bus/ap//apmask",
    "./bus/ap/apmask",
    "bus/ap/apmask\n",
    "bus/ap/apmask\u0000",
    "kernel/uevent_helper",
    "power/state",
    "bus/ap/drivers/vfio_ap/module/parameters/x",
    "bus/ap/drivers/../unbind",
    `${MDEV}/driver/unbind`,
    "devices/vfio_ap/matrix/x/remove",
    "",
  ]) {
    it(`is refused as a whole: ${JSON.stringify(path)}`, () => {
      const parsed = parse(path);
      assert.ok(!parsed.ok);
      assert.equal(parsed.error.line, 3);
      assert.match(parsed.error.expected, /^a path that plans write to, not ".*"; nothing was written$/);
    });
  }

  it("is taken where plans write", () => {
    for (const path of [`${MDEV}/remove`, `${MDEV}/ap_config`, "bus/ap/drivers/cex4queue/unbind"]) {
      assert.ok(parse(path).ok, path);
    }
  });
});

describe("a plan with a step in a guest", () => {
  it("is refused as a whole: it would be done on the host", () => {
    const inside = JSON.stringify({
      op: "write",
      path: "bus/ap/apmask",
      value: "1\n",
      in: "g1",
      x: { r: 2 },
      changes: {},
    });
    const parsed = parsePlanFile([HEADER, step("bus/ap/apmask"), inside, ""].join("\n"));
    assert.ok(!parsed.ok);
    assert.equal(parsed.error.line, 3);
    assert.equal(parsed.error.expected, "a write on the host, not in one of its guests");
  });
});
