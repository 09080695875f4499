import type { GroupOffset } from "../cluster/group-offsets.ts";
import type { TopicPartition } from "../cluster/topic-partition.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import type { HookEvent } from "./hook-event.ts";

/** A batch of records was put into a request. */
export interface BatchSent extends HookEvent {
  /** The topic's name. */
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** The broker's id. */
  readonly nodeId: number;
  /** The number of records. */
  readonly records: number;
  /** The size of the batch in bytes, compressed. */
  readonly sizeInBytes: number;
  /** The number of this try, from 1. */
  readonly attempt: number;
  /** How long the batch's first record waited until the first try, in ms. */
  readonly queuedMs: number;
}

/** A batch was acknowledged. With `acks: 0`: it was written to the network. */
export interface BatchAcknowledged extends HookEvent {
  /** The topic's name. */
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** The number of records. */
  readonly records: number;
  /** The offset of the first record; undefined if the broker did not tell it. */
  readonly baseOffset: number | undefined;
  /** The time since the batch's first record was accepted, in ms. */
  readonly durationMs: number;
}

/** A batch was not written, and is sent again. */
export interface BatchRetried extends HookEvent {
  /** The topic's name. */
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** The number of records. */
  readonly records: number;
  /** The number of tries so far. */
  readonly attempt: number;
  /** When it may be sent again at the earliest, in ms from now. */
  readonly waitMs: number;
  /** Why the last try failed. */
  readonly error: KafkaError;
}

/** The records of a batch failed for good. */
export interface BatchFailed extends HookEvent {
  /** The topic's name. */
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** The number of records. */
  readonly records: number;
  /** The reason. */
  readonly error: KafkaError;
}

/** A transactional producer is in another state. */
export interface TransactionMoved extends HookEvent {
  /** Java: `transactional.id`. */
  readonly transactionalId: string;
  /**
   * The new state: `initialising` (it asks for an epoch), `ready`, `open` (a transaction has begun), `committing`,
   * `aborting`, `failed` (the transaction can only be aborted), `undecided` (no response came in time),
   * `uninitialised` (it needs a new epoch), `fatal` (another producer has taken over).
   */
  readonly to:
    "uninitialised" | "initialising" | "ready" | "open" | "failed" | "committing" | "aborting" | "undecided" | "fatal";
  /** The state before. `ready` or `uninitialised` after `committing` means that the transaction was committed. */
  readonly from: TransactionMoved["to"];
  /** Why it failed; undefined in other states. */
  readonly error: KafkaError | undefined;
}

/** A transactional producer has added partitions, or offsets of a group, to its transaction. */
export interface TransactionExtended extends HookEvent {
  /** Java: `transactional.id`. */
  readonly transactionalId: string;
  /** The partitions that were added, by a request of their own; empty if writing adds them (KIP-890). */
  readonly partitions: readonly TopicPartition[];
  /** The group whose offsets are committed with the transaction; undefined if partitions were added. */
  readonly groupId: string | undefined;
  /** These offsets. */
  readonly offsets: readonly GroupOffset[];
}
