// What failed, out of a TAP report: the names, each with the first line of its error, so that the end of a long log
// says it.
export function failures(tap) {
  const lines = tap.split("\n");
  const found = [];
  for (let i = 0; i < lines.length; i++) {
    const match = /^(\s*)not ok \d+ - (.*?)( # .*)?$/.exec(lines[i]);
    if (match === null) continue;
    const [, indent, name] = match;
    const details = [];
    for (let j = i + 1; j < lines.length && !new RegExp(`^${indent}  \\.\\.\\.$`).test(lines[j]); j++)
      details.push(lines[j].trim());
    const at = details.findIndex((line) => line.startsWith("error:"));
    if (details.some((line) => line === "failureType: 'subtestsFailed'")) continue; // its subtests say it
    const error =
      at === -1
        ? ""
        : details[at] === "error: |-"
          ? details.slice(at + 1, at + 12).join(" ")
          : details[at].slice(6).trim();
    found.push(`✖ ${name}: ${error.slice(0, 400)}`);
  }
  return found;
}
