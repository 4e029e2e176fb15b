// How a host description is written.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { apqnOf } from "../../system/ap/apqn.ts";
import { asApid, asApqi, asControlDomain } from "../../system/ap/id.ts";
import { formatHostDescription } from "./format-host-description.ts";
import type { HostDescription } from "./host-description.ts";

const HOST: HostDescription = {
  describes: "a host: made up",
  apxa: false,
  maxAdapter: 0x20,
  maxDomain: 15,
  cards: [
    { id: asApid(0x04), type: 14, mode: "cca", serial: "93AABE7X", state: "online" },
    { id: asApid(0x0a), type: 13, mode: "accel", serial: undefined, state: "deconfig" },
  ],
  domains: [4, 6, 7, 8].map(asApqi),
  controlDomains: [asControlDomain(4)],
  masks: { apmask: "-0x0a", aqmask: undefined },
  overrides: [],
  unbound: [apqnOf(asApid(4), asApqi(6))],
  offline: [apqnOf(asApid(4), asApqi(4))],
  mdevs: [
    {
      uuid: "3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c",
      name: "hsm",
      adapters: [asApid(0x0a)],
      domains: [4, 6].map(asApqi),
      controlDomains: [asControlDomain(4)],
      guest: "alpha",
    },
  ],
};

describe("write a host description", () => {
  it("has numbers in hex, runs as ranges and nothing that is a default", () => {
    assert.equal(
      formatHostDescription(HOST),
      `# Host description, written by apmatrix. Numbers are decimal or 0x hex; docs/host-description.md has every member.
describes: "a host: made up"
apxa: false
max_adapter: 0x20
cards:
  - { id: 0x04, type: CEX8C, serial: "93AABE7X" }
  - { id: 0x0a, type: CEX7A, state: deconfig }
domains: [0x0004, 0x0006-0x0008]
control_domains: [0x0004]
masks:
  apmask: "-0x0a"
unbound: ["04.0006"]
offline: ["04.0004"]
mdevs:
  - uuid: "3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c"
    name: hsm
    adapters: [0x0a]
    domains: [0x0004, 0x0006]
    control_domains: [0x0004]
    guest: alpha
`,
    );
  });
});
