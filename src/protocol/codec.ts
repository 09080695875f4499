import { KafkaError } from "../errors/kafka-error.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { decodeMessage } from "./decode.ts";
import { encodeMessage } from "./encode.ts";
import { located } from "./field-path.ts";
import { type Messages, schemas } from "./messages/all.ts";
import type { MessageInput, MessageSchema } from "./schema.ts";

/** Encodes and decodes one of Kafka's messages, without header and frame. */
export interface MessageCodec<T> {
  /** Kafka's name of the message. */
  readonly name: string;
  /** The API key; −1 for formats that belong to no API. */
  readonly apiKey: number;
  /** The lowest supported version. */
  readonly min: number;
  /** The highest supported version. */
  readonly max: number;
  /** Whether this version has compact lengths and tagged fields (KIP-482). */
  isFlexible(version: number): boolean;
  /**
   * Encodes a message. Absent fields take their defaults. If a field cannot be written, it throws with the path of that
   * field.
   */
  encode(message: MessageInput<T>, version: number): Uint8Array;
  /**
   * Decodes a message; its byte fields are views of `bytes`. Throws kind `protocol` with the path of the field if bytes
   * are malformed, or if some are left over.
   */
  decode(bytes: Uint8Array, version: number): T;
}

/**
 * The codec of a message by Kafka's name, for example `codec("FetchRequest")`. Throws kind `unsupported` for an unknown
 * name.
 */
export function codec<N extends keyof Messages>(name: N): MessageCodec<Messages[N]> {
  const schema = (Object.hasOwn(schemas, name) ? schemas[name] : undefined) as MessageSchema<Messages[N]> | undefined;
  if (schema === undefined)
    throw new KafkaError(
      "unsupported",
      `there is no message "${name}"; names are Kafka's own, for example "FetchRequest"`,
    );
  return codecOf(schema);
}

/** The codec of a schema. */
export function codecOf<T>(schema: MessageSchema<T>): MessageCodec<T> {
  return {
    name: schema.name,
    apiKey: schema.apiKey,
    min: schema.min,
    max: schema.max,
    isFlexible: (version) => schema.isFlexible(version),
    encode(message, version) {
      const writer = new ByteWriter();
      encodeMessage(schema, message, version, writer);
      return writer.finishFlat();
    },
    decode(bytes, version) {
      const reader = new ByteReader(bytes);
      const message = decodeMessage(schema, reader, version);
      if (reader.remaining > 0)
        throw located(
          new KafkaError("protocol", `${reader.remaining} bytes are left over after the message`),
          schema.name,
          version,
        );
      return message;
    },
  };
}
