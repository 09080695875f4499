import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { brokerError } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import type { Cursor } from "./cursor.ts";

/** Whether a metadata error says that the topic is being created, which needs no warning. */
export const isBeingCreated = ({ code }: KafkaError): boolean => code === ErrorCode.LEADER_NOT_AVAILABLE;

/** A fetch failed: the next one waits, for longer after each consecutive failure. */
export function backOff<K, V>(client: ClusterClient, cursor: Cursor<K, V>): void {
  cursor.failed(client.clock.monotonic() + client.backoffMs(cursor.state.failures));
}

/** Reading a partition failed and is repeated; logs a warning when failures go on. */
export function readingFailed<K, V>(client: ClusterClient, cursor: Cursor<K, V>, error: KafkaError): void {
  cursor.tried(() => client.waits.begin(`cannot read ${cursor.topic}-${cursor.partition}`, { isLoop: true }), error);
}

/** Metadata has no leader for a partition. If it never had one, its topic was just created, and nothing is logged. */
export function leaderMissing<K, V>(client: ClusterClient, cursor: Cursor<K, V>): void {
  const { topic, partition } = cursor;
  const known = client.snapshot.topics.get(topic)?.partitions[partition];
  if (known !== undefined && known.leaderEpoch > 0)
    readingFailed(
      client,
      cursor,
      brokerError(ErrorCode.LEADER_NOT_AVAILABLE, `metadata of ${topic}-${partition}`, { topic, partition }),
    );
}
