// The workload "mix" of docs/workload-mix.md: what a busy host sees, in random order, with a check sum over all answers.
import { type Apqn, apidOf, apqnOf, formatApqn } from "../../system/ap/apqn.ts";
import { ERRNO } from "../../system/ap/errno.ts";
import { type Apid, asApid, asApqi } from "../../system/ap/id.ts";
import { newMask } from "../../system/ap/mask.ts";
import type { Result } from "../../system/ap/result.ts";
import { scan } from "../../system/bus/scan.ts";
import { changeMasks } from "../../system/machine/hardware.ts";
import type { Mdev } from "../../system/machine/mdev.ts";
import { driverDirectory } from "../../system/sysfs/driver-directory.ts";
import { numberAttribute } from "../../system/sysfs/mdev-directory.ts";
import type { Attribute } from "../../system/sysfs/node.ts";
import { resetMdev } from "../../system/vfio-ap/guest.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { disableInterrupts, enableInterrupts } from "../../system/vfio-ap/interrupts.ts";
import { TRACE_PROFILE } from "../../system/vfio-ap/profiles.ts";
import { addGuests, bootBenchHost } from "./bench-host.ts";
import { Fnv64, Random64 } from "./random64.ts";

export interface MixParameters {
  /** Adapters and domains, 1..256. */
  readonly n: number;
  /** Mdevs and guests, 1..n. */
  readonly m: number;
  /** Operations. */
  readonly k: number;
  readonly seed: number;
}

export interface MixResult {
  /** CPU seconds of the operations, without set-up and check sum. */
  readonly seconds: number;
  readonly checksum: string;
}

const ATTRIBUTES = [
  "assign_domain",
  "unassign_domain",
  "assign_adapter",
  "unassign_adapter",
  "assign_control_domain",
  "unassign_control_domain",
] as const;

/** The first number above the draws of each operation. */
const UP_TO = { unbind: 25, bind: 50, attributes: [63, 76, 83, 90, 93, 96], interrupts: 98, reset: 99 } as const;

const answerOf = (result: Result<unknown>, done: number): number => (result.ok ? done : -ERRNO[result.errno]);

/** Call the store function of an attribute, which answers the number of bytes or an error. */
const store = (attribute: Attribute, text: string): number =>
  answerOf((attribute.store as NonNullable<Attribute["store"]>)(text, text.length), text.length);

const INTERRUPTS = { isc: 3, nib: 0x2000 } as const;

/** A host and the draws that drive it. */
class Mix {
  readonly #host: Host;
  readonly #mdevs: readonly Mdev[];
  readonly #random: Random64;
  readonly #n: number;
  readonly #m: number;
  readonly #bind: Attribute;
  readonly #unbind: Attribute;
  readonly #attributes: readonly (readonly Attribute[])[];
  /** Texts are made beforehand, as a shell would have them. */
  readonly #queueNames: readonly string[];
  readonly #numbers: readonly string[];
  readonly #unbound: Apqn[] = [];
  readonly #masks = { apm: newMask<Apid>() };
  #gone: Apid | undefined;

  constructor({ n, m, seed }: MixParameters) {
    this.#host = bootBenchHost(n, m, TRACE_PROFILE);
    this.#mdevs = addGuests(this.#host, n, m);
    this.#random = new Random64(seed);
    this.#n = n;
    this.#m = m;
    const driver = driverDirectory(this.#host, "vfio_ap");
    this.#bind = driver.child("bind") as Attribute;
    this.#unbind = driver.child("unbind") as Attribute;
    this.#attributes = ATTRIBUTES.map((name) =>
      this.#mdevs.map((mdev) => numberAttribute(this.#host, () => mdev, name)),
    );
    this.#queueNames = Array.from({ length: n * 256 }, (_, apqn) => `${formatApqn(apqn as Apqn)}\n`);
    this.#numbers = Array.from({ length: 256 }, (_, id) => `${id}\n`);
  }

  /** One operation; its answer as a number. */
  step(): number {
    const random = this.#random;
    const x = random.below(100);
    if (x < UP_TO.unbind) return this.#unbound.length >= this.#n ? this.#bindOne() : this.#unbindOne();
    if (x < UP_TO.bind) return this.#bindOne();
    for (let i = 0; i < ATTRIBUTES.length; i++) if (x < (UP_TO.attributes[i] as number)) return this.#write(i);
    if (x < UP_TO.interrupts) return this.#controlInterrupts();
    if (x < UP_TO.reset) return answerOf(resetMdev(this.#host, this.#mdevs[random.below(this.#m)] as Mdev), 0);
    return this.#changeHardware();
  }

  #drawQueue(): Apqn {
    const apid = asApid(this.#random.below(this.#n));
    return apqnOf(apid, asApqi(this.#random.below(this.#n)));
  }

  #unbindOne(): number {
    const apqn = this.#drawQueue();
    const answer = store(this.#unbind, this.#queueNames[apqn] as string);
    if (answer >= 0) this.#unbound.push(apqn);
    return answer;
  }

  #bindOne(): number {
    const { length } = this.#unbound;
    let apqn: Apqn;
    if (length === 0) {
      apqn = this.#drawQueue();
    } else {
      const j = this.#random.below(length);
      apqn = this.#unbound[j] as Apqn;
      const last = this.#unbound.pop() as Apqn;
      if (j < length - 1) this.#unbound[j] = last;
    }
    return store(this.#bind, this.#queueNames[apqn] as string);
  }

  #write(attribute: number): number {
    const m = this.#random.below(this.#m);
    const ofAdapter = attribute === 2 || attribute === 3;
    const id = ofAdapter
      ? m + this.#m * this.#random.below(Math.floor(this.#n / this.#m))
      : this.#random.below(this.#n);
    const node = (this.#attributes[attribute] as readonly Attribute[])[m] as Attribute;
    return store(node, this.#numbers[id] as string);
  }

  #controlInterrupts(): number {
    const m = this.#random.below(this.#m);
    const apid = asApid(m + this.#m * this.#random.below(Math.floor(this.#n / this.#m)));
    const apqn = apqnOf(apid, asApqi(this.#random.below(this.#n)));
    const mdev = this.#mdevs[m] as Mdev;
    const enable = this.#random.below(2) === 1;
    return enable ? enableInterrupts(this.#host, mdev, apqn, INTERRUPTS) : disableInterrupts(this.#host, mdev, apqn);
  }

  #changeHardware(): number {
    const { state } = this.#host;
    const { apm } = this.#masks;
    apm.copy(state.machine.apm);
    const adapter = this.#gone ?? asApid(this.#random.below(this.#n));
    apm.set(adapter, this.#gone !== undefined);
    this.#gone = this.#gone === undefined ? adapter : undefined;
    changeMasks(state, { apm, aqm: state.machine.aqm, adm: state.machine.adm });
    scan(this.#host);
    if (this.#gone !== undefined) this.#dropUnbound(this.#gone);
    return 0;
  }

  #dropUnbound(apid: Apid): void {
    let kept = 0;
    for (const apqn of this.#unbound) if (apidOf(apqn) !== apid) this.#unbound[kept++] = apqn;
    this.#unbound.length = kept;
  }

  /** What the guests run with at the end, added to the check sum of the answers. */
  addGuestMasks(checksum: Fnv64): void {
    for (const mdev of this.#mdevs) {
      for (const mask of [mdev.guestMasks.apm, mdev.guestMasks.aqm, mdev.guestMasks.adm]) {
        // Ids are counted from the left in a 64-bit word, and its bytes come lowest first: from the last id to the first.
        for (let word = 0; word < 4; word++) {
          for (let byte = 7; byte >= 0; byte--) {
            let value = 0;
            for (let bit = 0; bit < 8; bit++) {
              if ((mask as typeof mdev.guestMasks.apm).has(asApid(word * 64 + byte * 8 + bit))) value |= 0x80 >> bit;
            }
            checksum.byte(value);
          }
        }
      }
    }
  }
}

/** Operations on a separate host before the measured ones, so that the compiler has finished. */
const WARM_UP = 400_000;
const WARM_UP_SECONDS = 2;

function warmUp(parameters: MixParameters): void {
  const mix = new Mix(parameters);
  const start = process.cpuUsage();
  for (let i = 0; i < WARM_UP; i++) {
    mix.step();
    if (i % 1000 === 0 && process.cpuUsage(start).user > WARM_UP_SECONDS * 1e6) return;
  }
}

export function runMix(parameters: MixParameters): MixResult {
  warmUp(parameters);
  const mix = new Mix(parameters);
  const answers = new Int32Array(parameters.k);
  const start = process.cpuUsage();
  for (let i = 0; i < parameters.k; i++) answers[i] = mix.step();
  const { user, system } = process.cpuUsage(start);
  const checksum = new Fnv64();
  for (const answer of answers) checksum.integer(answer);
  mix.addGuestMasks(checksum);
  return { seconds: (user + system) / 1e6, checksum: checksum.hex() };
}
