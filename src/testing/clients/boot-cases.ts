// Files of rules as people and packages write them, right and wrong, for a boot with the real udevd and one that is worked out.

/** Texts by place: etc, run and lib stand for the directories of udev's rules there; driverctl and mdevctl for those in /etc. One that ends in a slash is a directory. */
export type BootFiles = Readonly<Record<string, string>>;

export interface BootCase {
  readonly name: string;
  readonly files: BootFiles;
}

const MASK = `0xf9${"f".repeat(62)}`;
const ADD = 'ACTION=="add", DEVPATH=="/bus/ap", ATTR{bindings_complete_count}!="0"';
const COMPLETE =
  'ACTION=="change", SUBSYSTEM=="ap", DEVPATH=="/devices/ap", ENV{BINDINGS}=="complete", ENV{COMPLETECOUNT}=="1"';
const SET = `ATTR{../../bus/ap/apmask}="${MASK}"`;
const LOAD = 'RUN{builtin}+="kmod load vfio_ap"';

const lines = (...some: readonly string[]): string => `${some.join("\n")}\n`;
const chzdev = (...conditions: readonly string[]): string =>
  lines(
    ...conditions.map((condition) => `${condition}, GOTO="cfg_ap"`),
    'GOTO="end_ap"',
    'LABEL="cfg_ap"',
    SET,
    LOAD,
    'LABEL="end_ap"',
  );
const rule = (...texts: readonly string[]): BootFiles => ({ "etc/41-ap.rules": lines(...texts) });

const UUID = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";
const DEFINITION = JSON.stringify({
  mdev_type: "vfio_ap-passthrough",
  start: "auto",
  attrs: [{ assign_adapter: "5" }, { assign_domain: "4" }],
});
const MDEVCTL = {
  // mdevctl wants them to be there.
  "mdevctl/scripts.d/callouts/": "",
  "mdevctl/scripts.d/notifiers/": "",
  [`mdevctl/matrix/${UUID}`]: DEFINITION,
  "lib/60-mdevctl.rules": lines(
    'ACTION=="change", ENV{MDEV_STATE}=="registered", TEST=="/etc/mdevctl.d/$kernel", RUN+="/usr/bin/mdevctl start-parent-mdevs %k"',
    'ACTION=="add", TEST=="/etc/mdevctl.d/$kernel", RUN+="/usr/bin/mdevctl start-parent-mdevs %k"',
  ),
};

export const BOOT_CASES: readonly BootCase[] = [
  { name: "as chzdev writes it now", files: { "etc/41-ap.rules": chzdev(ADD, COMPLETE) } },
  { name: "as chzdev wrote it before", files: { "etc/41-ap.rules": chzdev(COMPLETE) } },
  { name: "for another device and action", files: rule(`ACTION=="remove", SUBSYSTEM=="block", ${SET}`) },
  { name: "jumped over", files: { "etc/41-ap.rules": chzdev() } },
  { name: "for the second completion", files: rule(`${COMPLETE.replace('"1"', '"2"')}, ${SET}, ${LOAD}`) },
  { name: "without conditions", files: rule(SET) },
  { name: "in a file of another name", files: { "etc/99-local-crypto.rules": chzdev(ADD, COMPLETE) } },
  { name: "in a file without the ending", files: { "etc/41-ap.rules.bak": chzdev(ADD, COMPLETE) } },
  {
    name: "of a package, overridden in /etc",
    files: { "lib/41-ap.rules": chzdev(ADD, COMPLETE), "etc/41-ap.rules": lines("# nothing here") },
  },
  {
    name: "of a package, masked by an empty file in /run",
    files: { "lib/41-ap.rules": chzdev(ADD, COMPLETE), "run/41-ap.rules": "" },
  },
  {
    name: "of a package, masked by a link to nowhere",
    files: { "lib/41-ap.rules": chzdev(ADD, COMPLETE), "etc/41-ap.rules": "-> /dev/null" },
  },
  {
    name: "in two directories: the names alone say which comes last",
    files: {
      "lib/50-b.rules": lines(`ACTION=="add", SUBSYSTEM=="bus", KERNEL=="ap", ${SET}`),
      "etc/40-a.rules": lines(
        'SUBSYSTEM=="ap|bus", KERNEL=="ap", ATTR{../../bus/ap/aqmask}="-0x7", ATTR{../../bus/ap/apmask}="-9"',
      ),
    },
  },
  {
    name: "that jumps to a label before it, or to none",
    files: rule('LABEL="here"', 'GOTO="here"', `GOTO="nowhere"`, SET),
  },
  {
    name: "with a mistake in a line, which goes, and a right one after it",
    files: rule(
      `ACTION=="add" SUBSYSTEM=bus, ${SET}`,
      'ACTION=="add", KERNEL=="ap", ATTR{apmask}="-6"',
      "what is this",
    ),
  },
  {
    name: "with = for ==, which goes as a whole",
    files: rule(`ACTION="add", ${SET}`, `ACTION=="add", DEVICE=="ap", ${SET}`, `KERNELS="ap", ${SET}`),
  },
  {
    name: "on one line that is continued",
    files: rule('ACTION=="add", \\', "  # said between", `  DEVPATH=="/bus/*", \\`, `  ${SET}`),
  },
  {
    name: "with patterns and alternatives",
    files: rule(
      'KERNEL=="card0[5-7]|card1?", ATTR{../../../bus/ap/apmask}="-5"',
      'KERNEL=="[!c]*.0004", ATTR{../../../../bus/ap/aqmask}="-0x4"',
      'KERNEL!="card*|ap", SUBSYSTEM=="ap", ATTR{../../../../bus/ap/aqmask}="-0x5"',
    ),
  },
  {
    name: "that names the bus in brackets",
    files: rule(
      'ACTION=="add|change", ATTR{[subsystem/ap]apmask}="-5,-6"',
      'ATTR{[bus/ap]aqmask}="-4"',
      'ATTR{[drivers/ap:vfio_ap]nothing}="1"',
    ),
  },
  {
    name: "that tests files and attributes",
    files: rule(
      'TEST=="/etc/driverctl.d/ap-05.0004", KERNEL=="05.0004", RUN+="/bin/true from $kernel"',
      'TEST!="/etc/none", KERNEL=="ap", ATTR{../../bus/ap/apmask}="-5"',
      'TEST=="apmask", ATTR{apmask}=="0x*", ATTR{apmask}="-6"',
      'ATTR{no_such_file}!="1", ATTR{../../bus/ap/aqmask}="-4"',
    ),
  },
  {
    name: "with properties of its own, and values filled in",
    files: rule(
      'KERNEL=="card*", ENV{.ID}="%n", ENV{WORDS}+="$kernel", ENV{WORDS}+="$attr{config}"',
      'ENV{.ID}=="0[56]", RUN+="/bin/true %k $env{WORDS} %p $$ %% $driver"',
      'ENV{.ID}=="?*", ENV{NONE}=="", TAG+="crypto"',
      'TAG=="crypt*", RUN+="/bin/true tagged $id"',
    ),
  },
  {
    name: "with commands that are taken back",
    files: rule(
      'KERNEL=="ap", RUN+="/bin/true one"',
      'KERNEL=="ap", RUN="/bin/true two", RUN+="/bin/true three"',
      'SUBSYSTEM=="module", RUN:="/bin/true last"',
      'SUBSYSTEM=="module", RUN+="/bin/true never"',
      'KERNEL=="ap", SUBSYSTEM=="bus", RUN=""',
    ),
  },
  {
    name: "that asks the devices above",
    files: rule(
      'KERNELS=="card05", ATTRS{config}=="1", KERNEL!="card*", RUN+="/bin/true below $id $driver $kernel"',
      'SUBSYSTEMS=="ap", KERNELS=="card06", RUN+="/bin/true at $kernel"',
      'DRIVER=="cex4card", DRIVERS=="cex4*", RUN+="/bin/true card $kernel"',
    ),
  },
  {
    name: "with words of the kernel's command line",
    files: rule(
      'IMPORT{cmdline}="crypto_for_guests", ENV{crypto_for_guests}=="yes", KERNEL=="ap", ATTR{../../bus/ap/apmask}="-5"',
      'IMPORT{cmdline}=="crypto_for_nobody", KERNEL=="ap", ATTR{../../bus/ap/apmask}="-6"',
      'IMPORT{cmdline}!="crypto_for_nobody", KERNEL=="ap", ATTR{../../bus/ap/aqmask}="-4"',
    ),
  },
  {
    name: "of driverctl, for a queue that has an override kept",
    files: {
      "driverctl/ap-05.0004": "vfio_ap\n",
      "driverctl/ap-2a.0004": "vfio_ap\n",
      "lib/05-driverctl.rules": lines(
        'ACTION=="add", TEST=="/etc/driverctl.d/$env{SUBSYSTEM}-$kernel", TAG+="systemd", ENV{SYSTEMD_WANTS}="driverctl@$env{SUBSYSTEM}-$kernel.service"',
      ),
    },
  },
  { name: "of mdevctl, after the masks", files: { ...MDEVCTL, "etc/41-ap.rules": chzdev(ADD, COMPLETE) } },
  { name: "of mdevctl, without masks", files: MDEVCTL },
  {
    name: "with classes of characters, and brackets of all kinds",
    files: rule(
      'KERNEL=="card[[:digit:]]5", RUN+="/bin/true digit $kernel"',
      'KERNEL=="[[:xdigit:]][[:digit:]].00[![:alpha:]]4", RUN+="/bin/true queue $kernel"',
      'KERNEL=="[[:nothing:]]*", RUN+="/bin/true never $kernel"',
      'KERNEL=="car[]d]0[^5]", RUN+="/bin/true bracket $kernel"',
      'KERNEL=="card0[a-c5-]", RUN+="/bin/true range $kernel"',
      'KERNEL=="card0[5", RUN+="/bin/true open $kernel"',
      'KERNEL=="0[56].0[0-0][[:digit:]][!7]", ATTR{../../../../bus/ap/aqmask}="-4"',
    ),
  },
  {
    name: "with question marks, backslashes and empty alternatives",
    files: rule(
      'KERNEL=="card??", RUN+="/bin/true two $kernel"',
      'KERNEL=="card?", RUN+="/bin/true one $kernel"',
      'KERNEL=="?*", SUBSYSTEM=="ap", DRIVER=="|cex4queue", RUN+="/bin/true driver $kernel"',
      'KERNEL=="card05|", RUN+="/bin/true bar $kernel"',
      'KERNEL=="car\\d05", RUN+="/bin/true plain backslash $kernel"',
      'KERNEL=="car\\d0?", RUN+="/bin/true backslash $kernel"',
      'KERNEL=="card[05|06]", RUN+="/bin/true split $kernel"',
      'ENV{NONE}=="|x", KERNEL=="ap", ATTR{../../bus/ap/apmask}="-5"',
    ),
  },
  {
    name: "that compare with nothing",
    files: rule(
      'ENV{NO_SUCH}=="", KERNEL=="card05", RUN+="/bin/true empty"',
      'ENV{NO_SUCH}!="", KERNEL=="card05", RUN+="/bin/true not empty"',
      'ENV{NO_SUCH}!="?*", KERNEL=="card06", RUN+="/bin/true no text"',
      'ENV{SUBSYSTEM}=="?*", DRIVER!="", KERNEL=="05.0004", RUN+="/bin/true has a driver"',
      'DRIVER=="", KERNEL=="ap", SUBSYSTEM=="bus", ATTR{apmask}="-5"',
      'ATTR{driver_override}=="", KERNEL=="05.0004", ATTR{../../../../bus/ap/aqmask}="-5"',
      'ATTR{no_such}=="", KERNEL=="ap", ATTR{../../bus/ap/aqmask}="-6"',
      'ATTR{no_such}!="", KERNEL=="ap", ATTR{../../bus/ap/aqmask}="-7"',
    ),
  },
  {
    name: "with several conditions that are not to hold",
    files: rule(
      'ACTION!="remove|change", SUBSYSTEM!="ap|module|drivers", KERNEL=="ap", ATTR{apmask}="-6"',
      'ACTION!="add", ENV{BINDINGS}!="", ATTR{[subsystem/ap]aqmask}="-4"',
      'DEVPATH!="/devices/*", KERNEL!="a", KERNEL!="?p", RUN+="/bin/true other $devpath"',
      'KERNELS!="card05", SUBSYSTEM=="ap", KERNEL=="05.*", RUN+="/bin/true above $id"',
    ),
  },
  {
    name: "with options that are gone, or are for other devices",
    files: rule(
      'KERNEL=="ap", OPTIONS+="last_rule", ATTR{../../bus/ap/apmask}="-5"',
      'KERNEL=="ap", OPTIONS="string_escape=replace", OPTIONS+="ignore_remove,all_partitions", ATTR{../../bus/ap/aqmask}="-4"',
      'KERNEL=="card05", OPTIONS:="string_escape=none", OPTIONS+="link_priority=5", RUN+="/bin/true after options"',
      'KERNEL=="card06", OPTIONS=="nowatch", RUN+="/bin/true never"',
      'KERNEL=="card06", OPTIONS{x}="nowatch", RUN+="/bin/true never"',
      'KERNEL=="card06", WAIT_FOR_SYSFS="config", RUN+="/bin/true never"',
    ),
  },
  {
    name: "that test with a mode, a star, or what is not there",
    files: rule(
      'TEST{0444}=="apmask", KERNEL=="ap", ATTR{apmask}="-5"',
      'TEST{0111}=="config", KERNEL=="card05", RUN+="/bin/true may be run"',
      'TEST=="/sys/bus/ap/no_mask", KERNEL=="ap", RUN+="/bin/true never"',
      'TEST!="/sys/bus/ap/no_mask", KERNEL=="ap", RUN+="/bin/true no mask"',
      'TEST=="../card06", KERNEL=="card05", RUN+="/bin/true beside"',
      'TEST=="[subsystem/ap]aqmask", KERNEL=="card05", RUN+="/bin/true by the bus"',
    ),
  },
  {
    name: "that name devices in brackets, right and wrong",
    files: rule(
      'KERNEL=="card05", ATTR{[ap/card06]config}=="1", RUN+="/bin/true the other card"',
      'KERNEL=="card05", ATTR{[ap/card07]config}=="1", RUN+="/bin/true never"',
      'KERNEL=="card05", ATTR{[ap/06.0004]/online}=="1", RUN+="/bin/true a queue of it"',
      'KERNEL=="card06", ATTR{[module/vfio_ap]initstate}=="live", RUN+="/bin/true module"',
      'KERNEL=="card06", ATTR{[subsystem/nope]apmask}="-5"',
      'KERNEL=="card06", ATTR{[subsystem/ap/apmask}="-6"',
      'KERNEL=="ap", SUBSYSTEM=="bus", ATTR{[subsystem/ap]/aqmask}="-4"',
    ),
  },
  {
    name: "that jump out of a block, and into the next file not at all",
    files: {
      "etc/10-a.rules": lines(
        'SUBSYSTEM!="bus", GOTO="not_ours"',
        'KERNEL!="ap", GOTO="not_ours"',
        'ATTR{apmask}="-5", GOTO="done"',
        'ATTR{aqmask}="-4"',
        'LABEL="done"',
        'RUN+="/bin/true done"',
        'LABEL="not_ours"',
      ),
      "etc/20-b.rules": lines('GOTO="later", KERNEL=="ap"', 'SUBSYSTEM=="bus", KERNEL=="ap", ATTR{aqmask}="-7"'),
      "etc/30-c.rules": lines('SUBSYSTEM=="bus", KERNEL=="ap", ATTR{aqmask}="-8"', 'LABEL="later"'),
    },
  },
  {
    name: "with capitals, and escapes",
    files: rule(
      'KERNEL=="CARD05", RUN+="/bin/true never"',
      'KERNEL=="card06", ENV{TEXT}=e"a\\x62c", RUN+="/bin/true $env{TEXT}"',
      'KERNEL=="card06", ENV{TEXT}=="abc", ENV{TEXT}="", ENV{TEXT}=="", RUN+="/bin/true said \\"so\\""',
    ),
  },
  {
    name: "that ask what udevd has built in",
    files: rule(
      'IMPORT{builtin}="path_id", RUN+="/bin/true path $env{ID_PATH} $env{ID_PATH_TAG}"',
      'KERNEL!="z90crypt", IMPORT{builtin}!="path_id", RUN+="/bin/true no path $kernel"',
      'IMPORT{builtin}=="usb_id", RUN+="/bin/true never"',
      'IMPORT{builtin}=="hwdb --subsystem=usb", RUN+="/bin/true never"',
      'IMPORT{builtin}=="blkid", RUN+="/bin/true never"',
      'IMPORT{builtin}=="net_id", RUN+="/bin/true never"',
      'ENV{ID_PATH}=="ap-05.*", ENV{ID_SERIAL}=="", RUN+="/bin/true of card 05 $kernel"',
    ),
  },
  {
    name: "with tags, and names that are set",
    files: rule(
      'KERNEL=="card*", TAG+="one", TAG+="two"',
      // Not TAG-=, after which udevd 252 still finds the tag once in some hundred boots.
      'KERNEL=="card05", TAG="two"',
      'TAG=="one", RUN+="/bin/true one $kernel"',
      'TAG=="two", TAG!="one", RUN+="/bin/true only two $kernel"',
      'KERNEL=="card06", TAG="three"',
      'TAG=="two", RUN+="/bin/true still two $kernel"',
      'TAGS=="three", RUN+="/bin/true below three $kernel"',
      'KERNEL=="card05", SYMLINK+="crypto/%k", MODE="0660", GROUP="0", SYMLINK=="crypto*", RUN+="/bin/true linked"',
    ),
  },
  {
    name: "masked by a link to nothing of another place, and by an empty file under the right name only",
    files: {
      "lib/41-ap.rules": chzdev(ADD, COMPLETE),
      "etc/41-ap.rules": "-> ../../dev/null",
      "lib/42-ap.rules": lines(`KERNEL=="ap", ATTR{../../bus/ap/aqmask}="-4"`),
      "etc/42-AP.rules": "",
      "run/42-ap.rules.disabled": "",
    },
  },
  {
    name: "with more than one write to a mask, of which one is refused",
    files: rule(
      'KERNEL=="ap", SUBSYSTEM=="bus", ATTR{apmask}="-5", ATTR{apmask}="nonsense", ATTR{aqmask}="-4"',
      'KERNEL=="ap", SUBSYSTEM=="bus", ATTR{apmask}="-6"',
    ),
  },
];
