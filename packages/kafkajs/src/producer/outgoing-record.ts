import type { Bytes, ProducerRecord } from "odradek";
import type { Message } from "../api.ts";

/** A record on its way to Odradek; the partitioner has chosen its partition. */
export type OutgoingRecord = ProducerRecord<Bytes, Bytes> & { readonly partition: number };

/** A message as a record of Odradek. Throws Node's TypeError for what is neither text nor bytes. */
export function outgoingRecord(topic: string, message: Message, partition: number): OutgoingRecord {
  const { key, value, headers, timestamp } = message;
  return {
    topic,
    key: key === undefined || key === null ? null : bytesOf(key),
    value: value === null ? null : bytesOf(value),
    partition,
    headers: headers === undefined ? NO_HEADERS : headerPairs(headers),
    // As in kafkajs, an empty or absent timestamp, and 0, is now; a number or a Date works too.
    timestamp: timestamp ? milliseconds(timestamp) : undefined,
  } as OutgoingRecord;
}

type Header = readonly [name: string, value: Uint8Array | string | null];

const NO_HEADERS = undefined;

/** One pair for each value. `undefined`, which the types of kafkajs allow, is left out. */
function headerPairs(headers: Readonly<Record<string, unknown>> | null): readonly Header[] {
  const pairs: Header[] = [];
  for (const [name, value] of Object.entries(headers ?? {}))
    for (const one of Array.isArray(value) ? (value as readonly unknown[]) : [value])
      if (one !== undefined) pairs.push([name, one === null ? null : bytesOf(one)]);
  return pairs;
}

/** Throws the engine's own SyntaxError or RangeError for what is no whole number, as kafkajs does. */
function milliseconds(timestamp: unknown): number {
  const ms = Number(timestamp);
  return Number.isSafeInteger(ms) ? ms : Number(BigInt(timestamp as string));
}

function bytesOf(given: unknown): Uint8Array | string {
  if (typeof given === "string" || given instanceof Uint8Array) return given;
  Buffer.byteLength(given as string); // throws Node's own TypeError, as kafkajs does
  return Buffer.from(given as ArrayBuffer);
}
