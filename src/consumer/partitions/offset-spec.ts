import { EARLIEST, LATEST } from "../../cluster/offsets/offset-lookup.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { reading } from "../../errors/shape.ts";
import { inWords as valueInWords } from "../../errors/words.ts";

/**
 * A position in a partition. A number is an offset. `"earliest"` is the first record in the partition's log. `"latest"`
 * is the end: only new records are read. Under `read_committed` the end is the last stable offset. Java: `OffsetSpec`.
 */
export type OffsetSpec =
  | number
  | "earliest"
  | "latest"
  | {
      /** The first record of this time or later, in ms since the epoch; the end if there is none. */
      readonly timestamp: number;
    }
  | {
      /** The first record of the last `durationMs` milliseconds; the end if there is none. */
      readonly durationMs: number;
    }
  | {
      /** This number of offsets before the end, but not before the first record. */
      readonly tail: number;
    };

/** A position that must be looked up from the leader. */
export type LogPlace = Exclude<OffsetSpec, number>;

/** A position that must be looked up: from the leader, or for committed offsets from the coordinator. */
export type Seeking = LogPlace | "committed";

/**
 * The start of a partition without a committed offset. `"none"` is an error. `by_duration:PT1H` is Java's form of `{
 * durationMs: 3600000 }` (KIP-1106).
 */
export type StartOffset = Exclude<OffsetSpec, number> | "none" | `by_duration:${string}`;

/**
 * The new position when the log no longer has the current one: as {@link StartOffset}, or `"nearest"`: by the time of
 * the last consumed record.
 */
export type AutoOffsetReset = StartOffset | "nearest";

const BY_DURATION = "by_duration:";
const FORMS = '"earliest", "latest", { timestamp }, { durationMs } or { tail }';
/**
 * An ISO 8601 duration as `java.time.Duration` reads it: days of 24 hours are the largest unit. No signs: it is a time
 * before now.
 */
const ISO_DURATION = /^P(?:(\d+)D)?(T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,9}))?S)?)?$/i;

/** The timestamp for ListOffsets; for a tail that of the end. */
export function timestampOf(where: LogPlace, nowMs: number): number {
  if (where === "earliest") return EARLIEST;
  if (where === "latest" || "tail" in where) return LATEST;
  return "timestamp" in where ? where.timestamp : Math.max(0, Math.floor(nowMs - where.durationMs));
}

/** The number of offsets before the end, for a tail. */
export function tailOf(where: OffsetSpec | "committed" | undefined): number | undefined {
  return typeof where === "object" && "tail" in where ? where.tail : undefined;
}

/** A checked position of the user. Throws kind `config` with a message that begins with `what`. */
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

/** A position that a user wrote; `what` names it if reading the value throws. */
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

/** Milliseconds; undefined if the text is not a duration. */
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

/** Shows an object with its fields, because these are wrong. */
function inWords(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return valueInWords(value);
  try {
    return `{ ${Object.entries(value)
      .map(([name, one]) => `${name}: ${valueInWords(one)}`)
      .join(", ")} }`;
  } catch {
    return valueInWords(value); // a getter has thrown
  }
}
