/** A partition and an offset. */
export interface PartitionOffset {
  partition: number;
  offset: string;
}

export type SeekEntry = PartitionOffset;

export type FetchOffsetsPartition = PartitionOffset & { metadata: string | null };

/** Offsets of a topic. */
export interface TopicOffsets {
  topic: string;
  partitions: PartitionOffset[];
}

/** Offsets of several topics. */
export interface Offsets {
  topics: TopicOffsets[];
}

export interface OffsetsByTopicPartition extends Offsets {}

export type TopicPartition = { topic: string; partition: number };
export type TopicPartitionOffset = TopicPartition & { offset: string };
export type TopicPartitionOffsetAndMetadata = TopicPartitionOffset & { metadata?: string | null };
export type TopicPartitions = { topic: string; partitions: number[] };
