/** A word or phrase that is hard to read, and the plain words to use instead. */
export interface HardWord {
  readonly pattern: RegExp;
  readonly better: string;
}

/** Where a sentence or a part of one begins: after punctuation, or at the start of a line of prose. */
const START = String.raw`(?<=^|\n|[.!?:;|(] ?|\*\* ?)[ \t]*`;
/** No question mark follows in the same sentence: questions may begin with "what" and "who". */
const NO_QUESTION = String.raw`(?![^.!;\n]*\?)`;

/** A phrase in any case, whose words may be apart where a line wraps. */
function phrase(words: string): RegExp {
  return new RegExp(String.raw`\b${words.replaceAll(" ", "[ \\t]+")}\b`, "gi");
}

/**
 * The list of hard words. A pattern is here only when it has no technical use, so that each hit is a real one. Words
 * that are sometimes right ("hold", "hand", "taken") are left to the reviewer.
 */
export const HARD_WORDS: readonly HardWord[] = [
  { pattern: phrase("anew"), better: '"again", or "recreated" for a topic' },
  { pattern: phrase("whoever"), better: "the actor: the caller, the member, the next owner" },
  { pattern: phrase("(?:nobody|somebody)"), better: "the actor, or the passive: nothing waits, no task reads it" },
  { pattern: new RegExp(`${START}What ${NO_QUESTION}`, "g"), better: "a sentence that begins with a noun" },
  { pattern: new RegExp(`${START}Who ${NO_QUESTION}`, "g"), better: "the actor: the caller, the member" },
  { pattern: new RegExp(`(?<=[;:] )what ${NO_QUESTION}`, "g"), better: "a part that begins with a noun" },
  { pattern: new RegExp(`(?<=[;:] )who ${NO_QUESTION}`, "g"), better: "the actor: the caller, the member" },
  { pattern: phrase("(?:and|but|or|for|while) who (?!else)[a-z]+s"), better: "the actor: the caller, the member" },
  { pattern: phrase("that which"), better: "the name of the thing" },
  { pattern: phrase("told"), better: '"reported", "notified" or "passed to"' },
  { pattern: phrase("so (?:many|much|often|long)"), better: '"each", "every N ms", "for", "while", or the number' },
  { pattern: phrase("beside each other"), better: '"concurrently", "in parallel" or "side by side"' },
  { pattern: phrase("of (?:its|their|one's|our) own kind"), better: "the kind, or the error that it is" },
  { pattern: phrase("if need be"), better: '"when needed"' },
  { pattern: phrase("in which (?:[a-z]+ ){1,6}stands?"), better: '"that contains"' },
  { pattern: phrase("lest"), better: '"so that … not", or "otherwise"' },
  { pattern: phrase("pass(?:es|ed|ing)? over"), better: '"skip"' },
  { pattern: phrase("in silence"), better: '"without an error or a warning"' },
  { pattern: phrase("all the same"), better: '"still", or "anyway"' },
  { pattern: phrase("(?:is|are|was|were|be) let"), better: '"may", "is allowed to" or "is released"' },
  { pattern: phrase("(?:those|ones?|options?|all) that there (?:is|are)"), better: '"the valid ones", or "all"' },
  {
    pattern: phrase("answers (?:null|undefined|true|false|whether|how|what|a promise)"),
    better: '"returns"',
  },
  { pattern: phrase("none of its business"), better: '"does not concern it"' },
];

/** One hard word in a text: where it begins, what was read, what to write. */
export interface Hit {
  readonly at: number;
  readonly found: string;
  readonly better: string;
}

/** The hard words in a text, in the order of the list. */
export function hardWordsIn(text: string): readonly Hit[] {
  return HARD_WORDS.flatMap(({ pattern, better }) =>
    [...text.matchAll(pattern)].map((match) => ({
      at: match.index + (match[0].length - match[0].trimStart().length),
      found: match[0].trim().replace(/\s+/g, " "),
      better,
    })),
  );
}
