// The report of a lost position: an error if the options allow no other position, otherwise a warning and a call of
// `onPositionReset`.
import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { callUser } from "../../cluster/user-callback.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { ConsumerCounters } from "./counters.ts";
import type { Cursor } from "./cursor.ts";
import type { ReadingSettings } from "./reading-settings.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";

interface Reader {
  readonly client: ClusterClient;
  readonly settings: ReadingSettings;
  readonly counters: ConsumerCounters;
}

/** The position was `from`, and the policy has replaced it. */
export function positionWasReset<K, V>(
  { client: { cluster }, settings, counters }: Reader,
  { topic, partition, position: to }: Cursor<K, V>,
  from: number,
  why: string,
): void {
  counters.positionResets++;
  cluster.log("warn", `${topic}-${partition}: ${why}; reading goes on at ${to}`, { topic, partition, from, to });
  callUser("onPositionReset", settings.onPositionReset, { topic, partition, from, to }, (level, message) =>
    cluster.log(level, message),
  );
}

/** The position is below the first offset of the partition's log, or above its end. */
export function outOfRangeError(
  { topic, partition, fetchOffset: offset }: TopicPartition & { readonly fetchOffset: number },
  cause: KafkaError,
  { autoOffsetReset, startOption }: Pick<ReadingSettings, "autoOffsetReset" | "startOption">,
): KafkaError {
  const why =
    autoOffsetReset === undefined
      ? 'autoOffsetReset is "none"'
      : `autoOffsetReset is "nearest", no record was consumed before it, and ${startOption} is "none"`;
  return new KafkaError("broker", `${cause.message}; ${why}: seek to a position that the log has`, {
    cause,
    ...(cause.code !== undefined && { code: cause.code }),
    topic,
    partition,
    offset,
  });
}

/** A partition without a committed offset, for which the options allow no start. */
export function noStartError(
  { startOption }: Pick<ReadingSettings, "startOption">,
  { topic, partition }: TopicPartition,
  why: string,
): KafkaError {
  return new KafkaError("config", `${startOption} is "none", and ${why}: give one in \`assign\``, { topic, partition });
}

/** The partition's log was truncated below the position, and has other records there (KIP-320). */
export function cutOffError<K, V>({ topic, partition, position: offset }: Cursor<K, V>, endOffset: number): KafkaError {
  return new KafkaError(
    "broker",
    `${topic}-${partition}: the log was truncated at offset ${endOffset}, below position ${offset}, and has other ` +
      'records there; autoOffsetReset is "none": seek to a position that the log has',
    { topic, partition, offset },
  );
}
