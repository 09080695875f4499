import { legacyMurmur2, murmur2 } from "./murmur2.ts";
import type { PartitionMetadata } from "../connecting/partition-metadata.ts";

/** The argument of a partitioner: the topic, its partitions as the broker lists them, and the caller's own message. */
export interface PartitionerArgs {
  readonly topic: string;
  readonly partitionMetadata: readonly Pick<PartitionMetadata, "partitionId" | "leader">[];
  readonly message: { readonly partition?: number | null; readonly key?: unknown };
}

/** Chooses the partition of a message. */
export type Partitioner = (args: PartitionerArgs) => number;

/** Makes a partitioner: the option `createPartitioner` of a producer. */
export type CreatePartitioner = () => Partitioner;

/** The export `Partitioners`. */
export interface Partitioners {
  /** Java's partitioner of keys. Messages without a key go round the partitions that have a leader. */
  readonly DefaultPartitioner: CreatePartitioner;
  /** The partitioner of kafkajs 1. */
  readonly LegacyPartitioner: CreatePartitioner;
  /** The same function as `DefaultPartitioner`. */
  readonly JavaCompatiblePartitioner: CreatePartitioner;
}

/** The member of the built-in factories that tells a producer which they are. */
export const BUILT_IN: unique symbol = Symbol("odradek:built-in");

/** kafkajs's partitioners. `random` gives the start of the counters of messages without a key, from 0 to 1. */
export function createPartitioners(random: () => number): Partitioners {
  const make = (name: string, hash: (key: Uint8Array) => number): CreatePartitioner =>
    Object.assign(() => partitioner(hash, random), { [BUILT_IN]: name });
  const DefaultPartitioner = make("murmur2", murmur2);
  return {
    DefaultPartitioner,
    LegacyPartitioner: make("legacy", legacyMurmur2),
    JavaCompatiblePartitioner: DefaultPartitioner,
  };
}

/** Which of the built-in partitioners a factory makes; undefined for one of the user's. */
export function builtInName(createPartitioner: unknown): "murmur2" | "legacy" | undefined {
  return (createPartitioner as { readonly [BUILT_IN]?: "murmur2" | "legacy" } | undefined)?.[BUILT_IN];
}

function partitioner(hash: (key: Uint8Array) => number, random: () => number): Partitioner {
  const counters = new Map<string, number>();
  const availability = new Availability();
  return ({ topic, partitionMetadata, message }) => {
    const { partition, key } = message;
    if (partition !== null && partition !== undefined) return partition;
    if (key !== null && key !== undefined) return positive(hash(keyBytes(key))) % partitionMetadata.length;
    const counter = (counters.get(topic) ?? Math.floor(random() * 0x7f_ff_ff_ff)) + 1;
    counters.set(topic, counter);
    const available = availability.of(partitionMetadata);
    if (available.length === 0) return positive(counter) % partitionMetadata.length;
    return available[positive(counter) % available.length]?.partitionId ?? 0;
  };
}

/** The partitions that have a leader. One call of `send` passes the same list for all its messages. */
class Availability {
  #partitions: PartitionerArgs["partitionMetadata"] = [];
  #available: PartitionerArgs["partitionMetadata"] = [];

  of(partitions: PartitionerArgs["partitionMetadata"]): PartitionerArgs["partitionMetadata"] {
    if (partitions !== this.#partitions) {
      this.#partitions = partitions;
      this.#available = partitions.filter(({ leader }) => leader >= 0);
    }
    return this.#available;
  }
}

/** A Buffer as it is, and the text of anything else. */
function keyBytes(key: unknown): Buffer {
  const text: (value: unknown) => string = String;
  return Buffer.isBuffer(key) ? key : Buffer.from(text(key));
}

/** Java's `toPositive`: not the absolute value. */
const positive = (hash: number): number => hash & 0x7f_ff_ff_ff;
