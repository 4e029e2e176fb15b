// A call-out of mdevctl: it is asked before an mdev is defined, changed or started, and refuses what the kernel would refuse.
// docs/exchange.md has the protocol.

import {
  activeMdevs,
  judgeDefinition,
  judgeLive,
  judgeStart,
  type Wanted,
} from "../../answers/verdict/callout-verdict.ts";
import { CONTROL_DOMAINS_ALONE, hasControlDomainsAlone } from "../../formats/reading/control-domains.ts";
import { matrixOfAttributes } from "../../formats/tools/attribute-matrix.ts";
import { attributesOf } from "../../formats/tools/definition-of-mdev.ts";
import { MATRIX_PARENT, parseMdevctl, VFIO_AP_TYPE } from "../../formats/tools/mdevctl-json.ts";
import { must } from "../../system/ap/assert.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import { observeHost } from "../../system/sysfs/observe.ts";
import { observeMdev } from "../../system/sysfs/observe-mdevs.ts";
import { SysfsReader } from "../../system/sysfs/sysfs-reader.ts";
import { configWrite } from "../../system/sysfs/writes.ts";
import { parseUuid } from "../../system/vfio-ap/uuid.ts";
import { directorySysfs } from "../directory-sysfs.ts";
import { type CalloutPlaces, readCalloutHost, readNextBoot } from "./callout-host.ts";
import { type LockedCall, withLock } from "./callout-lock.ts";

export interface CalloutReply {
  /** 0 done, 1 refused, 2 not a device of vfio_ap. */
  readonly code: number;
  readonly stdout: string;
  /** One line each. */
  readonly stderr: readonly string[];
}

const DONE: CalloutReply = { code: 0, stdout: "", stderr: [] };
const NOT_OURS: CalloutReply = { code: 2, stdout: "", stderr: [] };
const refuse = (sentence: string): CalloutReply => ({ code: 1, stdout: "", stderr: [sentence] });
const answer = (json: unknown): CalloutReply => ({ code: 0, stdout: `${JSON.stringify(json)}\n`, stderr: [] });

const CAPABILITIES = {
  supports: {
    version: 2,
    actions: ["start", "stop", "define", "undefine", "modify", "attributes", "capabilities"],
    events: ["pre", "post", "notify", "get", "live"],
  },
};

interface Request {
  readonly type: string;
  readonly event: string;
  readonly action: string;
  readonly uuid: string;
  readonly parent: string;
}

/** @param input what mdevctl writes to stdin: the device as JSON, or nothing */
export async function callout(
  words: readonly string[],
  input: string,
  places: CalloutPlaces,
  lock: LockedCall,
): Promise<CalloutReply> {
  // This comes first: devices of other types are not for us to judge.
  if (isOfOtherType(words)) return NOT_OURS;
  const request = readRequest(words);
  if (typeof request === "string") return refuse(request);
  const reply = await withLock(lock, request, () => replyTo(request, input, places));
  return typeof reply === "string" ? refuse(reply) : reply;
}

function replyTo(request: Request, input: string, places: CalloutPlaces): CalloutReply {
  switch (`${request.event} ${request.action}`) {
    case "get capabilities":
      return answer(CAPABILITIES);
    case "get attributes":
      return getAttributes(request, places);
    case "pre define":
    case "pre modify":
    case "pre start":
    case "live modify":
      return judge(request, input, places);
    case "pre stop":
      return warnOfGuest(request, places);
    default:
      return DONE;
  }
}

const OPTIONS: Readonly<Record<string, keyof Request | "state">> = {
  "-t": "type",
  "-e": "event",
  "-a": "action",
  "-s": "state",
  "-u": "uuid",
  "-p": "parent",
};

function isOfOtherType(words: readonly string[]): boolean {
  const type = words[words.indexOf("-t") + 1];
  return words.includes("-t") && type !== undefined && type !== VFIO_AP_TYPE;
}

/** @returns what is wrong with the words, as a sentence */
function readRequest(words: readonly string[]): Request | string {
  const found: Partial<Record<keyof Request | "state", string>> = {};
  for (let at = 0; at < words.length; at += 2) {
    const [option = "", value] = words.slice(at);
    const name = Object.hasOwn(OPTIONS, option) ? OPTIONS[option] : undefined;
    if (name === undefined || value === undefined || found[name] !== undefined)
      return `expected each of ${Object.keys(OPTIONS).join(", ")} once, with a value, found ${option}: mdevctl calls this`;
    found[name] = value;
  }
  if (Object.values(OPTIONS).some((name) => found[name] === undefined))
    return `expected all of ${Object.keys(OPTIONS).join(", ")}: mdevctl calls this`;
  const { type = "", event = "", action = "", uuid = "", parent = "" } = found;
  return { type, event, action, uuid: uuid.toLowerCase(), parent };
}

function getAttributes({ uuid }: Request, { sys }: CalloutPlaces): CalloutReply {
  // mdevctl asks for every device of a list, so nothing else is looked at.
  const mdev = observeMdev(new SysfsReader(directorySysfs(sys)), uuid, []);
  if (!mdev.matrix || !mdev.controlDomains) return refuse(`mdev ${uuid}: there is none, or it cannot be read`);
  const { apm, aqm } = mdev.matrix;
  const attributes = attributesOf({ apm, aqm, adm: mdev.controlDomains });
  return answer(attributes.map(({ name, value }) => ({ [name]: value })));
}

function judge(request: Request, input: string, places: CalloutPlaces): CalloutReply {
  const { uuid, parent, event, action } = request;
  if (parent !== MATRIX_PARENT) return refuse(`parent ${parent}: devices of vfio_ap are made below ${MATRIX_PARENT}`);
  if (parseUuid(uuid) === undefined) return refuse(`${uuid} is not a uuid of 36 characters`);
  const read = parseMdevctl(input);
  if (!read.ok) return refuse(`stdin:${read.error.line}:${read.error.column}: expected ${read.error.expected}`);
  const wanted: Wanted = { uuid, attrs: read.value[0]?.definition.attrs ?? [] };
  const known = readCalloutHost(places);
  if (event === "live") return changeLive(wanted, known);
  if (!known) return plainCheck(wanted);
  if (action === "start") {
    const refusal = judgeStart(known.host, wanted);
    return refusal === undefined ? warned(wanted, []) : refuse(refusal);
  }
  const boot = readNextBoot(places);
  const { refusal, warnings } = judgeDefinition(
    { host: known.empty, active: activeMdevs(known.host), ...boot },
    wanted,
  );
  if (refusal !== undefined) return refuse(refusal);
  return warned(wanted, [...boot.warnings, ...warnings]);
}

/** Done, with what whoever asked should know. */
function warned({ uuid, attrs }: Wanted, warnings: readonly string[]): CalloutReply {
  const matrix = matrixOfAttributes(attrs);
  const alone = matrix.ok && hasControlDomainsAlone(matrix.value) ? [`mdev ${uuid} ${CONTROL_DOMAINS_ALONE}`] : [];
  return { ...DONE, stderr: [...warnings, ...alone].map((warning) => `warning: ${warning}`) };
}

/** Without an AP bus: what no host would take. */
function plainCheck(wanted: Wanted): CalloutReply {
  const { attrs } = wanted;
  const matrix = matrixOfAttributes(attrs);
  if (matrix.ok) return warned(wanted, []);
  const { name, value } = must(attrs[matrix.at]);
  return refuse(`${name} ${value}: no vfio_ap device takes this (${matrix.errno})`);
}

/** mdevctl leaves it to the call-out to make the change. */
function changeLive({ uuid, attrs }: Wanted, known: ReturnType<typeof readCalloutHost>): CalloutReply {
  if (!known || !mdevNamed(known.host, uuid)) return refuse(`mdev ${uuid} is not there`);
  if (!known.host.profile.apConfig)
    return refuse(
      "this kernel has no ap_config: stop the mdev and start it again, or write to its attributes one by one",
    );
  const matrix = matrixOfAttributes(attrs);
  if (!matrix.ok) return plainCheck({ uuid, attrs });
  const [path, config] = configWrite(uuid, matrix.value);
  const refusal = judgeLive(known.host, uuid, config);
  if (refusal !== undefined) return refuse(refusal);
  const written = known.sysfs.write(path, `${config}\n`);
  return written.ok ? DONE : refuse(`ap_config: the kernel refuses it (${written.errno})`);
}

function warnOfGuest({ uuid }: Request, { sys }: CalloutPlaces): CalloutReply {
  const mdev = observeHost(directorySysfs(sys)).mdevs.find((one) => one.uuid === uuid);
  if (mdev?.isRunning !== true) return DONE;
  return { ...DONE, stderr: [`warning: a guest runs with mdev ${uuid}: it goes when the guest has let go of it`] };
}
