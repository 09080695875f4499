import { KafkaError } from "../errors/kafka-error.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { decodeMessage } from "./decode.ts";
import { encodeMessage } from "./encode.ts";
import type { MessageInput, MessageSchema } from "./schema.ts";

/**
 * Encodes a message preceded by its version as an int16, as in JoinGroup, SyncGroup and control records. `schema` is a
 * member of `schemas`, for example `schemas.ConsumerProtocolSubscription`.
 */
export function encodeVersioned<T>(schema: MessageSchema<T>, message: MessageInput<T>, version: number): Uint8Array {
  const writer = new ByteWriter();
  writer.int16(version);
  encodeMessage(schema, message, version, writer);
  return writer.finishFlat();
}

/**
 * Decodes the format of {@link encodeVersioned}. A version newer than the schema is read as the newest known one, and
 * remaining bytes are ignored: other members of a group may run a newer client.
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
