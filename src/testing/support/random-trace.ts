// The trace of a random run, with its answers: what a lab would have written into its journal. It ends with a scan, after which the
// host knows all of its machine.

import type { Operation } from "../../system/trace/operation.ts";
import { operationToJson } from "../../system/trace/operation-json.ts";
import { Player } from "../../system/trace/player.ts";
import type { Profile } from "../../system/vfio-ap/profile.ts";
import { Random } from "../soak/random.ts";
import { RandomOperations, type Size } from "../soak/random-operations.ts";

const SCAN: Operation = { op: "scan", part: "all" };

export interface RandomTrace {
  readonly player: Player;
  readonly text: string;
}

export function randomTrace(seed: number, profile: Profile, size: Size, operations: number): RandomTrace {
  const source = new RandomOperations(new Random(seed), size);
  const player = new Player(profile);
  const lines: object[] = [{ trace: `seed ${seed}`, format: 2, profile: profile.name }];
  for (let i = 1; i <= operations; i++) {
    const operation = i === 1 ? source.init() : i === operations ? SCAN : source.next();
    lines.push({ i, ...operationToJson(operation), x: player.apply(operation, i) });
  }
  return { player, text: `${lines.map((line) => JSON.stringify(line)).join("\n")}\n` };
}
