// What a user did wrong, or why something cannot be done: one line with what to do about it. All such errors are of this class.
export class UserError extends Error {}
