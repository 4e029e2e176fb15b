// What keeps a lab from coming up or being reached, in one line with what to do about it.
export class LabError extends Error {}

export const reasonOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;
