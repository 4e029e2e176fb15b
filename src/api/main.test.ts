// Tests of what programs import: each function answers as the command of the same name does, and says what it did not understand.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type ApHost, bootHost, check, openHost, playScenario, profiles } from "./main.ts";

const ROOT = new URL("../../", import.meta.url);
const textOf = (path: string): string => readFileSync(new URL(path, ROOT), "utf8");
const MDEV = "/sys/devices/vfio_ap/matrix/7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";
const boot = (): ApHost => bootHost(textOf("hosts/kernel-doc-guests.yaml"), { file: "host.yaml" });

describe("a host that a program boots", () => {
  it("reads and lists below /sys, with or without /sys in front", () => {
    const host = boot();
    assert.deepEqual(
      host.read("bus/ap/drivers/vfio_ap/module/refcnt"),
      host.read("/sys/bus/ap/drivers/vfio_ap/module/refcnt"),
    );
    assert.equal(host.read(`${MDEV}/matrix`).t, "05.0004\n05.00ab\n06.0004\n06.00ab\n");
    assert.deepEqual(host.list("/sys/devices/ap/card05").l?.slice(0, 2), ["05.0004", "05.0047"]);
    assert.equal(host.read("/sys/none").r, "ENOENT");
  });

  it("takes a write and tells what guests have now, or refuses it and stays as it is", () => {
    const host = boot();
    assert.deepEqual(host.write(`${MDEV}/assign_domain`, "0x47\n"), { r: "EADDRINUSE" });
    const { r, apcb } = host.write(`${MDEV}/unassign_domain`, "0x4\n");
    assert.equal(r, 4);
    assert.deepEqual(Object.keys(apcb ?? {}), ["Guest1"]);
    assert.equal(host.read(`${MDEV}/guest_matrix`).t, "05.00ab\n06.00ab\n");
  });

  it("writes text as bytes of UTF-8", () => {
    assert.equal(boot().write(`${MDEV}/assign_domain`, "ä").r, "EINVAL");
    const plain = bootHost("cards: [{ id: 5, type: CEX7C }]\ndomains: [4]\n", { file: "plain.yaml" });
    assert.equal(plain.write("/sys/devices/ap/card05/05.0004/driver_override", "ä\n").r, 3);
  });

  it("lets the machine and guests act, in the words of scenarios", () => {
    const host = boot();
    host.happen("machine loses domain 0004");
    assert.equal(host.happen("scan").length, 1);
    assert.equal(host.read(`${MDEV}/guest_matrix`).t, "05.00ab\n06.00ab\n");
    assert.throws(() => host.happen("machine forgets domain 0004"), {
      message: /^"machine forgets domain 0004": column 9: expected /,
    });
  });

  it("explains queues of a guest, and writes, and changes nothing by it", () => {
    const host = boot();
    host.write("/sys/bus/ap/drivers/vfio_ap/unbind", "05.0004\n");
    const [first] = host.explain("Guest1", ["05.00ab"]);
    assert.equal(first?.reason, "adapter-filtered");
    assert.deepEqual(first.fix, [["bus/ap/drivers/vfio_ap/bind", "05.0004"]]);
    const { errno, offenders } = host.explainWrite(`${MDEV}/assign_domain`, "0x47\n");
    assert.equal(errno, "EADDRINUSE");
    assert.equal(offenders[0]?.apqn, "05.0047");
    assert.equal(host.read(`${MDEV}/guest_matrix`).t, "06.0004\n06.00ab\n");
    assert.throws(() => host.explain("Guest9"), { message: /did you mean "Guest\d"\?/ });
    assert.throws(() => host.explain("Guest1", ["5.4"]), { message: /is not a queue/ });
  });

  it("plans, and says where a desired state is wrong", () => {
    const host = boot();
    const { steps, mdevs } = host.plan(`mdevs: [{ uuid: ${MDEV.slice(-36)}, adapters: [5], domains: [4] }]`);
    assert.deepEqual(
      steps.map(({ path }) => path.slice(-9)),
      ["ap_config"],
    );
    assert.deepEqual(mdevs[0]?.after, ["05.0004"]);
    assert.throws(() => host.plan("mdevs: 3", { file: "want.yaml" }), {
      message: /^want\.yaml:1:8: expected a list of mdevs/,
    });
  });

  it("follows the kernel that is chosen, and refuses one that is not known", () => {
    assert.ok(profiles.includes("linux-5.19"));
    const old = bootHost(textOf("hosts/kernel-doc-guests.yaml"), { file: "host.yaml", profile: "linux-5.19" });
    assert.equal(old.profile, "linux-5.19");
    assert.equal(old.write(`${MDEV}/unassign_domain`, "0x4\n").r, "EBUSY");
    assert.throws(() => bootHost("", { profile: "linux-1" }), {
      message: /^unknown profile "linux-1"; known: linux-7\.3/,
    });
  });

  it("says where a description is wrong, and what a text is that is none", () => {
    assert.throws(() => bootHost("cards: 3\ndomains: [4]\n", { file: "host.yaml" }), {
      message: /^host\.yaml:1:8: expected /,
    });
    assert.throws(() => bootHost("hello", { file: "notes" }), { message: /^notes: it is not a \/sys directory, / });
  });

  it("is a copy of what it was opened from", async () => {
    const file = fileURLToPath(new URL("hosts/kernel-doc-guests.yaml", ROOT));
    const [one, other] = [await openHost(file), await openHost(file)];
    one.write(`${MDEV}/unassign_domain`, "0x4\n");
    assert.notEqual(one.read(`${MDEV}/matrix`).t, other.read(`${MDEV}/matrix`).t);
    await assert.rejects(openHost("/nowhere"), { message: /^\/nowhere: no such file or directory/ });
  });
});

describe("a scenario that a program plays", () => {
  const text =
    "profiles linux-6.12,linux-7.3\nhost adapter 04 domain 0004\nfree adapter 04\nassign adapter 04 domain 0004\nstart\n";

  it("leaves the host as it is in the end", () => {
    const { host, differences } = playScenario(`${text}guest 04.0004\n`);
    assert.deepEqual(differences, []);
    assert.equal(host.profile, "linux-6.12");
    assert.equal(host.write("/sys/bus/ap/drivers/vfio_ap/unbind", "04.0004\n").r, 8);
  });

  it("tells lines that did not come out as written", () => {
    const { differences } = playScenario(`${text}guest 04.0005\n`, { profile: "linux-7.3" });
    assert.deepEqual(differences, [{ line: 6, text: "guest 04.0005", expected: "04.0005", came: "04.0004" }]);
  });

  it("is refused with the place of its mistake, or for a kernel that it is not for", () => {
    assert.throws(() => playScenario(`${text}hop\n`, { file: "a.scenario" }), {
      message: /^a\.scenario:6:1: expected /,
    });
    assert.throws(() => playScenario(text, { profile: "v11" }), {
      message: /not for v11, but for linux-6\.12, linux-7\.3$/,
    });
  });
});

describe("the checker for programs", () => {
  it("tells each property, with the shortest way to what is wrong", async () => {
    const small = { adapters: 1, domains: 2, properties: ["bound"] };
    const {
      stopped,
      properties: [bound],
    } = await check(small);
    assert.equal(stopped, undefined);
    assert.deepEqual([bound?.isWrong, bound?.path], [false, undefined]);
    const broken = await check({
      ...small,
      adapters: 2,
      domains: 1,
      profile: "linux-7.3-without-whole-filter",
      first: true,
    });
    assert.equal(broken.properties[0]?.isWrong, true);
    assert.equal(broken.properties[0]?.path?.at(-1), "start g1 m1");
  });

  it("refuses a size that it cannot take", async () => {
    await assert.rejects(check({ adapters: 99 }), { message: /99 adapters; the checker takes 1 to 8/ });
  });
});
