import { foreignAdvice, sameName } from "./foreign-names.ts";
import { KafkaError, type KafkaErrorDetails } from "./kafka-error.ts";
import { inWords, nearest } from "./words.ts";

/**
 * Checks a value that a user passed; `path` says where it stands. Throws kind `config` that says what is wrong, where,
 * and what belongs there.
 */
export type Check = (value: unknown, path: string) => void;

/** How an object may look. */
export interface ShapeOptions<F extends string> {
  /** Those that must be there. */
  readonly needs?: readonly F[];
  /** The word for a name in error texts. Default "option". */
  readonly noun?: string;
  /**
   * Names that mean something else here than elsewhere, and what they are called:
   * a field, or a sentence that says what to do. `foreign-names` has the others.
   */
  readonly hints?: Readonly<Record<string, string>>;
}

/** An object with these fields and no others; undefined counts as absent. */
export function shape<F extends string>(fields: Readonly<Record<F, Check>>, options: ShapeOptions<string> = {}): Check {
  const names = Object.keys(fields) as F[];
  return guarded((value, path) => {
    if (!isFields(value)) throw notFields(value, path, names);
    const unknown = unknownName(value, path, names, options);
    if (unknown !== undefined) throw unknown;
    let isAnyGiven = false;
    for (const name of names) {
      let field: unknown;
      try {
        field = (value as Partial<Record<F, unknown>>)[name];
      } catch (error) {
        throw unreadable(inside(path, name), error);
      }
      isAnyGiven ||= field !== undefined;
      if (field !== undefined) fields[name](field, inside(path, name));
      else if (options.needs?.includes(name) === true) throw new KafkaError("config", `${path} needs ${name}`);
    }
    // A signal, a Map or a Date in place of the object has no field that could be unknown: it would be ignored in
    // silence.
    if (!isAnyGiven && isOfAnotherKind(value)) throw notFields(value, path, names);
  });
}

/**
 * Reads a getter or a proxy of the user's. If it throws, the error is of kind `config` and says where, so that a call
 * fails with errors of Odradek's only.
 */
export function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** What reading a value of the user's threw, as an error that says where. */
export function unreadable(path: string, error: unknown, details: KafkaErrorDetails = {}): KafkaError {
  return KafkaError.is(error)
    ? error
    : new KafkaError("config", `${path} cannot be read: ${KafkaError.from(error).message}`, {
        ...details,
        cause: error,
      });
}

/**
 * A check that reads a user's value by itself: what a getter or a proxy throws there becomes an error that says where.
 */
export function guarded(check: Check): Check {
  return (value, path) => {
    try {
      check(value, path);
    } catch (error) {
      throw unreadable(path, error);
    }
  };
}

/**
 * The error for a field that there is not, if the object has one. Names that stand only in a prototype are not looked
 * at.
 */
export function unknownName<F extends string>(
  value: object,
  path: string,
  names: readonly F[],
  { noun = "option", hints = {} }: ShapeOptions<F> = {},
  details: KafkaErrorDetails = {},
): KafkaError | undefined {
  const unknown = Object.keys(value).find((given) => !(names as readonly string[]).includes(given));
  if (unknown === undefined) return undefined;
  const hint = Object.hasOwn(hints, unknown) ? hints[unknown] : undefined;
  const near =
    hint ??
    sameName(unknown, names) ??
    names.find((name) => `${name}s` === unknown || `${unknown}s` === name) ??
    foreignAdvice(unknown, names) ??
    nearest(unknown, names);
  const isName = (names as readonly string[]).includes(near ?? "");
  const advice = near === undefined ? "; it" : isName ? `; did you mean ${near}? It` : `: ${near}. It`;
  return new KafkaError("config", `${path} has no ${noun} "${unknown}"${advice} has ${names.join(", ")}`, details);
}

/** A list of such elements. `hint` tells those who pass something else what to do. */
export function listOf(element: Check, hint = ""): Check {
  return guarded((value, path) => {
    if (!Array.isArray(value)) throw new KafkaError("config", `${path} takes a list, not ${inWords(value)}${hint}`);
    // A hole in a list is an element as well.
    for (let i = 0; i < value.length; i++) element(value[i], `${path}[${i}]`);
  });
}

/** An object with any names, whose values are such. */
export function mapOf(element: Check): Check {
  return guarded((value, path) => {
    if (!isFields(value) || Symbol.iterator in value || isOfAnotherKind(value))
      throw new KafkaError("config", `${path} takes a plain object, not ${inWords(value)}`);
    for (const [name, one] of Object.entries(value)) element(one, inside(path, name));
  });
}

/** What passes one of the checks; `takes` says so in words. */
export function either(takes: string, ...checks: readonly Check[]): Check {
  return is(takes, (value) => checks.some((check) => errorOf(check, value, "") === undefined));
}

/** An object that is no list, no Map and nothing else of the language's: its fields are checked elsewhere. */
export const object: Check = is("an object", (value) => isFields(value) && !isOfAnotherKind(value));

/** What `test` accepts. */
export function is(takes: string, test: (value: unknown) => boolean): Check {
  return guarded((value, path) => {
    if (!test(value)) throw new KafkaError("config", `${path} takes ${takes}, not ${inWords(value)}`);
  });
}

/** An object with methods of these names; others are not looked at: users pass instances of classes. */
export function withMethods(...names: readonly string[]): Check {
  return is(
    `an object with ${names.map((name) => `${name}()`).join(" and ")}`,
    (value) =>
      ((typeof value === "object" && value !== null) || typeof value === "function") &&
      names.every((name) => typeof (value as Record<string, unknown>)[name] === "function"),
  );
}

/** An object with fields of these names; others are not looked at. */
export function withFields(...names: readonly string[]): Check {
  return is(
    `an object with ${names.join(", ")}`,
    (value) =>
      typeof value === "object" &&
      value !== null &&
      names.every((name) => (value as Record<string, unknown>)[name] !== undefined),
  );
}

export function wholeFrom(least: number, most: number = Number.MAX_SAFE_INTEGER): Check {
  return is(
    `a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  );
}

/** The greatest number of Kafka's int32 fields: partitions, leader epochs and generations are such. */
export const MAX_INT32 = 2_147_483_647;

/** Whether it is a whole number from 0 that fits into such a field: a larger one would fail only when it is written. */
export function isNatural32(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_INT32;
}

export function oneOf(...values: readonly (string | number)[]): Check {
  return is(values.map((value) => JSON.stringify(value)).join(", "), (value) => values.includes(value as string));
}

/** What is checked elsewhere, with more words. */
export const anything: Check = () => undefined;
export const text: Check = is("a string", (value) => typeof value === "string");
export const name: Check = is("a string that is not empty", (value) => typeof value === "string" && value !== "");
export const flag: Check = is("true or false", (value) => typeof value === "boolean");
/** The most that timers of all hosts take. */
export const milliseconds: Check = wholeFrom(0, 2_147_483_647);
export const atLeastOneMs: Check = wholeFrom(1, 2_147_483_647);
export const signal: Check = is("an AbortSignal", (value) => {
  if (typeof value !== "object" || value === null) return false;
  const { aborted, addEventListener, removeEventListener } = value as Readonly<Record<string, unknown>>;
  return (
    typeof aborted === "boolean" && typeof addEventListener === "function" && typeof removeEventListener === "function"
  );
});

/** A function to be called. A generator function is none: calling it runs nothing of it. */
export const callback: Check = is(
  "a function (no generator: its body would not run)",
  (value) => typeof value === "function" && !isGeneratorFunction(value),
);

/** What a check throws: for a call that must not throw, and rejects instead. */
export function errorOf(check: Check, value: unknown, path: string): KafkaError | undefined {
  try {
    check(value, path);
    return undefined;
  } catch (error) {
    return KafkaError.from(error);
  }
}

/** The place of an object's field in the words of an error: `close: timeoutMs`, `createTopics: topics[0].configs`. */
function inside(path: string, field: string): string {
  return path.includes(": ") ? `${path}.${field}` : `${path}: ${field}`;
}

function isFields(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Whether it is an object of the language or the host that is no options: a Map, a Date, a signal. Modules and users'
 * classes may be.
 */
function isOfAnotherKind(value: object): boolean {
  return !["[object Object]", "[object Module]"].includes(Object.prototype.toString.call(value));
}

function notFields(value: unknown, path: string, names: readonly string[]): KafkaError {
  return new KafkaError("config", `${path} takes an object with ${names.join(", ")}, not ${inWords(value)}`);
}

function isGeneratorFunction(value: unknown): boolean {
  return /^\[object (Async)?GeneratorFunction\]$/.test(Object.prototype.toString.call(value));
}
