import type { CommittedOffset } from "../../cluster/group-offsets.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { brokerError } from "../../errors/broker-error.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { either, flag, listOf, MAX_INT32, name, reading, shape, wholeFrom } from "../../errors/shape.ts";
import type { AdminContext } from "../admin-context.ts";
import { notAnswered } from "../ask-items.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { askAboutGroups, type ConsumerGroupDescription } from "../groups/describe-consumer-groups.ts";
import { partitionId } from "../partition-id.ts";
import { type ListedOffset, listOffsets, type ListOffsetsSpec } from "../records/list-offsets.ts";
import { RemainingTime } from "../remaining-time.ts";
import { Results } from "../results.ts";
import { describeTopics } from "../topics/describe-topics.ts";
import { onlyOnce } from "../only-once.ts";
import { alterConsumerGroupOffsets } from "./alter-consumer-group-offsets.ts";
import { listConsumerGroupOffsets } from "./list-consumer-group-offsets.ts";
import { type OffsetReset, type OffsetResetTo, RESET_TO, resetPlan } from "./reset-plan.ts";

/** Some partitions of a topic. */
export interface PartitionsToReset {
  /** The name of the topic. */
  readonly topic: string;
  /** The numbers of the partitions. */
  readonly partitions: readonly number[];
}

/** The options of `resetOffsets`. */
export interface ResetOffsetsOptions extends CallOptions {
  /** The new offsets. */
  readonly to: OffsetResetTo;
  /**
   * The topics whose partitions to reset, or some partitions of a topic. Default: all partitions of which the group has
   * a committed offset. Java: `--topic`, `--all-topics`.
   */
  readonly topics?: readonly (string | PartitionsToReset)[];
  /** Only returns what the call would do. Default false, unlike `kafka-consumer-groups.sh`. Java: `--dry-run`. */
  readonly dryRun?: boolean;
}

const CALL = "resetOffsets";
const TOPICS = listOf(
  either(
    "the name of a topic, or { topic, partitions }",
    name,
    shape({ topic: name, partitions: listOf(wholeFrom(0, MAX_INT32)) }, { needs: ["topic", "partitions"] }),
  ),
  ': name each topic, ["orders"] or [{ topic: "orders", partitions: [0, 1] }]',
);
const SHAPE = optionsWith(
  { to: RESET_TO, topics: TOPICS, dryRun: flag },
  Object.fromEntries(["timestamp", "offset", "shift"].map((key) => [key, `to: { ${key} }`])),
);

/** See `Admin.resetOffsets`. */
export async function resetOffsets(
  context: AdminContext,
  groupId: string,
  options: ResetOffsetsOptions,
): Promise<Results<TopicPartition, OffsetReset>> {
  name(groupId, `${CALL}: groupId`);
  const limit = callLimit(options, CALL, SHAPE);
  const { to, topics, dryRun } = ownOptions(options);
  const time = new RemainingTime(context.client, limit);
  const what = `cannot reset the offsets of group ${groupId}`;
  const group = await inactive(context, groupId, what, time);
  const committed = await committedOf(context, groupId, what, time);
  if (topics === undefined && group === undefined && committed.size === 0) throw noGroup(what);
  const places =
    topics === undefined ? committed.entries.map(([place]) => place) : await named(context, topics, what, time);
  const plans = await planned(context, to, places, committed, time);
  const changes = plans.flatMap(([place, plan]) => (KafkaError.is(plan) ? [] : [{ ...place, offset: plan.after }]));
  if (dryRun || changes.length === 0) return new Results(plans, partitionId);
  const altered = await alterConsumerGroupOffsets(context, groupId, changes, time.options(), CALL);
  return new Results(
    plans.map(([place, plan]) => [place, altered.get(place) ?? plan] as const),
    partitionId,
  );
}

type OwnOptions = Pick<ResetOffsetsOptions, "to" | "topics"> & { readonly dryRun: boolean };

/** A copy of the options, which the caller cannot change while the call runs. */
function ownOptions(options: ResetOffsetsOptions): OwnOptions {
  return reading(CALL, () => {
    const { to, topics, dryRun = false } = options as Partial<ResetOffsetsOptions>;
    if (to === undefined)
      throw new KafkaError("config", `${CALL} needs to: "earliest", "latest", { timestamp }, { offset } or { shift }`);
    const own = topics?.map((one) =>
      typeof one === "string" ? one : { topic: one.topic, partitions: [...one.partitions] },
    );
    onlyOnce(
      (own ?? []).map((one) => (typeof one === "string" ? one : one.topic)),
      `${CALL}: topics`,
    );
    for (const one of own ?? [])
      if (typeof one !== "string") onlyOnce(one.partitions.map(String), `${CALL}: the partitions of ${one.topic}`);
    return {
      to: typeof to === "string" ? to : { ...to },
      dryRun,
      ...(own === undefined ? {} : { topics: own }),
    };
  });
}

/** The group; undefined if there is none yet. Throws if it has members: they would overwrite the new offsets. */
async function inactive(
  context: AdminContext,
  groupId: string,
  what: string,
  time: RemainingTime,
): Promise<ConsumerGroupDescription | undefined> {
  const group = (await askAboutGroups(context, [groupId], false, time.limit())).get(groupId);
  if (KafkaError.is(group)) {
    if (group.code === ErrorCode.GROUP_ID_NOT_FOUND) return undefined;
    throw because(what, group);
  }
  if (group === undefined || group.state === "Empty" || group.state === "Dead") return group;
  const { state, members } = group;
  throw new KafkaError(
    "broker",
    `${what}: it is active (state ${state}, ${counted(members.length, "member")}), and its members would overwrite ` +
      "them: stop all its consumers, then call again (NON_EMPTY_GROUP)",
    { ...detailsOf(brokerError(ErrorCode.NON_EMPTY_GROUP, what)), retriable: false, outcome: "notWritten" },
  );
}

function noGroup(what: string): KafkaError {
  return new KafkaError("broker", `${what}: there is no such group (GROUP_ID_NOT_FOUND); to make it, name \`topics\``, {
    ...detailsOf(brokerError(ErrorCode.GROUP_ID_NOT_FOUND, what)),
    retriable: false,
    outcome: "notWritten",
  });
}

async function committedOf(
  context: AdminContext,
  groupId: string,
  what: string,
  time: RemainingTime,
): Promise<Results<TopicPartition, CommittedOffset | undefined>> {
  const listed = (await listConsumerGroupOffsets(context, [groupId], time.options(), CALL)).get(groupId);
  if (KafkaError.is(listed)) throw because(what, listed);
  return listed ?? notAnswered("OffsetFetch");
}

/** The partitions of the named topics. A topic that does not exist has none to report on, so that the call rejects. */
async function named(
  context: AdminContext,
  topics: readonly (string | PartitionsToReset)[],
  what: string,
  time: RemainingTime,
): Promise<readonly TopicPartition[]> {
  const whole = topics.filter((one) => typeof one === "string");
  const described = whole.length === 0 ? undefined : await describeTopics(context, whole, time.options());
  return topics.flatMap((one) => {
    if (typeof one !== "string") return one.partitions.map((partition) => ({ topic: one.topic, partition }));
    const topic = described?.get(one);
    if (topic === undefined) return notAnswered("DescribeTopicPartitions");
    if (KafkaError.is(topic)) throw because(what, topic);
    return topic.partitions.map(({ partition }) => ({ topic: one, partition }));
  });
}

/** The new offset of each partition, or why it has none. */
async function planned(
  context: AdminContext,
  to: OffsetResetTo,
  places: readonly TopicPartition[],
  committed: Results<TopicPartition, CommittedOffset | undefined>,
  time: RemainingTime,
): Promise<readonly (readonly [TopicPartition, OffsetReset | KafkaError])[]> {
  const look = async (spec: ListOffsetsSpec): Promise<Results<TopicPartition, ListedOffset | undefined>> =>
    listOffsets(
      context,
      places.map((place) => ({ ...place, spec })),
      time.options(),
    );
  const ofTime = typeof to === "object" && "timestamp" in to ? to : undefined;
  const [earliest, latest, times] = await Promise.all([
    look("earliest"),
    look("latest"),
    ofTime === undefined ? undefined : look(ofTime),
  ]);
  return places.map((place) => {
    const found = [committed.get(place), earliest.get(place), latest.get(place), times?.get(place)] as const;
    const error = found.find((one) => KafkaError.is(one));
    if (error !== undefined) return [place, error];
    const [before, first, next, first2] = found as readonly ({ readonly offset: number } | undefined)[];
    return [
      place,
      resetPlan(place, to, {
        committed: before?.offset,
        earliest: first?.offset ?? 0,
        latest: next?.offset ?? 0,
        ofTime: first2?.offset,
      }),
    ];
  });
}

function because(what: string, error: KafkaError): KafkaError {
  return new KafkaError(error.kind, `${what}: ${error.message}`, { ...detailsOf(error), outcome: "notWritten" });
}
