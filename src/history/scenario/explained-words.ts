// What explain says about one queue, in the words of a scenario's check: the reason, its details, and how many writes help.

import { explain } from "../../answers/explain/explain.ts";
import type { Because } from "../../answers/explain/reason.ts";
import { formatApqn, parseApqn } from "../../system/ap/apqn.ts";
import { formatResponseCode } from "../../system/ap/response-code.ts";
import type { Host } from "../../system/vfio-ap/host.ts";
import { findMdev } from "../../system/vfio-ap/mdev-life.ts";
import { parseUuid } from "../../system/vfio-ap/uuid.ts";

/** `adapter-filtered 04.0054 queue-unbound fix 1`, `plugged`; `gone` if there is no such mdev. */
export function explainedWords(host: Host, uuidText: string, queue: string): string {
  const uuid = parseUuid(uuidText);
  const mdev = uuid && findMdev(host, uuid);
  const apqn = parseApqn(queue);
  if (!mdev || apqn === undefined) return "gone";
  const [explanation] = explain(host, mdev, [apqn]);
  if (!explanation) return "gone";
  const { reason, because, fix, plugged } = explanation;
  const help = plugged ? [] : [fix ? `fix ${fix.length}` : "no fix"];
  return [reason, ...becauseWords(because), ...help].join(" ");
}

function becauseWords({ apqn, reason, mdev, driver, mask, rc }: Because): readonly string[] {
  return [
    ...(apqn === undefined ? [] : [formatApqn(apqn)]),
    ...(reason === undefined ? [] : [reason]),
    ...(mdev === undefined ? [] : [`mdev ${mdev}`]),
    ...(driver === undefined ? [] : [`driver ${driver}`]),
    ...(mask === undefined ? [] : [`mask ${mask}`]),
    ...(rc === undefined ? [] : [`rc ${formatResponseCode(rc)}`]),
  ];
}
