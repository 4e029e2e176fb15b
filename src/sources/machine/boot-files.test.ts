// What the files of a host make of its next boot: which rules apply, what loads vfio_ap, what starts mdevs, and what is told where that
// cannot be known. The same with the real udevd: src/testing/clients/boot.test.ts.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  booted,
  DEFINITION,
  EACH,
  type Files,
  LOADED,
  RULES,
  UUID,
  written,
} from "../../testing/support/booted-root.ts";

describe("the rule of chzdev", () => {
  it("frees the adapter, loads vfio_ap and lets the mdev start, whenever the queues have their drivers", () => {
    const { freed, mdevs, loadedBy, notes, ifEarly } = booted({ ...DEFINITION, [RULES]: written(true) });
    assert.deepEqual([freed, mdevs, loadedBy, notes, ifEarly], [true, 1, `${RULES}:9`, [], []]);
  });

  it("of older versions does not if zcrypt is in the initrd", () => {
    const { freed, mdevs, ifEarly } = booted({ ...DEFINITION, [RULES]: written(false) });
    assert.deepEqual([freed, mdevs], [true, 1]);
    assert.deepEqual(ifEarly, ["apmask +0x11", "vfio_ap is not loaded", `mdev ${UUID} is not there`]);
  });

  it("counts under any name, in the order of the names, and one of /etc stands for a package's", () => {
    assert.equal(booted({ "etc/udev/rules.d/77-own.rules": written(true) }).freed, true);
    assert.equal(booted({ "usr/lib/udev/rules.d/41-ap.rules": written(true) }).freed, true);
    assert.equal(booted({ "usr/lib/udev/rules.d/41-ap.rules": written(true), [RULES]: "" }).freed, false);
    assert.equal(booted({ "usr/lib/udev/rules.d/41-ap.rules": written(true), [RULES]: "-> /dev/null" }).freed, false);
    const both = { "etc/udev/rules.d/10-a.rules": EACH, "lib/udev/rules.d/20-b.rules": EACH.replace("-", "+") };
    assert.equal(booted(both).freed, false);
  });

  it("that no event of the AP bus gets to is told with its line", () => {
    const { freed, notes } = booted({
      [RULES]: `ACTION=="add", SUBSYSTEM=="net", ${EACH}GOTO="end"\n${EACH}LABEL="end"\n`,
    });
    assert.equal(freed, false);
    assert.deepEqual(
      notes,
      [1, 3].map(
        (line) => `${RULES}:${line}: it sets apmask: no event of the AP bus at boot gets here, so this is not done`,
      ),
    );
  });

  it("with a mistake is told, and its other lines count", () => {
    const { freed, warnings } = booted({ [RULES]: `ACTION="add", ATTR{apmask}="-1"\n${EACH}` });
    assert.deepEqual(
      [freed, warnings],
      [true, [`${RULES}:1:9: expected another operator for ACTION, found =; udev leaves the line out`]],
    );
  });

  it("that answers to its own changes for ever is told", () => {
    const turn = (sign: string) => `KERNEL=="ap", ATTR{../../bus/ap/apmask}="${sign}0x11"\n`;
    assert.match(
      booted({ [RULES]: turn("-") + turn("+") }).notes[0] ?? "",
      /rules:1 and .*rules:2: .* in turn, for ever$/,
    );
  });
});

describe("a condition that cannot be decided", () => {
  it("is told if it matters only together with another", () => {
    const { notes, isKnown } = booted({
      [RULES]: `TEST=="/run/a", ENV{A}="1"\nENV{A}=="1", TEST=="/run/b", ${EACH}`,
    });
    assert.equal(notes.length, 3);
    assert.deepEqual(
      notes.slice(0, 2).map((note) => note.split(" cannot")[0]),
      [`${RULES}:1: TEST=="/run/a"`, `${RULES}:2: TEST=="/run/b"`],
    );
    assert.equal(isKnown, false);
  });

  it("is told if the boot depends on it, with its line", () => {
    const program = 'PROGRAM=="/usr/local/bin/is-crypto-host"';
    assert.deepEqual(booted({ [RULES]: `${program}, ${EACH}` }).notes.slice(0, 1), [
      `${RULES}:1: ${program} cannot be decided here; what is said is true if it does not hold`,
    ]);
    assert.deepEqual(booted({ [RULES]: `${program}, ENV{A}="b"\n${EACH}` }).notes, []);
  });

  it("may be what a program has said before", () => {
    const { notes } = booted({ [RULES]: `IMPORT{program}="/bin/what"\nENV{CRYPTO}=="1", ${EACH}` });
    assert.match(notes.join(), /rules:2: ENV\{CRYPTO\}=="1" cannot be decided here/);
  });

  it("is not the end of a command either: one that nobody knows is told", () => {
    const { notes } = booted({ [RULES]: `KERNEL=="ap", RUN+="/usr/local/sbin/crypto-setup --all"\n` });
    assert.deepEqual(notes, [`${RULES}:1: what "/usr/local/sbin/crypto-setup --all" does at boot is not known here`]);
  });
});

describe("vfio_ap", () => {
  const loadedBy = (files: Files) => booted({ ...DEFINITION, [RULES]: EACH, ...files }).loadedBy;

  it("is loaded by modules-load.d, the command line, a rule, or driverctl, and is there if the kernel has it built in", () => {
    assert.equal(loadedBy(LOADED), "etc/modules-load.d/guests.conf:1");
    assert.equal(
      loadedBy({ "proc/cmdline": "quiet modules_load=kvm,vfio-ap\n" }),
      "modules_load= on the kernel's command line",
    );
    const add = (command: string) => ({
      "run/udev/rules.d/9-load.rules": `SUBSYSTEM=="ap", ACTION=="add", ${command}\n`,
    });
    for (const command of [
      'RUN{builtin}+="kmod load vfio_ap"',
      'RUN+="/sbin/modprobe -q vfio-ap"',
      `RUN+="/bin/sh -c 'modprobe vfio_ap'"`,
    ])
      assert.equal(loadedBy(add(command)), "run/udev/rules.d/9-load.rules:1", command);
    assert.equal(loadedBy(add('RUN+="/sbin/modprobe -r vfio_ap"')), undefined);
    assert.equal(loadedBy({ [RULES]: "", "etc/driverctl.d/ap-12.0005": "vfio_ap\n" }), "driverctl's ap-12.0005");
    const builtin = {
      "proc/sys/kernel/osrelease": "6.12.0\n",
      "lib/modules/6.12.0/modules.builtin": "kernel/drivers/s390/crypto/vfio_ap.ko\n",
    };
    assert.equal(loadedBy(builtin), "the kernel, which has it built in");
  });

  it("is not loaded without any of them, and then no mdev is made", () => {
    const { freed, mdevs, loadedBy: by, refused } = booted({ ...DEFINITION, [RULES]: EACH });
    assert.deepEqual([freed, mdevs, by, refused], [true, 0, undefined, 0]);
  });

  it("is kept from being loaded by modprobe.d and the command line, which is told", () => {
    const kept = (files: Files) => booted({ ...DEFINITION, ...LOADED, ...files });
    for (const [files, place] of [
      [{ "etc/modprobe.d/no.conf": "# no\nblacklist vfio-ap\n" }, "etc/modprobe.d/no.conf:2"],
      [{ "usr/lib/modprobe.d/no.conf": "install vfio_ap /bin/false\n" }, "usr/lib/modprobe.d/no.conf:1"],
      [{ "proc/cmdline": "module_blacklist=vfio_ap" }, "module_blacklist= on the kernel's command line"],
    ] as const) {
      const { loadedBy: by, notes } = kept(files);
      assert.deepEqual([by, notes], [undefined, [`${place} keeps vfio_ap from being loaded`]]);
    }
    const modprobe = {
      [RULES]: 'KERNEL=="ap", RUN+="/sbin/modprobe vfio_ap"\n',
      "etc/modprobe.d/no.conf": "blacklist vfio_ap\n",
    };
    assert.equal(booted(modprobe).loadedBy, `${RULES}:1`, "modprobe does not look at that list");
  });

  it("that comes before the masks are set may be too early for the mdev", () => {
    const late = 'SUBSYSTEM=="ap", ENV{BINDINGS}=="complete", ATTR{../../bus/ap/apmask}="-0x11"\n';
    const { freed, mdevs, refused } = booted({ ...DEFINITION, ...LOADED, [RULES]: late });
    assert.deepEqual([freed, mdevs, refused], [true, 0, 1]);
  });
});

describe("modprobe.d", () => {
  const conf = "etc/modprobe.d/guests.conf";
  const asked = (text: string, ...modules: string[]) =>
    booted({ ...DEFINITION, "etc/modules-load.d/all.conf": modules.join("\n"), [conf]: text });

  it("loads vfio_ap with another module, by a softdep, and under another name, by an alias", () => {
    for (const [text, ...modules] of [
      ["softdep kvm post: vfio-ap\n", "kvm"],
      ["softdep k* \\\n pre: mdev vfio_ap\n", "loop", "kvm"],
      ["alias guests kvm\nsoftdep kvm post: mdev pre: vfio_ap\n", "guests"],
      ["blacklist vfio_ap\nsoftdep kvm post: vfio_ap\n", "kvm"],
    ] as const)
      assert.match(asked(text, ...modules).loadedBy ?? "", /guests\.conf:\d$/, text);
    assert.equal(asked("alias guests vfio_ap # ours\n", "guests").loadedBy, "etc/modules-load.d/all.conf:1");
    assert.equal(booted({ [conf]: "softdep zcrypt_cex4 post: vfio_ap\n" }).loadedBy, `${conf}:1`, "which udevd loads");
    const rule = { [RULES]: 'KERNEL=="card12", RUN{builtin}+="kmod load $env{MODALIAS}"\n' };
    assert.equal(booted({ ...rule, [conf]: "alias ap:t* vfio_ap\n" }).loadedBy, `${RULES}:1`);
  });

  it("says nothing where it does not load it", () => {
    for (const [text, ...modules] of [
      ["softdep kvm pre: mdev\nsoftdep kvm pre: vfio_ap\n", "kvm"],
      ["softdep kvm vfio_ap\nweakdep kvm vfio_ap\n", "kvm"],
      ["blacklist kvm\nsoftdep kvm post: vfio_ap\n", "kvm"],
      ["alias guests vfio_ap\nblacklist vfio_ap\n", "guests"],
    ] as const)
      assert.equal(asked(text, ...modules).loadedBy, undefined, text);
    const plain = asked("softdep vfio_ap pre: mdev\noptions vfio_ap debug=1\noptions kvm nested=1\n", "vfio_ap");
    assert.deepEqual([plain.loadedBy, plain.notes], ["etc/modules-load.d/all.conf:1", []]);
  });

  it("keeps it from being loaded by an alias, a pattern, and a module that it needs", () => {
    for (const text of ["alias vfio-ap off\n", "install vfio_* /bin/false\n", "install mdev /usr/bin/true\n"]) {
      const { loadedBy, notes, isKnown } = asked(text, "vfio_ap");
      assert.deepEqual(
        [loadedBy, notes, isKnown],
        [undefined, [`${conf}:1 keeps vfio_ap from being loaded`], true],
        text,
      );
    }
    const { loadedBy } = asked("install vfio_ap /sbin/modprobe --ignore-install vfio_ap\n", "vfio_ap");
    assert.equal(loadedBy, "etc/modules-load.d/all.conf:1", "a command that only loads it");
  });

  it("is told where what a command does is not known, or what loads the other module", () => {
    for (const [text, note] of [
      [
        "install vfio_ap /usr/local/sbin/guests\n",
        'what "/usr/local/sbin/guests" does in the place of loading vfio_ap is',
      ],
      ["install kvm /bin/sh -c 'modprobe vfio_ap'\n", `what "/bin/sh -c 'modprobe vfio_ap'" does at boot is`],
      ["softdep nvme post: vfio_ap\n", 'vfio_ap is loaded with "nvme", and what loads that is'],
    ] as const) {
      const { loadedBy, notes, isKnown } = asked(text, ...(text.includes("guests") ? ["vfio_ap"] : []));
      assert.deepEqual([loadedBy, notes, isKnown], [undefined, [`${conf}:1: ${note} not known here`], false], text);
    }
    assert.equal(booted({ ...LOADED, [conf]: "softdep nvme post: vfio_ap\n" }).isKnown, true, "it is loaded anyway");
  });
});

describe("the kernel's command line", () => {
  it("loads and keeps from being loaded, each time that it is given", () => {
    const line = (text: string) => booted({ ...DEFINITION, "proc/cmdline": text });
    assert.ok(line("modules_load=vfio_ap modules_load=loop").loadedBy);
    assert.equal(line("vfio_ap.debug=1 vfio_ap quiet").loadedBy, undefined);
    for (const blocked of ["module_blacklist=kvm", "initcall_blacklist=vfio_ap_init", "modprobe.blacklist=vfio-ap"])
      assert.match(line(`modules_load=vfio_ap ${blocked}`).notes[0] ?? "", /keeps vfio_ap from being loaded$/);
    const { notes, isKnown } = line("rd.modules_load=vfio_ap");
    assert.deepEqual([notes.length, isKnown], [1, false]);
    const masked = { ...DEFINITION, ...LOADED };
    assert.equal(
      booted({ ...masked, "proc/cmdline": "systemd.mask=systemd-modules-load.service" }).loadedBy,
      undefined,
    );
    assert.equal(
      booted({ ...masked, "etc/systemd/system/systemd-modules-load.service": "-> /dev/null" }).loadedBy,
      undefined,
    );
  });
});

describe("mdevs", () => {
  it("are started by a rule of mdevctl's, which has to be there, as has the program", () => {
    const files = { ...DEFINITION, ...LOADED, [RULES]: EACH };
    assert.equal(booted(files).mdevs, 1, "a copy of /etc alone: packages are taken to be there");
    const other = { "usr/lib/udev/rules.d/50-default.rules": "# none\n" };
    const without = booted({ ...files, ...other });
    assert.deepEqual([without.mdevs, without.hasStartedMdevs], [0, false]);
    const rule = 'ACTION=="add", TEST=="/etc/mdevctl.d/$kernel", RUN+="/usr/sbin/mdevctl start-parent-mdevs %k"\n';
    const package_ = { ...files, "usr/lib/udev/rules.d/60-mdevctl.rules": rule };
    assert.equal(booted(package_).mdevs, 1);
    const elsewhere = booted({ ...package_, "usr/sbin/true": "" });
    assert.deepEqual([elsewhere.mdevs, elsewhere.notes.length], [0, 1]);
    assert.match(elsewhere.notes[0] ?? "", /60-mdevctl\.rules:1: there is no \/usr\/sbin\/mdevctl, so/);
  });
});
