// The thread in which apmatrix apply looks and writes, so that signals are heard in the other one (apply-command.ts).
import { supervised } from "../guards/signals.ts";
import { readRequest } from "./apply-request.ts";
import { applyRequest } from "./apply-run.ts";
import { type ApplyData, type ApplyMessage, reportTo } from "./apply-told.ts";
import { asUserError } from "./lab-command.ts";
import { UserError } from "./user-error.ts";

const { data, tell, ask } = supervised<ApplyData, ApplyMessage>();
const { file, options } = data;
try {
  const request = readRequest(file, options);
  const refused = await ask({ kind: "lock" });
  if (refused !== undefined) throw new UserError(refused as string);
  tell({ kind: "ended", code: await applyRequest(request, options, reportTo(tell)) });
} catch (error) {
  const known = asUserError(error);
  if (!(known instanceof UserError)) throw error;
  tell({ kind: "refused", message: known.message });
}
