import { KafkaError } from "../../errors/kafka-error.ts";
import { unknownName, unreadable } from "../../errors/shape.ts";
import { inWords } from "../../errors/words.ts";
import { KafkaRecord } from "../../records/record.ts";

const FIELDS = ["topic", "key", "value", "headers", "partition", "timestamp"] as const;
const HINTS = {
  messages: "send takes one record a call, { topic, key, value }; call it for each of them",
  message: "value",
  payload: "value",
  data: "value",
  body: "value",
  msg: "value",
  header: "headers",
  acks: "acks is an option of the producer, or of the call: send(record, { acks })",
  compression: "compressionType is an option of the producer, or of the call: send(record, { compressionType })",
  offset:
    "the broker chooses the offset. Of a consumed record pass on { topic, key: record.key, value: record.value, " +
    "headers: record.headers }",
};

/**
 * Throws kind `config` for a field that records do not have. It runs for many records, so it loops over the names (a
 * few nanoseconds) instead of building a list of them. A consumer's record has additional fields and may be sent as it
 * is.
 */
export function checkFields(record: object): void {
  try {
    for (const name in record) {
      switch (name) {
        case "topic":
        case "value":
        case "key":
        case "headers":
        case "partition":
        case "timestamp":
          break;
        default:
          throwUnknown(record);
          return;
      }
    }
  } catch (error) {
    throw unreadableRecord(error);
  }
}

/** The error for a getter or proxy that threw while the record was read; a KafkaError is returned unchanged. */
export function unreadableRecord(error: unknown): KafkaError {
  return unreadable("a record", error, { outcome: "notWritten" });
}

function throwUnknown(record: object): void {
  if (typeof record !== "object" || Array.isArray(record)) return; // not a record at all: the next check reports that
  const unknown = unknownField(record);
  if (unknown !== undefined) throw unknown;
}

/**
 * The error for a missing value. `undefined` is not accepted as a tombstone, because a misspelt or forgotten field
 * gives `undefined`.
 */
export function withoutValue(record: object, topic: string, hasSerde: boolean): KafkaError {
  const wrong = unknownField(record);
  if (wrong !== undefined) return wrong;
  // The serde would have to report it, as any other value that it cannot write.
  if (hasSerde && "value" in record)
    return new KafkaError(
      "serialization",
      `the value of a record for topic ${topic} is undefined, which no serde can write; a tombstone, which ` +
        "deletes the key, is value: null",
      { topic, outcome: "notWritten" },
    );
  return new KafkaError(
    "config",
    `a record for topic ${topic} has ${"value" in record ? "the value undefined" : 'no field "value"'}; a ` +
      "tombstone, which deletes the key in a compacted topic, is value: null",
    { topic, outcome: "notWritten" },
  );
}

/** The error for something that is not a record, or has no topic. */
export function notARecord(record: unknown): KafkaError {
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    return new KafkaError(
      "config",
      "a record must be an object with a topic and a value, not " +
        `${inWords(record)}${Array.isArray(record) ? ": pass one record for each call" : ""}`,
      { outcome: "notWritten" },
    );
  }
  const { topic } = record as { readonly topic?: unknown };
  return (
    unknownField(record) ??
    new KafkaError("config", `a record needs a topic, not ${topic === "" ? "an empty one" : inWords(topic)}`, {
      outcome: "notWritten",
    })
  );
}

/** The error for a field that records do not have; undefined if there is none. */
export function unknownField(record: object, what = "a record"): KafkaError | undefined {
  return KafkaRecord.is(record)
    ? undefined
    : unknownName(record, what, FIELDS, { noun: "field", hints: HINTS }, { outcome: "notWritten" });
}
