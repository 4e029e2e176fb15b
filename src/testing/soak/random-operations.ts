// Random operations on a host: mostly sensible ones, so that guests have queues to lose, and some that no sane person would try.
import { apqnOf, formatApid, formatApqn } from "../../system/ap/apqn.ts";
import { type Apid, type Apqi, asApid, asApqi, type ControlDomain } from "../../system/ap/id.ts";
import { maskOf } from "../../system/ap/mask.ts";
import { formatMask } from "../../system/ap/mask-text.ts";
import { RC } from "../../system/ap/response-code.ts";
import { cardChange, type Hw, type Init, type Operation } from "../../system/trace/operation.ts";
import type { Random } from "./random.ts";

/** How large a host is, and how many mdevs and guests it has. */
export interface Size {
  readonly adapters: number;
  readonly domains: number;
  readonly mdevs: number;
}

const uuidOf = (m: number): string => `6d646576-0000-4000-8000-${m.toString(16).padStart(12, "0")}`;
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const NUMBER_ATTRIBUTES = [
  "assign_adapter",
  "assign_adapter",
  "assign_domain",
  "assign_domain",
  "unassign_adapter",
  "unassign_domain",
  "assign_control_domain",
  "unassign_control_domain",
] as const;

/** A little above the size, so that some numbers are beyond what the machine has, or can have. */
const BEYOND = 2;

export class RandomOperations {
  readonly #random: Random;
  readonly #size: Size;

  constructor(random: Random, size: Size) {
    this.#random = random;
    this.#size = size;
  }

  /** Power on: everything, sometimes with a part missing. The highest numbers are those of the size, so that buffers stay small. */
  init(): Init {
    const { adapters, domains } = this.#size;
    const some = (n: number) => range(n).filter(() => !this.#random.oneIn(6));
    return {
      op: "init",
      apxa: true,
      qci: !this.#random.oneIn(50),
      maxAdapter: adapters - 1,
      maxDomain: domains - 1,
      type: 12,
      types: new Map(this.#random.oneIn(4) ? [[this.#random.below(adapters), this.#random.pick([9, 10, 14, 15])]] : []),
      modes: new Map(),
      serials: new Map(),
      apm: maskOf(some(adapters) as Apid[]),
      aqm: maskOf(some(domains) as Apqi[]),
      adm: maskOf(some(domains) as ControlDomain[]),
      apmask: this.#random.oneIn(3) ? undefined : "0x0",
      aqmask: undefined,
      hostDrivers: "zcrypt",
    };
  }

  next(): Operation {
    const random = this.#random;
    const x = random.below(100);
    if (x < 22) return this.#binding("vfio_ap");
    if (x < 25) return this.#binding("cex4queue");
    if (x < 55) return this.#numberWrite();
    if (x < 61) return this.#apConfig();
    if (x < 66) return this.#write(`${TYPE}/create`, `${this.#uuid()}\n`);
    if (x < 68) return this.#write(`${this.#mdev()}/remove`, random.oneIn(6) ? "0\n" : "1\n");
    if (x < 73) return { op: "open", guest: random.oneIn(20) ? null : this.#guest(), mdev: this.#uuid() };
    if (x < 76) return { op: random.oneIn(2) ? "close" : "reset", guest: this.#guest(), mdev: this.#uuid() };
    if (x < 79) return this.#maskWrite();
    if (x < 81) return this.#override();
    if (x < 86) return this.#interrupts();
    if (x < 87) return { op: "unmap", guest: this.#guest(), mdev: this.#uuid(), ...random.pick(RANGES) };
    if (x < 90) return this.#hardware();
    if (x < 92) return this.#card();
    if (x < 93) return this.#fault();
    if (x < 98) return { op: "scan", part: random.oneIn(3) ? random.pick(SCAN_PARTS) : "all" };
    if (x < 99) return { op: "request", mdev: this.#uuid() };
    return { op: "eventfd", guest: this.#guest(), mdev: this.#uuid(), index: random.below(2), on: !random.oneIn(3) };
  }

  #write(path: string, value: string): Operation {
    return { op: "write", path, value };
  }

  #uuid(): string {
    return uuidOf(this.#random.below(this.#size.mdevs + 1));
  }

  #mdev(): string {
    return `devices/vfio_ap/matrix/${this.#uuid()}`;
  }

  #guest(): string {
    return `g${this.#random.below(this.#size.mdevs)}`;
  }

  #queue(): string {
    return formatApqn(this.#apqn());
  }

  #apqn() {
    const { adapters, domains } = this.#size;
    return apqnOf(asApid(this.#random.below(adapters)), asApqi(this.#random.below(domains)));
  }

  #binding(driver: "vfio_ap" | "cex4queue"): Operation {
    const verb = this.#random.oneIn(2) ? "bind" : "unbind";
    if (this.#random.oneIn(40)) return this.#write("bus/ap/drivers_probe", `${this.#queue()}\n`);
    return this.#write(`bus/ap/drivers/${driver}/${verb}`, `${this.#queue()}\n`);
  }

  #numberWrite(): Operation {
    const name = this.#random.pick(NUMBER_ATTRIBUTES);
    const limit = name.endsWith("adapter") ? this.#size.adapters : this.#size.domains;
    const id = this.#random.below(this.#random.oneIn(20) ? limit + BEYOND : limit);
    return this.#write(`${this.#mdev()}/${name}`, `${id}\n`);
  }

  #ids(limit: number): number[] {
    const share = this.#random.below(4) + 1;
    return range(limit).filter(() => this.#random.oneIn(share));
  }

  #apConfig(): Operation {
    const { adapters, domains } = this.#size;
    const masks = [
      formatMask(maskOf(this.#ids(adapters) as Apid[])),
      formatMask(maskOf(this.#ids(domains) as Apqi[])),
      formatMask(maskOf(this.#ids(domains) as ControlDomain[])),
    ];
    return this.#write(`${this.#mdev()}/ap_config`, `${masks.join(",")}\n`);
  }

  #maskWrite(): Operation {
    const random = this.#random;
    const name = random.pick(["apmask", "aqmask"] as const);
    if (random.oneIn(6)) return this.#write(`bus/ap/${name}`, random.pick(["\n", "-0-255\n", "+0-255\n", "+256\n"]));
    const limit = name === "apmask" ? this.#size.adapters : this.#size.domains;
    return this.#write(`bus/ap/${name}`, `${random.pick(["+", "-"])}${random.below(limit)}\n`);
  }

  #override(): Operation {
    const text = this.#random.pick(["vfio_ap\n", "cex4queue", "\n", "nobody\n"]);
    return this.#write(`bus/ap/devices/${this.#queue()}/driver_override`, text);
  }

  #interrupts(): Operation {
    const random = this.#random;
    const nib = random.pick([0, 0x2000, 0x2008, 0x5000, 0x1000000]);
    return { op: "aqic", guest: this.#guest(), q: this.#apqn(), enable: !random.oneIn(3), isc: random.below(8), nib };
  }

  #hardware(): Hw {
    const { adapters, domains } = this.#size;
    const some = (n: number, odds: number) => (this.#random.oneIn(odds) ? [this.#random.below(n)] : []);
    return {
      op: "hw",
      apm: undefined,
      aqm: undefined,
      adm: undefined,
      rmAp: some(adapters, 3),
      rmDom: some(domains, 4),
      rmCd: some(domains, 4),
      addAp: [...some(adapters, 2), ...some(adapters, 2)],
      addDom: [...some(domains, 2), ...some(domains, 2)],
      addCd: some(domains, 2),
    };
  }

  #card(): Operation {
    const random = this.#random;
    const id = random.below(this.#size.adapters);
    if (random.oneIn(4)) return this.#write(`devices/ap/card${formatApid(asApid(id))}/config`, random.pick(["0", "1"]));
    if (random.oneIn(4)) return cardChange(id, { type: random.pick([9, 11, 12, 12, 12, 15]) });
    return cardChange(id, random.oneIn(2) ? { config: !random.oneIn(3) } : { chkstop: random.oneIn(3) });
  }

  #fault(): Operation {
    const random = this.#random;
    const reset = random.pick(["ok", "ok", "ok", RC.busy, RC.resetInProgress, 1, 3, 4, 0x0b, 0x42] as const);
    const aqic = random.pick([undefined, "ok", RC.busy, 1, 6] as const);
    return { op: "fault", q: this.#apqn(), reset, aqic };
  }
}

const TYPE = "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough";

/** Then other operations come between the parts, and a part may come without the one before it. */
const SCAN_PARTS = ["notice", "devices", "complete"] as const;

const RANGES = [
  { iova: 0, len: 1 },
  { iova: 0x2000, len: 0x1000 },
  { iova: 0x2000, len: 8 },
  { iova: 0x5000, len: 0 },
  { iova: 0, len: 2 ** 64 },
] as const;
