import type { GroupDescription } from "./admin.js";
import type { Broker } from "./cluster.js";
import type { ConsumerEvents, ConsumerEventsByName, Listening } from "./events.js";
import type { Logger } from "./logging.js";
import type { KafkaMessage } from "./messages.js";
import type {
  Offsets,
  OffsetsByTopicPartition,
  TopicPartitionOffset,
  TopicPartitionOffsetAndMetadata,
  TopicPartitions,
} from "./offsets.js";

export type ConsumerGroup = { groupId: string; generationId: number; memberId: string; coordinator: Broker };

/** The messages of a partition in one answer of a broker. */
export type Batch = {
  topic: string;
  partition: number;
  highWatermark: string;
  messages: KafkaMessage[];
  isEmpty(): boolean;
  /** Null when empty. Messages that are not delivered count too. */
  firstOffset(): string | null;
  lastOffset(): string;
  offsetLag(): string;
  offsetLagLow(): string;
};

interface HandlerCalls {
  /** Sends a heartbeat if `heartbeatInterval` has passed. Rejects during a rebalance: let that through. */
  heartbeat(): Promise<void>;
  /** Pauses the partition. Returns a function that resumes it. */
  pause(): () => void;
}

/** The argument of `eachMessage`. */
export interface EachMessagePayload extends HandlerCalls {
  topic: string;
  partition: number;
  message: KafkaMessage;
}

/** The argument of `eachBatch`. */
export interface EachBatchPayload extends HandlerCalls {
  batch: Batch;
  /** The message at this offset is processed, with all before it. */
  resolveOffset(offset: string): void;
  commitOffsetsIfNecessary(offsets?: Offsets): Promise<void>;
  uncommittedOffsets(): OffsetsByTopicPartition;
  isRunning(): boolean;
  /** Whether a seek for this partition waits. */
  isStale(): boolean;
}

export type ConsumerEachMessagePayload = EachMessagePayload;
export type ConsumerEachBatchPayload = EachBatchPayload;
export type EachMessageHandler = (payload: EachMessagePayload) => Promise<void>;
export type EachBatchHandler = (payload: EachBatchPayload) => Promise<void>;

/** The options of `run`. */
export type ConsumerRunConfig = {
  /** Default true. */
  autoCommit?: boolean;
  /** Ms. Default: after each batch. */
  autoCommitInterval?: number | null;
  /** Processed messages. Default: after each batch. */
  autoCommitThreshold?: number | null;
  /** Default true. */
  eachBatchAutoResolve?: boolean;
  /** Default 1. */
  partitionsConsumedConcurrently?: number;
  eachBatch?: EachBatchHandler;
  eachMessage?: EachMessageHandler;
};

interface Start {
  /** Where to begin without a committed offset: default false, at the end. */
  fromBeginning?: boolean;
}

/** @deprecated Use {@link ConsumerSubscribeTopics}. */
export type ConsumerSubscribeTopic = Start & { topic: string | RegExp };
export type ConsumerSubscribeTopics = Start & { topics: (string | RegExp)[] };

interface TopicWithPartitions {
  topic: string;
  /** Default: all. */
  partitions?: number[];
}

/** A member of a group. */
export type Consumer = Listening<ConsumerEventsByName> & {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  subscribe(subscription: ConsumerSubscribeTopics | ConsumerSubscribeTopic): Promise<void>;
  stop(): Promise<void>;
  run(config?: ConsumerRunConfig): Promise<void>;
  commitOffsets(topicPartitions: Array<TopicPartitionOffsetAndMetadata>): Promise<void>;
  seek(topicPartitionOffset: TopicPartitionOffset): void;
  describeGroup(): Promise<GroupDescription>;
  pause(topics: Array<TopicWithPartitions>): void;
  paused(): TopicPartitions[];
  resume(topics: Array<TopicWithPartitions>): void;
  logger(): Logger;
  readonly events: ConsumerEvents;
};
