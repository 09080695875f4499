import { foreignAdvice, sameName } from "./foreign-names.ts";
import { KafkaError, type KafkaErrorDetails } from "./kafka-error.ts";
import { inWords, nearest } from "./words.ts";

/**
 * Checks a value that a user passed; `path` says where the value stands. Throws kind `config`; the message says what is
 * wrong, where, and what is expected.
 */
export type Check = (value: unknown, path: string) => void;

/** Options of {@link shape}. */
export interface ShapeOptions<F extends string> {
  /** The fields that must be present. */
  readonly needs?: readonly F[];
  /** The word for a field in error texts. Default "option". */
  readonly noun?: string;
  /**
   * Names that mean something else here than elsewhere, each with our field or with advice. `foreign-names` has all
   * other names.
   */
  readonly hints?: Readonly<Record<string, string>>;
}

/** Accepts an object with these fields and no others; an undefined field counts as absent. */
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
    // A signal, a Map or a Date passed by mistake has no unknown field. Without this check it would be ignored
    // silently.
    if (!isAnyGiven && isOfAnotherKind(value)) throw notFields(value, path, names);
  });
}

/**
 * Reads a user's getter or proxy. If that throws, this throws kind `config` with the path, so that a call fails with
 * Odradek's errors only.
 */
export function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The error for a user's value whose getter or proxy threw `error`. A KafkaError is returned unchanged. */
export function unreadable(path: string, error: unknown, details: KafkaErrorDetails = {}): KafkaError {
  return KafkaError.is(error)
    ? error
    : new KafkaError("config", `${path} cannot be read: ${KafkaError.from(error).message}`, {
        ...details,
        cause: error,
      });
}

/**
 * Wraps a check that reads a user's value itself: an error thrown by a getter or proxy becomes one that names the path.
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
 * The error for an unknown field, or undefined if there is none. Names that exist only on the prototype are ignored.
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

/** Accepts a list whose elements pass `element`. `hint` is added to the error for any other value. */
export function listOf(element: Check, hint = ""): Check {
  return guarded((value, path) => {
    if (!Array.isArray(value)) throw new KafkaError("config", `${path} takes a list, not ${inWords(value)}${hint}`);
    // A hole in a list counts as an element.
    for (let i = 0; i < value.length; i++) element(value[i], `${path}[${i}]`);
  });
}

/** Accepts a plain object with any field names, whose values pass `element`. */
export function mapOf(element: Check): Check {
  return guarded((value, path) => {
    if (!isFields(value) || Symbol.iterator in value || isOfAnotherKind(value))
      throw new KafkaError("config", `${path} takes a plain object, not ${inWords(value)}`);
    for (const [name, one] of Object.entries(value)) element(one, inside(path, name));
  });
}

/** Accepts a value that passes one of the checks; `takes` describes it in words. */
export function either(takes: string, ...checks: readonly Check[]): Check {
  return is(takes, (value) => checks.some((check) => errorOf(check, value, "") === undefined));
}

/** Accepts an object, but no list, Map or other built-in. Its fields are checked elsewhere. */
export const object: Check = is("an object", (value) => isFields(value) && !isOfAnotherKind(value));

/** Accepts a value for which `test` returns true; `takes` describes it in words. */
export function is(takes: string, test: (value: unknown) => boolean): Check {
  return guarded((value, path) => {
    if (!test(value)) throw new KafkaError("config", `${path} takes ${takes}, not ${inWords(value)}`);
  });
}

/** Accepts an object with methods of these names. Others are allowed: users pass instances of classes. */
export function withMethods(...names: readonly string[]): Check {
  return is(
    `an object with ${names.map((name) => `${name}()`).join(" and ")}`,
    (value) =>
      ((typeof value === "object" && value !== null) || typeof value === "function") &&
      names.every((name) => typeof (value as Record<string, unknown>)[name] === "function"),
  );
}

/** Accepts a whole number from `least` to `most`. */
export function wholeFrom(least: number, most: number = Number.MAX_SAFE_INTEGER): Check {
  return is(
    `a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  );
}

/** The highest value of Kafka's int32 fields, such as partitions, leader epochs and generations. */
export const MAX_INT32 = 2_147_483_647;

/**
 * Whether a value is a whole number from 0 that fits into an int32. A larger one would fail only when it is written.
 */
export function isNatural32(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_INT32;
}

/** Accepts one of these values. */
export function oneOf(...values: readonly (string | number)[]): Check {
  return is(values.map((value) => JSON.stringify(value)).join(", "), (value) => values.includes(value as string));
}

/** Accepts everything: for values that are checked elsewhere, with a better message. */
export const anything: Check = () => undefined;
/** Accepts a string. */
export const text: Check = is("a string", (value) => typeof value === "string");
/** Accepts a string that is not empty. */
export const name: Check = is("a string that is not empty", (value) => typeof value === "string" && value !== "");
/** Accepts true or false. */
export const flag: Check = is("true or false", (value) => typeof value === "boolean");
/** Accepts a duration in ms. The limit is the longest delay that the timers of all hosts accept. */
export const milliseconds: Check = wholeFrom(0, 2_147_483_647);
/** Accepts a duration of at least 1 ms. */
export const atLeastOneMs: Check = wholeFrom(1, 2_147_483_647);
/** Accepts an AbortSignal, of the host or of any implementation. */
export const signal: Check = is("an AbortSignal", (value) => {
  if (typeof value !== "object" || value === null) return false;
  const { aborted, addEventListener, removeEventListener } = value as Readonly<Record<string, unknown>>;
  return (
    typeof aborted === "boolean" && typeof addEventListener === "function" && typeof removeEventListener === "function"
  );
});

/** Accepts a function, but no generator function: calling one runs nothing of its body. */
export const callback: Check = is(
  "a function (no generator: its body would not run)",
  (value) => typeof value === "function" && !isGeneratorFunction(value),
);

/** The error that a check throws, for a call that must reject instead of throwing. */
export function errorOf(check: Check, value: unknown, path: string): KafkaError | undefined {
  try {
    check(value, path);
    return undefined;
  } catch (error) {
    return KafkaError.from(error);
  }
}

/** The path of an object's field in an error text: `close: timeoutMs`, `createTopics: topics[0].configs`. */
function inside(path: string, field: string): string {
  return path.includes(": ") ? `${path}.${field}` : `${path}: ${field}`;
}

function isFields(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Whether a value is a built-in of the language or host that cannot be options: a Map, a Date, a signal. Modules and
 * instances of users' classes can be.
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
