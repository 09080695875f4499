import { KafkaError } from "../errors/kafka-error.ts";

/** The entries of a Java properties file, in its order. A later entry replaces an earlier one of the same name. */
export type Properties = ReadonlyMap<string, string>;

/**
 * Reads the format of `java.util.Properties`: comments with `#` and `!`, names that end at `=`, `:` or white space,
 * lines that a backslash continues, and escapes. Throws kind `config` that names the line, never its content.
 */
export function parseProperties(text: string): Properties {
  const entries = new Map<string, string>();
  for (const { line, number } of logicalLines(text)) {
    const [, name = "", value = ""] = /^((?:\\[^]|[^\\=:\s])*)(?:\s*[=:]\s*|\s+|$)([^]*)$/.exec(line) ?? [];
    if (name === "") throw new KafkaError("config", `line ${number} has no name before the "="`);
    entries.set(unescaped(name, number), unescaped(value, number));
  }
  return entries;
}

/** Lines without comments, blank lines and leading white space; a line that ends in a backslash goes on. */
function logicalLines(text: string): readonly { readonly line: string; readonly number: number }[] {
  const lines: { line: string; readonly number: number }[] = [];
  let goesOn = false;
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = raw.trimStart();
    if (!goesOn && /^(?:$|[#!])/.test(line)) continue;
    // An even number of backslashes at the end are escaped ones.
    const slashes = /\\*$/.exec(line)?.[0].length ?? 0;
    const isContinued = slashes % 2 === 1;
    const content = isContinued ? line.slice(0, -1) : line;
    const last = lines.at(-1);
    if (goesOn && last !== undefined) last.line += content;
    else lines.push({ line: content, number: index + 1 });
    goesOn = isContinued;
  }
  return lines;
}

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function unescaped(text: string, line: number): string {
  return text.replace(/\\(u([0-9a-fA-F]{4})?|[^])/g, (_, letter: string, code: string | undefined) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    if (letter === "u") throw new KafkaError("config", `line ${line} has "\\u" without the four digits that follow it`);
    return ESCAPES[letter] ?? letter;
  });
}
