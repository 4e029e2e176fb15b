// Puts pieces of a host together: into a description of it, or into a desired state for an existing host.

import { apidOf, apqiOf, apqnOf, formatApid, formatApqi, formatApqn } from "../../system/ap/apqn.ts";
import { must } from "../../system/ap/assert.ts";
import { asApid, NONE } from "../../system/ap/id.ts";
import { maskOf } from "../../system/ap/mask.ts";
import { type Matrix, matricesEqual, newMatrix } from "../../system/ap/matrix.ts";
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
  const nameOf = (uuid: string) => names.find((piece) => piece.uuid === uuid && piece.name !== undefined)?.name;
  const defined = definedMdevs(pieces);
  const wrong = twice(defined) ?? shared(defined) ?? used(defined, pieces);
  if (wrong) return wrong;
  const unique = [...new Set(names.map(({ uuid }) => uuid))].filter((uuid) =>
    defined.every((one) => one.uuid !== uuid),
  );
  const imported = (uuid: string, { apm, aqm, adm }: Matrix, isDefined: boolean): ImportedMdev => ({
    uuid,
    name: nameOf(uuid),
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
const definedMdevs = (pieces: readonly Piece[]): readonly MdevPiece[] =>
  pieces
    .filter((piece): piece is MdevPiece => piece.kind === "mdev")
    .filter(
      (piece, i, all) =>
        !all.slice(0, i).some((other) => other.uuid === piece.uuid && matricesEqual(other.masks, piece.masks)),
    );

const where = ({ file, line, column }: Placed): string => `${file}:${line}:${column}`;

function twice(mdevs: readonly MdevPiece[]): Parsed<never> | undefined {
  for (const [i, { uuid, at }] of mdevs.entries()) {
    const first = mdevs.slice(0, i).find((other) => other.uuid === uuid);
    if (!first) continue;
    const message = `expected each uuid once, found ${uuid} a second time and otherwise, after ${where(first.at)}: import one of them`;
    return misread(at.file, at, message);
  }
  return undefined;
}

function shared(mdevs: readonly MdevPiece[]): Parsed<never> | undefined {
  for (const [i, { masks, at }] of mdevs.entries()) {
    for (const other of mdevs.slice(0, i)) {
      const apid = masks.apm.firstCommon(other.masks.apm);
      const apqi = masks.aqm.firstCommon(other.masks.aqm);
      if (apid === NONE || apqi === NONE) continue;
      const queue = formatApqn(apqnOf(apid, apqi));
      const message = `expected each queue in one mdev, found ${queue}, which ${other.uuid} (${where(other.at)}) has as well: import one of them`;
      return misread(at.file, at, message);
    }
  }
  return undefined;
}

/** A queue is a container's or a guest's. */
function used(mdevs: readonly MdevPiece[], pieces: readonly Piece[]): Parsed<never> | undefined {
  const queues = pieces.flatMap((piece) => (piece.kind === "containers" ? piece.queues : []));
  for (const { uuid, masks, at } of mdevs) {
    const queue = queues.find(({ apqn }) => masks.apm.has(apidOf(apqn)) && masks.aqm.has(apqiOf(apqn)));
    if (!queue) continue;
    const message = `expected queues that no container uses, found ${formatApqn(queue.apqn)} of mdev ${uuid}, which set ${quoted(queue.set)} has`;
    return misread(at.file, at, message);
  }
  return undefined;
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
  const merged: HostDescription = {
    ...base,
    masks: masks ? { apmask: maskText(masks.apmask), aqmask: maskText(masks.aqmask) } : base.masks,
    mdevs: [
      ...base.mdevs.map((mdev) => mergeMdev(mdev, imported.get(mdev.uuid))),
      ...mdevs.value.filter(({ uuid }) => base.mdevs.every((mdev) => mdev.uuid !== uuid)).map(withoutMark),
    ],
  };
  const placed = pieces.filter((piece): piece is MdevPiece => piece.kind === "mdev");
  const ownership = ownershipOf(merged);
  for (const piece of placed) {
    const message = misfit(piece, merged, ownership);
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

/** Why an mdev cannot be on this host. */
function misfit({ uuid, masks }: MdevPiece, host: HostDescription, ownership: Ownership): string | undefined {
  const { apm, aqm, adm } = masks;
  const adapter = apm.ids().find((id) => id > host.maxAdapter);
  if (adapter !== undefined)
    return `expected an adapter up to ${formatApid(asApid(host.maxAdapter))} of this machine, found ${formatApid(adapter)}`;
  const domain = [...aqm.ids(), ...adm.ids()].find((id) => id > host.maxDomain);
  if (domain !== undefined)
    return `expected a domain up to ${formatApqi(host.maxDomain)} of this machine, found ${formatApqi(domain)}`;
  for (const apqn of queuesOf(masks)) {
    const [apid, apqi] = [apidOf(apqn), apqiOf(apqn)];
    const other = host.mdevs.find(
      (mdev) => mdev.uuid !== uuid && mdev.adapters.includes(apid) && mdev.domains.includes(apqi),
    );
    if (other)
      return `expected each queue in one mdev, found ${formatApqn(apqn)}, which the host's mdev ${other.uuid} has`;
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
