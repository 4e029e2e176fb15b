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
  "checker/reference/reference-events.ts": "the same",
  "checker/reference/violations.ts": "the same",
  "checker/reference/state-words.ts": "bits of a packed state",
  "checker/reference/reference-model.ts": "names of a set's members",
  "checker/symmetry.ts": "bits of a state that change places",
  "system/sysfs/number-grammar.ts": "letters of either case, and the limit 2^64",
  "system/sysfs/text.ts": "a facility word as a number without sign",
  "system/sysfs/card-directory.ts": "the upper half of a facility word",
  "system/sysfs/observe-cards.ts": "the flags of a facility word",
  "checker/core/link-comparison.ts": "rows of linked queues after every event",
  "checker/core/packed-states.ts": "bits of a host's buffer gathered into the words of a state",
  "checker/inside/inside-key.ts": "bits of a packed state",
  "checker/core/use.ts": "rows of queues that guests have used",
  "checker/core/world.ts": "one bit of a row of used queues",
  "checker/core/events.ts": "all sets of adapters and domains, counted through",
};

/** Files that may spell out paths below /sys, each with its reason; all others take them from the first, or from system/sysfs/writes.ts. */
export const SPELLED_PATHS: Readonly<Record<string, string>> = {
  "system/ap/paths.ts": "where they are spelled out",
  "formats/tools/udev-rules.ts": "rules of udev, which have paths of their own",
  "cli/start-command.ts": "commands for people to type",
  "sources/static-tree.ts": "what of a whole /sys belongs to cards and mdevs",
};

const OWN_LAB = "within the lab's directory, which is this user's alone (guards/private-directory.ts)";
const OF_THE_PACKAGE = "a file of this package";
const A_LAB = "the lab's socket, in a directory that is this user's alone";

/** Calls that reach files, programs and sockets past src/guards: names of what is called, and why it may be. */
export const RAW_CALLS: Readonly<Record<string, readonly [names: string, why: string]>> = {
  "cli/program.ts": ["readFileSync", OF_THE_PACKAGE],
  "page/server/bundle.ts": ["readFileSync", OF_THE_PACKAGE],
  "cli/lab-up.ts": ["Socket", "a pipe that the process was started with"],
  "cli/lab-run.ts": ["mkdtempSync rmdirSync", "a mount point of its own, new and empty"],
  "lab/command-namespace.ts": ["mkdirSync rmSync spawn symlinkSync", `${OWN_LAB}; and unshare(1)`],
  "lab/runtime.ts": ["rmSync", OWN_LAB],
  "lab/control.ts": ["createConnection createServer rmSync", A_LAB],
  "lab/bridge-worker.ts": ["createConnection", A_LAB],
  "page/server/remote-lab-source.ts": ["createConnection", A_LAB],
  "page/server/page-server.ts": ["createServer", "the page, which asks for the secret of its link"],
  "sources/machine/config-lock.ts": [
    "linkSync unlinkSync writeFileSync",
    "the lock as other tools take it: made with O_EXCL, then linked, which follows no link",
  ],
  "sources/machine/waiting-write.ts": ["spawn", "this program, for a write that waits for a guest"],
  "lab/fuse/mount.ts": ["openSync spawn", "/dev/fuse, and mount(8)"],
  "lab/fuse/transport.ts": ["Socket spawn", "dd(1), and pipes to it"],
  "lab/fuse/privilege.ts": ["spawn spawnSync", "unshare(1), and this program in the namespace that it makes"],
  "lab/uevent-sender.ts": ["spawn", "the sender of uevents, a script of this package, in a namespace"],
  "cli/lab-exec.ts": ["spawn", "the command that the user wants to be run"],
};
