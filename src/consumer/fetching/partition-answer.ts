import { brokerError, isRetriable, refreshesMetadata } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { LostPosition } from "../partitions/cursor-state.ts";
import type { EpochEnd } from "../partitions/epoch-history.ts";
import { type Consumed, type ResetPolicy, resetPlace } from "../partitions/offset-reset.ts";
import type { LogPlace } from "../partitions/offset-spec.ts";
import { outOfRangeError } from "../partitions/position-lost.ts";
import type { ReadingSettings } from "../partitions/reading-settings.ts";

/** What a broker's answer means for one partition. */
export type PartitionVerdict =
  /** There may be records. */
  | { readonly name: "answered" }
  /** The leader's log differs from what was read. */
  | { readonly name: "diverged"; readonly end: EpochEnd }
  /** A replica's word does not count: the leader is asked. */
  | { readonly name: "leave-replica" }
  /** The log does not have the offset, but the application has not come so far: it is asked again later. */
  | { readonly name: "defer" }
  /** The log does not have the offset, but the broker may only be behind: it is asked again, with new metadata. */
  | { readonly name: "ask-again" }
  /** The log does not have the position: reading goes on there. */
  | { readonly name: "reset"; readonly where: LogPlace; readonly lost: LostPosition }
  /** The broker does not know the partition. */
  | { readonly name: "unknown"; readonly error: KafkaError }
  /** It is asked for again. */
  | { readonly name: "retry"; readonly error: KafkaError }
  /** The loop ends with this error. */
  | { readonly name: "failed"; readonly error: KafkaError };

/** What the broker said of a partition. */
export interface PartitionAnswer {
  readonly errorCode: number;
  readonly divergingEpoch: EpochEnd;
}

/** What is known of the partition. */
export interface AskedPartition extends Consumed {
  readonly topic: string;
  readonly partition: number;
  /** The broker that answered. */
  readonly nodeId: number;
  /** It is a replica that the leader named, not the leader. */
  readonly isReplica: boolean;
  readonly fetchOffset: number;
  readonly fetchEpoch: number;
  readonly isParting: boolean;
  /** There are records that the application has not got yet. */
  readonly hasData: boolean;
  /** How many answers before this one said that the log does not have the offset. */
  readonly timesOutOfRange: number;
  /** The epoch of the leader, by metadata; −1 where it is not known. */
  readonly leaderEpoch: number;
}

/** This many times a broker that has been deposed, by all that is known, is asked before its word counts: some 6 s. */
const ASKED_OF_DEPOSED = 10;

/**
 * The codes whose meaning is more than "retriable or not"; Kafka's own table says that of the others.
 *
 * - `out-of-range`: the log does not have the offset
 * - `unknown`: perhaps only this broker has not heard of the partition yet
 * - `retry`: these pass, as a rule
 */
const MEANINGS: ReadonlyMap<number, "out-of-range" | "unknown" | "retry"> = new Map([
  [ErrorCode.OFFSET_OUT_OF_RANGE, "out-of-range"],
  [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "unknown"],
  [ErrorCode.UNKNOWN_TOPIC_ID, "unknown"],
  [ErrorCode.INCONSISTENT_TOPIC_ID, "unknown"],
  [ErrorCode.UNKNOWN_SERVER_ERROR, "retry"],
  [ErrorCode.OFFSET_NOT_AVAILABLE, "retry"],
]);

/** What an error code asks for. The other partitions of the response are not touched by it. */
export function meaningOf(errorCode: number): "out-of-range" | "unknown" | "retry" | "failed" {
  const meaning = MEANINGS.get(errorCode);
  if (meaning !== undefined) return meaning;
  return isRetriable(errorCode) || refreshesMetadata(errorCode) ? "retry" : "failed";
}

/** What to do with a partition after a broker's answer to a fetch. */
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
  // A replica may be behind, or have been given up.
  if (asked.isReplica) return { name: "leave-replica" };
  const { topic, partition, nodeId, fetchOffset: offset } = asked;
  const error = brokerError(errorCode, `fetching ${topic}-${partition} at offset ${offset} from broker ${nodeId}`, {
    topic,
    partition,
    offset,
  });
  const name = meaningOf(errorCode);
  return name === "out-of-range" ? outOfRange(error, asked, policy) : { name, error };
}

/**
 * The log does not have the offset. A new leader may only be behind, or the old one deposed: the first time the fetch
 * is repeated with new metadata, and only the second time the policy applies. An epoch that no leader ever knows (an
 * application may commit one) delays that a little.
 */
function outOfRange(
  error: KafkaError,
  asked: AskedPartition,
  policy: ResetPolicy & Pick<ReadingSettings, "startOption">,
): PartitionVerdict {
  // Asked at once, the broker would say so again and again until the application has come here.
  if (asked.hasData) return { name: "defer" };
  // A broker whose leader epoch is older than that of the record before the position is not the leader any more, and
  // does not know.
  const isDeposed = asked.fetchEpoch > asked.leaderEpoch;
  if (asked.timesOutOfRange < (isDeposed ? ASKED_OF_DEPOSED : 1)) return { name: "ask-again" };
  const where = resetPlace(policy, asked);
  if (where === undefined) return { name: "failed", error: outOfRangeError(asked, error, policy) };
  const from = asked.isParting ? asked.position : asked.fetchOffset;
  return { name: "reset", where, lost: { from, why: `the log does not have offset ${from} any more` } };
}

/** Why the loop ends when brokers have not known a partition for too long; undefined while that may still pass. */
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
