// The AP bus as its parts see each other: the host it runs on, the switches of its kernel, and the one driver that it asks
// and tells things, known only by this interface, as the kernel's bus knows its drivers.
import type { Apqn } from "../ap/apqn.ts";
import type { Apm, Aqm } from "../ap/mask.ts";
import type { Happening, Observer } from "../machine/happening.ts";
import type { HostState } from "../machine/host-state.ts";

/** What differs between kernels in the bus. docs/kernel/versions.md. */
export interface BusRules {
  /** A queue can name its driver, and whoever uses that cannot use the masks (from 6.19). */
  readonly driverOverride: boolean;
  /** The bus asks vfio_ap before the masks take queues from it, and tells when they have changed (both from 5.18). */
  readonly asksInUse: boolean;
  readonly maskUevents: boolean;
  /** With what the added adapters (domains) of a mask write are combined when vfio_ap is asked whether it uses them. */
  readonly inUsePartner: "current-mask" | "all";
  /** The bus attribute bindings_complete_count exists. */
  readonly bindingsCompleteCount: boolean;
  /**
   * The event "all queues are bound" comes at the end of a scan, once for each time that something was bound; or (up to 6.8) with
   * every single binding after which all are bound, and at the end of the first scan.
   */
  readonly bindingsEvents: "scan-end" | "each-binding";
  /** A scan that sees a queue come back from standby or check stop resets it, or leaves that to the next poll. */
  readonly comeback: "resets" | "waits-for-poll";
  /** A check-stopped card or queue is not online, and cannot be switched on. */
  readonly onlineNeedsNoCheckstop: boolean;
  /** Message size classes above this one count; others mean 12288 bytes. */
  readonly messageSizeAbove: number;
  /** Secure Execution guests bind queues; undefined: the kernel knows nothing of that (up to 6.3). */
  readonly secureBinding: SecureBindingRules | undefined;
}

export interface SecureBindingRules {
  /** Which queues of such a guest have se_bind and se_associate: all, or those of cards that can be bound. */
  readonly files: "every-queue" | "bindable-queues";
  /** A write asks the machine for the bind state first (from 6.9). */
  readonly looksFirst: boolean;
  /** SE_BIND and SE_ASSOC. */
  readonly uevents: boolean;
}

/** vfio_ap, as the bus knows it. */
export interface VfioApDriver {
  /** The queue has just been bound to the driver. */
  probe(apqn: Apqn): void;
  /** The queue is about to leave the driver. */
  remove(apqn: Apqn): void;
  /** Some mdev has one of these adapters and one of these domains assigned. */
  isInUse(apm: Apm, aqm: Aqm): boolean;
  /** The bus has read a new configuration; the driver still holds the old one. */
  configChanged(): void;
  /** All devices are there or gone that had to come or go. */
  scanComplete(): void;
}

export interface ApBus {
  state: HostState;
  readonly busRules: BusRules;
  readonly vfioAp: VfioApDriver;
  observer: Observer | undefined;
}

/** Tell the listener, if there is one. Callers on hot paths look first, so that nothing is built for nobody. */
export function tell(bus: ApBus, happening: Happening): void {
  bus.observer?.(happening);
}
