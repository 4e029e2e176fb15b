// What a uevent file takes: as the kernel's kobject_synth_uevent.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseSyntheticUevent } from "./uevent-grammar.ts";

const UUID = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";

describe("what is written to a uevent file", () => {
  it("is an action, and one newline at most", () => {
    for (const action of ["add", "remove", "change", "move", "online", "offline", "bind", "unbind"]) {
      for (const text of [action, `${action}\n`]) {
        assert.deepEqual(parseSyntheticUevent(text), { action, variables: ["SYNTH_UUID=0"] }, JSON.stringify(text));
      }
    }
  });

  it("may be followed by a UUID, and that by variables", () => {
    const variables = [`SYNTH_UUID=${UUID}`];
    assert.deepEqual(parseSyntheticUevent(`add ${UUID}\n`), { action: "add", variables });
    const more = [...variables, "SYNTH_ARG_A=1", "SYNTH_ARG_B2=x9"];
    assert.deepEqual(parseSyntheticUevent(`change ${UUID} A=1 B2=x9`), { action: "change", variables: more });
  });

  it("is refused when it is anything else", () => {
    const refused = ["", "\n", "ADD", "adds", "ad", " add", "add ", "add\n\n", "add x", `add ${UUID.slice(1)}`];
    const variables = ["A", "A=", "=1", "A=1 ", " A=1", "A=1  B=2", "A_B=1", "A=1,2"].map(
      (text) => `add ${UUID} ${text}`,
    );
    for (const text of [...refused, ...variables])
      assert.equal(parseSyntheticUevent(text), undefined, JSON.stringify(text));
  });
});
