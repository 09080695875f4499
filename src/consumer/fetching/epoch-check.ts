import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { Connection } from "../../network/connection.ts";
import { offsetForLeaderEpochApi } from "../../protocol/messages/offset-for-leader-epoch.ts";
import type { Cursor } from "../partitions/cursor.ts";
import type { EpochEnd } from "../partitions/epoch-history.ts";

/**
 * From this version on a fetch says in which epoch its position lies, and the broker sees by itself where the logs
 * part.
 */
export const FETCHED_EPOCH_SINCE = 12;
/** From this version on the request says which leader is meant; older brokers answer whatever they are. */
const FENCED_SINCE = 2;
const CONSUMER = -1;

/** What a leader said of a position. */
export interface EpochAnswer<K, V> {
  readonly cursor: Cursor<K, V>;
  readonly generation: number;
  /**
   * Whether the epoch of the position ended elsewhere in the leader's log than was read: where; undefined where all is
   * well.
   */
  readonly divergedAt: EpochEnd | undefined;
  readonly errorCode: number;
}

/**
 * The cursors whose leader is another than the one that confirmed their position, and may have another log (KIP-320).
 */
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

/** Asks the leader of all of these where their epochs ended. Undefined where it is too old to say. */
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
    // An end of −1 is none: the leader knows nothing of such epochs, which says nothing about the records.
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
