// /sys/devices/ap/cardAA: what the bus and cex4card show of a card, and its queues below it. docs/kernel/bus.md §6.1, §6.2.

import { apidOf, apqnOf, formatApqn, parseApqn } from "../ap/apqn.ts";
import { facilities, typeName } from "../ap/card-type.ts";
import type { Apid } from "../ap/id.ts";
import { AP_BUS, driverPath } from "../ap/paths.ts";
import { configureCard } from "../bus/card.ts";
import { cardRequestCount, clearCardRequests } from "../bus/requests.ts";
import { cardUevent } from "../bus/uevents.ts";
import { canBeAsked, isCardOnline, switchCard } from "../bus/zcrypt.ts";
import type { Host } from "../vfio-ap/host.ts";
import { queueExists } from "./driver-directory.ts";
import { type Directory, directory, link, readOnly, readWrite, STORED, zeroOrOne } from "./node.ts";
import { queueDirectory } from "./queue-directory.ts";
import { hexWord, upperHex } from "./text.ts";
import { ueventFile } from "./uevent-file.ts";

/** Queue depth less one and message size class, as the cards of this machine report them. */
const QD = 7;
const ML = 3;
const DEFAULT_MESSAGE_SIZE = 12288;

/** The upper half of the facility word is all that a card device keeps. */
const cardFunctions = (word: number): number => word & 0xffff0000;

export function cardDirectory(host: Host, apid: Apid): Directory {
  const mode = () => host.state.cardMode(apid);
  const type = () => host.state.cardType(apid);
  const bound = () => host.state.cardsBound.has(apid);
  const whenBound = <T>(make: () => T) => (bound() ? make() : undefined);
  const messageSize = () => (ML > host.profile.messageSizeAbove ? ML * 4096 : DEFAULT_MESSAGE_SIZE);
  const serial = () => (canBeAsked(host.state, apid) ? (host.state.facts.serials.get(apid) ?? "") : "");

  return directory(
    {
      hwtype: () => readOnly(() => `${type()}`),
      raw_hwtype: () => readOnly(() => `${type()}`),
      depth: () => readOnly(() => `${QD + host.profile.depthAddend}`),
      ap_functions: () => readOnly(() => hexWord(cardFunctions(facilities(mode())))),
      request_count: () =>
        readWrite(
          () => `${cardRequestCount(host.state, apid)}`,
          () => {
            clearCardRequests(host.state, apid);
            return STORED;
          },
        ),
      requestq_count: () => readOnly(() => "0"),
      pendingq_count: () => readOnly(() => "0"),
      modalias: () => readOnly(() => `ap:t${upperHex(type(), 2)}`),
      config: () =>
        zeroOrOne(
          () => !host.state.cardsDeconfigured.has(apid),
          (on) => configureCard(host, apid, on),
        ),
      chkstop: () => readOnly(() => (host.state.cardsCheckstopped.has(apid) ? "1" : "0")),
      max_msg_size: () => readOnly(() => `${messageSize()}`),
      type: () => whenBound(() => readOnly(() => typeName(type(), mode()))),
      online: () =>
        whenBound(() =>
          zeroOrOne(
            () => isCardOnline(host, apid),
            (on) => switchCard(host, apid, on),
          ),
        ),
      load: () => whenBound(() => readOnly(() => "0")),
      serialnr: () => whenBound(() => (mode() === "accel" ? undefined : readOnly(serial))),
      API_ordinalnr: () => whenBound(() => (mode() === "ep11" ? readOnly(() => "") : undefined)),
      FW_version: () => whenBound(() => (mode() === "ep11" ? readOnly(() => "") : undefined)),
      op_modes: () => whenBound(() => (mode() === "ep11" ? readOnly(() => "") : undefined)),
      uevent: () =>
        ueventFile(
          () => [
            "DEVTYPE=ap_card",
            ...(bound() ? ["DRIVER=cex4card"] : []),
            `DEV_TYPE=${upperHex(type(), 4)}`,
            `MODALIAS=ap:t${upperHex(type(), 2)}`,
            `MODE=${mode()}`,
          ],
          ({ action, variables }) => cardUevent(host, action, apid, ...variables),
        ),
      driver: () => whenBound(() => link(`../../../${driverPath("cex4card")}`)),
      subsystem: () => link(`../../../${AP_BUS}`),
    },
    {
      names: () =>
        host.state.devices
          .row(apid)
          .ids()
          .map((apqi) => formatApqn(apqnOf(apid, apqi))),
      child: (name) => {
        const apqn = parseApqn(name);
        if (apqn === undefined || apidOf(apqn) !== apid || !queueExists(host, apqn)) return undefined;
        return queueDirectory(host, apqn);
      },
    },
  );
}
