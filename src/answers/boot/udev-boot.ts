// A boot as udevd makes it: the events of what was there before it, and of what comes later, are taken through the rules one after the
// other; what the rules write makes events of its own. docs/status.md says which events these are.
import { AP_BUS, AP_DEVICES, MATRIX_DEVICE } from "../../system/ap/paths.ts";
import type { Happening } from "../../system/machine/happening.ts";
import type { Sysfs } from "../../system/sysfs/sysfs.ts";
import { type Uevent, ueventVariables } from "../../system/sysfs/uevent-environment.ts";
import { bootTree } from "./boot-tree.ts";
import { type Asked, loaderOf, loadingOf, type ModuleSettings } from "./modules.ts";
import { programsOf, whatIsDone } from "./run-command.ts";
import { DeviceView } from "./udev-device.ts";
import { applyRules, type RunCommand } from "./udev-event.ts";
import type { RuleFiles } from "./udev-rule-files.ts";

export interface BootSettings {
  readonly rules: RuleFiles;
  readonly modules: ModuleSettings;
  /** Whether there is a file or directory; undefined: it cannot be told. */
  hasFile(path: string): boolean | undefined;
  readFile(path: string): string | undefined;
}

/** What the programs do that udevd starts. */
export interface BootPrograms {
  /** mdevctl start-parent-mdevs */
  startMdevs(sysfs: Sysfs): void;
  /** driverctl load-override; whether its driver is vfio_ap, which it loads. */
  loadOverride(device: string, sysfs: Sysfs): void;
  /** The driver that driverctl keeps for a device. */
  overrideOf(device: string): string | undefined;
}

export interface BootWrite {
  readonly place: string;
  readonly path: string;
  readonly value: string;
  /** Undefined: it was taken. */
  readonly errno: string | undefined;
}

/**
 * When the queues have their drivers: `late`, when udevd has loaded them, so it hears that all are bound; `early`, before udevd, because
 * the initrd has loaded them, so that it finds a count and hears nothing.
 */
export type DriversCome = "late" | "early";

/** After this many changes of the masks, rules answer to one another for ever. */
const MOST_CHANGES = 64;

export class UdevBoot {
  readonly writes: BootWrite[] = [];
  /** Places of rules that applied to an event. */
  readonly reached = new Set<string>();
  /** By place, conditions that nobody here can decide. */
  readonly undecided = new Map<string, string>();
  readonly unknownCommands: RunCommand[] = [];
  /** All that udevd runs, in order. */
  readonly commands: string[] = [];
  /** Units of systemd that rules have it start, but for driverctl's. */
  readonly wantedUnits = new Set<string>();
  /** Programs of rules that are not there, one sentence each. */
  readonly missing: string[] = [];
  hasStartedMdevs = false;
  loadedBy: string | undefined;
  /** Why a load came to nothing. */
  blockedBy: string | undefined;
  /** What may have loaded vfio_ap, one sentence each. */
  readonly openLoads: string[] = [];
  #isLoaded = false;
  #areDriversThere = false;
  #isComplete = false;
  readonly #tree: Sysfs;
  readonly #settings: BootSettings;
  readonly #programs: BootPrograms;
  readonly #held: ReadonlySet<string>;
  readonly #commandLine: ReadonlyMap<string, string>;
  readonly #tags = new Map<string, ReadonlySet<string>>();
  #queue: Uevent[] = [];
  #changes = 0;
  /** Kept from the kernel's own start, for the moment they are due. */
  readonly #registered: Uevent[] = [];
  readonly #bound: Uevent[] = [];
  readonly #completed: Uevent[] = [];

  /** @param held places of rules whose undecided conditions are taken to hold */
  constructor(sysfs: Sysfs, settings: BootSettings, programs: BootPrograms, held: ReadonlySet<string> = new Set()) {
    const boot = this;
    this.#tree = bootTree(sysfs, {
      get isLoaded() {
        return boot.#isLoaded;
      },
      get isComplete() {
        return boot.#isComplete;
      },
    });
    this.#settings = settings;
    this.#programs = programs;
    this.#held = held;
    this.#commandLine = new Map(settings.modules.parameters.map(({ name, value }) => [name, value]));
  }

  /** Rules change the masks for ever, because each change is an event that they answer to. */
  get isCircle(): boolean {
    return this.#changes > MOST_CHANGES;
  }

  /** What the kernel says while it starts, before anything of this is run. */
  keep(happening: Happening): void {
    if (happening.kind !== "uevent") return;
    if (happening.device.startsWith(`/${MATRIX_DEVICE}`)) this.#registered.push(happening);
    else if (happening.action === "bind") this.#bound.push(happening);
    else if (happening.variables.includes("BINDINGS=complete")) this.#completed.push(happening);
  }

  /** What the kernel says from then on. */
  hear(happening: Happening): void {
    if (happening.kind === "uevent") this.#queue.push(happening);
  }

  /** @param needsVfioAp queues are left to vfio_ap from the start, so that not all have a driver without it */
  run(come: DriversCome, needsVfioAp: boolean): void {
    const loader = loaderOf(this.#settings.modules);
    if (loader !== undefined) this.#load(loader.place, { names: [loader.name], heedsBlacklist: true });
    // What it says then is not lost: all that is there gets an event.
    this.#queue = [];
    this.#areDriversThere = come === "early";
    const canComplete = (): boolean => this.#areDriversThere && (this.#isLoaded || !needsVfioAp);
    this.#isComplete = canComplete();
    this.coldplug(come);
    if (come === "late") {
      this.#areDriversThere = true;
      for (const path of DRIVER_PATHS) this.#add(path);
      this.#load("zcrypt", { names: ["zcrypt", "zcrypt_cex4"], heedsBlacklist: true });
      this.#queue.push(...this.#bound);
      this.#drain();
    }
    if (this.#isComplete || !canComplete()) return;
    this.#isComplete = true;
    this.#queue.push(...this.#completed);
    this.#drain();
  }

  /** systemd-udev-trigger: an event for everything that is there. */
  coldplug(come: DriversCome): void {
    const isLater = (path: string): boolean => come === "late" && DRIVER_PATHS.includes(path);
    const tree = this.#tree;
    const names = (path: string): readonly string[] => {
      const listed = tree.list(path);
      return listed.ok ? listed.value.map((name) => `${path}/${name}`) : [];
    };
    const buses = names("bus");
    const devices = [
      ...names(AP_DEVICES).filter((path) => /\/card..$/.test(path)),
      ...names(AP_DEVICES).flatMap((card) => names(card).filter((path) => /\/..\.....$/.test(path))),
      MATRIX_DEVICE,
      "devices/virtual/misc/z90crypt",
    ];
    const drivers = buses.flatMap((bus) => names(`${bus}/drivers`));
    for (const path of [...names("module"), ...buses, ...drivers, ...devices.sort()])
      if (!isLater(path)) this.#add(path);
    this.#drain();
  }

  /** The event that all queues have a driver, as the kernel sends it for the first time. */
  complete(): void {
    this.#queue.push({
      kind: "uevent",
      action: "change",
      device: `/${AP_DEVICES}`,
      variables: ["BINDINGS=complete", "COMPLETECOUNT=1"],
      properties: [],
    });
    this.#drain();
  }

  /** As it is in a host, and in a lab, from the start. */
  assumeLoaded(): void {
    [this.#isLoaded, this.#areDriversThere, this.#isComplete] = [true, true, true];
  }

  #add(path: string): void {
    if (!this.#tree.list(path).ok) return;
    const shown = this.#tree.read(`${path}/uevent`);
    const properties = (shown.ok ? shown.value : "")
      .split("\n")
      .filter((line) => line !== "" && !/^(?:DEVTYPE|DRIVER)=/.test(line));
    this.#queue.push({
      kind: "uevent",
      action: "add",
      device: `/${path}`,
      variables: this.#areDriversThere ? ["SYNTH_UUID=0"] : [],
      properties,
    });
  }

  #drain(): void {
    // Looked at by its place: what a large host says is much.
    for (let at = 0; at < this.#queue.length && !this.isCircle; at++) this.#event(this.#queue[at] as Uevent);
    this.#queue = [];
  }

  #event(event: Uevent): void {
    if (event.variables.some((text) => /^A[PQ]MASK=/.test(text))) this.#changes++;
    const variables = [`ACTION=${event.action}`, `DEVPATH=${event.device}`, ...ueventVariables(this.#tree, event)];
    const properties = new Map(
      variables.map((text) => [text.split("=", 1)[0] as string, text.slice(text.indexOf("=") + 1)]),
    );
    const device = new DeviceView(this.#tree, event.device.slice(1), properties);
    const { hasFile, readFile, rules } = this.#settings;
    const outcome = applyRules(rules, device, {
      hasFile,
      readFile,
      commandLine: this.#commandLine,
      tags: this.#tags,
      undecided: (place, condition) => {
        this.undecided.set(place, condition);
        return this.#held.has(place);
      },
      write: (place, path, value) => this.#write(place, path, value),
      reached: (place) => this.reached.add(place),
    });
    for (const command of outcome.run) this.#command(command);
    const wanted = (outcome.properties.get("SYSTEMD_WANTS") ?? "").split(/\s+/).filter((unit) => unit !== "");
    for (const unit of wanted) {
      const name = /^driverctl@(\S+)\.service$/.exec(unit)?.[1];
      if (name === undefined) {
        this.wantedUnits.add(unit);
        continue;
      }
      if (this.#programs.overrideOf(name) === "vfio_ap")
        this.#load(`driverctl's ${name}`, { names: ["vfio_ap"], heedsBlacklist: false });
      this.#programs.loadOverride(name, this.#tree);
    }
  }

  #write(place: string, path: string, value: string): void {
    const result = this.#tree.write(path, value);
    this.writes.push({ place, path, value, errno: result.ok ? undefined : result.errno });
  }

  #command(run: RunCommand): void {
    this.commands.push(run.command);
    const done = whatIsDone(run);
    if (done.kind === "nothing") return;
    const missing = programsOf(run.command).find((path) => this.#settings.hasFile(path) === false);
    if (missing !== undefined && !run.isBuiltin) {
      this.missing.push(`${run.place}: there is no ${missing}, so what it is to do is not done`);
      return;
    }
    if (done.kind === "unknown") this.unknownCommands.push(run);
    if (done.kind === "write") this.#write(run.place, done.path, done.value);
    if (done.kind === "load") this.#load(run.place, done);
    if (done.kind === "start-mdevs" && done.parent === MATRIX_DEVICE.slice(MATRIX_DEVICE.lastIndexOf("/") + 1)) {
      this.hasStartedMdevs = true;
      if (this.#isLoaded) this.#programs.startMdevs(this.#tree);
    }
  }

  #load(place: string, asked: Asked): void {
    if (this.#isLoaded) return;
    const loading = loadingOf(asked, this.#settings.modules);
    if (loading.kind === "blocked") this.blockedBy = loading.by;
    if (loading.kind === "unknown") this.openLoads.push(loading.told);
    if (loading.kind !== "loaded") return;
    [this.#isLoaded, this.loadedBy] = [true, loading.softdep ?? place];
    for (const path of VFIO_AP_PATHS) this.#add(path);
    this.#queue.push(...this.#registered);
  }
}

const DRIVER_PATHS: readonly string[] = [
  "module/zcrypt",
  "module/zcrypt_cex4",
  "devices/virtual/misc/z90crypt",
  `${AP_BUS}/drivers/cex4card`,
  `${AP_BUS}/drivers/cex4queue`,
];
const VFIO_AP_PATHS: readonly string[] = [
  "module/vfio_ap",
  "bus/matrix",
  MATRIX_DEVICE,
  "bus/matrix/drivers/vfio_ap",
  `${AP_BUS}/drivers/vfio_ap`,
];
