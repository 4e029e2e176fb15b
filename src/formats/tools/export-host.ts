// A described host in the files of other tools: definitions of mdevctl and libvirt, the masks of chzdev and its udev rule, a script,
// a trace.

import { maskOf } from "../../system/ap/mask.ts";
import type { Matrix } from "../../system/ap/matrix.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { ownershipOf } from "../description/described-ownership.ts";
import { formatHostDescription } from "../description/format-host-description.ts";
import type { HostDescription, MdevDescription } from "../description/host-description.ts";
import { hostOperations } from "../description/host-operations.ts";
import type { FreeBy } from "../desired/desired.ts";
import { formatDesired } from "../desired/format-desired.ts";
import { fullMask } from "../reading/mask-terms.ts";
import { formatChzdev, NOTHING_TO_DO } from "./chzdev-line.ts";
import { attributesOf, definitionOf } from "./definition-of-mdev.ts";
import { formatHostdev, formatNodeDevice } from "./format-libvirt-xml.ts";
import { nodeDeviceName } from "./libvirt-xml.ts";
import { formatMdevctlFile, formatMdevctlList, MATRIX_PARENT, VFIO_AP_TYPE } from "./mdevctl-json.ts";
import { formatScript } from "./shell-script.ts";
import { formatTrace } from "./trace-text.ts";
import { formatUdevRules } from "./udev-rules.ts";

export const EXPORT_FORMATS = [
  "mdevctl",
  "libvirt",
  "hostdev",
  "chzdev",
  "udev",
  "shell",
  "trace",
  "host",
  "desired",
] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

interface ExportOptions {
  readonly profile: Profile;
  /** Definitions start automatically at boot. */
  readonly auto: boolean;
  /** Masks are written as changes to those after boot, and not as the list of all bits that are on. */
  readonly relative: boolean;
}

/** Whether there is a file for each mdev, and not one for the host. */
export const isOfMdevs = (format: ExportFormat): boolean =>
  format === "mdevctl" || format === "libvirt" || format === "hostdev";

const masksOf = ({ adapters, domains, controlDomains }: MdevDescription): Matrix => ({
  apm: maskOf(adapters),
  aqm: maskOf(domains),
  adm: maskOf(controlDomains),
});

/** One mdev in a file of its own, with the name that the tool would give the file. */
export function exportMdev(mdev: MdevDescription, format: ExportFormat, { auto }: ExportOptions) {
  const { uuid } = mdev;
  const place = { line: 1, column: 1 };
  switch (format) {
    case "mdevctl":
      return { name: uuid, text: formatMdevctlFile(definitionOf(masksOf(mdev), auto ? "auto" : "manual")) };
    case "hostdev":
      return { name: `${uuid}.hostdev.xml`, text: formatHostdev({ kind: "hostdev", uuid, managed: "no", place }) };
    default: {
      const text = formatNodeDevice({
        kind: "device",
        name: nodeDeviceName(uuid),
        path: undefined,
        parent: "ap_matrix",
        driver: undefined,
        capability: {
          kind: "mdev",
          type: VFIO_AP_TYPE,
          uuid,
          saysUuid: true,
          parentAddress: undefined,
          iommuGroup: undefined,
          attrs: attributesOf(masksOf(mdev)),
          attrPlaces: [],
        },
        place,
      });
      return { name: `${nodeDeviceName(uuid)}.xml`, text };
    }
  }
}

/** The whole host as one text. */
export function exportHost(host: HostDescription, format: ExportFormat, options: ExportOptions): string {
  const { apmask, aqmask } = ownershipOf(host);
  const title = [`Written by apmatrix: from a freshly booted host to ${host.describes ?? "the described one"}`];
  switch (format) {
    case "mdevctl": {
      const start = options.auto ? "auto" : "manual";
      const devices = host.mdevs.map((mdev) => ({
        parent: MATRIX_PARENT,
        uuid: mdev.uuid,
        definition: definitionOf(masksOf(mdev), start),
      }));
      return `${formatMdevctlList(devices)}\n`;
    }
    case "libvirt":
    case "hostdev":
      return host.mdevs.map((mdev) => exportMdev(mdev, format, options).text).join("");
    case "chzdev": {
      const from = options.relative ? { apmask: fullMask<never>(), aqmask: fullMask<never>() } : undefined;
      return `${formatChzdev(from, { apmask, aqmask }) ?? NOTHING_TO_DO}\n`;
    }
    case "udev":
      return formatUdevRules({ apmask, aqmask, coldplug: true });
    case "shell": {
      const steps = hostOperations(host).filter(({ op }) => op !== "init");
      return formatScript(
        title,
        steps.map((operation) => ({ operation })),
      );
    }
    case "trace": {
      const header = { trace: "export", desc: host.describes ?? "a described host" };
      return formatTrace(header, options.profile, hostOperations(host));
    }
    case "host":
      return formatHostDescription(host);
    case "desired":
      return formatDesired(
        host.mdevs.map((mdev) => ({ ...mdev, name: mdev.name ?? mdev.guest, isDefined: true })),
        freeByOf(host),
      );
  }
}

/** How the host's queues have been freed. */
function freeByOf(host: HostDescription): FreeBy | undefined {
  if (host.overrides.length > 0) return "overrides";
  const { apmask, aqmask } = ownershipOf(host);
  return apmask.isFull() && aqmask.isFull() ? undefined : "masks";
}
