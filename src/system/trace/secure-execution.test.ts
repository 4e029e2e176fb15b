// What a Secure Execution guest sees and does with its queues: se_bind, se_associate, what undoes them, and who hears of it.
// docs/kernel/bus.md §8.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SECURE_MACHINE, SecureGuest } from "../../testing/support/secure-guest.ts";
import type { Happening } from "../machine/happening.ts";
import { sameState } from "../machine/snapshot.ts";
import { profileNamed } from "../vfio-ap/profiles.ts";
import { JsonReader } from "./json-reader.ts";
import { operationToJson } from "./operation-json.ts";
import { readOperation } from "./parse-operation.ts";
import { Player } from "./player.ts";
import { parseTrace } from "./trace-file.ts";

const [ACCEL, EP11, CCA] = ["04.0006", "05.0006", "06.0006"] as const;

/** An EP11 queue that is bound and associated with secret 3. */
function associated(profile?: string): SecureGuest {
  const guest = new SecureGuest(profile);
  assert.equal(guest.write(EP11, "se_bind", "1\n"), "ok");
  assert.equal(guest.write(EP11, "se_associate", "3\n"), "ok");
  assert.equal(guest.read(EP11, "se_associate"), "associated 3");
  return guest;
}

const shown = (guest: SecureGuest, queue: string): readonly string[] => [
  guest.read(queue, "se_bind"),
  guest.read(queue, "se_associate"),
];

describe("a machine with secure binding", () => {
  it("shows it among the features of the bus, and whether Linux is a Secure Execution guest", () => {
    const guest = new SecureGuest();
    const read = (path: string) => guest.do({ op: "read", path }).t;
    assert.equal(read("bus/ap/features"), "APSC APXA APSB\n");
    assert.equal(read("firmware/uv/prot_virt_guest"), "1\n");
    const host = new SecureGuest("linux-7.3", { ...SECURE_MACHINE, se: 0 });
    assert.equal(host.do({ op: "read", path: "firmware/uv/prot_virt_guest" }).t, "0\n");
    assert.equal(host.do({ op: "read", path: "bus/ap/features" }).t, "APSC APXA APSB\n");
  });

  it("has no files of it where it is not a guest of that kind, and no room for it without the facility", () => {
    const plain = new SecureGuest("linux-7.3", { ...SECURE_MACHINE, apsb: 0, se: 0 });
    const host = new SecureGuest("linux-7.3", { ...SECURE_MACHINE, se: 0 });
    for (const one of [plain, host]) assert.deepEqual(shown(one, EP11), ["ENOENT", "ENOENT"]);
    assert.ok(plain.words.length < host.words.length);
    assert.equal(plain.words.length, new SecureGuest("linux-7.3", { op: "init", aps: [4], doms: [6] }).words.length);
    assert.equal(plain.do({ op: "ls", path: "firmware" }).r, "ENOENT");
    assert.equal(host.read(EP11, "ap_functions"), "0x86800000");
  });

  for (const [member, machine, message] of [
    ["se", { se: 1 }, '"se" only on a machine with "apsb": 1'],
    ["apsb", { apsb: 1, qci: 0 }, '"apsb" only on a machine with "qci": 1'],
    ["se", { se: 1, apsb: 1, qci: 0 }, '"apsb" only on a machine with "qci": 1'],
  ] as const) {
    it(`is refused in one line, with its place, as ${JSON.stringify(machine)}`, () => {
      const line = JSON.stringify({ op: "init", aps: [4], doms: [6], ...machine });
      const trace = parseTrace(`{"trace":"t","format":2}\n${line}\n`);
      assert.ok(!trace.ok);
      assert.equal(trace.error.expected, message);
      assert.equal(trace.error.line, 2);
      assert.ok(line.slice(trace.error.column - 1).startsWith(`"${message.slice(1, 3) === "se" ? member : "apsb"}":`));
    });
  }

  it("is said by members of format 2, and by none where it is as ever", () => {
    const init = readOperation(new JsonReader(SECURE_MACHINE));
    assert.deepEqual(readOperation(new JsonReader(operationToJson(init))), init);
    const plain = operationToJson(readOperation(new JsonReader({ op: "init", apsb: 0, se: 0 })));
    assert.deepEqual(Object.keys(plain), ["op", "aps", "doms", "cds"]);
    const faults = { op: "fault", q: EP11, bind: "30", associate: "pending" };
    assert.deepEqual(operationToJson(readOperation(new JsonReader(faults))), faults);
  });
});

describe("a queue of a Secure Execution guest", () => {
  it("is unbound after power on, and bound once it is asked for", () => {
    const guest = new SecureGuest();
    assert.deepEqual(shown(guest, ACCEL), ["unbound", "-"]);
    assert.deepEqual(shown(guest, EP11), ["unbound", "unassociated"]);
    assert.equal(guest.write(ACCEL, "se_bind", "yes"), "ok");
    assert.deepEqual(shown(guest, ACCEL), ["bound", "-"]);
    assert.deepEqual(shown(guest, EP11), ["unbound", "unassociated"], "the other one is not touched");
  });

  it("tells its bind state in ap_functions", () => {
    const guest = new SecureGuest();
    assert.equal(guest.read(ACCEL, "ap_functions"), "0x6A008000");
    assert.equal(guest.read(EP11, "ap_functions"), "0x86808000");
    assert.equal(guest.read(CCA, "ap_functions"), "0x9280C000");
    guest.write(ACCEL, "se_bind", "1");
    guest.write(EP11, "se_bind", "1");
    assert.equal(guest.read(ACCEL, "ap_functions"), "0x6A000000");
    assert.equal(guest.read(EP11, "ap_functions"), "0x86804000");
    guest.write(EP11, "se_associate", "0");
    assert.equal(guest.read(EP11, "ap_functions"), "0x86800000");
  });

  it("has no such files on a CCA card, but had them up to 6.11", () => {
    assert.deepEqual(shown(new SecureGuest("linux-7.3"), CCA), ["ENOENT", "ENOENT"]);
    assert.deepEqual(shown(new SecureGuest("linux-6.12"), CCA), ["ENOENT", "ENOENT"]);
    const old = new SecureGuest("linux-6.8");
    assert.deepEqual(shown(old, CCA), ["-", "-"]);
    for (const value of ["1", "0", "x"]) assert.equal(old.write(CCA, "se_bind", value), "EINVAL", value);
    assert.equal(old.write(CCA, "se_associate", "1"), "EINVAL");
    assert.deepEqual(shown(new SecureGuest("linux-6.0"), EP11), ["ENOENT", "ENOENT"]);
  });

  it("is online and takes requests as far as its files tell, bound or not", () => {
    const guest = new SecureGuest();
    for (const file of ["online", "request_count", "reset", "config"]) {
      const before = guest.read(EP11, file);
      guest.write(EP11, "se_bind", "1");
      assert.equal(guest.read(EP11, file), before, file);
      guest.write(EP11, "se_bind", "0");
    }
    assert.equal(guest.read(EP11, "online"), "1");
    assert.equal(guest.read(EP11, "request_count"), "0");
  });

  it("lets its card be asked for its serial number only once it is bound", () => {
    const guest = new SecureGuest("linux-7.3", { ...SECURE_MACHINE, serials: { "05": "93AABE7X" } });
    const serial = () => guest.do({ op: "read", path: "devices/ap/card05/serialnr" }).t;
    assert.equal(serial(), "\n");
    guest.write("05.0007", "se_bind", "1");
    assert.equal(serial(), "93AABE7X\n");
  });

  for (const [text, answer] of [
    ["0x10\n", "associated 16"],
    ["020", "associated 16"],
    ["+16", "associated 16"],
    ["65534", "associated 65534"],
    ["65535", "EINVAL"],
    ["4294967295", "EINVAL"],
    ["4294967296", "ERANGE"],
    ["18446744073709551616", "ERANGE"],
    ["-1", "EINVAL"],
    ["16 ", "EINVAL"],
    ["\n", "EINVAL"],
    ["sixteen", "EINVAL"],
  ] as const) {
    it(`takes ${JSON.stringify(text)} for the number of a secret as ${answer}`, () => {
      const guest = new SecureGuest();
      guest.write(EP11, "se_bind", "1");
      const written = guest.write(EP11, "se_associate", text);
      assert.equal(written === "ok" ? guest.read(EP11, "se_associate") : written, answer);
    });
  }

  for (const text of ["2", "", "maybe", " 1"]) {
    it(`does not take ${JSON.stringify(text)} for yes or no`, () => {
      const guest = new SecureGuest();
      assert.equal(guest.write(ACCEL, "se_bind", text), text === "" ? "ok" : "EINVAL");
      assert.equal(guest.read(ACCEL, "se_bind"), "unbound");
    });
  }
});

describe("what undoes binding and association", () => {
  const UNDONE = ["unbound", "unassociated"];
  const scan = (guest: SecureGuest) => guest.do({ op: "scan" });

  it("is a false value written to se_bind", () => {
    const guest = associated();
    assert.equal(guest.write(EP11, "se_bind", "off"), "ok");
    assert.deepEqual(shown(guest, EP11), UNDONE);
    assert.equal(guest.write(EP11, "se_bind", "1"), "ok");
    assert.deepEqual(shown(guest, EP11), ["bound", "unassociated"]);
  });

  it("is a write to reset", () => {
    const guest = associated();
    assert.equal(guest.write(EP11, "reset", "1"), "ok");
    assert.deepEqual(shown(guest, EP11), UNDONE);
  });

  it("is a driver that lets the queue go, and one that gets it", () => {
    for (const by of ["drivers/cex4queue/unbind", "aqmask"]) {
      const guest = associated();
      guest.bus(by, by === "aqmask" ? "-6" : EP11);
      assert.deepEqual(shown(guest, EP11), UNDONE, by);
    }
  });

  it("is a reset that vfio_ap makes for a guest of this guest", () => {
    const UUID = "7a2c1d3e-0009-4c58-9b1e-5f0c0a6d0009";
    const guest = new SecureGuest();
    guest.bus("apmask", "-5");
    guest.do({
      op: "write",
      path: "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create",
      value: UUID,
    });
    for (const [name, value] of [
      ["assign_adapter", "5"],
      ["assign_domain", "6"],
    ] as const)
      guest.do({ op: "write", path: `devices/vfio_ap/matrix/${UUID}/${name}`, value });
    assert.equal(guest.do({ op: "open", guest: "inner", mdev: UUID }).r, 0);
    assert.equal(guest.write(EP11, "se_bind", "1"), "ok");
    assert.equal(guest.do({ op: "reset", guest: "inner", mdev: UUID }).r, 0);
    assert.deepEqual(shown(guest, EP11), UNDONE);
  });

  it("is standby, check stop, another card in its place, and leaving the machine, at once", () => {
    for (const [gone, back] of [
      [
        { op: "card", id: 5, config: false },
        { op: "card", id: 5, config: true },
      ],
      [
        { op: "card", id: 5, chkstop: true },
        { op: "card", id: 5, chkstop: false },
      ],
      [
        { op: "card", id: 5, type: 13 },
        { op: "card", id: 5, type: 12 },
      ],
      [
        { op: "hw", rm_ap: [5] },
        { op: "hw", add_ap: [5] },
      ],
      [
        { op: "hw", rm_dom: [6] },
        { op: "hw", add_dom: [6] },
      ],
    ] as const) {
      const guest = associated();
      guest.do(gone);
      guest.do(back);
      assert.deepEqual(shown(guest, EP11), UNDONE, JSON.stringify(gone));
      scan(guest);
      assert.deepEqual(shown(guest, EP11), UNDONE, JSON.stringify(gone));
      assert.equal(guest.write(EP11, "se_bind", "1"), "ok", JSON.stringify(gone));
    }
  });

  it("is not a reset that the machine refuses, after which only the machine knows the association", () => {
    const guest = associated();
    guest.do({ op: "fault", q: EP11, reset: "42" });
    assert.equal(guest.write(EP11, "se_bind", "0"), "ok");
    assert.deepEqual(shown(guest, EP11), ["bound", "EIO"]);
    guest.do({ op: "fault", q: EP11, reset: "ok" });
    scan(guest);
    assert.deepEqual(shown(guest, EP11), UNDONE);
  });

  it("is not a scan, nor anything that happens to another queue", () => {
    const guest = associated();
    scan(guest);
    guest.write("05.0007", "reset", "1");
    guest.do({ op: "card", id: 4, config: false });
    guest.do({ op: "hw", rm_dom: [7] });
    scan(guest);
    assert.deepEqual(shown(guest, EP11), ["bound", "associated 3"]);
  });
});

describe("uevents of a Secure Execution guest", () => {
  it("tell of a binding and of an association that is through, from 6.13 on", () => {
    const guest = new SecureGuest();
    const events = (value: string, file: string) =>
      guest.do({ op: "write", path: `bus/ap/devices/${EP11}/${file}`, value }).uev;
    assert.deepEqual(events("1", "se_bind"), [[EP11, "SE_BIND=1"]]);
    assert.equal(events("1", "se_bind"), undefined, "refused");
    assert.deepEqual(events("0x11", "se_associate"), [[EP11, "SE_ASSOC=17"]]);
    assert.equal(events("0", "se_bind"), undefined, "unbinding is not told");
    const old = new SecureGuest("linux-6.12");
    for (const [file, value] of [
      ["se_bind", "1"],
      ["se_associate", "1"],
    ] as const)
      assert.equal(old.do({ op: "write", path: `bus/ap/devices/${EP11}/${file}`, value }).uev, undefined);
  });

  it("say as any uevent of the queue does what it is", () => {
    const heard: Happening[] = [];
    const guest = new SecureGuest("linux-7.3", SECURE_MACHINE, (happening) => heard.push(happening));
    heard.length = 0;
    guest.write(EP11, "se_bind", "1");
    assert.deepEqual(heard, [
      {
        kind: "uevent",
        action: "change",
        device: `/devices/ap/card05/${EP11}`,
        variables: ["SE_BIND=1"],
        properties: ["MODE=ep11"],
      },
    ]);
  });
});

describe("an association that takes its time", () => {
  function pending(): SecureGuest {
    const guest = new SecureGuest();
    guest.write(EP11, "se_bind", "1");
    guest.do({ op: "fault", q: EP11, associate: "pending" });
    assert.equal(guest.do({ op: "write", path: `bus/ap/devices/${EP11}/se_associate`, value: "9" }).uev, undefined);
    return guest;
  }

  it("is pending, and no other can be begun meanwhile", () => {
    const guest = pending();
    assert.deepEqual(shown(guest, EP11), ["bound", "association pending"]);
    assert.equal(guest.write(EP11, "se_associate", "9"), "EBUSY");
    assert.equal(guest.do({ op: "scan" }).uev, undefined);
    assert.deepEqual(shown(guest, EP11), ["bound", "association pending"]);
  });

  it("is told when a scan finds that it is through", () => {
    const guest = pending();
    guest.do({ op: "fault", q: EP11, associate: "ok" });
    assert.deepEqual(shown(guest, EP11), ["bound", "associated 9"]);
    assert.deepEqual(guest.do({ op: "scan" }).uev, [[EP11, "SE_ASSOC=9"]]);
    assert.equal(guest.do({ op: "scan" }).uev, undefined);
  });

  it("puts the queue in error if somebody outside resets it meanwhile; the next scan resets it once more, and it can be bound", () => {
    const guest = pending();
    guest.do({ op: "card", id: 5, type: 13 });
    guest.do({ op: "card", id: 5, type: 12 });
    assert.deepEqual(shown(guest, EP11), ["unbound", "unassociated"]);
    guest.do({ op: "scan" });
    assert.equal(guest.write(EP11, "se_associate", "9"), "EINVAL");
    guest.do({ op: "scan" });
    assert.equal(guest.write(EP11, "se_bind", "1"), "ok");
    guest.do({ op: "fault", q: EP11, associate: "ok" });
    assert.equal(guest.write(EP11, "se_associate", "9"), "ok");
  });

  for (const code of ["35", "36"]) {
    it(`fails afterwards with ${code}: the queue answers that until it is reset`, () => {
      const guest = new SecureGuest();
      guest.write(EP11, "se_bind", "1");
      guest.do({ op: "fault", q: EP11, associate: code });
      assert.equal(guest.write(EP11, "se_associate", "9"), "ok");
      assert.deepEqual(shown(guest, EP11), ["EIO", "EIO"]);
      assert.equal(guest.write(EP11, "se_bind", "1"), "EIO");
      guest.do({ op: "scan" });
      assert.deepEqual(shown(guest, EP11), ["unbound", "unassociated"]);
    });
  }
});

describe("kernels from 6.4 to 6.8, which do not look at the bind state first", () => {
  it("leave it to the machine to refuse what is bound already", () => {
    const guest = new SecureGuest("linux-6.8");
    assert.equal(guest.write(ACCEL, "se_bind", "1"), "ok");
    assert.equal(guest.write(ACCEL, "se_bind", "1"), "EIO");
    assert.equal(guest.write(EP11, "se_associate", "1"), "EIO");
  });

  it("do not associate a queue again that was reset from outside, because they remember the last time", () => {
    const guest = associated("linux-6.8");
    guest.do({ op: "card", id: 5, type: 13 });
    guest.do({ op: "card", id: 5, type: 12 });
    assert.equal(guest.write(EP11, "se_bind", "1"), "ok");
    assert.deepEqual(shown(guest, EP11), ["bound", "association pending"]);
    assert.equal(guest.write(EP11, "se_associate", "4"), "EINVAL");
    guest.write(EP11, "se_bind", "0");
    assert.equal(guest.write(EP11, "se_bind", "1"), "ok");
    assert.equal(guest.write(EP11, "se_associate", "4"), "ok");
  });
});

describe("the state of a Secure Execution guest", () => {
  it("is saved and restored whole, and survives a host that grows", () => {
    const guest = associated();
    const saved = guest.player.save();
    const other = new Player(profileNamed("linux-7.3") ?? assert.fail());
    other.restore(saved);
    assert.ok(sameState(other.host.state.words, guest.words));
    const text = other.sysfs.read(`bus/ap/devices/${EP11}/se_associate`);
    assert.deepEqual(text, { ok: true, value: "associated 3\n" });
    for (let n = 10; n < 40; n++) {
      const value = `7a2c1d3e-0009-4c58-9b1e-5f0c0a6d00${n}`;
      const path = "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create";
      assert.equal(guest.do({ op: "write", path, value }).r, 36);
    }
    assert.deepEqual(shown(guest, EP11), ["bound", "associated 3"]);
  });
});
