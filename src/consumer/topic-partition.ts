import { anything, type Check, listOf, name, shape, wholeFrom } from "../errors/shape.ts";
import { KafkaRecord } from "../records/record.ts";
import { RestOfBatch } from "./consumed-batch.ts";

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

const PLACE = shape(
  { topic: name, partition: wholeFrom(0, 2_147_483_647), offset: anything, timestamp: anything, leaderEpoch: anything, metadata: anything },
  { needs: ["topic", "partition"], noun: "field", hints: { partitions: "name each partition, { topic, partition }", topics: "name each topic, { topic, partition }" } },
);

/** What names a partition. Offsets and what else an assignment or a committed offset has are not looked at: they name one too, as records and batches do. */
export const isPlace: Check = (value, path) => {
  if (!(value instanceof KafkaRecord) && !(value instanceof RestOfBatch)) PLACE(value, path);
};

/** A list of those. */
export const arePlaces: Check = listOf(isPlace, ": name each partition, [{ topic, partition }]");
