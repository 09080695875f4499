import type { ConsumedBatch, KafkaRecord } from "odradek";
import { bufferOf } from "./message-bytes.ts";
import { type OldMessage, oldMessage } from "./old-message.ts";

/** The facts of a record batch, shared by its messages. Numbers of 64 bits are texts, as in kafkajs. */
export interface BatchContext {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly partitionLeaderEpoch: number;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
  readonly lastOffsetDelta: number;
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly maxTimestamp: string;
  readonly timestampType: number;
  readonly magicByte: number;
}

/** A message as handlers get it: a plain object, to which handlers may add members. */
export type Message = BatchMessage | OldMessage;

/** A message of a record batch, as brokers store them since 0.11. */
export interface BatchMessage {
  magicByte: number;
  attributes: number;
  timestamp: string;
  offset: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, Buffer | null | (Buffer | null)[]>;
  isControlRecord: boolean;
  batchContext: BatchContext;
}

type Record_ = KafkaRecord<Uint8Array | null, Uint8Array | null>;

/** Makes the messages of one batch. Texts of equal timestamps are made once. */
export class MessageMaker {
  readonly #batch: ConsumedBatch;
  readonly #context: BatchContext;
  readonly #magic: number;
  #lastTimestamp = NaN;
  #timestampText = "";

  constructor(batch: ConsumedBatch) {
    this.#batch = batch;
    this.#context = contextOf(batch);
    this.#magic = this.#context.magicByte;
  }

  make(record: Record_): Message {
    if (this.#magic < 2) return oldMessage(record, this.#batch.context);
    const { timestamp } = record;
    if (timestamp !== this.#lastTimestamp) {
      this.#lastTimestamp = timestamp;
      this.#timestampText = String(timestamp);
    }
    const { headers } = record;
    return {
      magicByte: this.#magic,
      attributes: 0,
      timestamp: this.#timestampText,
      offset: String(record.offset),
      key: bufferOf(record.keyBytes),
      value: bufferOf(record.valueBytes),
      headers: headers.length === 0 ? {} : headersOf(headers),
      isControlRecord: false,
      batchContext: this.#context,
    };
  }
}

/** One value, or all values of a name that comes more than once. */
function headersOf(headers: Record_["headers"]): BatchMessage["headers"] {
  const all: BatchMessage["headers"] = {};
  for (const [name, bytes] of headers) {
    const value = bufferOf(bytes);
    const before = Object.hasOwn(all, name) ? all[name] : undefined;
    if (before === undefined) define(all, name, value);
    else if (Array.isArray(before)) before.push(value);
    else define(all, name, [before, value]);
  }
  return all;
}

/** A header may be called `__proto__`. */
function define(all: BatchMessage["headers"], name: string, value: Buffer | null | (Buffer | null)[]): void {
  if (name === "__proto__")
    Object.defineProperty(all, name, { value, writable: true, enumerable: true, configurable: true });
  else all[name] = value;
}

function contextOf({ context }: ConsumedBatch): BatchContext {
  return {
    firstOffset: String(context.baseOffset),
    firstTimestamp: String(context.baseTimestamp),
    partitionLeaderEpoch: context.partitionLeaderEpoch,
    inTransaction: context.isTransactional,
    isControlBatch: context.isControl,
    lastOffsetDelta: context.lastOffsetDelta,
    producerId: String(context.producerId),
    producerEpoch: context.producerEpoch,
    firstSequence: context.baseSequence,
    maxTimestamp: String(context.maxTimestamp),
    timestampType: context.timestampType === "LogAppendTime" ? 1 : 0,
    magicByte: context.magic,
  };
}
