// Words of the command line as a sentence of the page.
/** `no write helps` as `No write helps.`; a queue's name stays as it is. */
export const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
