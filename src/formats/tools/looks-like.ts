// What a text that is not understood looks like, so that whoever named it learns which file it is. Nothing is read of it.
import { setsMasks } from "./chzdev-line.ts";

/** @returns with what helps, such as "zipl.conf"; undefined if it looks like nothing that is known here */
export function looksLike(text: string): string | undefined {
  if (text.trim() === "") return "an empty file";
  if (text.includes("\0")) return "a file that is not text";
  return kubernetesResource(text) ?? LOOKS.find(([pattern]) => pattern.test(text))?.[1];
}

const COMMAND_LINE = "a kernel command line (--as cmdline)";

/** The first that fits. */
const LOOKS: readonly (readonly [pattern: Pick<RegExp, "test">, what: string])[] = [
  [/^\s*#! ?\S*\/(?:env )?\w*sh\b/, "a shell script, of which only lines of chzdev are read"],
  [
    { test: (text) => text.split("\n").some(setsMasks) },
    "chzdev inside of another command: it is read on a line of its own",
  ],
  [/^["' -]*crypto_(?:domain_configurations|configuration|adapter_names)["']*:/m, "a crypto configuration of the HMC"],
  [/^\[defaultboot\]|^[ \t]*parameters[ \t]*=/m, `zipl.conf; the text of its parameters alone is ${COMMAND_LINE}`],
  [
    { test: (text) => /^options\s/m.test(text) && /^linux\s/m.test(text) },
    `a boot entry; the text of its options alone is ${COMMAND_LINE}`,
  ],
  [/^GRUB_CMDLINE_LINUX/m, `the settings of GRUB; what stands between the quotes is ${COMMAND_LINE}`],
  [/(?:^|\s)(?:ap\.\w+|root|rd\.\w+|console|zfcp\.\w+|cio_ignore)=\S/, COMMAND_LINE],
  [/^(?:ap_domain=|DOMAIN\s+00 01)/m, "what lszcrypt -b or -d prints, which names no cards"],
  [/provides capability for:/, "what lszcrypt -c prints, which is about one card"],
  [/^[0-9a-f]{2}\.[0-9a-f]{4}\s+(?:vfio_ap|cex4queue)\b/m, "overrides of driverctl: they stand in a host description"],
  [/^TYPE\s+ID\s/m, "the list of lszdev: import what lszdev -t ap prints"],
  [
    /^[ \t]*(?:\S*[#$] )?(?:sudo )?(?:echo|printf) .*> *["']?\/sys\//m,
    "commands of a shell, of which only lines of chzdev are read",
  ],
  [/^\s*[[{]/, "JSON of another kind"],
  [/^[ \t]*- \w|^\w[\w.-]*:(?:\s|$)/m, "YAML of another kind"],
  [/^\[[^\]\n]+\]\s*$/m, "a file of sections, such as [section]"],
];

/** A resource of Kubernetes, as YAML or JSON. */
export function kubernetesResource(text: string): string | undefined {
  const member = (name: string): string | undefined =>
    new RegExp(`(?:^|[{,]\\s*)["']?${name}["']?:\\s*["']?([\\w./-]+)`, "m").exec(text)?.[1];
  const [kind, version] = [member("kind"), member("apiVersion")];
  return kind !== undefined && version !== undefined ? `a ${kind} of Kubernetes (${version})` : undefined;
}
