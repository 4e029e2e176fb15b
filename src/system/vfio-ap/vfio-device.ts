// The VFIO device of an mdev as its user (QEMU) asks and sets it, request by request. docs/kernel/device.md §6.
import { DONE, type Result, refused } from "../ap/result.ts";
import type { Mdev } from "../machine/mdev.ts";
import type { Host } from "./host.ts";

const INVALID = refused("EINVAL", "malformed");
const BAD_ADDRESS = refused("EFAULT", "malformed");
const BAD_DESCRIPTOR = refused("EBADF", "malformed");
const UNSUPPORTED = refused("EOPNOTSUPP", "feature-missing");

/** Flags of VFIO_DEVICE_GET_INFO: can be reset, is an AP device. */
const RESET = 0x01;
const AP = 0x20;

const INFO_SIZE = 16;
const IRQ_INFO_SIZE = 16;
const SET_IRQS_HEADER = 20;

export interface DeviceInfo {
  readonly flags: number;
  readonly regions: number;
  /** IRQ indexes: 0 the device is wanted back, 1 the AP configuration changed. */
  readonly irqs: number;
}

/** VFIO_DEVICE_GET_INFO. @returns EINVAL if the caller's structure is shorter than 16 bytes */
export function deviceInfo({ profile }: Host, argsz: number): Result<DeviceInfo> {
  if (argsz < INFO_SIZE) return INVALID;
  return { ok: true, value: { flags: RESET | AP, regions: 0, irqs: profile.irqs } };
}

export interface IrqInfo {
  readonly flags: number;
  readonly count: number;
}

/** VFIO_DEVICE_GET_IRQ_INFO (from 6.5). @returns EINVAL short structure, no such index; EOPNOTSUPP before 6.5 */
export function irqInfo({ profile }: Host, argsz: number, index: number): Result<IrqInfo> {
  if (profile.irqs === 0) return UNSUPPORTED;
  if (argsz < IRQ_INFO_SIZE || index >= profile.irqs) return INVALID;
  return { ok: true, value: { flags: 1, count: 1 } };
}

/** Bits of VFIO_DEVICE_SET_IRQS: what the data is, what to do. */
const DATA_EVENTFD = 0x04;
const ACTION_TRIGGER = 0x20;
const KNOWN_FLAGS = 0x3f;
const DATA_TYPES = 0x07;
const ACTIONS = 0x38;
const LAST_INDEX = 0xffffffff;

/** The structure of VFIO_DEVICE_SET_IRQS. All numbers are unsigned, 32 bits. */
export interface SetIrqs {
  readonly argsz: number;
  readonly flags: number;
  readonly index: number;
  readonly start: number;
  readonly count: number;
  /** The s32 after the header: -1 for no eventfd any longer, else a file descriptor; undefined: that memory cannot be read. */
  readonly fd: number | undefined;
  /** What the descriptor is, as far as the caller's process goes. */
  readonly fdIs?: "eventfd" | "other" | "closed";
}

/**
 * VFIO_DEVICE_SET_IRQS (from 6.5). The eventfd stays until it is replaced, even when the device is closed
 * (docs/kernel/faults.md B-13).
 *
 * @returns EINVAL; EFAULT, EBADF for the descriptor; EOPNOTSUPP before 6.5
 */
export function setIrqs({ profile }: Host, mdev: Mdev, request: SetIrqs): Result<void> {
  if (profile.irqs === 0) return UNSUPPORTED;
  const { argsz, flags, index, start, count, fd, fdIs } = request;
  if (argsz < SET_IRQS_HEADER || index >= profile.irqs || count >= LAST_INDEX - start) return INVALID;
  if ((flags & ~KNOWN_FLAGS) !== 0 || start >= 1 || start + count > 1) return INVALID;
  const isEventfd = (flags & DATA_TYPES) === DATA_EVENTFD && argsz - SET_IRQS_HEADER >= 4 * count;
  if (!isEventfd || (flags & ACTIONS & ACTION_TRIGGER) === 0) return INVALID;
  if (fd === undefined) return BAD_ADDRESS;
  if (fd < -1) return INVALID;
  if (fd >= 0 && fdIs === "closed") return BAD_DESCRIPTOR;
  if (fd >= 0 && fdIs === "other") return INVALID;
  mdev.setEventfd(index, fd >= 0);
  return DONE;
}

/** The request as QEMU makes it for one eventfd: from now on it is told, or no more. */
export const setEventfd = (host: Host, mdev: Mdev, index: number, on: boolean): Result<void> =>
  setIrqs(host, mdev, { argsz: 24, flags: 0x24, start: 0, count: 1, index, fd: on ? 3 : -1 });
