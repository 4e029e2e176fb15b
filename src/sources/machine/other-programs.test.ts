// What is run at boot besides udevd: told where it speaks of AP queues, and not told where it is not run.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { booted, DEFINITION, type Files, RULES, written } from "../../testing/support/booted-root.ts";

describe("what is run besides udevd and speaks of AP queues", () => {
  const UNITS = "etc/systemd/system";
  const on = (unit: string): Files => ({ [`${UNITS}/multi-user.target.wants/${unit}`]: `-> ${unit}` });
  const unit = (command: string): string => `[Unit]\nDescription=x\n\n[Service]\nType=oneshot\nExecStart=${command}\n`;
  const told = (files: Files) => {
    const { notes, isKnown } = booted({ ...DEFINITION, [RULES]: written(true), ...files });
    assert.equal(isKnown, notes.length === 0);
    return notes;
  };

  it("is told with its line, and never taken for nothing", () => {
    const script = { "usr/local/sbin/guests": "#!/bin/sh\n# sets apmask\necho -5 >/sys/bus/ap/apmask\n" };
    const cases: readonly (readonly [Files, string])[] = [
      [{ ...on("a.service"), [`${UNITS}/a.service`]: unit("/sbin/chzdev -e ap") }, `${UNITS}/a.service:6`],
      [
        { ...on("a.service"), "usr/lib/systemd/system/a.service": unit("-/usr/sbin/mdevctl \\\n start -u x") },
        "usr/lib/systemd/system/a.service:6",
      ],
      [
        { ...on("a.service"), [`${UNITS}/a.service`]: unit("/bin/sh -c 'echo +5 > /sys/bus/ap/apmask'") },
        `${UNITS}/a.service:6`,
      ],
      [
        { ...on("a.service"), [`${UNITS}/a.service`]: unit("/bin/sh /usr/local/sbin/guests"), ...script },
        "usr/local/sbin/guests:3",
      ],
      [
        {
          ...on("a.timer"),
          [`${UNITS}/a.timer`]: "[Timer]\nOnBootSec=1\n",
          [`${UNITS}/a.service`]: unit("/usr/local/sbin/guests"),
          ...script,
        },
        "usr/local/sbin/guests:3",
      ],
      [
        {
          ...on("a.service"),
          [`${UNITS}/a.service`]: unit("/bin/true"),
          [`${UNITS}/a.service.d/x.conf`]: "[Service]\nExecStartPost=chzdev ap\n",
        },
        `${UNITS}/a.service.d/x.conf:2`,
      ],
      [on("modprobe@vfio_ap.service"), "modprobe@vfio_ap.service"],
      [
        { ...on("modprobe@vfio_ap.service"), [`${UNITS}/modprobe@.service`]: unit("-/sbin/modprobe -abq %i") },
        `${UNITS}/modprobe@.service:6`,
      ],
      [{ "etc/tmpfiles.d/ap.conf": "d /run/x\nw /sys/bus/ap/apmask - - - - -5\n" }, "etc/tmpfiles.d/ap.conf:2"],
      [{ "etc/sysfs.conf": "bus/ap/apmask = -5\n" }, "etc/sysfs.conf:1"],
      [
        { "etc/cron.d/x": "0 1 * * * root chzdev ap\n@reboot root /usr/local/sbin/guests\n", ...script },
        "usr/local/sbin/guests:3",
      ],
    ];
    for (const [files, place] of cases) {
      const notes = told(files);
      assert.equal(notes.length, 1, `${place}: ${notes.join()}`);
      assert.ok(notes[0]?.startsWith(`${place}: what `), notes[0]);
    }
  });

  it("is nothing if it is not enabled, masked, taken back, or about something else", () => {
    const a = unit("/sbin/chzdev -e ap");
    for (const files of [
      { [`${UNITS}/a.service`]: a },
      { ...on("a.service"), "usr/lib/systemd/system/a.service": a, [`${UNITS}/a.service`]: "-> /dev/null" },
      { ...on("a.service"), "usr/lib/systemd/system/a.service": a, [`${UNITS}/a.service`]: "" },
      { ...on("a.service"), [`${UNITS}/a.service`]: a, "proc/cmdline": "systemd.mask=a.service" },
      {
        ...on("a.service"),
        [`${UNITS}/a.service`]: a,
        [`${UNITS}/a.service.d/x.conf`]: "[Service]\nExecStart=\nExecStart=/bin/true\n",
      },
      { ...on("a.service"), [`${UNITS}/a.service`]: unit("/sbin/chzdev -e ap").replace("ExecStart", "#ExecStart") },
      { [`${UNITS}/shutdown.target.wants/a.service`]: "-> ../a.service", [`${UNITS}/a.service`]: a },
      { ...on("sshd.service"), [`${UNITS}/sshd.service`]: unit("/usr/sbin/sshd -D") },
      { "etc/rc.local": "#!/bin/sh\nchzdev -e ap\n" },
      { "etc/tmpfiles.d/x.conf": "w /sys/bus/pci/rescan - - - - 1\n" },
    ] satisfies readonly Files[])
      assert.deepEqual(told(files), [], JSON.stringify(files));
  });

  it("may be a unit that a rule of udev wants", () => {
    const rule = 'KERNEL=="card11", TAG+="systemd", ENV{SYSTEMD_WANTS}+="guests@%k.service"\n';
    const files = {
      "etc/udev/rules.d/99-guests.rules": rule,
      [`${UNITS}/guests@.service`]: unit("/sbin/chzdev ap %i"),
    };
    assert.deepEqual(told(files), [
      `${UNITS}/guests@.service:6: what "/sbin/chzdev ap card11" does at boot is not known here`,
    ]);
  });
});
