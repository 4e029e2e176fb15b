// What a user asked for and cannot have: told in one line.
export class ModelError extends Error {}
