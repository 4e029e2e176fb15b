// Addresses as people write them, and as attackers do.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hostCheck, parseWebAddress, urlOf } from "./web-address.ts";
import { WebError } from "./web-error.ts";

describe("an address to serve at", () => {
  const good: Readonly<Record<string, { readonly host: string; readonly port: number | undefined }>> = {
    "127.0.0.1:8080": { host: "127.0.0.1", port: 8080 },
    "0": { host: "127.0.0.1", port: 0 },
    "8080": { host: "127.0.0.1", port: 8080 },
    "localhost:0": { host: "localhost", port: 0 },
    "[::1]:80": { host: "::1", port: 80 },
    "[::]": { host: "::", port: undefined },
    "host.example": { host: "host.example", port: undefined },
  };
  for (const [text, address] of Object.entries(good)) {
    it(`is read: ${text}`, () => assert.deepEqual(parseWebAddress(text), address));
  }

  for (const text of [
    "",
    ":80",
    "127.0.0.1:",
    "127.0.0.1:65536",
    "99999",
    "a b:1",
    "::1",
    "[1]:1",
    "http://a:1",
    "a:-1",
    "a:1/x",
  ]) {
    it(`is refused: "${text}"`, () => assert.throws(() => parseWebAddress(text), WebError));
  }

  it("is shown as a browser takes it", () => {
    assert.equal(urlOf("::1", 80), "http://[::1]:80/");
    assert.equal(urlOf("0.0.0.0", 80), "http://127.0.0.1:80/");
    assert.equal(urlOf("host.example", 80), "http://host.example:80/");
  });
});

describe("the Host of a request", () => {
  it("is a name of this machine's loopback, or the one it is served at", () => {
    const isOurs = hostCheck("127.0.0.1", ["proxy.example"]);
    for (const host of ["127.0.0.1", "127.0.0.1:8080", "localhost:1", "LOCALHOST", "[::1]:1", "Proxy.Example:443"]) {
      assert.ok(isOurs(host), host);
    }
  });

  it("is not a name that a stranger chose, nor an address of another interface", () => {
    const isOurs = hostCheck("127.0.0.1", []);
    for (const host of [
      undefined,
      "",
      "evil.example",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "192.0.2.7",
      "[::2]",
      "a.localhost",
      "127.1.2.3",
      "a@localhost",
      "localhost/",
      "localhost:x",
      "127.0.0.1 evil",
    ]) {
      assert.equal(isOurs(host), false, host);
    }
  });

  it("is another one of this machine's own only where it is served there", () => {
    const isOurs = hostCheck("127.0.0.2", []);
    assert.deepEqual(["127.0.0.2:80", "127.0.0.1:80", "localhost"].map(isOurs), [true, false, false]);
    assert.ok(hostCheck("lab.localhost", [])("lab.localhost:80"));
  });

  it("may be any address, but not any name, where all interfaces are served", () => {
    const isOurs = hostCheck("0.0.0.0", []);
    assert.ok(isOurs("192.0.2.7:80"));
    assert.equal(isOurs("evil.example:80"), false);
  });
});
