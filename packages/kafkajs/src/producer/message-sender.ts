import type { AnyKafka, Producer, WrittenRecords } from "odradek";
import type { ProducerBatch, ProducerRecord, RecordMetadata } from "../api.ts";
import type { ClientLife } from "../client-life.ts";
import { KafkaJSError, KafkaJSNonRetriableError } from "../errors/kafkajs-error.ts";
import { KafkaJSProtocolError } from "../errors/protocol-error.ts";
import { protocolFault } from "../errors/protocol-faults.ts";
import { isKafkaError } from "../errors/to-kafkajs-error.ts";
import type { Partitioner } from "../partitioners/partitioners.ts";
import type { RetrySettings } from "../retry/retry-options.ts";
import { deliveryError } from "./delivery-error.ts";
import type { OpenCalls } from "./open-calls.ts";
import { type OutgoingRecord, outgoingRecord } from "./outgoing-record.ts";
import { RecordOptionsSource } from "./record-options.ts";
import { checkArguments, type SendSettings, type TopicMessages } from "./send-arguments.ts";
import type { TopicPartitions } from "./topic-partitions.ts";

const INVALID_REQUIRED_ACKS = 21;
const CLUSTER_AUTHORIZATION_FAILED = 31;

/** The parts of a producer that send messages. */
export interface MessageSenderParts {
  readonly life: ClientLife<"producer">;
  readonly topics: TopicPartitions;
  readonly partitioner: Partitioner;
  readonly calls: OpenCalls;
  readonly retry: RetrySettings;
  /** Whether `acks` other than -1 are refused. */
  readonly isIdempotent: boolean;
  /** The producer of Odradek for these `acks`. */
  readonly producer: (kafka: AnyKafka, acks: number) => Producer;
  /** The brokers give this client no producer id; returns whether it may send without one. */
  readonly withoutId: () => boolean;
}

/** `send` and `sendBatch` of a producer, or of a transaction. Both work unbound, and neither calls the other's name. */
export class MessageSender {
  readonly #parts: MessageSenderParts;
  readonly #options = new RecordOptionsSource();

  constructor(parts: MessageSenderParts) {
    this.#parts = parts;
  }

  readonly send = async ({ acks, timeout, compression, topic, messages }: ProducerRecord): Promise<RecordMetadata[]> =>
    await this.#send({ acks, timeout, compression }, [{ topic, messages }]);

  readonly sendBatch = async (batch: ProducerBatch): Promise<RecordMetadata[]> => {
    const settings = { acks: batch.acks, timeout: batch.timeout, compression: batch.compression };
    const { topicMessages = [] } = batch;
    return await this.#send(settings, topicMessages);
  };

  async #send(settings: SendSettings, topics: readonly TopicMessages[]): Promise<RecordMetadata[]> {
    const { acks = -1 } = settings;
    const { calls, isIdempotent, retry } = this.#parts;
    checkArguments(topics, acks, isIdempotent);
    const kafka = this.connected();
    calls.begun();
    try {
      const unread = topics.filter(({ topic }) => this.#parts.topics.fresh(topic) === undefined);
      if (unread.length > 0)
        await this.#parts.topics.load(
          kafka,
          unread.map(({ topic }) => topic),
        );
      const records: OutgoingRecord[] = [];
      for (const one of topics) this.#partition(one, records);
      await this.#checkPartitions(kafka, topics, records);
      if (records.length === 0) return [];
      const written = await this.#write(kafka, { ...settings, acks }, records);
      return acks === 0 ? [] : written.map(recordMetadata);
    } catch (error) {
      throw deliveryError(error, retry);
    } finally {
      calls.ended();
    }
  }

  /** The `Kafka`. Throws kafkajs's errors if the producer is not connected. */
  connected(): AnyKafka {
    const { cluster, status } = this.#parts.life;
    if (status === "disconnecting")
      throw new KafkaJSNonRetriableError(
        "The producer is disconnecting; therefore, it can't safely accept messages anymore",
      );
    if (cluster.kafka === undefined) throw new KafkaJSError("The producer is disconnected");
    return cluster.kafka;
  }

  /** The `Kafka`, connected if need be. */
  connects(): Promise<AnyKafka> {
    return this.#parts.life.cluster.connect();
  }

  /** Chooses the partition of each message, once: a message that is sent again stays in its partition. */
  #partition({ topic, messages }: TopicMessages, records: OutgoingRecord[]): void {
    const { partitioner, topics } = this.#parts;
    const partitionMetadata = topics.known(topic);
    for (const message of messages) {
      const chosen: unknown = partitioner({ topic, partitionMetadata, message });
      records.push(outgoingRecord(topic, message, typeof chosen === "number" ? chosen : Number(chosen)));
    }
  }

  /** Rejects if a message is for a partition that its topic does not have. The topic may have grown: it is read again. */
  async #checkPartitions(
    kafka: AnyKafka,
    topics: readonly TopicMessages[],
    records: readonly OutgoingRecord[],
  ): Promise<void> {
    if (this.#beyond(topics, records) === undefined) return;
    await this.#parts.topics.load(
      kafka,
      topics.map(({ topic }) => topic),
    );
    const beyond = this.#beyond(topics, records);
    if (beyond === undefined) return;
    const { partition, topic } = beyond;
    const last = this.#parts.topics.known(topic).length - 1;
    throw new KafkaJSNonRetriableError(
      `Cannot send a message to partition ${partition} of topic "${topic}": it has partitions 0 to ${last}. The ` +
        "message, or the partitioner, names the wrong one",
    );
  }

  #beyond(topics: readonly TopicMessages[], records: readonly OutgoingRecord[]): OutgoingRecord | undefined {
    const { topics: known } = this.#parts;
    let at = 0;
    for (const { topic, messages } of topics) {
      const count = known.known(topic).length;
      for (const end = at + messages.length; at < end; at++) {
        const record = records[at];
        if (
          record !== undefined &&
          !(Number.isInteger(record.partition) && record.partition >= 0 && record.partition < count)
        )
          return record;
      }
    }
    return undefined;
  }

  async #write(
    kafka: AnyKafka,
    settings: SendSettings & { readonly acks: number },
    records: readonly OutgoingRecord[],
  ): Promise<readonly WrittenRecords[]> {
    const { acks } = settings;
    if (acks !== -1 && acks !== 0 && acks !== 1) throw new KafkaJSProtocolError(protocolFault(INVALID_REQUIRED_ACKS));
    const { life, producer, withoutId } = this.#parts;
    const { sendAll } = life.cluster.host;
    const options = this.#options.of(settings);
    try {
      return await sendAll(producer(kafka, acks), records, options);
    } catch (error) {
      if (!isKafkaError(error) || error.code !== CLUSTER_AUTHORIZATION_FAILED || !withoutId()) throw error;
      return await sendAll(producer(kafka, acks), records, options);
    }
  }
}

function recordMetadata({
  topic,
  partition,
  baseOffset,
  appendTimestamp,
  logStartOffset,
}: WrittenRecords): RecordMetadata {
  return {
    topicName: topic,
    partition,
    errorCode: 0,
    baseOffset: String(baseOffset),
    logAppendTime: String(appendTimestamp),
    logStartOffset: String(logStartOffset),
  };
}
