import type { Admin } from "../api.ts";
import { type DeletedRecords, KafkaJSDeleteTopicRecordsError } from "../errors/admin-errors.ts";
import { KafkaJSBrokerNotFound } from "../errors/connection-errors.ts";
import { KafkaJSProtocolError } from "../errors/protocol-error.ts";
import { protocolFault } from "../errors/protocol-faults.ts";
import type { AdminRequests } from "./admin-requests.ts";
import { inText, membersOf, refuse, timeoutOf } from "./argument-checks.ts";
import { offsetNumber } from "./offset-arguments.ts";
import { partitionsOf } from "./topic-metadata.ts";
import { fetchTopicOffsets } from "./topic-offsets.ts";

/** The call that deletes records. */
export function topicRecordCalls(requests: AdminRequests): Pick<Admin, "deleteTopicRecords"> {
  return { deleteTopicRecords: (options) => deleteTopicRecords(requests, options) };
}

/** A partition, and the offset before which its records are deleted, as the caller wrote it. */
interface Bound {
  readonly partition: number;
  readonly offset: string;
}

/** All records up to the high watermark. */
const ALL = -1;

async function deleteTopicRecords(requests: AdminRequests, options: unknown): Promise<void> {
  const { topic: name, partitions } = membersOf(options);
  if (typeof name !== "string" || name === "") refuse(`Invalid topic "${inText(name)}"`);
  if (!Array.isArray(partitions) || partitions.length === 0) refuse("Invalid partitions");
  const bounds = partitions.map((entry) => {
    const bound = membersOf(entry) as unknown as Bound;
    offsetNumber(bound.offset);
    return bound;
  });
  const known = new Map((await fetchTopicOffsets(requests, name)).map((one) => [one.partition, one]));
  const unknown = bounds.filter(({ partition }) => !known.has(partition));
  if (unknown.length > 0) throw withoutLeader(unknown);
  for (const { partition, offset } of bounds)
    if (offsetNumber(offset) !== ALL && offsetNumber(offset) < Number(known.get(partition)?.low))
      requests.logger.warn(BELOW_START, { topic: name, partition, offset });
  const left = new Map(bounds.map((bound) => [bound.partition, bound]));
  await requests.tryWhileRetriable(async () => {
    const failed = await deleteBefore(requests, name, left);
    if (failed.length > 0) throw new KafkaJSDeleteTopicRecordsError({ partitions: failed });
  });
}

const BELOW_START =
  "The requested offset is before the earliest offset maintained on the partition - " +
  "no records will be deleted from this partition";

/** Deletes what is `left`, and takes what is deleted out of it. Returns the partitions that failed. */
async function deleteBefore(
  requests: AdminRequests,
  topic: string,
  left: Map<number, Bound>,
): Promise<readonly DeletedRecords[]> {
  const byLeader = new Map<number, Bound[]>();
  // Read at each try: a leader may have moved.
  const partitions = await partitionsOf(requests, topic);
  for (const { partitionId, leader } of partitions) {
    const bound = left.get(partitionId);
    if (bound !== undefined) byLeader.set(leader, [...(byLeader.get(leader) ?? []), bound]);
  }
  const lists = await Promise.all(
    [...byLeader].map(async ([broker, bounds]): Promise<readonly DeletedRecords[]> => {
      if (broker < 0) return withoutLeader(bounds).partitions;
      const wanted = bounds.map(({ partition, offset }) => ({
        partitionIndex: partition,
        offset: offsetNumber(offset),
      }));
      const { topics } = await requests.request(
        "DeleteRecords",
        { topics: [{ name: topic, partitions: wanted }], timeoutMs: timeoutOf(undefined) },
        { to: { broker } },
      );
      const answers = topics.flatMap((one) => one.partitions);
      const failed = answers.filter(({ errorCode }) => errorCode !== 0);
      for (const { partitionIndex, errorCode } of answers) if (errorCode === 0) left.delete(partitionIndex);
      return failed.map(({ partitionIndex, errorCode }) => ({
        partition: partitionIndex,
        offset: left.get(partitionIndex)?.offset ?? "",
        error: new KafkaJSProtocolError(protocolFault(errorCode)),
      }));
    }),
  );
  return lists.flat();
}

function withoutLeader(bounds: readonly Bound[]): KafkaJSDeleteTopicRecordsError {
  const error = (): Error =>
    new KafkaJSBrokerNotFound("Could not find the leader for the partition", { retriable: false });
  return new KafkaJSDeleteTopicRecordsError({
    partitions: bounds.map(({ partition, offset }) => ({ partition, offset, error: error() })),
  });
}
