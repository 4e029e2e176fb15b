// Which locks of the driver an event takes, and in which order, as data (docs/kernel/hotplug.md §16). The question is whether they are
// always taken in the one order that keeps two events from waiting for each other.

/** In the order in which they must be taken. `kvm` is the lock of one guest's virtual machine. */
export const LOCK_ORDER = ["attribute", "guests", "kvm", "hook", "mdevs"] as const;
export type Lock = (typeof LOCK_ORDER)[number];

/** What is done with a lock: it is taken, or released. */
export type LockStep = `${"take" | "drop"} ${Lock}`;

/** Each is taken while all before it are held, and released in the opposite order. */
const nested = (...locks: readonly Lock[]): readonly LockStep[] => [
  ...locks.map((lock): LockStep => `take ${lock}`),
  ...locks.toReversed().map((lock): LockStep => `drop ${lock}`),
];
const inside = (lock: Lock, steps: readonly LockStep[]): readonly LockStep[] => [
  `take ${lock}`,
  ...steps,
  `drop ${lock}`,
];

const update = nested("guests", "kvm", "mdevs");
/** For each mdev in turn, under the lock of all guests. */
const eachMdev = inside("guests", [...nested("kvm", "mdevs"), ...nested("kvm", "mdevs")]);
const attach = nested("guests", "kvm", "hook", "mdevs");

export const LOCKS = {
  bind: update,
  unbind: update,
  probe: update,
  "assign-adapter": inside("attribute", update),
  "assign-domain": inside("attribute", update),
  "ap-config": inside("attribute", update),
  "assign-control": update,
  "unassign-adapter": update,
  "unassign-domain": update,
  "unassign-control": update,
  open: attach,
  close: attach,
  reset: nested("mdevs"),
  // First vfio_ap is asked whether it uses what would become the host's; then each queue changes its driver.
  masks: inside("attribute", [...nested("guests", "mdevs"), ...update, ...update]),
  override: nested("attribute"),
  "mdev-create": nested("mdevs"),
  "mdev-remove": nested("guests", "mdevs"),
  "mdev-request": update,
  machine: [],
  "config-changed": eachMdev,
  "scan-notice": eachMdev,
  "scan-device": update,
  "scan-complete": eachMdev,
} satisfies Readonly<Record<string, readonly LockStep[]>>;

/** What an event does, in finer steps than the kinds that users choose: locks and properties ask for it. */
export type KernelStep = keyof typeof LOCKS;

/** The first lock that is taken while it, or one that must come later, is held; undefined if the order is right. */
export function firstOutOfOrder(steps: readonly LockStep[]): Lock | undefined {
  const held: Lock[] = [];
  for (const step of steps) {
    const [what, lock] = step.split(" ") as ["take" | "drop", Lock];
    if (what === "drop") {
      if (held.pop() !== lock) return lock;
    } else {
      if (held.some((other) => LOCK_ORDER.indexOf(other) >= LOCK_ORDER.indexOf(lock))) return lock;
      held.push(lock);
    }
  }
  return held.at(-1);
}
