// What the machine answers to an AP instruction: the response codes that the rules tell apart. docs/kernel/architecture.md §3.2.
export const RC = {
  normal: 0x00,
  notAvailable: 0x01,
  resetInProgress: 0x02,
  deconfigured: 0x03,
  checkstopped: 0x04,
  busy: 0x05,
  invalidAddress: 0x06,
  otherwiseChanged: 0x07,
  stateChangeInProgress: 0x0a,
  bindError: 0x30,
  notAvailableForAssociation: 0x31,
  secretNotUnique: 0x35,
  associationFailed: 0x36,
} as const;

/** 0x00..0xff. */
export type ResponseCode = number;

/** Two hex digits, as traces write it. */
export const formatResponseCode = (rc: ResponseCode): string => rc.toString(16).padStart(2, "0");
