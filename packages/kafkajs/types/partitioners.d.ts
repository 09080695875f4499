import type { PartitionMetadata } from "./cluster.js";
import type { Message } from "./messages.js";

/** The argument of a partitioner. */
export interface PartitionerArgs {
  topic: string;
  partitionMetadata: PartitionMetadata[];
  message: Message;
}

/** Makes a function that chooses the partition of a message. */
export type ICustomPartitioner = () => (args: PartitionerArgs) => number;
/** Java's. */
export type DefaultPartitioner = ICustomPartitioner;
/** That of kafkajs 1. */
export type LegacyPartitioner = ICustomPartitioner;

export const Partitioners: {
  DefaultPartitioner: DefaultPartitioner;
  LegacyPartitioner: LegacyPartitioner;
  /** @deprecated The same function as `DefaultPartitioner`. */
  JavaCompatiblePartitioner: DefaultPartitioner;
};
