// A host is one flat buffer; this is the set of named views of it. Views are made once, so a step allocates nothing; a copy of
// the buffer is a snapshot, equal buffers are equal hosts. What the hardware does with it stands in hardware.ts.

import { type Apqn, apidOf, apqiOf } from "../ap/apqn.ts";
import { CARD_MODES, type CardMode } from "../ap/card-type.ts";
import { type Apid, type Apqi, type ControlDomain, ID_LIMIT } from "../ap/id.ts";
import { type Apm, type Aqm, Mask, wordsFor } from "../ap/mask.ts";
import type { Matrix } from "../ap/matrix.ts";
import type { Product } from "../ap/product.ts";
import type { Beneath } from "./beneath.ts";
import type { Facts } from "./facts.ts";
import {
  ADAPTER_MASKS,
  CONTROL_MASKS,
  DOMAIN_MASKS,
  type Layout,
  QUEUE_BITS,
  QUEUE_FIELDS,
  SCALAR_AT,
  type Scalar,
} from "./layout.ts";
import { Mdev } from "./mdev.ts";
import { MdevPlaces } from "./mdev-places.ts";
import type { Names } from "./names.ts";
import { QueueBits, QueueField } from "./rows.ts";
import { Scratch } from "./scratch.ts";
import { SecureQueues } from "./secure-queues.ts";

export class HostState {
  readonly facts: Facts;
  readonly layout: Layout;
  readonly words: Uint32Array;
  readonly names: Names;
  readonly scratch: Scratch;

  /** The machine as it is; the host notices at its next scan. */
  readonly machine: Matrix;
  /** What of it answers: all, unless the machine is a guest whose own host has lost something (guest-machine.ts). */
  answering: Product;
  /** The host whose guest this machine is, if it is one. */
  beneath: Beneath | undefined;
  readonly deconfigured: Apm;
  readonly checkstopped: Apm;
  /** What the bus read last with the query instruction. */
  readonly qci: Matrix;
  /** The driver's copy of that, replaced once it has dealt with a change. */
  readonly info: Matrix;

  readonly apmask: Apm;
  readonly aqmask: Aqm;
  readonly cards: Apm;
  readonly cardsBound: Apm;
  readonly cardsDeconfigured: Apm;
  readonly cardsCheckstopped: Apm;
  readonly cardsOffline: Apm;
  /** Cards whose host queues were bound in another order than by domain: bindRank says in which. */
  readonly bindOrder: Apm;
  /** Cards whose count of requests still holds those from before the boot. */
  readonly cardsCounting: Apm;

  /** Hardware: interrupts on at the queue; some fault set. */
  readonly interrupts: QueueBits;
  readonly faulty: QueueBits;
  /** Queue devices of the bus, and who has them. */
  readonly devices: QueueBits;
  readonly vfioBound: QueueBits;
  readonly cexBound: QueueBits;
  /** Bound to vfio_ap and in the table of the mdev its APQN is assigned to. */
  readonly linked: QueueBits;
  /** Not linked, but still pointing to an mdev (docs/kernel/faults.md B-1). */
  readonly stale: QueueBits;
  /** Bound to vfio_ap, but its last reset ended so that no guest may have it. */
  readonly unpassable: QueueBits;
  /** vfio_ap holds an ISC or an NIB address for it. */
  readonly registered: QueueBits;
  readonly overridden: QueueBits;
  /** What the queue device holds, as last seen by a scan. */
  readonly queuesDeconfigured: QueueBits;
  readonly queuesCheckstopped: QueueBits;
  /** Device state of the bus: operating, or in error; neither: uninitiated. */
  readonly up: QueueBits;
  readonly bad: QueueBits;
  /** Where the bus is with its reset of the queue: it has to be started, or waited for; neither: idle. */
  readonly resetStart: QueueBits;
  readonly resetWait: QueueBits;
  readonly queuesOffline: QueueBits;
  /** Bound to cex4queue before its card was last bound to cex4card, or that card was offline when it was unbound. */
  readonly oldCard: QueueBits;
  readonly oldCardOffline: QueueBits;
  /** Queues whose count of requests still holds those from before the boot. */
  readonly counting: QueueBits;

  /** 0 none, 0x100 | code; reset faults busy and in progress hold 05 and 02. */
  readonly resetFault: QueueField;
  readonly aqicFault: QueueField;
  /** Address of the notification byte, 0 none; ISC + 1, 0 none. */
  readonly nib: QueueField;
  readonly isc: QueueField;
  /** Response code of the last reset, kept while it makes the queue unpassable. */
  readonly resetRc: QueueField;
  /** For a stale queue: 1 + index of the mdev it points to, or DANGLING when that is gone. */
  readonly staleMdev: QueueField;
  /** Number of the text in driver_override, for an overridden queue. */
  readonly override: QueueField;
  /** Place in the order in which the host queues of its card were bound, from 0, where that is not their order by domain. */
  readonly bindRank: QueueField;
  /** Which run of the order of devices the queue's belongs to, from 1; 0 no device. */
  readonly deviceRun: QueueField;

  /** Undefined: the machine has no secure binding. */
  readonly secure: SecureQueues | undefined;

  readonly mdevs: readonly Mdev[];
  readonly #places = new MdevPlaces(this);

  constructor(facts: Facts, layout: Layout, words: Uint32Array, names: Names) {
    this.facts = facts;
    this.layout = layout;
    this.words = words;
    this.names = names;
    this.scratch = new Scratch(layout);

    const width = wordsFor(ID_LIMIT);
    const maskNames: readonly string[] = [...ADAPTER_MASKS, ...DOMAIN_MASKS, ...CONTROL_MASKS];
    const maskAt = (name: string) => layout.masks + maskNames.indexOf(name) * width;
    const apm = (name: (typeof ADAPTER_MASKS)[number]) => new Mask<Apid>(words, maskAt(name), width);
    const aqm = (name: (typeof DOMAIN_MASKS)[number]) => new Mask<Apqi>(words, maskAt(name), width);
    const adm = (name: (typeof CONTROL_MASKS)[number]) => new Mask<ControlDomain>(words, maskAt(name), width);
    this.machine = { apm: apm("machineApm"), aqm: aqm("machineAqm"), adm: adm("machineAdm") };
    this.answering = this.machine;
    this.beneath = undefined;
    this.qci = { apm: apm("qciApm"), aqm: aqm("qciAqm"), adm: adm("qciAdm") };
    this.info = { apm: apm("infoApm"), aqm: aqm("infoAqm"), adm: adm("infoAdm") };
    this.deconfigured = apm("deconfigured");
    this.checkstopped = apm("checkstopped");
    this.apmask = apm("apmask");
    this.aqmask = aqm("aqmask");
    this.cards = apm("cards");
    this.cardsBound = apm("cardsBound");
    this.cardsDeconfigured = apm("cardsDeconfigured");
    this.cardsCheckstopped = apm("cardsCheckstopped");
    this.cardsOffline = apm("cardsOffline");
    this.bindOrder = apm("bindOrder");
    this.cardsCounting = apm("cardsCounting");

    const bits = (name: (typeof QUEUE_BITS)[number]) =>
      new QueueBits(
        words,
        layout.queueBits + QUEUE_BITS.indexOf(name) * layout.adapters * layout.domainWidth,
        layout.adapters,
        layout.domainWidth,
      );
    this.interrupts = bits("interrupts");
    this.faulty = bits("faulty");
    this.devices = bits("devices");
    this.vfioBound = bits("vfioBound");
    this.cexBound = bits("cexBound");
    this.linked = bits("linked");
    this.stale = bits("stale");
    this.unpassable = bits("unpassable");
    this.registered = bits("registered");
    this.overridden = bits("overridden");
    this.queuesDeconfigured = bits("queuesDeconfigured");
    this.queuesCheckstopped = bits("queuesCheckstopped");
    this.up = bits("up");
    this.bad = bits("bad");
    this.resetStart = bits("resetStart");
    this.resetWait = bits("resetWait");
    this.queuesOffline = bits("queuesOffline");
    this.oldCard = bits("oldCard");
    this.oldCardOffline = bits("oldCardOffline");
    this.counting = bits("counting");

    const field = (name: keyof typeof QUEUE_FIELDS) => {
      const [word, shift, count] = QUEUE_FIELDS[name];
      const at = layout.queueWords + word * layout.adapters * layout.domains;
      return new QueueField(words, at, layout.domains, shift, count);
    };
    this.resetFault = field("resetFault");
    this.aqicFault = field("aqicFault");
    this.nib = field("nib");
    this.isc = field("isc");
    this.resetRc = field("resetRc");
    this.staleMdev = field("staleMdev");
    this.override = field("override");
    this.bindRank = field("bindRank");
    this.deviceRun = field("deviceRun");
    this.secure = layout.secure === true ? new SecureQueues(words, layout) : undefined;

    this.mdevs = Array.from({ length: layout.mdevs }, (_, index) => new Mdev(words, layout, index));
  }

  /** All words become those of another host of the same layout. */
  overwrite(words: Uint32Array): void {
    this.words.set(words);
    this.#places.forget();
  }

  get(scalar: Scalar): number {
    return this.words[this.layout.scalars + SCALAR_AT[scalar]] as number;
  }

  set(scalar: Scalar, value: number): void {
    this.words[this.layout.scalars + SCALAR_AT[scalar]] = value;
  }

  /** Type number and mode of the card in the machine, whether or not the host has noticed. */
  machineType(apid: Apid): number {
    return (this.words[this.layout.adapterFacts + apid] as number) & 0xff;
  }

  machineMode(apid: Apid): CardMode {
    return CARD_MODES[(this.words[this.layout.adapterFacts + apid] as number) >> 8] as CardMode;
  }

  setMachineCard(apid: Apid, type: number, mode: CardMode): void {
    this.words[this.layout.adapterFacts + apid] = type | (CARD_MODES.indexOf(mode) << 8);
  }

  /** The cards of the machine are those of another one. */
  takeMachineCards({ words, layout }: HostState): void {
    const cards = words.subarray(layout.adapterFacts, layout.adapterFacts + ID_LIMIT);
    this.words.set(cards, this.layout.adapterFacts);
  }

  /** The same as the card device of the bus was created with. */
  cardType(apid: Apid): number {
    return (this.words[this.layout.adapterFacts + ID_LIMIT + apid] as number) & 0xff;
  }

  cardMode(apid: Apid): CardMode {
    return CARD_MODES[(this.words[this.layout.adapterFacts + ID_LIMIT + apid] as number) >> 8] as CardMode;
  }

  /** The card device takes over what the machine says now. */
  adoptCard(apid: Apid): void {
    this.words[this.layout.adapterFacts + ID_LIMIT + apid] = this.words[this.layout.adapterFacts + apid] as number;
  }

  /** The machine has the card as the device was created. */
  cardIsAsCreated(apid: Apid): boolean {
    return (
      this.words[this.layout.adapterFacts + ID_LIMIT + apid] === (this.words[this.layout.adapterFacts + apid] as number)
    );
  }

  forgetCard(apid: Apid): void {
    this.words[this.layout.adapterFacts + ID_LIMIT + apid] = 0;
  }

  /** Mdevs there are, those being removed too, newest first: the n-th, n 0..mdevCount-1. */
  mdevAt(n: number): Mdev {
    return this.mdevs[this.words[this.layout.mdevOrder + n] as number] as Mdev;
  }

  get mdevCount(): number {
    return this.words[this.layout.scalars + SCALAR_AT.mdevCount] as number;
  }

  /** All of them. For views and tests: it allocates. */
  listedMdevs(): readonly Mdev[] {
    return Array.from({ length: this.mdevCount }, (_, n) => this.mdevAt(n));
  }

  /** The mdev of this UUID, one that is being removed too. */
  mdevOfUuid(uuid: readonly number[]): Mdev | undefined {
    return this.#places.ofUuid(uuid);
  }

  /** The mdev that this guest has open. */
  mdevOfGuest(guest: number): Mdev | undefined {
    return this.#places.ofGuest(guest);
  }

  /** The first slot that no mdev has. */
  freeSlot(): Mdev | undefined {
    return this.#places.firstFree();
  }

  attach(mdev: Mdev, guest: number): void {
    mdev.guest = guest;
    this.#places.attached(mdev, guest);
  }

  detach(mdev: Mdev, guest: number): void {
    mdev.guest = undefined;
    this.#places.detached(guest);
  }

  /** Put a slot, which has its UUID, at the head of the list. */
  enlistMdev(mdev: Mdev): void {
    const { mdevOrder } = this.layout;
    this.words.copyWithin(mdevOrder + 1, mdevOrder, mdevOrder + this.mdevCount);
    this.words[mdevOrder] = mdev.index;
    this.set("mdevCount", this.mdevCount + 1);
    this.#places.came(mdev);
  }

  /** Take a slot, which still has its UUID, off the list. */
  delistMdev(mdev: Mdev): void {
    const { mdevOrder } = this.layout;
    this.#places.went(mdev);
    const n = this.words.indexOf(mdev.index, mdevOrder) - mdevOrder;
    this.words.copyWithin(mdevOrder + n, mdevOrder + n + 1, mdevOrder + this.mdevCount);
    this.set("mdevCount", this.mdevCount - 1);
    this.words[mdevOrder + this.mdevCount] = 0;
  }

  /** An mdev moves to a free slot and keeps its place in the list. */
  moveMdev(from: Mdev, to: Mdev): void {
    const { mdevOrder, mdevRecords, mdevSize } = this.layout;
    const at = mdevRecords + from.index * mdevSize;
    this.words.copyWithin(mdevRecords + to.index * mdevSize, at, at + mdevSize);
    from.wipe();
    this.words[this.words.indexOf(from.index, mdevOrder)] = to.index;
    this.#places.forget();
  }

  /** The mdev whose matrix holds this queue, newest first; undefined if none does. */
  ownerOf(apqn: Apqn): Mdev | undefined {
    const apid = apidOf(apqn);
    const apqi = apqiOf(apqn);
    for (let n = 0; n < this.mdevCount; n++) {
      const { matrix } = this.mdevAt(n);
      if (matrix.apm.has(apid) && matrix.aqm.has(apqi)) return this.mdevAt(n);
    }
    return undefined;
  }

  /** Configured and not check-stopped, as far as the card device knows. */
  isCardOperational(apid: Apid): boolean {
    return !this.cardsDeconfigured.has(apid) && !this.cardsCheckstopped.has(apid);
  }

  /** Some driver has it. */
  isBound(apqn: Apqn): boolean {
    return this.vfioBound.has(apqn) || this.cexBound.has(apqn);
  }

  /** A device of this queue can exist: the buffer has room for it. */
  holds(apqn: Apqn): boolean {
    return apqn >> 8 < this.layout.adapters && (apqn & 0xff) < this.layout.domains;
  }
}

/** Stands in staleMdev for an mdev that is gone: the kernel follows a pointer to freed memory there. */
export const DANGLING = 0x1ffff;
