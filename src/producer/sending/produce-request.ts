import type { BrokerNode, LeaderHint } from "../../cluster/metadata.ts";
import type {
  ProduceRequest,
  ProduceResponse,
  ProduceResponsePartitionProduceResponse,
} from "../../protocol/messages/produce.ts";
import type { Input } from "../../protocol/schema.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";
import type { ProducerBatch } from "../partition/batch.ts";
import { NO_IDENTITY } from "../partition/producer-identity.ts";
import type { TransactionProtocol } from "../transactions/transaction-state.ts";

/** The first version that names topics only by id (KIP-516). */
const TOPIC_ID_VERSION = 13;

/**
 * Up to this version, a partition must be added to the transaction before it is written to; from the next version on,
 * writing adds it (KIP-890).
 */
const LAST_OF_PROTOCOL_1 = 11;

/** The highest usable version: versions that name topics only by id need the ids of all topics. */
export function produceVersionCap(
  topicIds: readonly (string | undefined)[],
  transaction?: { readonly protocol: TransactionProtocol },
): number {
  if (transaction?.protocol === 1) return LAST_OF_PROTOCOL_1;
  return topicIds.every((id) => id !== undefined && id !== ZERO_UUID) ? TOPIC_ID_VERSION : TOPIC_ID_VERSION - 1;
}

/** The settings of one Produce request. */
export interface ProduceRequestOptions {
  readonly acks: number;
  readonly timeoutMs: number;
  readonly version: number;
  /** Null without transactions. */
  readonly transactionalId: string | null;
  topicId(topic: string): string | undefined;
}

/** Makes a request with at most one batch of each partition. The bytes of the batches are not copied. */
export function produceRequest(
  batches: readonly ProducerBatch[],
  options: ProduceRequestOptions,
): Input<ProduceRequest> {
  const byTopic = new Map<string, { index: number; records: Uint8Array }[]>();
  const isTransactional = options.transactionalId !== null;
  for (const batch of batches) {
    const stamp = batch.identity ?? NO_IDENTITY;
    const records = batch.builder.seal({
      producerId: stamp.producerId,
      producerEpoch: stamp.producerEpoch,
      baseSequence: batch.baseSequence,
      isTransactional,
    });
    const partitions = byTopic.get(batch.topic);
    if (partitions === undefined) byTopic.set(batch.topic, [{ index: batch.partition, records }]);
    else partitions.push({ index: batch.partition, records });
  }
  const topicData = [...byTopic].map(([name, partitionData]) =>
    options.version >= TOPIC_ID_VERSION
      ? { topicId: options.topicId(name) ?? ZERO_UUID, partitionData }
      : { name, partitionData },
  );
  return { transactionalId: options.transactionalId, acks: options.acks, timeoutMs: options.timeoutMs, topicData };
}

/** The new leader that an error response names (KIP-951). */
export function leaderHint(
  response: ProduceResponse,
  batch: ProducerBatch,
  answer: ProduceResponsePartitionProduceResponse,
): LeaderHint | undefined {
  const { leaderId, leaderEpoch } = answer.currentLeader;
  if (leaderId < 0) return undefined;
  const endpoint = response.nodeEndpoints.find((candidate) => candidate.nodeId === leaderId);
  const node: BrokerNode | undefined =
    endpoint === undefined
      ? undefined
      : { nodeId: endpoint.nodeId, host: endpoint.host, port: endpoint.port, rack: endpoint.rack };
  return {
    topic: batch.topic,
    partition: batch.partition,
    leaderId,
    leaderEpoch,
    ...(node === undefined ? {} : { node }),
  };
}
