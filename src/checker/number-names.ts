// Names of adapters, domains, queues, mdevs and guests by their numbers in a small host.
import { formatApid, formatApqi } from "../system/ap/apqn.ts";
import { asApid } from "../system/ap/id.ts";

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

export const adapterText = (adapter: number): string => formatApid(asApid(adapter));
export const domainText = (domain: number): string => formatApqi(domain);
export const queueText = (adapter: number, domain: number): string => `${adapterText(adapter)}.${domainText(domain)}`;
export const mdevText = (mdev: number): string => `m${mdev + 1}`;
export const guestText = (mdev: number): string => `g${mdev + 1}`;

/** Each half of a matrix, and its control domains, with how an id of it is written. */
export const HALVES = { adapter: adapterText, domain: domainText, control: domainText } as const;
export type Half = keyof typeof HALVES;
