/** The names that a regular expression matches as a whole, as RE2J reads it; undefined where it is none. */
export function topicPattern(expression: string): RegExp | undefined {
  const isCaseless = expression.startsWith("(?i)");
  // What RE2 writes otherwise: the ends of the text.
  const pattern = (isCaseless ? expression.slice(4) : expression).replaceAll("\\A", "^").replaceAll("\\z", "$");
  // Which no RE2 has.
  if (/\(\?<?[=!]|\\[1-9]/.test(pattern)) return undefined;
  try {
    return new RegExp(`^(?:${pattern})$`, isCaseless ? "iu" : "u");
  } catch {
    return undefined;
  }
}
