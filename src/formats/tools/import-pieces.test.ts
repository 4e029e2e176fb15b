// What is left out of other tools' files is told without anything that a terminal acts on.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UNSEEN } from "../../system/ap/quoted.ts";
import { formatInputError } from "../reading/input-error.ts";
import { detectPieces, readPieces } from "./import-pieces.ts";

const UUID = "0f6ad1de-7a10-4c11-8a2e-52be0c7d9a01";
/** A mark of direction, a delete, a control of C1; XML takes no controls of C0. */
const EVIL = "\u202e\u007f\u0085x";

describe("a text of strangers that is left out", () => {
  const texts: readonly (readonly [what: string, file: string, text: string])[] = [
    ["type in a definition", `${UUID}.json`, JSON.stringify({ mdev_type: EVIL, start: "auto", attrs: [] })],
    [
      "type of a node device",
      "node.xml",
      `<device><name>mdev_x</name><parent>ap_matrix</parent><capability type='mdev'><type id='${EVIL}'/></capability></device>`,
    ],
    ["kind of a node device", "node.xml", `<device><name>x</name><capability type='${EVIL}'></capability></device>`],
    ["name of a domain", "domain.xml", `<domain type='kvm'><name>${EVIL}</name><devices/></domain>`],
  ];
  for (const [what, file, text] of texts) {
    it(`has nothing in the message that a terminal acts on: ${what}`, async () => {
      const kind = detectPieces(text, file);
      assert.ok(kind !== undefined, what);
      const read = await readPieces(text, file, kind);
      const told = read.ok ? read.warnings : [formatInputError(read.error)];
      assert.ok(told.length > 0 && told.some((line) => line.includes("\\u202e")), told.join("\n"));
      for (const line of told) assert.doesNotMatch(line, UNSEEN);
    });
  }
});
