import { KafkaError } from "../errors/kafka-error.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { decodeMessage } from "./decode.ts";
import { encodeMessage } from "./encode.ts";
import type { MessageInput, MessageSchema } from "./schema.ts";

/**
 * A message behind its version as an int16: what JoinGroup, SyncGroup and control records carry. `schema` is one of
 * `schemas`, for example `schemas.ConsumerProtocolSubscription`.
 */
export function encodeVersioned<T>(schema: MessageSchema<T>, message: MessageInput<T>, version: number): Uint8Array {
  const writer = new ByteWriter();
  writer.int16(version);
  encodeMessage(schema, message, version, writer);
  return writer.finishFlat();
}

/**
 * Reads what {@link encodeVersioned} wrote. A version that is newer than the schema is read as the newest known one,
 * and bytes that are left over are ignored: members of other clients may be ahead of this one.
 */
export function decodeVersioned<T>(
  schema: MessageSchema<T>,
  bytes: Uint8Array,
): { readonly version: number; readonly message: T } {
  const reader = new ByteReader(bytes);
  const version = reader.int16();
  if (version < 0) throw new KafkaError("protocol", `${schema.name} of version ${version}`);
  return { version, message: decodeMessage(schema, reader, Math.min(version, schema.max)) };
}
