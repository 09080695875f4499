import type { Admin, SeekEntry } from "../api.ts";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-error.ts";
import { KafkaJSProtocolError } from "../errors/protocol-error.ts";
import { type AdminRequests, checkCode, checkCodes, firstServed } from "./admin-requests.ts";
import { inText, membersOf, refuse } from "./argument-checks.ts";
import { describeGroup, GROUP_MOVES } from "./groups.ts";
import { fetchTopicOffsets } from "./topic-offsets.ts";
import { partitionsOf } from "./topic-metadata.ts";
import { offsetsToCommit, type OffsetToCommit } from "./offset-arguments.ts";

/** The calls about the committed offsets of groups. */
export function groupOffsetCalls(requests: AdminRequests): Pick<Admin, "fetchOffsets" | "setOffsets" | "resetOffsets"> {
  return {
    fetchOffsets: (options) => fetchOffsets(requests, options),
    setOffsets: (options) => setOffsets(requests, options),
    resetOffsets: (options) => resetOffsets(requests, options),
  };
}

/** What a group has committed after `resetOffsets`: a consumer begins at the end, or at the beginning. */
const LATEST = -1;
const EARLIEST = -2;

/**
 * The metadata of a committed -1. Brokers return -1 without metadata also where nothing was committed, so a consumer
 * could not tell the two apart. Callers do not see it.
 */
const LATEST_METADATA = "latest";

/** The committed offsets of one topic. */
type TopicOffsets = Awaited<ReturnType<Admin["fetchOffsets"]>>[number];

async function fetchOffsets(requests: AdminRequests, options: unknown): Promise<TopicOffsets[]> {
  const { groupId: given, topics, resolveOffsets = false } = membersOf(options);
  const groupId = groupIdOf(given);
  const names = topics === undefined || topics === null || topics === "" ? [] : topics;
  if (!Array.isArray(names)) refuse("Expected topics array to be set");
  const wanted = await Promise.all(
    (names as readonly unknown[]).map(async (topic) => {
      if (typeof topic !== "string" || topic === "") refuse(`Invalid topic ${inText(topic)}`);
      const partitions = await partitionsOf(requests, topic);
      return { name: topic, partitionIndexes: partitions.map(({ partitionId }) => partitionId) };
    }),
  );
  const committed = await committedOffsets(requests, groupId, wanted);
  if (!resolveOffsets) return committed;
  return await Promise.all(committed.map((one) => resolved(requests, groupId, one)));
}

/** The committed offsets of these partitions, or of all that the group has, for `[]`. */
async function committedOffsets(
  requests: AdminRequests,
  groupId: string,
  wanted: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[],
): Promise<TopicOffsets[]> {
  return await requests.tryCall(GROUP_MOVES, undefined, async () => {
    const to = await requests.coordinatorOf(groupId);
    // Later versions name topics by their ids.
    const { errorCode, topics } = await firstServed([7, 3, 1], (version) =>
      requests.request("OffsetFetch", { groupId, topics: wanted.length === 0 ? null : wanted }, { ...to, version }),
    );
    checkCode(errorCode);
    checkCodes(topics.flatMap(({ partitions }) => partitions));
    return topics.map(({ name, partitions }) => ({
      topic: name,
      partitions: partitions.map(({ partitionIndex, committedOffset, metadata }) => ({
        partition: partitionIndex,
        offset: String(committedOffset),
        metadata: isOwn(committedOffset, metadata) ? null : metadata,
      })),
    }));
  });
}

function isOwn(offset: number, metadata: string | null): boolean {
  return metadata === "" || (offset === LATEST && metadata === LATEST_METADATA);
}

/** The same with offsets of records instead of -1 and -2, which are committed too. */
async function resolved(
  requests: AdminRequests,
  groupId: string,
  { topic, partitions }: TopicOffsets,
): Promise<TopicOffsets> {
  const limits = new Map((await fetchTopicOffsets(requests, topic)).map((one) => [one.partition, one]));
  const offsets = partitions.map(({ partition, offset, metadata }) => {
    const { low, high } = limits.get(partition) ?? { low: offset, high: offset };
    const real = offset === String(EARLIEST) ? low : offset === String(LATEST) ? high : offset;
    return { partition, offset: real, metadata };
  });
  await setOffsets(requests, { groupId, topic, partitions: offsets });
  return { topic, partitions: offsets };
}

async function resetOffsets(requests: AdminRequests, options: unknown): Promise<void> {
  const { groupId: group, topic: name, earliest = false } = membersOf(options);
  const groupId = groupIdOf(group);
  const topic = topicOf(name);
  const offset = String(Boolean(earliest) ? EARLIEST : LATEST);
  const partitions = (await partitionsOf(requests, topic)).map(({ partitionId }) => ({
    partition: partitionId,
    offset,
  }));
  await setOffsets(requests, { groupId, topic, partitions });
}

/** Commits offsets from outside the group. A group with members would overwrite them: refused. */
async function setOffsets(
  requests: AdminRequests,
  options: { readonly groupId: unknown; readonly topic: unknown; readonly partitions: readonly SeekEntry[] },
): Promise<void> {
  const { groupId: group, topic: name, partitions } = membersOf(options);
  const groupId = groupIdOf(group);
  const topic = topicOf(name);
  const offsets = offsetsToCommit(partitions);
  await partitionsOf(requests, topic);
  await requests.tryCall(GROUP_MOVES, undefined, async () => {
    const { state } = await describeGroup(requests, groupId);
    if (!RESTING.includes(state)) throw isRunning(state);
    await commit(requests, groupId, topic, offsets);
  });
}

/** The states of a group without members. */
const RESTING: readonly string[] = ["Empty", "Dead"];

async function commit(
  requests: AdminRequests,
  groupId: string,
  topic: string,
  offsets: readonly OffsetToCommit[],
): Promise<void> {
  const to = await requests.coordinatorOf(groupId);
  const partitions = offsets.map(({ partition, offset }) => ({
    partitionIndex: partition,
    committedOffset: offset,
    committedMetadata: offset === LATEST ? LATEST_METADATA : null,
  }));
  const message = { groupId, memberId: "", topics: [{ name: topic, partitions }] };
  const { topics } = await firstServed([8, 3, 2], (version) =>
    requests.request("OffsetCommit", message, { ...to, version }),
  );
  try {
    checkCodes(topics.flatMap((one) => one.partitions));
  } catch (error) {
    // Members that have joined since, or those of the new protocol, which DescribeGroups does not see.
    if (error instanceof KafkaJSProtocolError && error.type === "UNKNOWN_MEMBER_ID") throw isRunning("Stable");
    throw error;
  }
}

function isRunning(state: string): KafkaJSNonRetriableError {
  return new KafkaJSNonRetriableError(`The consumer group must have no running instances, current state: ${state}`);
}

function groupIdOf(groupId: unknown): string {
  if (typeof groupId !== "string" || groupId === "") refuse(`Invalid groupId ${inText(groupId)}`);
  return groupId;
}

function topicOf(topic: unknown): string {
  if (typeof topic !== "string" || topic === "") refuse(`Invalid topic ${inText(topic)}`);
  return topic;
}
