// `odradek/protocol`: encodes and decodes all of Kafka's messages, without a connection.
export { codec, type MessageCodec } from "./protocol/codec.ts";
export { schemas } from "./protocol/messages/all.ts";
export type * from "./protocol/messages/all.ts";
export type { MessageInput, MessageSchema, MessageType, UnknownTaggedFields } from "./protocol/schema.ts";
export { decodeVersioned, encodeVersioned } from "./protocol/embedded-formats.ts";
