// Names of members that every object of JavaScript inherits: in an answer that somebody recorded, and as the name of a guest.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_PROFILE } from "../vfio-ap/profiles.ts";
import { mismatches } from "./compare.ts";
import { Player } from "./player.ts";
import { rulesOf } from "./rules-of.ts";
import { parseLine, readTraceLine } from "./trace-file.ts";

const NAMES = ["constructor", "toString", "__proto__", "hasOwnProperty", "valueOf"];

const lineOf = (text: string) => {
  const line = parseLine(text, 1, (json) => readTraceLine(json, { line: 1, hostDrivers: "zcrypt" }, undefined));
  assert.ok(line.ok);
  return line.value;
};

describe("a name that every object inherits", () => {
  for (const name of NAMES) {
    it(`is one more member that was expected and did not come: ${name}`, () => {
      for (const value of ["1", "null", "{}", '{"a":1}']) {
        const { operation, expected } = lineOf(`{"op":"scan","x":{"r":0,"${name}":${value}}}`);
        const found = mismatches(expected as Record<string, unknown>, { r: 0 });
        assert.deepEqual(found, [{ member: name, expected: JSON.parse(value), came: undefined }]);
        assert.ok(Array.isArray(rulesOf(operation, name)));
      }
    });
  }

  it("may be the name of a guest", () => {
    const player = new Player(DEFAULT_PROFILE);
    const uuid = "62177883-f1bb-47f0-914d-32a22e3a8804";
    const apply = (text: string) => player.apply(lineOf(text).operation, 1);
    apply('{"op":"init","types":{"04":13},"aps":[4],"doms":[4],"cds":[4],"apmask":"0x0"}');
    apply(
      `{"op":"write","path":"devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create","value":"${uuid}"}`,
    );
    for (const name of NAMES) {
      const { apcb } = apply(`{"op":"open","guest":"${name}","mdev":"${uuid}"}`) as { apcb?: object };
      assert.deepEqual(Object.keys(apcb ?? {}), [name]);
      assert.deepEqual(Object.keys(player.apply({ op: "state" }, 1).st?.guests ?? {}), [name]);
      assert.deepEqual(
        JSON.parse(JSON.stringify(apply(`{"op":"close","guest":"${name}","mdev":"${uuid}"}`))).apcb?.[name],
        null,
      );
    }
  });
});
