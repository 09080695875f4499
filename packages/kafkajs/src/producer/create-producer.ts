import type { Producer, ProducerConfig } from "../api.ts";
import { ClientLife } from "../client-life.ts";
import type { ClientParts } from "../client-parts.ts";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-error.ts";
import type { Host } from "../host.ts";
import { Pause } from "../host-time.ts";
import { retrySettings } from "../retry/retry-options.ts";
import { deliveryError } from "./delivery-error.ts";
import { deliveryLimits } from "./delivery-limits.ts";
import { MessageSender } from "./message-sender.ts";
import { OdradekProducers } from "./odradek-producers.ts";
import { OpenCalls } from "./open-calls.ts";
import { warnOfPartitioner } from "./partitioner-warning.ts";
import { TopicPartitions } from "./topic-partitions.ts";
import { Transactions } from "./transactions.ts";

/** How long `disconnect` waits for the calls that are open, in ms. */
const DISCONNECT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 30_000;
const METADATA_MAX_AGE_MS = 300_000;

/**
 * `kafka.producer()`. The members are own, writable and work without their object: tracing agents replace them. `send`
 * does not call `sendBatch` of the object, which would make two spans.
 */
export function createProducer(parts: ClientParts<ProducerConfig>): Producer {
  const { cluster, logger: rootLogger, config } = parts;
  const { createPartitioner, idempotent = false } = config;
  if ((createPartitioner ?? undefined) === undefined) warnOfPartitioner(cluster.host, rootLogger);
  const life = new ClientLife("producer", cluster, rootLogger.namespace("Producer"));
  const calls = new OpenCalls();
  const { sender, transactions } = sending(parts, life, calls);
  if (idempotent && (parts.retry.retries ?? Number.MAX_SAFE_INTEGER) < Number.MAX_SAFE_INTEGER)
    life.logger.warn("Limiting retries for the idempotent producer may invalidate EoS guarantees");
  const producer = {
    connect: async () => {
      await life.connect();
    },
    disconnect: () => life.disconnect(() => atMost(cluster.host, calls.quiet())),
    isIdempotent: () => idempotent,
    events: life.events.names,
    on: life.events.on.bind(life.events),
    send: sender.send,
    sendBatch: sender.sendBatch,
    transaction: () => transactions.begin(),
    logger: () => life.logger,
  };
  return producer as unknown as Producer;
}

/** What sends messages, outside of transactions and in them. Throws kafkajs's error for options that do not fit. */
function sending(
  { cluster, config, retry: given }: ClientParts<ProducerConfig>,
  life: ClientLife<"producer">,
  calls: OpenCalls,
): { readonly sender: MessageSender; readonly transactions: Transactions } {
  const { host } = cluster;
  const { idempotent = false, transactionalId } = config;
  if (idempotent && (given.retries ?? 1) < 1)
    throw new KafkaJSNonRetriableError("Idempotent producer must allow retries to protect against transient errors");
  const retry = retrySettings(given);
  const { enforceRequestTimeout = true, requestTimeout = REQUEST_TIMEOUT_MS } = cluster.config;
  const isEndless = idempotent && given.retries === undefined;
  const limits = deliveryLimits(retry, enforceRequestTimeout ? requestTimeout : REQUEST_TIMEOUT_MS, isEndless);
  const producers = new OdradekProducers(config, limits);
  const topics = new TopicPartitions({
    cluster,
    retry,
    allowAutoTopicCreation: config.allowAutoTopicCreation ?? true,
    maxAgeMs: config.metadataMaxAge ?? METADATA_MAX_AGE_MS,
  });
  cluster.observe({
    leaderMoved: ({ topic }) => topics.changed([topic]),
    metadataChanged: ({ changedTopics }) => topics.changed(changedTopics),
  });
  const createPartitioner = config.createPartitioner ?? host.partitioners.DefaultPartitioner;
  const shared = { life, topics, partitioner: createPartitioner() as never, calls, retry };
  const sender = new MessageSender({
    ...shared,
    isIdempotent: idempotent,
    producer: (kafka, acks) => producers.ordinary(kafka, acks),
    withoutId: () => producers.withoutId(),
  });
  const inTransaction = new MessageSender({
    ...shared,
    isIdempotent: true,
    producer: (kafka) => producers.transactional(kafka),
    withoutId: () => false,
  });
  const transactions = new Transactions({
    transactionalId,
    offsets: cluster.offsets,
    sender: inTransaction,
    producer: (kafka) => producers.transactional(kafka),
    timeoutMs: limits.deliveryTimeoutMs,
    fault: (error) => deliveryError(error, retry),
  });
  return { sender, transactions };
}

/** Waits for work, but not longer than {@link DISCONNECT_MS}. */
async function atMost(host: Host, work: Promise<void>): Promise<void> {
  const pause = new Pause(host, DISCONNECT_MS);
  await Promise.race([work, pause.done]);
  pause.end();
}
