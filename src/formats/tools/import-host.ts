// Puts pieces of a host together: into a description of it, or into a desired state for an existing host.

import { type Apqn, apidOf, apqiOf, apqnOf, formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { asApid } from "../../system/ap/id.ts";
import { maskOf } from "../../system/ap/mask.ts";
import { formatMask } from "../../system/ap/mask-text.ts";
import { type Matrix, newMatrix } from "../../system/ap/matrix.ts";
import { queuesOf } from "../../system/ap/product.ts";
import { quoted } from "../../system/ap/quoted.ts";
import { isLeftToHost, type Ownership, ownershipOf } from "../description/described-ownership.ts";
import { formatHostDescription } from "../description/format-host-description.ts";
import { type HostDescription, type MdevDescription, parseHostDescription } from "../description/host-description.ts";
import type { DesiredState, PlanError } from "../desired/desired.ts";
import type { DesiredFile } from "../desired/desired-file.ts";
import { misread, type Parsed, parsed } from "../reading/input-error.ts";
import { fullMask } from "../reading/mask-terms.ts";
import { maskText } from "../reading/mask-value.ts";
import type { ContainerQueue } from "./cex-resources.ts";
import type { OwnershipMasks } from "./chzdev-line.ts";
import type { MdevPiece, NamePiece, Piece, Placed } from "./import-pieces.ts";

/** An mdev as the pieces say it. */
export interface ImportedMdev extends MdevDescription {
  /** false: only a virtual machine names it, so its numbers are not known. */
  readonly isDefined: boolean;
}

/** What the pieces say of mdevs, in their order; no uuid twice, no queue in two of them. */
export function importedMdevs(pieces: readonly Piece[]): Parsed<readonly ImportedMdev[]> {
  const names = pieces.filter((piece): piece is NamePiece => piece.kind === "name");
  const nameOf = new Map<string, string>();
  for (const { uuid, name } of names) if (name !== undefined && !nameOf.has(uuid)) nameOf.set(uuid, name);
  const defined = definedMdevs(pieces);
  const owners = new Map<Apqn, number>();
  const wrong = twice(defined) ?? shared(defined, owners) ?? used(defined, owners, pieces);
  if (wrong) return wrong;
  const known = new Set(defined.map(({ uuid }) => uuid));
  const unique = [...new Set(names.map(({ uuid }) => uuid))].filter((uuid) => !known.has(uuid));
  const imported = (uuid: string, { apm, aqm, adm }: Matrix, isDefined: boolean): ImportedMdev => ({
    uuid,
    name: nameOf.get(uuid),
    adapters: apm.ids(),
    domains: aqm.ids(),
    controlDomains: adm.ids(),
    guest: undefined,
    isDefined,
  });
  return parsed([
    ...defined.map(({ uuid, masks }) => imported(uuid, masks, true)),
    ...unique.map((uuid) => imported(uuid, newMatrix(), false)),
  ]);
}

/** Equal definitions of one mdev count once: libvirt shows what mdevctl has defined. */
function definedMdevs(pieces: readonly Piece[]): readonly MdevPiece[] {
  const seen = new Set<string>();
  return pieces.filter((piece): piece is MdevPiece => {
    if (piece.kind !== "mdev") return false;
    const { apm, aqm, adm } = piece.masks;
    const definition = `${piece.uuid} ${[apm, aqm, adm].map(formatMask).join(" ")}`;
    const isNew = !seen.has(definition);
    seen.add(definition);
    return isNew;
  });
}

const where = ({ file, line, column }: Placed): string => `${file}:${line}:${column}`;

function twice(mdevs: readonly MdevPiece[]): Parsed<never> | undefined {
  const firsts = new Map<string, MdevPiece>();
  for (const mdev of mdevs) {
    const { uuid, at } = mdev;
    const first = firsts.get(uuid);
    if (first) {
      const message = `expected each uuid once, found ${uuid} a second time and otherwise, after ${where(first.at)}: import one of them`;
      return misread(at.file, at, message);
    }
    firsts.set(uuid, mdev);
  }
  return undefined;
}

/** @param owners is filled: which mdev has a queue. No more of them than there are queues are noted before one is found in two */
function shared(mdevs: readonly MdevPiece[], owners: Map<Apqn, number>): Parsed<never> | undefined {
  for (const [i, { masks, at }] of mdevs.entries()) {
    let [first, queue] = [i, -1];
    for (const apqn of queuesOf(masks)) {
      const owner = owners.get(apqn);
      if (owner === undefined) owners.set(apqn, i);
      else if (owner < first) [first, queue] = [owner, apqn];
    }
    const other = mdevs[first];
    if (first === i || !other) continue;
    const message = `expected each queue in one mdev, found ${formatApqn(queue as Apqn)}, which ${other.uuid} (${where(other.at)}) has as well: import one of them`;
    return misread(at.file, at, message);
  }
  return undefined;
}

/** A queue is a container's or a guest's. */
function used(
  mdevs: readonly MdevPiece[],
  owners: ReadonlyMap<Apqn, number>,
  pieces: readonly Piece[],
): Parsed<never> | undefined {
  let found: { readonly owner: number; readonly queue: ContainerQueue } | undefined;
  for (const queue of pieces.flatMap((piece) => (piece.kind === "containers" ? piece.queues : []))) {
    const owner = owners.get(queue.apqn);
    if (owner !== undefined && (found === undefined || owner < found.owner)) found = { owner, queue };
  }
  if (!found) return undefined;
  const { uuid, at } = must(mdevs[found.owner]);
  const { apqn, set } = found.queue;
  const message = `expected queues that no container uses, found ${formatApqn(apqn)} of mdev ${uuid}, which set ${quoted(set)} has`;
  return misread(at.file, at, message);
}

/** The desired state for a plan. An error of the plan gets the place of the piece that its mdev is from. */
export function desiredFromPieces(pieces: readonly Piece[]): Parsed<DesiredFile> {
  const mdevs = importedMdevs(pieces);
  if (!mdevs.ok) return mdevs;
  const named = pieces.filter((piece) => piece.kind === "mdev" || piece.kind === "name");
  const placed = ({ path, message }: PlanError) => {
    const uuid = mdevs.value[Number(path[1])]?.uuid;
    const piece = named.find((one) => one.uuid === uuid) ?? must(named[0]);
    return { ...piece.at, message };
  };
  const lists = ({ adapters, domains, controlDomains, isDefined }: ImportedMdev) =>
    isDefined
      ? { apm: maskOf(adapters), aqm: maskOf(domains), adm: maskOf(controlDomains) }
      : { apm: undefined, aqm: undefined, adm: undefined };
  const desired: DesiredState = {
    mdevs: mdevs.value.map((mdev) => ({ uuid: mdev.uuid, name: mdev.name, ...lists(mdev) })),
    freeBy: pieces.some(({ kind }) => kind === "masks") ? "masks" : "nothing",
  };
  return parsed({ desired, placed });
}

/** The masks after all pieces that change them; undefined if none does. */
export function importedMasks(
  before: OwnershipMasks | undefined,
  pieces: readonly Piece[],
): OwnershipMasks | undefined {
  const changes = pieces.flatMap((piece) => (piece.kind === "masks" ? [piece.change] : []));
  if (changes.length === 0) return undefined;
  return changes.reduce<OwnershipMasks>(
    (masks, change) => change(masks),
    before ?? { apmask: fullMask(), aqmask: fullMask() },
  );
}

/** A description changed by pieces: other masks, new mdevs, other matrices and names of existing mdevs. */
export function importInto(base: HostDescription, pieces: readonly Piece[]): Parsed<HostDescription> {
  const mdevs = importedMdevs(pieces);
  if (!mdevs.ok) return mdevs;
  const masks = importedMasks(ownershipOf(base), pieces);
  const imported = new Map(mdevs.value.map((mdev) => [mdev.uuid, mdev]));
  const known = new Set(base.mdevs.map(({ uuid }) => uuid));
  const merged: HostDescription = {
    ...base,
    masks: masks ? { apmask: maskText(masks.apmask), aqmask: maskText(masks.aqmask) } : base.masks,
    mdevs: [
      ...base.mdevs.map((mdev) => mergeMdev(mdev, imported.get(mdev.uuid))),
      ...mdevs.value.filter(({ uuid }) => !known.has(uuid)).map(withoutMark),
    ],
  };
  const placed = pieces.filter((piece): piece is MdevPiece => piece.kind === "mdev");
  const ownership = ownershipOf(merged);
  const owners = ownersIn(merged);
  for (const piece of placed) {
    const message = misfit(piece, merged, ownership, owners);
    if (message !== undefined) return misread(piece.at.file, piece.at, message);
  }
  const read = checked(merged, pieces);
  return read.ok
    ? parsed(
        read.value,
        pieces.flatMap((piece) => missedByContainers(piece, merged, ownership)),
      )
    : read;
}

/** What the containers of a piece will not find on this host: one sentence for each reason. */
function missedByContainers(piece: Piece, host: HostDescription, ownership: Ownership): readonly string[] {
  if (piece.kind !== "containers") return [];
  const reasons = new Map<string, string[]>();
  for (const { apqn, mode } of piece.queues) {
    const [apid, apqi] = [apidOf(apqn), apqiOf(apqn)];
    const card = host.cards.find(({ id }) => id === apid);
    const reason =
      !card || !host.domains.includes(apqi)
        ? "this host has no such queue"
        : !isLeftToHost(ownership, apid, apqi)
          ? "containers cannot have what is with vfio_ap"
          : host.unbound.includes(apqn)
            ? "no driver has it"
            : mode !== undefined && card.mode !== mode
              ? `the set is for ${mode}, the card is in mode ${card.mode}`
              : undefined;
    if (reason !== undefined) reasons.set(reason, [...(reasons.get(reason) ?? []), formatApqn(apqn)]);
  }
  return [...reasons].map(([reason, queues]) => `${piece.at.file}: ${queues.join(" ")}: ${reason}`);
}

const withoutMark = ({ isDefined, ...mdev }: ImportedMdev): MdevDescription => mdev;

function mergeMdev(mdev: MdevDescription, imported: ImportedMdev | undefined): MdevDescription {
  if (!imported) return mdev;
  const named = { ...mdev, name: imported.name ?? mdev.name };
  if (!imported.isDefined) return named;
  const { adapters, domains, controlDomains } = imported;
  return { ...named, adapters, domains, controlDomains };
}

/** The mdevs that have a queue: one of the host's, one of the pieces, or both. */
function ownersIn({ mdevs }: HostDescription): ReadonlyMap<Apqn, readonly string[]> {
  const owners = new Map<Apqn, readonly string[]>();
  for (const { uuid, adapters, domains } of mdevs) {
    for (const apid of adapters) {
      for (const apqi of domains) {
        const apqn = apqnOf(apid, apqi);
        owners.set(apqn, [...(owners.get(apqn) ?? []), uuid]);
      }
    }
  }
  return owners;
}

/** Why an mdev cannot be on this host. */
function misfit(
  { uuid, masks }: MdevPiece,
  host: HostDescription,
  ownership: Ownership,
  owners: ReadonlyMap<Apqn, readonly string[]>,
): string | undefined {
  const { apm, aqm, adm } = masks;
  const adapter = apm.ids().find((id) => id > host.maxAdapter);
  if (adapter !== undefined)
    return `expected an adapter up to ${formatApid(asApid(host.maxAdapter))} of this machine, found ${formatApid(adapter)}`;
  const domain = [...aqm.ids(), ...adm.ids()].find((id) => id > host.maxDomain);
  if (domain !== undefined)
    return `expected a domain up to ${formatApqi(host.maxDomain)} of this machine, found ${formatApqi(domain)}`;
  for (const apqn of queuesOf(masks)) {
    const [apid, apqi] = [apidOf(apqn), apqiOf(apqn)];
    const other = owners.get(apqn)?.find((one) => one !== uuid);
    if (other !== undefined)
      return `expected each queue in one mdev, found ${formatApqn(apqn)}, which the host's mdev ${other} has`;
    if (isLeftToHost(ownership, apid, apqi))
      return `expected queues that the masks leave to vfio_ap, found ${formatApqn(apqn)}: import the host's 41-ap.rules or a chzdev line that frees it as well`;
  }
  return undefined;
}

/** Writes the description and reads it again, which finds what the single checks do not. */
function checked(merged: HostDescription, pieces: readonly Piece[]): Parsed<HostDescription> {
  const read = parseHostDescription(formatHostDescription(merged), "host");
  if (read.ok) return read;
  const at = pieces.at(-1)?.at ?? { file: "host", line: 1, column: 1 };
  return misread(at.file, at, `with this the host is none that can be brought up: ${read.error.message}`);
}
