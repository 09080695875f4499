import { brokerError, isRetriable, refreshesMetadata } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { LostPosition } from "../partitions/cursor-state.ts";
import type { EpochEnd } from "../partitions/epoch-history.ts";
import { type Consumed, type ResetPolicy, resetPlace } from "../partitions/offset-reset.ts";
import type { LogPlace } from "../partitions/offset-spec.ts";
import { outOfRangeError } from "../partitions/position-lost.ts";
import type { ReadingSettings } from "../partitions/reading-settings.ts";

/** The meaning of a broker's fetch response for one partition. */
export type PartitionVerdict =
  /** The response may contain records. */
  | { readonly name: "answered" }
  /** The leader's log differs from the records that were read. */
  | { readonly name: "diverged"; readonly end: EpochEnd }
  /** The error of a replica does not count: ask the leader. */
  | { readonly name: "leave-replica" }
  /** The log does not have the offset, but the application has not come to it yet: fetch again later. */
  | { readonly name: "defer" }
  /** The log does not have the offset, but the broker may only be behind: fetch again with new metadata. */
  | { readonly name: "ask-again" }
  /** The log does not have the position: reading continues at `where`. */
  | { readonly name: "reset"; readonly where: LogPlace; readonly lost: LostPosition }
  /** The broker does not know the partition. */
  | { readonly name: "unknown"; readonly error: KafkaError }
  /** The fetch is repeated. */
  | { readonly name: "retry"; readonly error: KafkaError }
  /** The loop ends with this error. */
  | { readonly name: "failed"; readonly error: KafkaError };

/** The partition's part of a response. */
export interface PartitionAnswer {
  readonly errorCode: number;
  readonly divergingEpoch: EpochEnd;
}

/** The partition as it was when the response came. */
export interface AskedPartition extends Consumed {
  readonly topic: string;
  readonly partition: number;
  /** The broker that sent the response. */
  readonly nodeId: number;
  /** The broker is a replica that the leader named, not the leader. */
  readonly isReplica: boolean;
  readonly fetchOffset: number;
  readonly fetchEpoch: number;
  readonly isParting: boolean;
  /** Records are buffered that the application has not got yet. */
  readonly hasData: boolean;
  /** The number of responses before this one that said that the log does not have the offset. */
  readonly timesOutOfRange: number;
  /** The leader epoch in metadata; −1 if it is not known. */
  readonly leaderEpoch: number;
}

/**
 * The number of retries (about 6 s) before OFFSET_OUT_OF_RANGE counts if it comes from a broker whose leader epoch is
 * older than ours.
 */
const ASKED_OF_DEPOSED = 10;

/**
 * Codes whose meaning is more than "retriable or not"; Kafka's error table covers the others.
 *
 * - `out-of-range`: the log does not have the offset
 * - `unknown`: possibly only this broker does not know the partition yet
 * - `retry`: the error is temporary
 */
const MEANINGS: ReadonlyMap<number, "out-of-range" | "unknown" | "retry"> = new Map([
  [ErrorCode.OFFSET_OUT_OF_RANGE, "out-of-range"],
  [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "unknown"],
  [ErrorCode.UNKNOWN_TOPIC_ID, "unknown"],
  [ErrorCode.INCONSISTENT_TOPIC_ID, "unknown"],
  [ErrorCode.UNKNOWN_SERVER_ERROR, "retry"],
  [ErrorCode.OFFSET_NOT_AVAILABLE, "retry"],
]);

/** The meaning of an error code. It does not concern the other partitions of the response. */
export function meaningOf(errorCode: number): "out-of-range" | "unknown" | "retry" | "failed" {
  const meaning = MEANINGS.get(errorCode);
  if (meaning !== undefined) return meaning;
  return isRetriable(errorCode) || refreshesMetadata(errorCode) ? "retry" : "failed";
}

/** Decides what follows for a partition after a fetch response. */
export function partitionVerdict(
  answer: PartitionAnswer,
  asked: AskedPartition,
  policy: ResetPolicy & Pick<ReadingSettings, "startOption">,
): PartitionVerdict {
  const { errorCode, divergingEpoch } = answer;
  if (errorCode === 0)
    return divergingEpoch.endOffset >= 0 || asked.isParting
      ? { name: "diverged", end: divergingEpoch }
      : { name: "answered" };
  // A replica may be behind, or may no longer be a replica.
  if (asked.isReplica) return { name: "leave-replica" };
  const { topic, partition, nodeId, fetchOffset: offset } = asked;
  const error = brokerError(errorCode, `cannot fetch ${topic}-${partition} at offset ${offset} from broker ${nodeId}`, {
    topic,
    partition,
    offset,
  });
  const name = meaningOf(errorCode);
  return name === "out-of-range" ? outOfRange(error, asked, policy) : { name, error };
}

/**
 * The log does not have the offset. A new leader may only be behind, and an old one may have been deposed. So the first
 * time the fetch is repeated with new metadata, and the policy applies only the second time. If the committed leader
 * epoch is unknown to the cluster, the error appears only after more retries.
 */
function outOfRange(
  error: KafkaError,
  asked: AskedPartition,
  policy: ResetPolicy & Pick<ReadingSettings, "startOption">,
): PartitionVerdict {
  // An immediate retry would return the same error until the application has read the buffered records.
  if (asked.hasData) return { name: "defer" };
  // A broker whose leader epoch is older than that of the record before the position is no longer the leader, and does
  // not know it.
  const isDeposed = asked.fetchEpoch > asked.leaderEpoch;
  if (asked.timesOutOfRange < (isDeposed ? ASKED_OF_DEPOSED : 1)) return { name: "ask-again" };
  const where = resetPlace(policy, asked);
  if (where === undefined) return { name: "failed", error: outOfRangeError(asked, error, policy) };
  const from = asked.isParting ? asked.position : asked.fetchOffset;
  return { name: "reset", where, lost: { from, why: `the log does not have offset ${from} any more` } };
}

/** The error for brokers that have not known a partition for too long; undefined while waiting may still help. */
export function unknownForTooLong(
  error: KafkaError,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  forMs: number,
  timeoutMs: number,
): KafkaError | undefined {
  if (forMs < timeoutMs) return undefined;
  return new KafkaError("timeout", `${error.message} for ${timeoutMs} ms; was the topic deleted?`, {
    cause: error,
    topic,
    partition,
  });
}
