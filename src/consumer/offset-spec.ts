import { KafkaError } from "../errors/kafka-error.ts";
import { reading } from "../errors/shape.ts";
import { inWords } from "../errors/words.ts";

/**
 * A place in a partition: an offset; the first record there is; the end, so what is written from now on; the first record whose
 * timestamp (ms since the epoch) is not before a time, or not before so many ms ago. Where no record is that young, the end.
 * Java: `OffsetSpec`.
 */
export type OffsetSpec = number | "earliest" | "latest" | { readonly timestamp: number } | { readonly durationMs: number };

/** A place that a leader must be asked for. */
export type LogPlace = Exclude<OffsetSpec, number>;

/** A place that a broker must be asked for: a leader, or for what a group has committed its coordinator. */
export type Seeking = LogPlace | "committed";

/** What is done where there is no position, or where it is gone: `"none"` is an error. `by_duration:PT1H` is `{ durationMs: 3600000 }` as Java writes it (KIP-1106). */
export type AutoOffsetReset = "earliest" | "latest" | "none" | { readonly durationMs: number } | `by_duration:${string}`;

/** What ListOffsets takes for a time, and means something else. */
export const LATEST = -1;
export const EARLIEST = -2;

const BY_DURATION = "by_duration:";
const FORMS = '"earliest", "latest", { timestamp } or { durationMs }';
/** An ISO 8601 duration as `java.time.Duration` reads it: days of 24 hours at most, and no signs, since time before now is meant. */
const ISO_DURATION = /^P(?:(\d+)D)?(T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,9}))?S)?)?$/i;

/** The time that ListOffsets is asked for. */
export function timestampOf(where: LogPlace, nowMs: number): number {
  if (where === "latest") return LATEST;
  if (where === "earliest") return EARLIEST;
  return "timestamp" in where ? where.timestamp : Math.max(0, Math.floor(nowMs - where.durationMs));
}

/** A user's place, checked. Throws kind `config` that begins with `what`. */
export function checkedSpec(what: string, spec: unknown): OffsetSpec {
  return reading(what, () => readSpec(what, spec));
}

function readSpec(what: string, spec: unknown): OffsetSpec {
  if (spec === "earliest" || spec === "latest") return spec;
  if (typeof spec === "number" && isWhole(spec)) return spec;
  if (typeof spec === "object" && spec !== null) {
    const entries = Object.entries(spec);
    const [name, value] = entries[0] ?? [];
    if (entries.length === 1 && isWhole(value)) {
      if (name === "timestamp") return { timestamp: value };
      if (name === "durationMs") return { durationMs: value };
    }
  }
  throw new KafkaError("config", `${what} takes a whole number from 0, ${FORMS}, not ${specInWords(spec)}`);
}

/** The policy, checked; undefined for `"none"`. Throws kind `config`. */
export function checkedReset(reset: unknown): LogPlace | undefined {
  return reading("autoOffsetReset", () => readReset(reset));
}

function readReset(reset: unknown): LogPlace | undefined {
  if (reset === undefined) return "earliest";
  if (reset === "none") return undefined;
  if (reset === "earliest" || reset === "latest") return reset;
  if (typeof reset === "string" && reset.startsWith(BY_DURATION)) {
    const durationMs = parseIsoDuration(reset.slice(BY_DURATION.length));
    if (durationMs !== undefined) return { durationMs };
  }
  if (typeof reset === "object" && reset !== null && "durationMs" in reset && Object.keys(reset).length === 1 && isWhole(reset.durationMs)) return { durationMs: reset.durationMs };
  throw new KafkaError("config", `autoOffsetReset takes "earliest", "latest", "none", { durationMs } or "by_duration:" with an ISO 8601 duration such as PT1H, not ${specInWords(reset)}`);
}

/** Milliseconds, or undefined for what is no duration. */
export function parseIsoDuration(text: string): number | undefined {
  const match = ISO_DURATION.exec(text);
  if (match === null || text.length < 3 || match[2]?.toUpperCase() === "T") return undefined;
  const [, days = "0", , hours = "0", minutes = "0", seconds = "0", fraction = "0"] = match;
  const ms = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000 + Math.floor(Number(`0.${fraction}`) * 1000);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** With the fields of an object: it is short, and its values are what is wrong. */
function specInWords(value: unknown): string {
  try {
    if (typeof value === "object" && value !== null) return JSON.stringify(value);
  } catch {
    // A bigint in it, a circle, or a getter that throws.
  }
  return inWords(value);
}
