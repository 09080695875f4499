import { EARLIEST, LATEST } from "../../cluster/offsets/offset-lookup.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { reading } from "../../errors/shape.ts";
import { inWords as valueInWords } from "../../errors/words.ts";

/**
 * A place in a partition. A number is an offset. `"earliest"` is the first record that the log has.
 * `"latest"` is the end: only records that are written from now on are read. `{ timestamp }` (ms since
 * the epoch) is the first record of that time or later, `{ durationMs }` the first one of the last so
 * many ms; where there is none, the end. `{ tail: n }` is n offsets before the end, but not before the
 * first record. Under `read_committed` the end is the last stable offset. Java: `OffsetSpec`.
 */
export type OffsetSpec =
  | number
  | "earliest"
  | "latest"
  | { readonly timestamp: number }
  | { readonly durationMs: number }
  | { readonly tail: number };

/** A place that a leader must be asked for. */
export type LogPlace = Exclude<OffsetSpec, number>;

/** A place that a broker must be asked for: a leader, or for what a group has committed its coordinator. */
export type Seeking = LogPlace | "committed";

/**
 * Where a partition begins for which no offset is committed: `"none"` is an error.
 * `by_duration:PT1H` is `{ durationMs: 3600000 }` as Java writes it (KIP-1106).
 */
export type StartOffset = Exclude<OffsetSpec, number> | "none" | `by_duration:${string}`;

/**
 * Where reading goes on when the log does not have the position any more: as {@link
 * StartOffset}, or `"nearest"`: by the time of the last record that was consumed.
 */
export type AutoOffsetReset = StartOffset | "nearest";

const BY_DURATION = "by_duration:";
const FORMS = '"earliest", "latest", { timestamp }, { durationMs } or { tail }';
/**
 * An ISO 8601 duration as `java.time.Duration` reads it: days of 24 hours at most, and no signs, since time before now
 * is meant.
 */
const ISO_DURATION = /^P(?:(\d+)D)?(T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,9}))?S)?)?$/i;

/** The time that ListOffsets is asked for; for a tail that of the end. */
export function timestampOf(where: LogPlace, nowMs: number): number {
  if (where === "earliest") return EARLIEST;
  if (where === "latest" || "tail" in where) return LATEST;
  return "timestamp" in where ? where.timestamp : Math.max(0, Math.floor(nowMs - where.durationMs));
}

/** How many offsets before the end a place lies, if that is how it is given. */
export function tailOf(where: OffsetSpec | "committed" | undefined): number | undefined {
  return typeof where === "object" && "tail" in where ? where.tail : undefined;
}

/** A user's place, checked. Throws kind `config` that begins with `what`. */
export function checkedSpec(what: string, spec: unknown): OffsetSpec {
  const place = typeof spec === "number" && isWhole(spec) ? spec : placeOf(what, spec);
  if (place !== undefined) return place;
  throw new KafkaError("config", `${what} takes a whole number from 0, ${FORMS}, not ${inWords(spec)}`);
}

/** The option `startOffset`, checked; undefined for `"none"`. Throws kind `config`. */
export function checkedStart(start: unknown): LogPlace | undefined {
  return start === "none" ? undefined : checkedPolicy("startOffset", start, "");
}

/** The option `autoOffsetReset`, checked; undefined for `"none"`. Throws kind `config`. */
export function checkedReset(reset: unknown): LogPlace | "nearest" | undefined {
  if (reset === undefined) return "earliest";
  return reset === "nearest"
    ? reset
    : reset === "none"
      ? undefined
      : checkedPolicy("autoOffsetReset", reset, '"nearest", ');
}

function checkedPolicy(option: string, value: unknown, others: string): LogPlace {
  const place = placeOf(option, value);
  if (place !== undefined) return place;
  if (typeof value === "string" && value.startsWith(BY_DURATION)) {
    const durationMs = parseIsoDuration(value.slice(BY_DURATION.length));
    if (durationMs !== undefined) return { durationMs };
  }
  throw new KafkaError(
    "config",
    `${option} takes "none", ${others}${FORMS} with a whole number from 0, or "by_duration:" with an ISO 8601 ` +
      `duration such as PT1H, not ${inWords(value)}`,
  );
}

/** A place that a user wrote; `what` is where, in case that reading it throws. */
function placeOf(what: string, value: unknown): LogPlace | undefined {
  return reading(what, () => readPlace(value));
}

function readPlace(value: unknown): LogPlace | undefined {
  if (value === "earliest" || value === "latest") return value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const [name, count] = entries[0] ?? [];
  if (entries.length !== 1 || !isWhole(count)) return undefined;
  switch (name) {
    case "timestamp":
      return { timestamp: count };
    case "durationMs":
      return { durationMs: count };
    case "tail":
      return { tail: count };
    default:
      return undefined;
  }
}

/** Milliseconds, or undefined for what is no duration. */
export function parseIsoDuration(text: string): number | undefined {
  const match = ISO_DURATION.exec(text);
  if (match === null || text.length < 3 || match[2]?.toUpperCase() === "T") return undefined;
  const [, days = "0", , hours = "0", minutes = "0", seconds = "0", fraction = "0"] = match;
  const ms =
    ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 +
    Number(seconds) * 1000 +
    Math.floor(Number(`0.${fraction}`) * 1000);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** With its fields, since it is these that are wrong. */
function inWords(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return valueInWords(value);
  try {
    return `{ ${Object.entries(value)
      .map(([name, one]) => `${name}: ${valueInWords(one)}`)
      .join(", ")} }`;
  } catch {
    return valueInWords(value); // a getter that throws
  }
}
