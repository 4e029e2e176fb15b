// What keeps the page from being served, in one line with what to do about it.
import { UserError } from "../../guards/user-error.ts";

export class WebError extends UserError {}
