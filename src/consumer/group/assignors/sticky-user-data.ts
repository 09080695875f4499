import { groupByTopic } from "../../../cluster/routing/group-by-topic.ts";
import { KafkaError } from "../../../errors/kafka-error.ts";
import { ByteReader } from "../../../wire/byte-reader.ts";
import { ByteWriter } from "../../../wire/byte-writer.ts";
import { utf8Length } from "../../../wire/utf8.ts";
import type { TopicPartition } from "../../../cluster/topic-partition.ts";

/** The partitions that a member of a sticky group had before it gave them back to join. */
export interface StickyUserData {
  readonly owned: readonly TopicPartition[];
  /** The generation in which the member had them; −1 in the format's first version, which has no field for it. */
  readonly generation: number;
}

/** Java's format, version 1: `[topic, [partition]]`, then the generation. It has no version of its own in front. */
export function encodeStickyUserData({ owned, generation }: StickyUserData): Uint8Array {
  const byTopic = groupByTopic(owned);
  const writer = new ByteWriter();
  writer.int32(byTopic.size);
  for (const [topic, partitions] of byTopic) {
    writer.int16(utf8Length(topic));
    writer.text(topic);
    writer.int32(partitions.length);
    for (const { partition } of partitions) writer.int32(partition);
  }
  writer.int32(generation);
  return writer.finishFlat();
}

/**
 * Reads both versions. Undefined if the bytes are neither: they come from another client, and its previous partitions
 * are not known.
 */
export function decodeStickyUserData(bytes: Uint8Array): StickyUserData | undefined {
  try {
    const reader = new ByteReader(bytes);
    const owned: TopicPartition[] = [];
    for (let topics = reader.int32(); topics > 0; topics--) {
      const topic = reader.text(reader.int16());
      for (let count = reader.int32(); count > 0; count--) owned.push({ topic, partition: reader.int32() });
    }
    return { owned, generation: reader.remaining >= 4 ? reader.int32() : -1 };
  } catch (error) {
    if (KafkaError.is(error)) return undefined;
    throw error;
  }
}

/**
 * The user data of a cooperative-sticky member: only the generation, for leaders whose subscriptions have no field for
 * it.
 */
export function encodeGeneration(generation: number): Uint8Array {
  const writer = new ByteWriter();
  writer.int32(generation);
  return writer.finishFlat();
}

export function decodeGeneration(bytes: Uint8Array): number {
  return bytes.length >= 4 ? new ByteReader(bytes).int32() : -1;
}
