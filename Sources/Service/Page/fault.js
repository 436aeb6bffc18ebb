/** What is wrong with what was typed, as a sentence. */
export class Fault extends Error {}
