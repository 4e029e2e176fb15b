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
];
