// Which files may do what src/tidy.test.ts forbids all others, each with its reason. An entry that is no longer needed must be removed.

/** Functions of production code with a longer body, each with its reason. */
export const LONG_BODIES: Readonly<Record<string, string>> = {};

/** Files of pure folders that may use bitwise operators, each with its reason; all others speak to masks by their methods. */
export const BITWISE: Readonly<Record<string, string>> = {
  "system/ap/mask.ts": "all work on the words of masks",
  "system/ap/mask-text.ts": "bits of a mask as hex digits, counted from the left",
  "system/ap/apqn.ts": "adapter and domain in one number",
  "system/machine/rows.ts": "fields of the queues' words",
  "system/machine/mdev.ts": "eventfds of an mdev in one word",
  "system/machine/host-state.ts": "type and mode of a card in one word",
  "system/machine/hardware.ts": "a fault's code and the bit that says there is one",
  "system/vfio-ap/pqap.ts": "fields of the registers of an instruction",
  "system/vfio-ap/vfio-device.ts": "flags of the VFIO interface",
  "checker/explorer/hash.ts": "hashes",
  "checker/explorer/table.ts": "slots of a table",
  "checker/explorer/batch.ts": "hashes, and states compared word by word",
  "checker/explorer/path.ts": "masks of violated properties",
  "checker/explorer/part.ts": "masks of violated properties",
  "checker/reference/rules.ts":
    "the reference model's sets of queues are numbers, as in the other checkers that count it",
  "checker/reference/events.ts": "the same",
  "checker/reference/violations.ts": "the same",
  "checker/reference/packing.ts": "bits of a packed state",
  "checker/reference/reference-model.ts": "names of a set's members",
  "checker/symmetry.ts": "bits of a state that change places",
  "system/sysfs/number-grammar.ts": "letters of either case, and the limit 2^64",
  "system/sysfs/text.ts": "a facility word as a number without sign",
  "system/sysfs/card-directory.ts": "the upper half of a facility word",
  "system/sysfs/observe-cards.ts": "the flags of a facility word",
  "checker/core/links.ts": "rows of linked queues after every event",
  "checker/core/packing.ts": "bits of a host's buffer gathered into the words of a state",
  "checker/core/use.ts": "rows of queues that guests have used",
  "checker/core/world.ts": "one bit of a row of used queues",
  "checker/core/events.ts": "all sets of adapters and domains, counted through",
};

/** Files that may spell out paths below /sys, each with its reason; all others take them from the first, or from system/sysfs/writes.ts. */
export const SPELLED_PATHS: Readonly<Record<string, string>> = {
  "system/ap/paths.ts": "where they are spelled out",
  "formats/tools/udev-rules.ts": "rules of udev, which have paths of their own",
  "cli/start-command.ts": "commands for people to type",
};
