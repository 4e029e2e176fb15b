// What can be found out about a host through its /sys alone, and what stays unknown.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { hostOperations } from "../../formats/description/host-operations.ts";
import { formatApqn } from "../ap/apqn.ts";
import { refused } from "../ap/result.ts";
import { Player } from "../trace/player.ts";
import type { ProfileName } from "../vfio-ap/profile.ts";
import { DEFAULT_PROFILE, profileNamed } from "../vfio-ap/profiles.ts";
import { observeHost } from "./observe.ts";
import { runningGuests } from "./running-guests.ts";
import type { Sysfs } from "./sysfs.ts";

const UUID = "3b0c0a6e-7f3e-4a67-9f61-0d2e6c3a1b5c";

function hostUp(yaml: string, profile: ProfileName = DEFAULT_PROFILE.name): Player {
  const description = parseHostDescription(yaml, "host.yaml");
  assert.ok(description.ok, JSON.stringify(description));
  const player = new Player(profileNamed(profile) ?? DEFAULT_PROFILE);
  for (const [i, operation] of hostOperations(description.value).entries()) player.apply(operation, i);
  return player;
}

const observed = (yaml: string, profile?: ProfileName) => observeHost(hostUp(yaml, profile).sysfs);

const TWO_QUEUES = `
cards: [{ id: 4, type: CEX7C, serial: 93AABE7X }]
domains: [0x04, 0x47]
control_domains: [0x04]
masks: { apmask: "-4" }
mdevs: [{ uuid: ${UUID}, adapters: [4], domains: [0x47], control_domains: [0x04, 0x50], guest: alpha }]
`;

describe("observe a card", () => {
  it("has type, mode, serial number and state", () => {
    const [card] = observed("cards: [{ id: 4, type: CEX7P, serial: 93AABE7X }]\ndomains: [1]\n").cards;
    assert.deepEqual(card, {
      id: 4,
      type: "CEX7P",
      mode: "ep11",
      hwtype: 13,
      serial: "93AABE7X",
      config: true,
      chkstop: false,
      online: true,
    });
  });

  it("tells no serial number while no queue of the host can be asked for it", () => {
    for (const more of ["state: offline", "state: deconfig", "state: chkstop"]) {
      const yaml = `cards: [{ id: 4, type: CEX7C, serial: 93AABE7X, ${more} }]\ndomains: [1]\n`;
      assert.equal(observed(yaml).cards[0]?.serial, undefined, more);
    }
    const free = "cards: [{ id: 4, type: CEX7C, serial: 93AABE7X }]\ndomains: [1]\nmasks: { apmask: '-4' }\n";
    assert.equal(observed(free).cards[0]?.serial, undefined);
  });

  it("does not make a number of an empty serial number", () => {
    assert.equal(observed("cards: [{ id: 4, type: CEX7C }]\ndomains: [1]\n").cards[0]?.serial, undefined);
  });

  it("tells standby from check stop", () => {
    const states = observed(`
cards: [{ id: 1, type: CEX7C, state: deconfig }, { id: 2, type: CEX7C, state: chkstop }]
domains: [1]
`).cards;
    assert.deepEqual(
      states.map(({ config, chkstop, online }) => ({ config, chkstop, online })),
      [
        { config: false, chkstop: false, online: false },
        { config: true, chkstop: true, online: false },
      ],
    );
  });
});

describe("observe a queue", () => {
  const queuesOf = (yaml: string) =>
    observed(yaml).queues.map(({ apqn, driver, status, online, inUse }) => ({
      apqn: formatApqn(apqn),
      driver,
      status,
      online,
      inUse,
    }));

  it("knows the driver, and of vfio_ap the status", () => {
    assert.deepEqual(queuesOf(TWO_QUEUES), [
      { apqn: "04.0004", driver: "vfio_ap", status: "unassigned", online: undefined, inUse: false },
      { apqn: "04.0047", driver: "vfio_ap", status: "in use", online: undefined, inUse: true },
    ]);
  });

  it("is not in use while it is with the host's driver, or with none", () => {
    assert.deepEqual(queuesOf('cards: [{ id: 4, type: CEX7C }]\ndomains: [1, 2]\nunbound: ["04.0002"]\n'), [
      { apqn: "04.0001", driver: "cex4queue", status: undefined, online: true, inUse: false },
      { apqn: "04.0002", driver: null, status: undefined, online: undefined, inUse: false },
    ]);
  });
});

describe("observe the override of a queue", () => {
  const overrides = (text: string | undefined, profile?: ProfileName) => {
    const { sysfs } = hostUp("cards: [{ id: 4, type: CEX7C }]\ndomains: [1]\n", profile);
    const path = "devices/ap/card04/04.0001/driver_override";
    const read = (at: string) =>
      at === path && text !== undefined ? { ok: true as const, value: text } : sysfs.read(at);
    return observeHost({ ...sysfs, read, list: sysfs.list, readlink: sysfs.readlink }).queues[0]?.override;
  };

  it("is the driver that it names", () => assert.equal(overrides("vfio_ap\n"), "vfio_ap"));
  it("is none where the text is empty, or that of the kernel's generic code for none", () => {
    assert.deepEqual([overrides("\n"), overrides("(null)\n"), overrides(undefined)], [null, null, null]);
  });
  it("is not known to a kernel without overrides", () => assert.equal(overrides(undefined, "linux-6.12"), undefined));
});

describe("observe an mdev", () => {
  it("has what is assigned, control domains, and what the guest gets", () => {
    const [mdev] = observed(TWO_QUEUES).mdevs;
    assert.equal(mdev?.uuid, UUID);
    assert.deepEqual([mdev?.matrix?.apm.ids(), mdev?.matrix?.aqm.ids()], [[4], [0x47]]);
    assert.deepEqual(mdev?.controlDomains?.ids(), [0x04, 0x50]);
    assert.deepEqual([mdev?.guestView?.apm.ids(), mdev?.guestView?.aqm.ids()], [[4], [0x47]]);
  });

  it("runs if one of its queues is in use, and does not if one that its guest would have is only assigned", () => {
    assert.equal(observed(TWO_QUEUES).mdevs[0]?.isRunning, true);
    assert.equal(observed(TWO_QUEUES.replace(", guest: alpha", "")).mdevs[0]?.isRunning, false);
  });

  it("may run or not while its guest would have no queue", () => {
    assert.equal(observed(TWO_QUEUES.replace("adapters: [4]", "adapters: []")).mdevs[0]?.isRunning, undefined);
  });

  it("does not tell the guest's view on a kernel without guest_matrix", () => {
    const [mdev] = observed(TWO_QUEUES, "linux-5.19").mdevs;
    assert.equal(mdev?.guestView, undefined);
    assert.deepEqual([mdev?.matrix?.apm.ids(), mdev?.matrix?.aqm.ids()], [[4], [0x47]]);
    assert.deepEqual(mdev?.controlDomains?.ids(), [0x04, 0x50]);
  });

  it("does not tell whether it runs on a kernel that shows neither", () => {
    assert.equal(observed(TWO_QUEUES.replace(", guest: alpha", ""), "v11").mdevs[0]?.isRunning, undefined);
  });
});

describe("observe a matrix that is larger than a page", () => {
  const LARGE = `
cards: [${Array.from({ length: 4 }, (_, id) => `{ id: ${id}, type: CEX7C }`)}]
domains: [0-255]
masks: { apmask: "0x0" }
mdevs: [{ uuid: ${UUID}, adapters: [0-3], domains: [0-255] }]
`;

  it("takes ap_config, and knows that the guest's view was cut", () => {
    const [mdev] = observed(LARGE).mdevs;
    assert.deepEqual([mdev?.matrix?.apm.ids(), mdev?.matrix?.aqm.count()], [[0, 1, 2, 3], 256]);
    assert.equal(mdev?.matrix?.isCut, false);
    assert.deepEqual([mdev?.guestView?.apm.ids(), mdev?.guestView?.aqm.count()], [[0, 1], 256]);
    assert.equal(mdev?.guestView?.isCut, true);
  });

  it("knows that the matrix was cut on a kernel without ap_config", () => {
    const [mdev] = observed(LARGE, "linux-6.8").mdevs;
    assert.deepEqual([mdev?.matrix?.apm.ids(), mdev?.matrix?.isCut], [[0, 1], true]);
  });
});

describe("observe the bus", () => {
  it("has masks, maxima, features and bindings", () => {
    const host = observed(TWO_QUEUES);
    assert.deepEqual(host.machine.apm !== "not supported" && host.machine.apm?.ids(), [4]);
    assert.deepEqual(host.machine.aqm !== "not supported" && host.machine.aqm?.ids(), [0x04, 0x47]);
    assert.deepEqual(host.machine.adm !== "not supported" && host.machine.adm?.ids(), [0x04]);
    assert.deepEqual([host.apmask?.has(4 as never), host.apmask?.count(), host.aqmask?.count()], [false, 255, 256]);
    assert.deepEqual([host.maxAdapter, host.maxDomain], [255, 255]);
    assert.deepEqual(host.features, { bus: "APSC APXA", matrix: "guest_matrix hotplug ap_config" });
    assert.deepEqual(host.bindings, { bound: 2, devices: 2, complete: true });
    assert.deepEqual(host.unreadable, []);
  });

  it("says that a machine without the query instruction supports no masks", () => {
    const player = new Player(DEFAULT_PROFILE);
    const description = parseHostDescription(TWO_QUEUES, "host.yaml");
    assert.ok(description.ok);
    const [init, ...rest] = hostOperations(description.value);
    assert.ok(init?.op === "init");
    player.apply({ ...init, qci: false, maxAdapter: 63, maxDomain: 255 }, 0);
    for (const [i, operation] of rest.entries()) player.apply(operation, i + 1);
    assert.deepEqual(observeHost(player.sysfs).machine, {
      apm: "not supported",
      aqm: "not supported",
      adm: "not supported",
    });
  });

  it("leaves out what is not there, and notes what cannot be read", () => {
    const nothing: Sysfs = {
      read: (path) => (path === "bus/ap/apmask" ? refused("EIO", "not-readable") : refused("ENOENT", "no-such-file")),
      write: () => refused("EACCES", "not-writable"),
      list: (path) =>
        path === "devices/vfio_ap/matrix" ? refused("EACCES", "not-readable") : refused("ENOENT", "no-such-file"),
      readlink: () => refused("ENOENT", "no-such-file"),
    };
    assert.deepEqual(observeHost(nothing), {
      cards: [],
      queues: [],
      machine: { apm: undefined, aqm: undefined, adm: undefined },
      apmask: undefined,
      aqmask: undefined,
      maxAdapter: undefined,
      maxDomain: undefined,
      features: { bus: undefined, matrix: undefined },
      bindings: undefined,
      bindingsCompleted: undefined,
      isVfioApLoaded: undefined,
      mdevs: [],
      unreadable: [
        { path: "bus/ap/apmask", errno: "EIO" },
        { path: "bus/ap/aqmask", errno: "ENOENT", found: "is not there" },
        { path: "devices/vfio_ap/matrix", errno: "EACCES" },
      ],
    });
  });

  it("makes nothing of text that it does not understand", () => {
    const { sysfs } = hostUp(TWO_QUEUES);
    const garbled: Sysfs = { ...sysfs, read: () => ({ ok: true, value: "\u0000ÿ{}\n" }) };
    const host = observeHost(garbled);
    assert.deepEqual([host.apmask, host.maxAdapter, host.bindings], [undefined, undefined, undefined]);
    assert.deepEqual([host.mdevs[0]?.matrix, host.mdevs[0]?.controlDomains], [undefined, undefined]);
    assert.deepEqual([host.cards[0]?.mode, host.cards[0]?.config], [undefined, undefined]);
  });
});

describe("a text that is not understood", () => {
  const { sysfs } = hostUp(TWO_QUEUES.replace("[{ id: 4", "[{ id: 5, type: CEX7C }, { id: 4"));
  const read = new Set<string>();
  observeHost({
    ...sysfs,
    read: (path) => {
      const text = sysfs.read(path);
      if (text.ok) read.add(path);
      return text;
    },
  });
  const notedWith = (path: string, text: string) =>
    observeHost({ ...sysfs, read: (at) => (at === path ? { ok: true, value: text } : sysfs.read(at)) }).unreadable.some(
      (one) => one.path === path && one.found !== undefined,
    );
  /** Any text is a driver's name; a card or a kernel may say nothing of the others. */
  const [FREE, MAY_BE_EMPTY] = [/override$/, /override$|serialnr$|features$|matrix$|control_domains$/];
  const GARBAGE = ["\0\0\n", "1\u001b[31m\n", "\u00ff{}", "1\r\n", "0xff\r\n", "z.".repeat(2000)];

  it("is noted with what it is, whichever attribute holds it", () => {
    assert.ok(read.size > 40);
    for (const path of read) {
      if (FREE.test(path)) continue;
      for (const text of GARBAGE) assert.ok(notedWith(path, text), `${path}: ${JSON.stringify(text.slice(0, 20))}`);
      assert.equal(notedWith(path, ""), !MAY_BE_EMPTY.test(path), `${path}: nothing`);
    }
  });

  it("is one more digit, or a number beyond the highest id", () => {
    assert.ok(notedWith("bus/ap/apmask", `0x${"f".repeat(65)}\n`));
    assert.ok(notedWith("bus/ap/ap_max_domain_id", "256\n"));
  });

  it("is a name that is nearly one of a card, a queue or an mdev", () => {
    for (const [directory, name] of [
      ["devices/ap", "card4g"],
      ["devices/ap/card04", "05.0004"],
      ["devices/vfio_ap/matrix", UUID.toUpperCase()],
    ]) {
      const list = (at: string) => {
        const names = sysfs.list(at);
        return names.ok && at === directory ? { ok: true as const, value: [...names.value, name as string] } : names;
      };
      const { unreadable } = observeHost({ ...sysfs, list });
      assert.deepEqual(
        unreadable.map(({ path }) => path),
        [`${directory}/${name}`],
      );
    }
  });

  it("is missing where every kernel has it", () => {
    const without = (name: string): Sysfs => ({
      ...sysfs,
      read: (path) => (path.endsWith(name) ? refused("ENOENT", "no-such-file") : sysfs.read(path)),
    });
    for (const name of ["/apmask", "/aqmask"])
      assert.deepEqual(
        observeHost(without(name)).unreadable.map((one) => one.found),
        ["is not there"],
      );
  });
});

describe("the running guests of a host in memory", () => {
  it("have a name and the masks that they run with", () => {
    const guests = runningGuests(hostUp(TWO_QUEUES).host);
    const guest = guests.get(UUID);
    assert.deepEqual([guests.size, guest?.name], [1, "alpha"]);
    // The host has control domain 04 only.
    assert.deepEqual([guest?.apm.ids(), guest?.aqm.ids(), guest?.adm.ids()], [[4], [0x47], [0x04]]);
  });
});
