import type { CommittedOffset } from "../../cluster/group-offsets.ts";
import { lookUpRecordTimes, type RecordPlace } from "../../cluster/offsets/record-times.ts";
import { done, refusal } from "../../cluster/routing/verdict.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { flag, name, oneOf } from "../../errors/shape.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { brokersLimit, type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import {
  askAboutGroups,
  type ConsumerGroupDescription,
  type ConsumerGroupMember,
} from "../groups/describe-consumer-groups.ts";
import type { GroupState } from "../groups/group-words.ts";
import { leaderRoute } from "../leader-route.ts";
import { partitionId } from "../partition-id.ts";
import { listOffsets } from "../records/list-offsets.ts";
import { RemainingTime } from "../remaining-time.ts";
import { Results } from "../results.ts";
import { listConsumerGroupOffsets } from "./list-consumer-group-offsets.ts";

/** How far a group is behind in one partition. */
export interface GroupPartitionLag {
  /** The committed offset: that of the next record to read. Undefined if the group has committed none. */
  readonly committed: number | undefined;
  /** The end of the partition: the offset that the next record will get; see `isolationLevel`. */
  readonly end: number;
  /** The number of offsets from the committed one to the end. Undefined without a committed offset. */
  readonly lag: number | undefined;
  /**
   * Only with `inTime`: the age of the next record to read, in ms, by its timestamp and the clock of this client; 0 if
   * there is none. Undefined without a committed offset.
   */
  readonly lagMs: number | undefined;
  /** The member to which the partition is assigned; undefined if no member has it. */
  readonly member: ConsumerGroupMember | undefined;
}

/** How far a group is behind. */
export interface GroupLag {
  /** The id of the group. */
  readonly groupId: string;
  /** The protocol of the group: `"consumer"` for that of KIP-848. */
  readonly type: ConsumerGroupDescription["type"];
  /** The state of the group. */
  readonly state: GroupState;
  /** For each partition that the group has committed or is assigned, how far it is behind. */
  readonly partitions: Results<TopicPartition, GroupPartitionLag>;
  /** The sum of the known lags. Partitions that failed, or without a committed offset, are not in it. */
  readonly total: number;
  /** Only with `inTime`: the longest of the known times, in ms; 0 if no record waits. Otherwise undefined. */
  readonly maxLagMs: number | undefined;
}

/** The options of `groupLag`. */
export interface GroupLagOptions extends CallOptions {
  /**
   * Also returns how old the next record of each partition is. Costs a Fetch request to each leader, which returns the
   * batch at the committed offset: ListOffsets finds offsets by times, and not the other way round. Default false.
   */
  readonly inTime?: boolean;
  /**
   * Whether the end of a partition is the offset that the next record will get (`read_uncommitted`, the default, as in
   * Kafka's own tool), or the first offset of an open transaction. Java: `isolation.level`.
   */
  readonly isolationLevel?: "read_uncommitted" | "read_committed";
}

const CALL = "groupLag";
const OPTIONS = optionsWith({ inTime: flag, isolationLevel: oneOf("read_uncommitted", "read_committed") });

/** See `Admin.groupLag`. */
export async function groupLag(context: AdminContext, groupId: string, options: GroupLagOptions): Promise<GroupLag> {
  name(groupId, `${CALL}: groupId`);
  const limit = callLimit(options, CALL, OPTIONS);
  const { inTime = false, isolationLevel = "read_uncommitted" } = options;
  const what = `cannot find the lag of group ${groupId}`;
  const time = new RemainingTime(context.client, limit);
  const [described, listed] = await Promise.all([
    askAboutGroups(context, [groupId], false, time.limit()),
    listConsumerGroupOffsets(context, [groupId], time.options(), CALL),
  ]);
  const group = valueOf(described.get(groupId), what);
  const committed = valueOf(listed.get(groupId), what);
  const members = membersOf(group);
  const places = placesOf(committed, members);
  const ends = await listOffsets(
    context,
    places.map((place) => ({ ...place, spec: "latest" })),
    { ...time.options(), isolationLevel },
  );
  const entries = places.map((place): readonly [TopicPartition, GroupPartitionLag | KafkaError] => {
    const [offset, end] = [committed.get(place), ends.get(place)];
    if (KafkaError.is(offset)) return [place, offset];
    if (KafkaError.is(end)) return [place, end];
    return [place, lagOf(offset?.offset, end?.offset ?? 0, members.get(partitionId(place))?.member)];
  });
  const partitions = inTime ? await withTimes(context, entries, time) : entries;
  const known = partitions.flatMap(([, lag]) => (KafkaError.is(lag) ? [] : [lag]));
  return {
    groupId,
    type: group.type,
    state: group.state,
    partitions: new Results(partitions, partitionId),
    total: known.reduce((sum, { lag = 0 }) => sum + lag, 0),
    maxLagMs: inTime ? known.reduce((most, { lagMs = 0 }) => Math.max(most, lagMs), 0) : undefined,
  };
}

type Entry = readonly [TopicPartition, GroupPartitionLag | KafkaError];

function lagOf(committed: number | undefined, end: number, member: ConsumerGroupMember | undefined): GroupPartitionLag {
  // A topic that was recreated ends before what was committed of the old one.
  const lag = committed === undefined ? undefined : Math.max(0, end - committed);
  return { committed, end, lag, lagMs: undefined, member };
}

/** The assigned partitions, each with its member. */
function membersOf({
  members,
}: ConsumerGroupDescription): ReadonlyMap<
  string,
  { readonly place: TopicPartition; readonly member: ConsumerGroupMember }
> {
  const assigned = members.flatMap((member) => member.assignment.map((place) => ({ place, member })));
  return new Map(assigned.map((one) => [partitionId(one.place), one]));
}

/** The partitions that were committed, then those that are only assigned. */
function placesOf(
  committed: Results<TopicPartition, CommittedOffset | undefined>,
  members: ReturnType<typeof membersOf>,
): readonly TopicPartition[] {
  const all = new Map(committed.entries.map(([place]) => [partitionId(place), place]));
  for (const [id, { place }] of members) if (!all.has(id)) all.set(id, place);
  return [...all.values()].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  );
}

/** The entries with the ages of the next records. An age that cannot be found is the error of its partition. */
async function withTimes(
  context: AdminContext,
  entries: readonly Entry[],
  time: RemainingTime,
): Promise<readonly Entry[]> {
  const { client } = context;
  const behind = entries.flatMap(([place, lag]): readonly RecordPlace[] =>
    KafkaError.is(lag) || lag.committed === undefined || lag.lag === 0 ? [] : [{ ...place, offset: lag.committed }],
  );
  const { codecs, crc32c } = client.cluster.options;
  const results = await askItems<RecordPlace, number | undefined>(
    client,
    {
      what: `cannot look up the times of the next records of ${counted(behind.length, "partition")}`,
      keys: behind,
      route: leaderRoute(context),
      send: async (connection, asked, within) => {
        const found = await lookUpRecordTimes(connection, asked, {
          ...{ codecs, crc32c, isReadCommitted: false, snapshot: client.snapshot },
          timeoutMs: brokersLimit(client, within),
        });
        return found.map(({ timestamp, error }) => (error === undefined ? done(timestamp) : refusal(error)));
      },
    },
    time.limit(),
  );
  const times = resultsOf<RecordPlace, number | undefined>(behind, results, partitionId);
  const nowMs = client.clock.now();
  return entries.map(([place, lag]): Entry => {
    if (KafkaError.is(lag) || lag.committed === undefined) return [place, lag];
    const timestamp = times.get({ ...place, offset: lag.committed });
    if (KafkaError.is(timestamp)) return [place, timestamp];
    return [place, { ...lag, lagMs: timestamp === undefined ? 0 : Math.max(0, nowMs - timestamp) }];
  });
}

function valueOf<T>(result: T | KafkaError | undefined, what: string): T {
  if (result === undefined) return notAnswered("DescribeGroups");
  if (KafkaError.is(result)) throw new KafkaError(result.kind, `${what}: ${result.message}`, detailsOf(result));
  return result;
}
