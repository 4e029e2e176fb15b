// Why the page cannot be served, in one line with what to do about it.
import { UserError } from "../../guards/user-error.ts";

export class WebError extends UserError {}
