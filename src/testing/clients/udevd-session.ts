// udevd in a root of its own, on a lab and in its network namespace: it hears the lab's uevents and nothing of the machine's.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { LabProcess } from "./lab-process.ts";
import { ownRoot } from "./own-root.ts";
import { settingsOf } from "./s390-tools.ts";
import { DIES_WITH_SHELL, ShellSession } from "./shell-session.ts";
import { ROOT } from "./tools.ts";

/** A root of its own with the lab as /sys, in the lab's network namespace, and udevd in it. */
export class UdevdSession {
  readonly #shell: ShellSession;

  private constructor(lab: LabProcess, binds: Readonly<Record<string, string>>) {
    // Without this variable udevadm does nothing in a root that is not the machine's.
    const environment = { ...lab.environment, SYSTEMD_IGNORE_CHROOT: "1" };
    const places = { ...binds, [lab.work]: "/mnt", [join(ROOT, "scripts")]: "/opt" };
    const root = ownRoot({ directory: mkdtempSync(join(lab.work, "root-")), sys: "/sys", binds: places }, ["sh"]);
    const shell = lab.inside([...DIES_WITH_SHELL, ...root], "--net");
    this.#shell = new ShellSession(shell, { here: lab.work, there: "/mnt" }, environment);
  }

  /** @returns its output. @throws it fails */
  async do(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.#shell.run(line);
    assert.equal(code, 0, `${line}\n${stderr}`);
    return stdout;
  }

  /**
   * Do something while udevd runs.
   *
   * @param binds directories outside, and where they are for udevd
   */
  static async during(
    lab: LabProcess,
    work: (udevd: UdevdSession) => Promise<void>,
    binds: Readonly<Record<string, string>> = { [join(settingsOf(lab), "udev")]: "/etc/udev" },
  ): Promise<void> {
    const udevd = new UdevdSession(lab, binds);
    try {
      await udevd.#start();
      await work(udevd);
    } finally {
      await udevd.#shell.close();
    }
  }

  /** Another udevd, as after a boot: it has read the rules that are there now, and knows no device. */
  async restart(): Promise<void> {
    await this.do("kill $udevd; wait; rm -rf /run/udev/control /run/udev/queue /run/udev/data");
    await this.#start();
  }

  /** What udevd has said since it was started, each rule and command that it ran among it. */
  log(): Promise<string> {
    return this.do("cat /mnt/udevd.log");
  }

  async #start(): Promise<void> {
    await this.do("/usr/lib/systemd/systemd-udevd --debug >/mnt/udevd.log 2>&1 & udevd=$!");
    // The socket is there a moment before anybody answers.
    await this.do(
      "for i in $(seq 100); do ! udevadm control --ping 2>/dev/null || break; sleep 0.05; done; udevadm control --ping",
    );
  }

  /** The uevent that the kernel sends when all queues have a driver for the first time: long before there is a lab to listen to. */
  async bindingsComplete(): Promise<void> {
    const words = ["change", "/devices/ap", "SUBSYSTEM=ap", "BINDINGS=complete", "COMPLETECOUNT=1"];
    await this.do(`printf '${words.join("\\t")}\\n' | perl /opt/send-uevents.pl`);
    await this.settle();
  }

  /** What is done at boot for all that was there before udevd: systemd-udev-trigger.service. */
  async coldplug(): Promise<void> {
    await this.do("udevadm trigger --type=subsystems --action=add && udevadm trigger --type=devices --action=add");
    await this.settle();
  }

  async settle(): Promise<void> {
    await this.do("udevadm settle --timeout=10 || { ps axf; tail -n 30 /mnt/udevd.log; false; } >&2");
  }

  /** What udevd knows of a device. */
  info(device: string): Promise<string> {
    return this.do(`udevadm info /sys/${device}`);
  }
}
