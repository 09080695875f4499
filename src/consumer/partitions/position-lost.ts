// What the application learns when the log does not have its position: an error where
// the options allow no other one, else a warning and a call of `onPositionReset`.
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

/** The position was `from`, and the policy has moved it. */
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

/** The log was deleted up to behind the position, or ends before it. */
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

/** A partition of which nothing is committed, and nothing says where it begins. */
export function noStartError(
  { startOption }: Pick<ReadingSettings, "startOption">,
  { topic, partition }: TopicPartition,
  why: string,
): KafkaError {
  return new KafkaError("config", `${startOption} is "none", and ${why}: give one in \`assign\``, { topic, partition });
}

/** The log was cut off before the position, and written anew (KIP-320). */
export function cutOffError<K, V>({ topic, partition, position: offset }: Cursor<K, V>, endOffset: number): KafkaError {
  return new KafkaError(
    "broker",
    `${topic}-${partition}: the log was cut off at offset ${endOffset} and written anew, and reading had come to ` +
      `${offset}; autoOffsetReset is "none": seek to where reading is to go on`,
    { topic, partition, offset },
  );
}
