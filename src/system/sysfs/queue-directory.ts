// /sys/devices/ap/cardAA/AA.DDDD: what the bus and the queue's driver show of a queue. docs/kernel/bus.md §6.3, §6.4.

import { type Apqn, apidOf } from "../ap/apqn.ts";
import { facilities } from "../ap/card-type.ts";
import { mkvpsLines } from "../ap/master-keys.ts";
import { AP_BUS, driverPath } from "../ap/paths.ts";
import { RC } from "../ap/response-code.ts";
import { refused } from "../ap/result.ts";
import { driverOf } from "../bus/binding.ts";
import { storeOverride } from "../bus/driver-override.ts";
import { isFresh, isResetting, poll, resetByHand } from "../bus/queue-reset.ts";
import { clearRequests, requestCount } from "../bus/requests.ts";
import { queueUevent } from "../bus/uevents.ts";
import { isQueueOnline, switchQueue } from "../bus/zcrypt.ts";
import { testQueue } from "../machine/hardware.ts";
import { bindState } from "../machine/secure-binding.ts";
import type { Host } from "../vfio-ap/host.ts";
import { queueStatus } from "../vfio-ap/status.ts";
import { type Directory, directory, link, readOnly, readWrite, STORED, stored, zeroOrOne } from "./node.ts";
import { associateFile, bindFile } from "./secure-binding-files.ts";
import { hexWord } from "./text.ts";
import { ueventFile } from "./uevent-file.ts";

/** A text of driver_override must leave room for its newline in a page. */
const OVERRIDE_LIMIT = 4095;

export function queueDirectory(host: Host, apqn: Apqn): Directory {
  const apid = apidOf(apqn);
  const mode = () => host.state.cardMode(apid);
  const driver = () => driverOf(host, apqn);
  const withCex = <T>(make: () => T) => (driver() === "cex4queue" ? make() : undefined);

  return directory({
    request_count: () =>
      readWrite(
        () => (isFresh(host.state, apqn) ? "-" : `${requestCount(host.state, apqn)}`),
        () => {
          clearRequests(host.state, apqn);
          return STORED;
        },
      ),
    requestq_count: () => readOnly(() => "0"),
    pendingq_count: () => readOnly(() => "0"),
    reset: () =>
      readWrite(
        () => (isResetting(host.state, apqn) ? "Reset in progress." : "No Reset Timer set."),
        () => {
          resetByHand(host, apqn);
          poll(host);
          return STORED;
        },
      ),
    // The bus itself uses none: a kernel that does not ask the machine never shows those of guests.
    interrupt: () =>
      readOnly(() =>
        host.profile.interruptAsksMachine && host.state.interrupts.has(apqn)
          ? "Interrupts enabled."
          : "Interrupts disabled.",
      ),
    config: () => readOnly(() => (host.state.queuesDeconfigured.has(apqn) ? "0" : "1")),
    chkstop: () => readOnly(() => (host.state.queuesCheckstopped.has(apqn) ? "1" : "0")),
    ap_functions: () => (host.profile.queueFunctions ? functionsFile(host, apqn) : undefined),
    driver_override: () => (host.profile.driverOverride ? overrideFile(host, apqn) : undefined),
    se_bind: () => bindFile(host, apqn),
    se_associate: () => associateFile(host, apqn),
    online: () =>
      withCex(() =>
        zeroOrOne(
          () => isQueueOnline(host, apqn),
          (on) => switchQueue(host, apqn, on),
        ),
      ),
    load: () => withCex(() => readOnly(() => "0")),
    mkvps: () =>
      withCex(() => {
        // The driver asks the card at each read.
        const known = () => (isQueueOnline(host, apqn) ? host.state.facts.keysAndCounts?.keys.get(apqn) : undefined);
        const lines = mkvpsLines(mode(), known());
        return lines && readOnly(() => lines.join("\n"));
      }),
    op_modes: () => withCex(() => (mode() === "ep11" ? readOnly(() => "") : undefined)),
    status: () =>
      driver() === "vfio_ap" && host.profile.queueStatus !== "absent"
        ? readOnly(() => queueStatus(host, apqn))
        : undefined,
    uevent: () =>
      ueventFile(
        () => ["DEVTYPE=ap_queue", ...(driver() ? [`DRIVER=${driver()}`] : []), `MODE=${mode()}`],
        ({ action, variables }) => queueUevent(host, action, apqn, ...variables),
      ),
    driver: () => {
      const name = driver();
      return name && link(`../../../../${driverPath(name)}`);
    },
    subsystem: () => link(`../../../../${AP_BUS}`),
  });
}

/** Asked of the machine at each read, which says nothing of a queue that it does not have any more. */
const functionsFile = ({ state }: Host, apqn: Apqn) =>
  readOnly(() =>
    hexWord(
      testQueue(state, apqn) === RC.notAvailable
        ? 0
        : facilities(state.machineMode(apidOf(apqn))) + bindState(state, apqn) * BIND_STATE,
    ),
  );

/** The word's lowest bit of the bind state, which is 0 on all but Secure Execution guests. */
const BIND_STATE = 0x4000;

const TOO_LONG = refused("EINVAL", "malformed");

function overrideFile(host: Host, apqn: Apqn) {
  const text = () => (host.state.overridden.has(apqn) ? host.state.names.nameOf(host.state.override.get(apqn)) : "");
  return readWrite(text, (written, length) => {
    if (length >= OVERRIDE_LIMIT) return TOO_LONG;
    return stored(storeOverride(host, apqn, written.split("\n", 1)[0] as string));
  });
}
