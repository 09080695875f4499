import { KafkaError } from "../../errors/kafka-error.ts";
import { inWords } from "../../errors/words.ts";
import type { Headers } from "../../records/record.ts";
import { isBytes } from "../../wire/is-bytes.ts";
import { utf8Encode } from "../../wire/utf8.ts";
import type { HeadersInput } from "../partition/delivery.ts";

/** A header as the user gives it: a string is written as UTF-8. */
export type GivenHeader = readonly [name: string, value: Uint8Array | string | null];

/**
 * Reads headers as users give them: an iterable of pairs (a list, a Map, fetch's `Headers`) or a plain object. Throws
 * kind `config` for everything else. Read as a plain object, it would have no fields, and its headers would be lost
 * silently.
 */
export class HeadersReader {
  /**
   * The headers read from iterators. An iterator can be read only once, but a record that `enqueue` refused is offered
   * again.
   */
  readonly #iterated = new WeakMap<object, readonly GivenHeader[]>();

  /** The headers in the form in which they are written. */
  bytes(headers: HeadersInput, topic: string): Headers {
    return this.list(headers, topic).map(
      ([name, value]) => [name, typeof value === "string" ? utf8Encode(value) : value] as const,
    );
  }

  /** The headers as they were given, checked. */
  list(headers: HeadersInput, topic: string): readonly GivenHeader[] {
    const known =
      typeof headers === "object" && (headers as unknown) !== null ? this.#iterated.get(headers) : undefined;
    if (known !== undefined) return known;
    const given: unknown = headers;
    if (typeof given !== "object" || given === null)
      throw wrong(`the headers of a record for topic ${topic} are ${inWords(given)}`, topic);
    const list = isIterable(given) ? pairsOf(given, topic) : entriesOf(given, topic);
    if ("next" in given && isIterable(given)) this.#iterated.set(given, list);
    return list;
  }
}

function pairsOf(headers: Iterable<unknown>, topic: string): readonly GivenHeader[] {
  const list: GivenHeader[] = [];
  for (const pair of headers) {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== "string")
      throw wrong(
        `header ${list.length} of a record for topic ${topic} is ` +
          (Array.isArray(pair) ? `a list of ${pair.length}: ${pair.map(inWords).join(", ")}` : inWords(pair)),
        topic,
      );
    list.push([pair[0], valueOf(pair[0], pair[1], topic)]);
  }
  return list;
}

function entriesOf(headers: object, topic: string): readonly GivenHeader[] {
  const prototype: unknown = Object.getPrototypeOf(headers);
  // The prototype of a plain object from another realm is not our Object.prototype, but it has no prototype itself.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    throw wrong(`the headers of a record for topic ${topic} are ${inWords(headers)}`, topic);
  return Object.entries(headers).map(([name, value]) => [name, valueOf(name, value, topic)]);
}

function valueOf(name: string, value: unknown, topic: string): Uint8Array | string | null {
  if (value === null || typeof value === "string" || isBytes(value)) return value;
  const remedy = Array.isArray(value) ? ": give a pair for each value" : "; a value is a string, a Uint8Array or null";
  throw wrong(`the header "${name}" of a record for topic ${topic} is ${inWords(value)}${remedy}`, topic);
}

function isIterable(value: object): value is Iterable<unknown> {
  return typeof (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] === "function";
}

function wrong(what: string, topic: string): KafkaError {
  return new KafkaError(
    "config",
    `${what}; headers are a plain object, or anything that iterates over pairs [name, value]: a list, a Map, ` +
      "fetch's Headers",
    { topic, outcome: "notWritten" },
  );
}
