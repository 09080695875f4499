import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { done } from "../../cluster/routing/verdict.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { listOf, MAX_INT32, name, reading, shape, wholeFrom } from "../../errors/shape.ts";
import { alterReplicaLogDirsApi } from "../../protocol/messages/alter-replica-log-dirs.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit } from "../call-options.ts";
import { itemError, itemVerdict } from "../item-error.ts";
import { onlyOnce } from "../only-once.ts";
import { partitionId } from "../partition-id.ts";
import { Results } from "../results.ts";
import { askLogDirs, type LogDirDescription } from "./describe-log-dirs.ts";

/** The replica of a partition on one broker. Java: `TopicPartitionReplica`. */
export interface TopicPartitionReplica extends TopicPartition {
  /** The node id of the broker. */
  readonly brokerId: number;
}

/** A replica, and the directory into which it shall go. */
export interface ReplicaLogDirAssignment extends TopicPartitionReplica {
  /** The path of a log directory of the broker. */
  readonly logDir: string;
}

/** Where a replica is. Java: `ReplicaLogDirInfo`. */
export interface ReplicaLogDirInfo {
  /** The path of its directory; undefined if the broker has no such replica. */
  readonly currentReplicaLogDir: string | undefined;
  /** How many offsets it is behind the high watermark; undefined as its directory. */
  readonly currentReplicaOffsetLag: number | undefined;
  /** The path of the directory into which it is being moved; undefined if it is not. */
  readonly futureReplicaLogDir: string | undefined;
  /** How many offsets the copy there is behind; undefined as its directory. */
  readonly futureReplicaOffsetLag: number | undefined;
}

const FIELDS = { topic: name, partition: wholeFrom(0, MAX_INT32), brokerId: wholeFrom(0, MAX_INT32) };
const REPLICAS = listOf(
  shape(FIELDS, { needs: ["topic", "partition", "brokerId"], noun: "field", hints: { nodeId: "brokerId" } }),
  ": name each replica, [{ topic, partition, brokerId }]",
);
const ASSIGNMENTS = listOf(
  shape(
    { ...FIELDS, logDir: name },
    { needs: ["topic", "partition", "brokerId", "logDir"], noun: "field", hints: { nodeId: "brokerId" } },
  ),
  ": name each replica, [{ topic, partition, brokerId, logDir }]",
);

/** See `Admin.describeReplicaLogDirs`. */
export async function describeReplicaLogDirs(
  client: ClusterClient,
  replicas: readonly TopicPartitionReplica[],
  options: CallOptions,
): Promise<Results<TopicPartitionReplica, ReplicaLogDirInfo>> {
  const path = "describeReplicaLogDirs: replicas";
  REPLICAS(replicas, path);
  const own = reading(path, () => replicas.map(({ topic, partition, brokerId }) => ({ topic, partition, brokerId })));
  const keys = [...new Map(own.map((key) => [replicaId(key), key])).values()];
  const limit = callLimit(options, "describeReplicaLogDirs");
  const brokers = [...new Set(keys.map(({ brokerId }) => brokerId))];
  const dirs = await askLogDirs(client, brokers, keys, limit);
  return new Results<TopicPartitionReplica, ReplicaLogDirInfo>(
    keys.map((key) => {
      const found = dirs.get(key.brokerId) ?? notAnswered("DescribeLogDirs");
      return [key, KafkaError.is(found) ? found : infoOf(key, found)] as const;
    }),
    replicaId,
  );
}

function infoOf(key: TopicPartition, dirs: readonly LogDirDescription[]): ReplicaLogDirInfo {
  const find = (isFuture: boolean): readonly [string?, number?] => {
    for (const { logDir, replicas } of dirs)
      for (const replica of replicas)
        if (partitionId(replica) === partitionId(key) && replica.isFuture === isFuture)
          return [logDir, replica.offsetLag];
    return [];
  };
  const [currentReplicaLogDir, currentReplicaOffsetLag] = find(false);
  const [futureReplicaLogDir, futureReplicaOffsetLag] = find(true);
  return { currentReplicaLogDir, currentReplicaOffsetLag, futureReplicaLogDir, futureReplicaOffsetLag };
}

/** See `Admin.alterReplicaLogDirs`. */
export async function alterReplicaLogDirs(
  client: ClusterClient,
  replicas: readonly ReplicaLogDirAssignment[],
  options: CallOptions,
): Promise<Results<TopicPartitionReplica, undefined>> {
  const path = "alterReplicaLogDirs: replicas";
  ASSIGNMENTS(replicas, path);
  const wanted = reading(path, () =>
    replicas.map(({ topic, partition, brokerId, logDir }) => ({ topic, partition, brokerId, logDir })),
  );
  onlyOnce(wanted.map(replicaId), path);
  const limit = callLimit(options, "alterReplicaLogDirs");
  const results = await askItems<ReplicaLogDirAssignment, undefined>(
    client,
    {
      what: `cannot move ${counted(wanted.length, "replica")}`,
      keys: wanted,
      route: { to: "broker", nodeId: ({ brokerId }) => brokerId },
      isChange: true,
      send: async (connection, asked) => {
        const paths = [...new Set(asked.map(({ logDir }) => logDir))];
        const { results } = await connection.request(alterReplicaLogDirsApi, {
          dirs: paths.map((path) => ({
            path,
            topics: [...groupByTopic(asked.filter(({ logDir }) => logDir === path))].map(([topic, list]) => ({
              name: topic,
              partitions: list.map(({ partition }) => partition),
            })),
          })),
        });
        return asked.map(({ topic, partition, brokerId, logDir }) => {
          const key = { topic, partition };
          const { errorCode } =
            results
              .find(({ topicName }) => topicName === topic)
              ?.partitions.find((one) => one.partitionIndex === partition) ?? notAnswered("AlterReplicaLogDirs");
          return errorCode === ErrorCode.NONE
            ? done(undefined)
            : itemVerdict(
                itemError(errorCode, `cannot move ${partitionId(key)} of broker ${brokerId} to ${logDir}`, null, key),
              );
        });
      },
    },
    limit,
  );
  return resultsOf<TopicPartitionReplica, undefined>(
    wanted.map(({ topic, partition, brokerId }) => ({ topic, partition, brokerId })),
    results,
    replicaId,
  );
}

function replicaId({ topic, partition, brokerId }: TopicPartitionReplica): string {
  return `${topic}-${partition}-${brokerId}`;
}
