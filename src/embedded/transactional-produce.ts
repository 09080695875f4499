import * as ErrorCode from "../errors/error-code.ts";
import type { ProduceRequest } from "../protocol/messages/produce.ts";
import * as at from "../records/batch-layout.ts";
import { sleep } from "../runtime/sleep.ts";
import type { RequestContext } from "./handler.ts";
import { leaderError } from "./leadership.ts";
import type { PartitionLog } from "./state/partition-log.ts";
import type { TopicPartition } from "./state/transactions/transaction.ts";

/** Why a partition of a Produce request is refused before its batch is checked. */
export interface Refusal {
  readonly errorCode: number;
  readonly errorMessage?: string;
}

/** Refusals of the whole request, or of single partitions. */
export interface Refusals {
  readonly all?: Refusal;
  readonly byPartition: ReadonlyMap<PartitionLog | undefined, Refusal>;
}

/** A transactional batch, and its partition. */
export interface TransactionalBatch extends TopicPartition {
  readonly log: PartitionLog;
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** From this version on, a batch adds its own partition to the transaction (KIP-890). */
export const ADDS_PARTITIONS_SINCE = 12;
/** From this version on, producers understand TRANSACTION_ABORTABLE. */
const ABORTABLE_SINCE = 11;
const TOPIC_IDS_SINCE = 13;
/**
 * How long a broker waits for the markers of the previous transaction, and how often it asks. Java:
 * `add.partitions.to.txn.retry.backoff.max.ms`, `add.partitions.to.txn.retry.backoff.ms`.
 */
const MAX_WAIT_MS = 100;
const BACKOFF_MS = 20;

/**
 * The transactional batches of a request; undefined if there are none. A batch that cannot be read, or whose partition
 * is unknown, is left out: it is refused later.
 */
export function transactionalBatches(
  request: ProduceRequest,
  { cluster, apiVersion }: RequestContext,
): readonly TransactionalBatch[] | undefined {
  let found: TransactionalBatch[] | undefined;
  for (const { name, topicId, partitionData } of request.topicData) {
    for (const { index, records } of partitionData) {
      if (records === null || records.length < at.HEADER_BYTES) continue;
      const view = new DataView(records.buffer, records.byteOffset, records.length);
      if (view.getInt8(at.MAGIC) !== 2 || (view.getInt16(at.ATTRIBUTES) & at.TRANSACTIONAL) === 0) continue;
      found ??= [];
      const topic = apiVersion >= TOPIC_IDS_SINCE ? cluster.topics.byId(topicId) : cluster.topics.byName(name);
      const log = topic?.partitions[index];
      const producerId = at.readInt64(view, at.PRODUCER_ID);
      if (topic !== undefined && log !== undefined && producerId >= 0)
        found.push({
          topic: topic.name,
          partition: index,
          log,
          producerId,
          producerEpoch: view.getInt16(at.PRODUCER_EPOCH),
        });
    }
  }
  return found;
}

/**
 * Asks the transaction coordinator before batches are appended: whether their partitions are in the transaction or,
 * since version 12, to add them. It waits a little while the markers of the previous transaction are written, which is
 * normal.
 */
export async function verifyTransaction(
  batches: readonly TransactionalBatch[],
  { transactionalId }: ProduceRequest,
  context: RequestContext,
): Promise<Refusals> {
  const byPartition = new Map<PartitionLog | undefined, Refusal>();
  if (transactionalId === null)
    return { all: { errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED }, byPartition };
  const [first] = batches;
  if (first === undefined) return { byPartition };
  const { producerId, producerEpoch } = first;
  if (batches.some((batch) => batch.producerId !== producerId || batch.producerEpoch !== producerEpoch))
    return { all: { errorCode: ErrorCode.INVALID_PRODUCER_ID_MAPPING }, byPartition };
  const speaker = { transactionalId, producerId, epoch: producerEpoch };
  for (let waitedMs = 0; ; waitedMs += BACKOFF_MS) {
    const led = batches.filter(({ log }) => leaderError(log, context.nodeId, -1) === ErrorCode.NONE);
    // Kafka's leaders check the epoch themselves, and do not ask the coordinator about an outdated producer.
    for (const { log } of led)
      if (log.producers.states.isStale(producerId, producerEpoch))
        byPartition.set(log, { errorCode: ErrorCode.INVALID_PRODUCER_EPOCH });
    const unknown = led.filter(
      ({ log }) => !byPartition.has(log) && !log.producers.states.hasOngoing(producerId, producerEpoch),
    );
    const errors = ask(speaker, unknown, context);
    if (waitedMs >= MAX_WAIT_MS || !errors.includes(ErrorCode.CONCURRENT_TRANSACTIONS)) {
      unknown.forEach(({ log }, i) => {
        const error = errors[i] ?? ErrorCode.NONE;
        if (error !== ErrorCode.NONE) byPartition.set(log, translated(error, context.apiVersion));
      });
      return { byPartition };
    }
    await sleep(context.cluster, BACKOFF_MS, context.signal);
  }
}

/** Returns an error code for each batch. */
function ask(
  speaker: { readonly transactionalId: string; readonly producerId: number; readonly epoch: number },
  batches: readonly TransactionalBatch[],
  { cluster, apiVersion }: RequestContext,
): readonly number[] {
  if (batches.length === 0) return [];
  const { coordinators, transactionCoordinator } = cluster;
  const unavailable =
    speaker.transactionalId === ""
      ? ErrorCode.INVALID_REQUEST
      : coordinators.errorOf("transaction", speaker.transactionalId);
  if (unavailable !== ErrorCode.NONE) return batches.map(() => unavailable);
  if (apiVersion < ADDS_PARTITIONS_SINCE)
    return batches.map(({ topic, partition }) => transactionCoordinator.verify(speaker, { topic, partition }));
  const error = transactionCoordinator.add(
    speaker,
    batches.map(({ topic, partition }) => ({ topic, partition })),
  );
  return batches.map(() => error);
}

/** The error in a form that a producer of this version understands. */
function translated(error: number, apiVersion: number): Refusal {
  const unverified = (name: string): Refusal => ({
    errorCode: ErrorCode.NOT_ENOUGH_REPLICAS,
    errorMessage: `Unable to verify the partition has been added to the transaction. Underlying error: ${name}`,
  });
  switch (error) {
    case ErrorCode.PRODUCER_FENCED:
      return { errorCode: ErrorCode.INVALID_PRODUCER_EPOCH };
    case ErrorCode.TRANSACTION_ABORTABLE:
      return apiVersion < ABORTABLE_SINCE
        ? { errorCode: ErrorCode.INVALID_TXN_STATE, errorMessage: "Partition was not added to the transaction" }
        : { errorCode: error };
    case ErrorCode.COORDINATOR_NOT_AVAILABLE:
      return unverified("COORDINATOR_NOT_AVAILABLE");
    case ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
      return unverified("COORDINATOR_LOAD_IN_PROGRESS");
    case ErrorCode.CONCURRENT_TRANSACTIONS:
      return apiVersion < ADDS_PARTITIONS_SINCE ? unverified("CONCURRENT_TRANSACTIONS") : { errorCode: error };
    default:
      return { errorCode: error };
  }
}
