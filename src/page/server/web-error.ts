// What keeps the page from being served, in one line with what to do about it.
export class WebError extends Error {}
