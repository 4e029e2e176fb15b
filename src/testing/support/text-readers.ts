// All readers of texts that strangers may have made, for the tests that give each of them the same: limits, and much of one kind.
import { parsePlanFile } from "../../answers/apply/plan-file.ts";
import { parseHostDescription } from "../../formats/description/host-description.ts";
import { parseDesired } from "../../formats/desired/desired-file.ts";
import { parseLszcrypt } from "../../formats/listing/lszcrypt.ts";
import { parseMaskListing } from "../../formats/listing/mask-listing.ts";
import { parseMatrixListing } from "../../formats/listing/matrix-listing.ts";
import { readYaml } from "../../formats/reading/yaml-source.ts";
import { parseCexResources } from "../../formats/tools/cex-resources.ts";
import { parseChzdev } from "../../formats/tools/chzdev-text.ts";
import { parseLibvirtXml, parseLibvirtXmls } from "../../formats/tools/libvirt-xml.ts";
import { parseMdevctl } from "../../formats/tools/mdevctl-json.ts";
import { parseTraceSteps } from "../../formats/tools/trace-steps.ts";
import { parseUdevRules } from "../../formats/tools/udev-rules.ts";
import { parseZdevMasks } from "../../formats/tools/zdev-masks.ts";
import { parseScenario } from "../../history/scenario/parse-scenario.ts";
import { parseHistory } from "../../history/timeline/snapshot-line.ts";
import { parseTrace } from "../../system/trace/trace-file.ts";

export type ReaderKind = "json" | "json lines" | "yaml" | "xml" | "lines";
type Read = (text: string) => { readonly ok: boolean; readonly error?: unknown };

export const FILE = "file";
export const TRACE_HEADER = '{"trace":"x","format":2,"profile":"linux-7.3"}\n';
const PLAN_HEADER = '{"trace":"plan","profile":"linux-7.3","start":{},"steps":1}\n';

/** By the name of the function. */
export const READERS: Readonly<Record<string, readonly [kind: ReaderKind, read: Read]>> = {
  parseMdevctl: ["json", parseMdevctl],
  parseCexResources: ["json", parseCexResources],
  parseTrace: ["json lines", (text) => parseTrace(text, "any")],
  parseTraceSteps: ["json lines", parseTraceSteps],
  parsePlanFile: ["json lines", (text) => parsePlanFile(text.replace(TRACE_HEADER, PLAN_HEADER))],
  parseHistory: ["json lines", parseHistory],
  readYaml: ["yaml", (text) => readYaml(text, FILE)],
  parseHostDescription: ["yaml", (text) => parseHostDescription(text, FILE)],
  parseDesired: ["yaml", (text) => parseDesired(text, FILE)],
  parseLibvirtXml: ["xml", (text) => parseLibvirtXml(text, FILE)],
  parseLibvirtXmls: ["xml", (text) => parseLibvirtXmls(text, FILE)],
  parseScenario: ["lines", parseScenario],
  parseUdevRules: ["lines", parseUdevRules],
  parseChzdev: ["lines", parseChzdev],
  parseZdevMasks: ["lines", parseZdevMasks],
  parseLszcrypt: ["lines", (text) => parseLszcrypt(text, FILE)],
  parseMaskListing: ["lines", (text) => parseMaskListing(text, FILE)],
  parseMatrixListing: ["lines", (text) => parseMatrixListing(text, FILE)],
};
