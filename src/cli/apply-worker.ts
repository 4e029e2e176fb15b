// The thread in which apmatrix apply reads and writes, so that the other one can hear signals (apply-command.ts).
import type { GuestLoss } from "../answers/plan/losses.ts";
import { supervised } from "../guards/signals.ts";
import { UserError } from "../guards/user-error.ts";
import { readRequest } from "./apply-request.ts";
import { applyRequest } from "./apply-run.ts";
import { type ApplyData, type ApplyMessage, reportTo } from "./apply-told.ts";

const { data, tell, ask } = supervised<ApplyData, ApplyMessage>();
const { file, options } = data;

async function run(): Promise<void> {
  try {
    const request = await readRequest(file, options);
    const wants = async (message: ApplyMessage): Promise<void> => {
      const refused = await ask(message);
      if (refused !== undefined) throw new UserError(refused as string);
    };
    await wants({ kind: "lock" });
    const consent = async (losses: readonly GuestLoss[]): Promise<void> => {
      if (losses.length > 0) await wants({ kind: "consent", losses });
    };
    tell({ kind: "ended", code: await applyRequest(request, options, reportTo(tell), consent) });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    tell({ kind: "refused", message: error.message });
  }
}

void run();
