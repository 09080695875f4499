import type { CompressionTypes } from "./constants.js";

/** Headers by name; a name that comes several times has a list. */
export interface IHeaders {
  [key: string]: Buffer | string | (Buffer | string)[] | undefined;
}

/** A message to send. */
export interface Message {
  key?: Buffer | string | null;
  value: Buffer | string | null;
  partition?: number;
  headers?: IHeaders;
  /** Ms since the epoch, as text. Default: now. */
  timestamp?: string;
}

/** The members of messages of both formats. */
interface ReadMessage {
  key: Buffer | null;
  value: Buffer | null;
  timestamp: string;
  attributes: number;
  offset: string;
}

interface MessageSetEntry extends ReadMessage {
  size: number;
  headers?: never;
}

interface RecordBatchEntry extends ReadMessage {
  headers: IHeaders;
  size?: never;
}

/** A message that was read. */
export type KafkaMessage = MessageSetEntry | RecordBatchEntry;

interface SendOptions {
  /** -1 all in-sync replicas (default), 1 the leader, 0 none. */
  acks?: number;
  /** Default 30000 ms. */
  timeout?: number;
  /** Default `CompressionTypes.None`. */
  compression?: CompressionTypes;
}

/** Messages of a topic. */
export interface TopicMessages {
  topic: string;
  messages: Message[];
}

/** The argument of `send`. */
export interface ProducerRecord extends TopicMessages, SendOptions {}

/** The argument of `sendBatch`. */
export interface ProducerBatch extends SendOptions {
  topicMessages?: TopicMessages[];
}

/** The result of `send` for a partition that got messages. */
export type RecordMetadata = {
  topicName: string;
  partition: number;
  errorCode: number;
  offset?: string;
  timestamp?: string;
  baseOffset?: string;
  logAppendTime?: string;
  logStartOffset?: string;
};
