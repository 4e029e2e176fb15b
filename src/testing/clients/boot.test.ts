// The boot that apmatrix status works out, against udevd: the same rules are given to both, on the same host, once with all events of
// what was there before udevd, and once with the event that all queues have a driver.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { loaderOf } from "../../answers/boot/modules.ts";
import { UdevBoot } from "../../answers/boot/udev-boot.ts";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { hostOperations } from "../../formats/description/host-operations.ts";
import { readPersistentFiles } from "../../sources/machine/persistent-files.ts";
import { Player } from "../../system/trace/player.ts";
import { DEFAULT_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { inLongForm, sample } from "../support/long-form.ts";
import { BOOT_CASES, type BootFiles } from "./boot-cases.ts";
import { LabProcess } from "./lab-process.ts";
import { canMount, program, unless } from "./tools.ts";
import { UdevdSession } from "./udevd-session.ts";

const skip = unless(canMount, program("udevadm", "udev"), program("perl", "perl-base"));
const MACHINE = `
cards: [{ id: 0x05, type: CEX8C }, { id: 0x06, type: CEX8P }]
domains: [0x04, 0x47]
`;
const COMMAND_LINE = "root=/dev/dasda1 crypto_for_guests=yes quiet";
const ONES = `0x${"f".repeat(64)}`;
const MODULES = ["etc", "run", "usr/lib"].flatMap((place) => [`${place}/modules-load.d`, `${place}/modprobe.d`]);
const PLACES = {
  etc: "etc/udev/rules.d",
  run: "run/udev/rules.d",
  lib: "usr/lib/udev/rules.d",
  driverctl: "etc/driverctl.d",
  mdevctl: "etc/mdevctl.d",
};
type Way = "coldplug" | "complete";

interface Ended {
  readonly masks: readonly string[];
  readonly commands: readonly string[];
  readonly overridden: readonly string[];
  readonly mdevs: readonly string[];
}

describe("rules of udev at boot", { skip }, () => {
  let lab: LabProcess;
  let root: string;
  const allPlaces = [...Object.values(PLACES), ...MODULES];
  const binds = () => Object.fromEntries(allPlaces.map((place) => [join(root, place), `/${place}`]));
  const eachPlace = (act: (directory: string) => void): void => {
    for (const place of allPlaces) act(join(root, place));
  };
  const clear = () =>
    eachPlace((directory) => {
      for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
    });
  before(async () => {
    const file = join(process.env.TMPDIR ?? "/tmp", `apmatrix-boot-${process.pid}.yaml`);
    writeFileSync(file, MACHINE);
    lab = await LabProcess.up(file, "--uevents");
    rmSync(file);
    root = join(lab.work, "host");
    eachPlace((directory) => mkdirSync(directory, { recursive: true }));
    mkdirSync(join(root, "proc"));
    writeFileSync(join(root, "proc", "cmdline"), COMMAND_LINE);
  });
  after(() => lab.down());

  function lay(files: BootFiles): void {
    for (const [path, text] of Object.entries(files)) {
      const [place = "", ...rest] = path.split("/");
      const file = join(root, PLACES[place as keyof typeof PLACES] ?? place, ...rest);
      mkdirSync(dirname(file), { recursive: true });
      if (text.startsWith("-> ")) symlinkSync(text.slice(3), file);
      else if (path.endsWith("/")) mkdirSync(file);
      else writeFileSync(file, text);
    }
  }

  /** As the real one leaves the lab, which is put back then. */
  async function real(udevd: UdevdSession, way: Way): Promise<Ended> {
    await udevd.restart();
    await (way === "coldplug" ? udevd.coldplug() : udevd.bindingsComplete());
    const log = await udevd.log();
    const wants = await udevd.do("grep -h SYSTEMD_WANTS= /run/udev/data/* || true");
    const mdevs = readdirSync(join(lab.mount, "bus", "mdev", "devices"));
    const ended = {
      masks: ["apmask", "aqmask"].map((name) => lab.read(`bus/ap/${name}`).trim()),
      commands: [...log.matchAll(/Running (?:built-in )?command "(.*)"$/gm)]
        .map(([, command]) => command as string)
        // Mounts that come and go on this machine meanwhile are devices, too, named by their numbers.
        .filter((command) => !/ \d+:\d+$/.test(command))
        .sort(),
      overridden: [...wants.matchAll(/driverctl@(\S+)\.service/g)].map(([, device]) => device as string).sort(),
      mdevs,
    };
    for (const uuid of mdevs) lab.write(`bus/mdev/devices/${uuid}/remove`, "1");
    return ended;
  }

  async function putBack(udevd: UdevdSession): Promise<void> {
    clear();
    // No rule hears of it.
    await udevd.restart();
    for (const name of ["apmask", "aqmask"]) lab.write(`bus/ap/${name}`, ONES);
  }

  /** The same, worked out. */
  function worked(way: Way): Ended {
    const machine = parseHostDescription(MACHINE, "machine");
    assert.ok(machine.ok);
    let boot: UdevBoot | undefined;
    const player = new Player(DEFAULT_PROFILE, (happening) => boot?.hear(happening));
    for (const [i, operation] of hostOperations(machine.value).entries()) player.apply(operation, i + 1);
    const overridden: string[] = [];
    const mdevs = new Set<string>();
    const files = readPersistentFiles(root);
    boot = new UdevBoot(player.sysfs, files.boot, {
      overrideOf: () => undefined,
      loadOverride: (device) => overridden.push(device),
      startMdevs(sysfs) {
        for (const { uuid } of files.mdevs)
          if (sysfs.read("bus/ap/apmask").ok && isFree(sysfs.read("bus/ap/apmask"))) mdevs.add(uuid);
      },
    });
    boot.assumeLoaded();
    if (way === "coldplug") boot.coldplug("early");
    else boot.complete();
    assert.deepEqual([...boot.undecided], []);
    return {
      masks: ["apmask", "aqmask"].map((name) => {
        const read = player.sysfs.read(`bus/ap/${name}`);
        return read.ok ? read.value.trim() : "";
      }),
      commands: boot.commands.sort(),
      overridden: overridden.sort(),
      mdevs: [...mdevs],
    };
  }

  it("find vfio_ap loaded where systemd-modules-load loads it", async () => {
    let loaded = 0;
    await UdevdSession.during(
      lab,
      async (udevd) => {
        for (const { files, commandLine = "quiet" } of MODULE_CASES) {
          lay(files);
          writeFileSync(join(root, "proc", "cmdline"), commandLine);
          const load = `SYSTEMD_PROC_CMDLINE='${commandLine}' /usr/lib/systemd/systemd-modules-load`;
          // This machine has no such module, so it says that it looked for it.
          const isLoaded = /vfio[_-]ap/.test(await udevd.do(`${load} 2>&1 || true`));
          const { modules } = readPersistentFiles(root).boot;
          assert.equal(loaderOf(modules) !== undefined, isLoaded, JSON.stringify({ files, commandLine }));
          if (isLoaded) loaded++;
          clear();
        }
      },
      binds(),
    );
    writeFileSync(join(root, "proc", "cmdline"), COMMAND_LINE);
    assert.ok(loaded > 2 && loaded < MODULE_CASES.length - 2, `${loaded}`);
  });

  it("do what was worked out, all of them", async () => {
    let count = 0;
    const seen = new Set<string>();
    await UdevdSession.during(
      lab,
      async (udevd) => {
        for (const { name, files } of sample(BOOT_CASES, 3))
          for (const way of ["coldplug", "complete"] as const) {
            lay(files);
            const [wanted, came] = [worked(way), await real(udevd, way)];
            const said = JSON.stringify(came) === JSON.stringify(wanted) ? "" : `\n${await udevd.log()}`;
            assert.deepEqual(came, wanted, `${name}, ${way}${said}`);
            await putBack(udevd);
            count++;
            seen.add(JSON.stringify(came));
          }
      },
      binds(),
    );
    // Ends that differ: otherwise the rules would have been looked at by nobody.
    assert.ok(count >= inLongForm(40, 14) && seen.size >= inLongForm(15, 5), `${count} boots with ${seen.size} ends`);
  });
});

/** Files of modules-load.d, and the kernel's command line. */
const MODULE_CASES: readonly { readonly files: BootFiles; readonly commandLine?: string }[] = [
  { files: { "etc/modules-load.d/vfio_ap.conf": "vfio_ap\n" } },
  { files: { "usr/lib/modules-load.d/crypto.conf": "# for guests\n; and others\nzcrypt_cex4\n  vfio-ap  \n" } },
  { files: { "usr/lib/modules-load.d/crypto.conf": "vfio_ap\n", "etc/modules-load.d/crypto.conf": "zcrypt\n" } },
  { files: { "usr/lib/modules-load.d/crypto.conf": "vfio_ap\n", "run/modules-load.d/crypto.conf": "-> /dev/null" } },
  { files: { "usr/lib/modules-load.d/crypto.conf": "vfio_ap\n", "etc/modules-load.d/other.conf": "" } },
  { files: { "etc/modules-load.d/vfio_ap": "vfio_ap\n", "etc/modules-load.d/a.conf": "#vfio_ap\n" } },
  { files: {}, commandLine: "quiet modules_load=loop,vfio_ap" },
  { files: {}, commandLine: "quiet modules-load=vfio-ap" },
  { files: {}, commandLine: "rd.modules_load=vfio_ap vfio_ap" },
  { files: {}, commandLine: "vfio_ap.debug=1 options=vfio_ap" },
  { files: {}, commandLine: "modules_load=vfio_ap modules_load=loop" },
  { files: { "etc/modules-load.d/a.conf": "vfio_ap zcrypt\nvfio_ap.ko\n" } },
  { files: { "etc/modules-load.d/a.conf": "guests\n", "etc/modprobe.d/a.conf": "alias guests vfio_ap\n" } },
  { files: { "etc/modules-load.d/a.conf": "guests-of\n", "run/modprobe.d/a.conf": "alias guest* \\\n vfio-ap\n" } },
  { files: { "etc/modules-load.d/a.conf": "vfio_ap\n", "etc/modprobe.d/a.conf": "alias vfio-ap off\n" } },
  {
    files: {
      "etc/modules-load.d/a.conf": "guests\n",
      "usr/lib/modprobe.d/a.conf": "alias guests vfio_ap\n",
      "etc/modprobe.d/a.conf": "-> /dev/null",
    },
  },
];

/** The mdev of the cases takes a queue of adapter 5. */
const isFree = (mask: { readonly ok: boolean; readonly value?: string }): boolean =>
  mask.value?.startsWith("0xf9") === true;
