// Operations as the JSON objects of a trace line, without the result: the inverse of parse-operation.ts.
import { formatApid, formatApqn } from "../ap/apqn.ts";
import { asApid } from "../ap/id.ts";
import { formatMask } from "../ap/mask-text.ts";
import { formatResponseCode, RC, type ResponseCode } from "../ap/response-code.ts";
import { guestsToJson } from "./guest-made-json.ts";
import { keysAndCountsToJson } from "./keys-and-counts-json.ts";
import type { Operation } from "./operation.ts";

type Json = Record<string, unknown>;

const byAdapter = <T>(map: ReadonlyMap<number, T>): Record<string, T> =>
  Object.fromEntries([...map].sort(([a], [b]) => a - b).map(([id, value]) => [formatApid(asApid(id)), value]));

const code = (value: ResponseCode | "ok"): string => (value === "ok" ? "ok" : formatResponseCode(value));

/** Busy and in progress are written as words, because they end by themselves. */
function resetFault(value: ResponseCode | "ok"): string {
  if (value === RC.busy) return "busy";
  return value === RC.resetInProgress ? "inprogress" : code(value);
}

/** An association under way is written as a word for the same reason. */
const associateFault = (value: ResponseCode | "ok"): string =>
  value === RC.stateChangeInProgress ? "pending" : code(value);

/** Members that hold their default are left out. */
export function operationToJson(operation: Operation): Json {
  const { in: inside, ...own } = operation;
  return { ...(inside !== undefined && { in: inside }), ...ownJson(own) };
}

function ownJson(operation: Operation): Json {
  const json: Json = { op: operation.op };
  const put = (key: string, value: unknown, unless?: unknown) => {
    if (value !== undefined && value !== unless) json[key] = value;
  };
  switch (operation.op) {
    case "init":
      put("apxa", operation.apxa ? 1 : 0, 1);
      put("qci", operation.qci ? 1 : 0, 1);
      put("apsb", operation.apsb ? 1 : 0, 0);
      put("se", operation.se ? 1 : 0, 0);
      put("max_adapter", operation.maxAdapter, operation.apxa ? 255 : 63);
      put("max_domain", operation.maxDomain, operation.apxa ? 255 : 15);
      put("type", operation.type, 12);
      if (operation.types.size > 0) json.types = byAdapter(operation.types);
      if (operation.modes.size > 0) json.modes = byAdapter(operation.modes);
      if (operation.serials.size > 0) json.serials = byAdapter(operation.serials);
      if (operation.keysAndCounts) Object.assign(json, keysAndCountsToJson(operation.keysAndCounts));
      json.aps = operation.apm.ids();
      json.doms = operation.aqm.ids();
      json.cds = operation.adm.ids();
      put("apmask", operation.apmask);
      put("aqmask", operation.aqmask);
      if (operation.guests) json.guests = guestsToJson(operation.guests);
      return json;
    case "hw":
      for (const [key, mask] of [
        ["apm", operation.apm],
        ["aqm", operation.aqm],
        ["adm", operation.adm],
      ] as const) {
        if (mask !== undefined) json[key] = formatMask(mask as NonNullable<typeof operation.apm>);
      }
      for (const [key, ids] of [
        ["rm_ap", operation.rmAp],
        ["rm_dom", operation.rmDom],
        ["rm_cd", operation.rmCd],
        ["add_ap", operation.addAp],
        ["add_dom", operation.addDom],
        ["add_cd", operation.addCd],
      ] as const) {
        if (ids.length > 0) json[key] = ids;
      }
      return json;
    case "card":
      json.id = operation.id;
      put("config", operation.config);
      put("chkstop", operation.chkstop);
      put("type", operation.type);
      put("mode", operation.mode);
      return json;
    case "fault":
      json.q = formatApqn(operation.q);
      if (operation.reset !== undefined) json.reset = resetFault(operation.reset);
      if (operation.aqic !== undefined) json.aqic = code(operation.aqic);
      if (operation.bind !== undefined) json.bind = code(operation.bind);
      if (operation.associate !== undefined) json.associate = associateFault(operation.associate);
      return json;
    case "scan":
      put("part", operation.part, "all");
      if (operation.part === "device") json.q = formatApqn(operation.q);
      return json;
    case "aqic":
      return { ...operation, q: formatApqn(operation.q) };
    default:
      return { ...operation };
  }
}
