// What keeps a lab from coming up or being reached, in one line with what to do about it.
import { UserError } from "../guards/user-error.ts";

export class LabError extends UserError {}

export const reasonOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;
