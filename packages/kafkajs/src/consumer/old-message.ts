import type { ConsumedBatch, KafkaRecord } from "odradek";
import { crc32Of } from "./crc32.ts";
import { bufferOf } from "./message-bytes.ts";

/** A message that a broker before 0.11 stored: it has no headers and no batch. Members in kafkajs's order. */
export interface OldMessage {
  offset: string;
  /** The bytes of the message after this field on the wire. */
  size: number;
  /** CRC-32, signed. */
  crc: number;
  magicByte: number;
  attributes: number;
  /** Magic 1 only. */
  timestamp?: string;
  key: Buffer | null;
  value: Buffer | null;
}

/** The bit of the attributes for a timestamp of the broker. */
const LOG_APPEND_TIME = 0x08;

/**
 * A message of magic 0 or 1. Odradek passes on its content, not its frame, so the frame is made again from the content:
 * the size and the checksum are the stored ones. The exception are compressed messages with times of the broker: theirs
 * is the time of the whole, which Kafka means to be theirs, and the checksum is over that.
 */
export function oldMessage(record: KafkaRecord, { magic, timestampType }: ConsumedBatch["context"]): OldMessage {
  const key = bufferOf(record.keyBytes);
  const value = bufferOf(record.valueBytes);
  const attributes = timestampType === "LogAppendTime" ? LOG_APPEND_TIME : 0;
  const head = Buffer.alloc(magic === 0 ? 6 : 14);
  head.writeInt8(magic, 0);
  head.writeInt8(attributes, 1);
  if (magic > 0) head.writeBigInt64BE(BigInt(record.timestamp), 2);
  head.writeInt32BE(key?.length ?? -1, head.length - 4);
  const valueLength = Buffer.alloc(4);
  valueLength.writeInt32BE(value?.length ?? -1);
  const parts = [head, key ?? EMPTY, valueLength, value ?? EMPTY];
  const crc = crc32Of(parts);
  return {
    offset: String(record.offset),
    size: CRC_BYTES + parts.reduce((sum, { length }) => sum + length, 0),
    crc,
    magicByte: magic,
    attributes,
    ...(magic === 0 ? {} : { timestamp: String(record.timestamp) }),
    key,
    value,
  };
}

const CRC_BYTES = 4;
const EMPTY = Buffer.alloc(0);
