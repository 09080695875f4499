import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { Connection } from "../../network/connection.ts";
import { offsetForLeaderEpochApi } from "../../protocol/messages/offset-for-leader-epoch.ts";
import type { Cursor } from "../partitions/cursor.ts";
import type { EpochEnd } from "../partitions/epoch-history.ts";

/**
 * Since this version a fetch contains the epoch of its position, and the broker itself finds where the logs diverge.
 */
export const FETCHED_EPOCH_SINCE = 12;
/** Since this version the request contains the leader epoch; older brokers respond even if they are not the leader. */
const FENCED_SINCE = 2;
const CONSUMER = -1;

/** A leader's response for one partition. */
export interface EpochAnswer<K, V> {
  readonly cursor: Cursor<K, V>;
  readonly generation: number;
  /** Where the leader's log diverges from the records that were read; undefined if it does not. */
  readonly divergedAt: EpochEnd | undefined;
  readonly errorCode: number;
}

/** Cursors that have a new leader since the last check: its log may differ (KIP-320). */
export function unchecked<K, V>(
  cursors: readonly Cursor<K, V>[],
  { snapshot }: ClusterClient,
): readonly Cursor<K, V>[] {
  return cursors.filter(
    ({ topic, partition, log, route }) =>
      log.fetchEpoch >= 0 &&
      (snapshot.topics.get(topic)?.partitions[partition]?.leaderEpoch ?? -1) > route.checkedEpoch,
  );
}

/** Asks the leader of these partitions where their epochs end. Undefined if the broker is too old. */
export async function checkEpochs<K, V>(
  connection: Connection,
  cursors: readonly Cursor<K, V>[],
  { snapshot }: ClusterClient,
): Promise<readonly EpochAnswer<K, V>[] | undefined> {
  const served = connection.brokerVersions.get(offsetForLeaderEpochApi.key);
  if (served === undefined || served.max < FENCED_SINCE) return undefined;
  const asked = cursors.map((cursor) => ({
    cursor,
    generation: cursor.generation,
    fetchOffset: cursor.log.fetchOffset,
    fetchEpoch: cursor.log.fetchEpoch,
  }));
  const topics = [...new Set(cursors.map(({ topic }) => topic))];
  const response = await connection.request(offsetForLeaderEpochApi, {
    replicaId: CONSUMER,
    topics: topics.map((topic) => ({
      topic,
      partitions: asked
        .filter(({ cursor }) => cursor.topic === topic)
        .map(({ cursor: { partition }, fetchEpoch }) => ({
          partition,
          currentLeaderEpoch: snapshot.topics.get(topic)?.partitions[partition]?.leaderEpoch ?? -1,
          leaderEpoch: fetchEpoch,
        })),
    })),
  });
  return asked.flatMap(({ cursor, generation, fetchOffset, fetchEpoch }) => {
    const found = response.topics
      .find(({ topic }) => topic === cursor.topic)
      ?.partitions.find(({ partition }) => partition === cursor.partition);
    if (found === undefined) return [];
    // −1 means that the leader knows no such epoch. That says nothing about the records.
    const isOther =
      found.errorCode === 0 &&
      found.endOffset >= 0 &&
      (found.endOffset < fetchOffset || found.leaderEpoch < fetchEpoch);
    return [
      {
        cursor,
        generation,
        divergedAt: isOther ? { epoch: found.leaderEpoch, endOffset: found.endOffset } : undefined,
        errorCode: found.errorCode,
      },
    ];
  });
}
