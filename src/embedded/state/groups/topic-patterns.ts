/** A regular expression that must match the whole topic name, as RE2J reads it; undefined if it is invalid. */
export function topicPattern(expression: string): RegExp | undefined {
  const isCaseless = expression.startsWith("(?i)");
  // RE2's syntax for the beginning and the end of the text.
  const pattern = (isCaseless ? expression.slice(4) : expression).replaceAll("\\A", "^").replaceAll("\\z", "$");
  // RE2 has no lookaround and no backreferences.
  if (/\(\?<?[=!]|\\[1-9]/.test(pattern)) return undefined;
  try {
    return new RegExp(`^(?:${pattern})$`, isCaseless ? "iu" : "u");
  } catch {
    return undefined;
  }
}
