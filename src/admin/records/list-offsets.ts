import { lookUpOffsets } from "../../cluster/offsets/offset-lookup.ts";
import { done, refusal } from "../../cluster/routing/verdict.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { either, listOf, MAX_INT32, name, oneOf, reading, shape, wholeFrom } from "../../errors/shape.ts";
import { listOffsetsApi } from "../../protocol/messages/list-offsets.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, resultsOf } from "../ask-items.ts";
import { brokersLimit, type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { leaderRoute } from "../leader-route.ts";
import { onlyOnce } from "../only-once.ts";
import { partitionId } from "../partition-id.ts";
import type { Results } from "../results.ts";

/**
 * Which offset to look up. Java: `OffsetSpec`.
 *
 * - `"earliest"`: the first offset of the partition.
 * - `"latest"`: the offset that the next record will get; with `read_committed` that of the first open transaction.
 * - `"maxTimestamp"`: that of the record with the highest timestamp. Kafka 3.0 (KIP-734).
 * - `"earliestLocal"`: the first one on the broker's own disk. Kafka 3.5 (KIP-405).
 * - `"latestTiered"`: the last one in tiered storage. Kafka 3.9 (KIP-1005).
 * - `"earliestPendingUpload"`: the first one that will go to tiered storage. Kafka 4.2 (KIP-1023).
 * - `{ timestamp }`: that of the first record whose timestamp, in ms since the epoch, is not lower.
 */
export type ListOffsetsSpec =
  "earliest" | "latest" | "maxTimestamp" | "earliestLocal" | "latestTiered" | "earliestPendingUpload" | OffsetOfTime;

/** The first offset of a time. */
export interface OffsetOfTime {
  /** The time, in ms since the epoch. */
  readonly timestamp: number;
}

/** A partition, and which of its offsets to look up. */
export interface OffsetsToList extends TopicPartition {
  /** Which offset to look up. */
  readonly spec: ListOffsetsSpec;
}

/** An offset that was found. Java: `ListOffsetsResultInfo`. */
export interface ListedOffset {
  /** The offset. */
  readonly offset: number;
  /** The record's timestamp, in ms since the epoch; undefined for a spec that names no record. */
  readonly timestamp: number | undefined;
  /** The leader epoch of the record; undefined if it is not known. */
  readonly leaderEpoch: number | undefined;
}

/** The options of `listOffsets`. */
export interface ListOffsetsOptions extends CallOptions {
  /**
   * Whether `"latest"` is the end of the partition (`read_uncommitted`, the default), or the first offset of an open
   * transaction. Java: `isolationLevel`.
   */
  readonly isolationLevel?: "read_uncommitted" | "read_committed";
}

const CODES = {
  latest: -1,
  earliest: -2,
  maxTimestamp: -3,
  earliestLocal: -4,
  latestTiered: -5,
  earliestPendingUpload: -6,
} as const;
/** The version of ListOffsets from which on brokers know a spec, and the release that has it. */
const NEEDS: Readonly<Record<string, readonly [version: number, release: string]>> = {
  maxTimestamp: [7, "3.0"],
  earliestLocal: [8, "3.5"],
  latestTiered: [9, "3.9"],
  earliestPendingUpload: [11, "4.2"],
};
const SPECS = Object.keys(CODES);
const OFFSETS = listOf(
  shape(
    {
      topic: name,
      partition: wholeFrom(0, MAX_INT32),
      spec: either(
        `${SPECS.map((spec) => `"${spec}"`).join(", ")} or { timestamp }`,
        oneOf(...SPECS),
        shape({ timestamp: wholeFrom(0) }, { needs: ["timestamp"], noun: "field" }),
      ),
    },
    { needs: ["topic", "partition", "spec"], noun: "field", hints: { timestamp: "spec: { timestamp }" } },
  ),
  ": name each partition, [{ topic, partition, spec }]",
);
const OPTIONS = optionsWith({ isolationLevel: oneOf("read_uncommitted", "read_committed") });

/** See `Admin.listOffsets`. */
export async function listOffsets(
  context: AdminContext,
  offsets: readonly OffsetsToList[],
  options: ListOffsetsOptions,
): Promise<Results<TopicPartition, ListedOffset | undefined>> {
  const path = "listOffsets: offsets";
  const { client } = context;
  OFFSETS(offsets, path);
  const keys = reading(path, () =>
    offsets.map(({ topic, partition, spec }) => ({
      ...{ topic, partition, spec: typeof spec === "string" ? spec : "timestamp" },
      timestamp: typeof spec === "string" ? CODES[spec] : spec.timestamp,
    })),
  );
  onlyOnce(keys.map(partitionId), path);
  const limit = callLimit(options, "listOffsets", OPTIONS);
  const isReadCommitted = options.isolationLevel === "read_committed";
  const results = await askItems<(typeof keys)[number], ListedOffset | undefined>(
    client,
    {
      what: `cannot list offsets of ${counted(keys.length, "partition")}`,
      keys,
      route: leaderRoute(context),
      send: async (connection, asked, within) => {
        const version = connection.version(listOffsetsApi);
        const tooNew = asked.map(({ spec }) => (NEEDS[spec]?.[0] ?? 0) > version);
        const found = await lookUpOffsets(
          connection,
          asked.filter((_, i) => tooNew[i] !== true),
          { isReadCommitted, snapshot: client.snapshot, timeoutMs: brokersLimit(client, within) },
        );
        let next = 0;
        return asked.map(({ spec }, i) => {
          if (tooNew[i] === true) return { then: "fail", error: unsupported(spec) };
          const result = found[next++];
          if (result?.error !== undefined) return refusal(result.error);
          return done(
            result === undefined || result.offset < 0
              ? undefined
              : { offset: result.offset, timestamp: known(result.timestamp), leaderEpoch: known(result.leaderEpoch) },
          );
        });
      },
    },
    limit,
  );
  return resultsOf<TopicPartition, ListedOffset | undefined>(
    keys.map(({ topic, partition }) => ({ topic, partition })),
    results,
    partitionId,
  );
}

function known(value: number): number | undefined {
  return value < 0 ? undefined : value;
}

function unsupported(spec: string): KafkaError {
  return new KafkaError("unsupported", `"${spec}" needs brokers of Kafka ${NEEDS[spec]?.[1] ?? ""} or later`);
}
