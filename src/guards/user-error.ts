// What a user did wrong, or what stands in a user's way: told in one line with what to do about it. All that throw such a thing throw this.
export class UserError extends Error {}
