const LONGEST_TEXT = 60;

/**
 * A value of any type as an error text shows it, in JavaScript's notation: `"5000"`, `5n`. Never throws, even if the
 * value's own getters or proxy traps do.
 */
export function inWords(value: unknown): string {
  try {
    return described(value);
  } catch {
    return "an object that throws when it is read";
  }
}

function described(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value);
    case "function":
      return "a function";
    case "symbol":
      return "a symbol";
    case "bigint":
      return `${value}n`;
    case "object":
      return value === null ? "null" : objectInWords(value);
    default:
      return Object.is(value, -0) ? "-0" : String(value);
  }
}

/** Like {@link inWords}, but without quotes around a string: for names in an error text. */
export function plainly(value: unknown): string {
  return typeof value === "string" ? value : inWords(value);
}

/** Like {@link inWords}, with the type of a primitive value: for values of a wrong type. */
export function typeInWords(value: unknown): string {
  return ["number", "boolean", "string", "bigint"].includes(typeof value)
    ? `the ${typeof value} ${inWords(value)}`
    : inWords(value);
}

/** The type of an object: "an array", "a Map", "a Promise", "an object with topic, messages". */
function objectInWords(value: object): string {
  if (Array.isArray(value)) return "an array";
  const kind = /^\[object (.*)\]$/.exec(Object.prototype.toString.call(value))?.[1] ?? "Object";
  if (kind !== "Object") return `${/^[AEIO]/.test(kind) ? "an" : "a"} ${kind}`;
  const names = Object.keys(value);
  return names.length === 0
    ? "an empty object"
    : `an object with ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`;
}

/**
 * The known name that the user may have meant. It is equal except for case, dots and dashes; or longer with the same
 * beginning; or differs in a few letters.
 */
export function nearest<N extends string>(given: string, known: readonly N[]): N | undefined {
  const plain = bare(given);
  const same = known.find((name) => bare(name) === plain);
  if (same !== undefined) return same;
  const longer = plain.length >= 4 ? known.find((name) => bare(name).startsWith(plain)) : undefined;
  if (longer !== undefined) return longer;
  const most = plain.length <= 4 ? 1 : 2;
  let best: N | undefined;
  let least = most + 1;
  for (const name of known) {
    const changed = distance(plain, bare(name), least);
    if (changed < least) [best, least] = [name, changed];
  }
  return best;
}

/** A name without the differences in spelling between clients: case, dots, dashes and underscores. */
export function bare(name: string): string {
  return name.replace(/[._-]/g, "").toLowerCase();
}

/** How many letters must be inserted, removed, changed, or swapped with a neighbour; at most `most`. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      next.push(cost);
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? most;
}
