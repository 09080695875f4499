import { brokerError } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import { fetchApi, type FetchResponsePartitionData } from "../../protocol/messages/fetch.ts";
import { readBatches } from "../../records/read-batches.ts";
import type { ReadOptions } from "../../records/read-settings.ts";
import { groupByTopic } from "../routing/group-by-topic.ts";
import { PartitionMap } from "../routing/partition-map.ts";
import type { TopicPartition } from "../topic-partition.ts";
import { EARLIEST, lookUpOffsets, type LookupOptions } from "./offset-lookup.ts";

/** A partition and an offset in it. */
export interface RecordPlace extends TopicPartition {
  readonly offset: number;
}

/** The timestamp of a record; or the error. */
export interface RecordTime {
  /** In ms since the epoch; undefined if there is no record. */
  readonly timestamp: number | undefined;
  readonly error: KafkaError | undefined;
}

/** The last version that names topics; later ones have ids. */
const LAST_WITH_NAMES = 12;
/**
 * One batch is enough. A broker returns the first one of a request whole, whatever its size (KIP-74), and leaves out
 * batches of the other partitions that are larger; these are asked for again.
 */
const PARTITION_BYTES = 32_768;
const RESPONSE_BYTES = 8_388_608;

/**
 * Asks a leader for the timestamps of the first records at or after these offsets: ListOffsets cannot, because it finds
 * offsets by their times only. Transaction markers do not count as records. Mostly takes one request.
 */
export async function lookUpRecordTimes(
  connection: Connection,
  places: readonly RecordPlace[],
  options: LookupOptions & ReadOptions,
): Promise<readonly RecordTime[]> {
  const times = places.map((): RecordTime => ({ timestamp: undefined, error: undefined }));
  let open: readonly Open[] = places.map(({ topic, partition, offset }, index) => ({
    topic,
    partition,
    offset,
    index,
  }));
  while (open.length > 0) {
    const answers = await fetchAt(connection, open);
    const [left, next]: [Open[], Open[]] = [[], []];
    const tooLow: Open[] = [];
    for (const [i, one] of open.entries()) {
      const found = stepOf(one, answers.get(one), options);
      if (found.then === "done") times[one.index] = { timestamp: found.timestamp, error: found.error };
      else if (found.then === "lookUp") tooLow.push(one);
      else if (found.offset > one.offset) next.push({ ...one, offset: found.offset });
      else if (i > 0) left.push(one); // there was no room for it
    }
    next.push(...(await atStart(connection, tooLow, options)));
    open = [...left, ...next];
  }
  return times;
}

interface Open extends RecordPlace {
  readonly index: number;
}

type Step =
  | { readonly then: "done"; readonly timestamp: number | undefined; readonly error: KafkaError | undefined }
  /** The partition no longer has the offset. */
  | { readonly then: "lookUp" }
  /** Go on at this offset. */
  | { readonly then: "ask"; readonly offset: number };

function stepOf(one: Open, answer: FetchResponsePartitionData | undefined, options: ReadOptions): Step {
  const { topic, partition } = one;
  const what = `cannot look up the time of offset ${one.offset} of ${topic}-${partition}`;
  if (answer === undefined)
    return failed(new KafkaError("protocol", `${what}: the response does not mention it`, { retriable: true }));
  const { errorCode, highWatermark, records } = answer;
  if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return { then: "lookUp" };
  if (errorCode !== ErrorCode.NONE) return failed(brokerError(errorCode, what, { topic, partition }));
  if (one.offset >= highWatermark) return { then: "done", timestamp: undefined, error: undefined };
  let { offset } = one;
  try {
    for (const batch of readBatches(records ?? new Uint8Array(), { ...options, topic, partition })) {
      if (!batch.isControl && batch.nextOffset > offset)
        for (const record of batch.records)
          if (record.offset >= offset) return { then: "done", timestamp: record.timestamp, error: undefined };
      offset = Math.max(offset, batch.nextOffset);
    }
  } catch (error) {
    return failed(KafkaError.from(error));
  }
  return { then: "ask", offset };
}

function failed(error: KafkaError): Step {
  return { then: "done", timestamp: undefined, error };
}

/** The partitions at their first offsets, if those lie after the ones that were asked for. */
async function atStart(
  connection: Connection,
  places: readonly Open[],
  options: LookupOptions,
): Promise<readonly Open[]> {
  if (places.length === 0) return [];
  const queries = places.map(({ topic, partition }) => ({ topic, partition, timestamp: EARLIEST }));
  const found = await lookUpOffsets(connection, queries, options);
  return places.flatMap((one, i) => {
    const { offset, error } = found[i] ?? { offset: -1, error: undefined };
    return error === undefined && offset > one.offset ? [{ ...one, offset }] : [];
  });
}

async function fetchAt(
  connection: Connection,
  places: readonly RecordPlace[],
): Promise<PartitionMap<FetchResponsePartitionData>> {
  const version = connection.version(fetchApi, LAST_WITH_NAMES);
  const response = await connection.request(
    fetchApi,
    {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: RESPONSE_BYTES,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [...groupByTopic(places)].map(([topic, list]) => ({
        topic,
        partitions: list.map(({ partition, offset: fetchOffset }) => ({
          ...{ partition, fetchOffset, partitionMaxBytes: PARTITION_BYTES },
        })),
      })),
      forgottenTopicsData: [],
      rackId: "",
    },
    { version },
  );
  if (response.errorCode !== ErrorCode.NONE)
    throw brokerError(response.errorCode, "cannot look up the times of records");
  const found = new PartitionMap<FetchResponsePartitionData>();
  for (const { topic, partitions } of response.responses)
    for (const one of partitions) found.set({ topic, partition: one.partitionIndex }, one);
  return found;
}
