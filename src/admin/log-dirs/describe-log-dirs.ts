import type { CallLimit } from "../../cluster/call-retries.ts";
import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { groupByTopic } from "../../cluster/routing/group-by-topic.ts";
import { done } from "../../cluster/routing/verdict.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import { listOf, MAX_INT32, reading, wholeFrom } from "../../errors/shape.ts";
import {
  type DescribeLogDirsResponseDescribeLogDirsResult,
  describeLogDirsApi,
} from "../../protocol/messages/describe-log-dirs.ts";
import { askItems, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit } from "../call-options.ts";
import { itemError, itemVerdict } from "../item-error.ts";
import type { Results } from "../results.ts";

/** A replica in a log directory. Java: `ReplicaInfo`. */
export interface LogDirReplica extends TopicPartition {
  /** The size of its log, in bytes. */
  readonly size: number;
  /** How many offsets its log is behind the log that it shall replace, or behind the high watermark. */
  readonly offsetLag: number;
  /** Whether it will replace the replica in another directory of this broker. */
  readonly isFuture: boolean;
}

/** A log directory of a broker. Java: `LogDirDescription`. */
export interface LogDirDescription {
  /** The path on the broker. */
  readonly logDir: string;
  /** The reason for which the directory cannot be used; undefined if it can. */
  readonly error: KafkaError | undefined;
  /** The replicas in it. */
  readonly replicas: readonly LogDirReplica[];
  /** The size of its disk, in bytes; undefined from brokers before Kafka 3.3. */
  readonly totalBytes: number | undefined;
  /** The bytes of its disk that are free; undefined from brokers before Kafka 3.3. */
  readonly usableBytes: number | undefined;
  /** Whether the broker puts no new replicas into it (KIP-1066). False from brokers before Kafka 4.3. */
  readonly isCordoned: boolean;
}

const BROKERS = listOf(wholeFrom(0, MAX_INT32), ": pass the list of node ids");

/** See `Admin.describeLogDirs`. */
export async function describeLogDirs(
  client: ClusterClient,
  brokers: readonly number[],
  options: CallOptions,
): Promise<Results<number, readonly LogDirDescription[]>> {
  BROKERS(brokers, "describeLogDirs: brokers");
  const keys = reading("describeLogDirs: brokers", () => [...new Set(brokers)]);
  return askLogDirs(client, keys, undefined, callLimit(options, "describeLogDirs"));
}

/** Asks brokers about these partitions; about all without the list. */
export async function askLogDirs(
  client: ClusterClient,
  keys: readonly number[],
  partitions: readonly TopicPartition[] | undefined,
  limit: CallLimit,
): Promise<Results<number, readonly LogDirDescription[]>> {
  const topics =
    partitions === undefined
      ? null
      : [...groupByTopic(partitions)].map(([topic, list]) => ({
          ...{ topic },
          partitions: list.map(({ partition }) => partition),
        }));
  const results = await askItems<number, readonly LogDirDescription[]>(
    client,
    {
      what: `cannot describe the log directories of ${counted(keys.length, "broker")}`,
      keys,
      route: { to: "broker", nodeId: (nodeId) => nodeId },
      send: async (connection, asked) => {
        const { errorCode, results } = await connection.request(describeLogDirsApi, { topics });
        return asked.map((nodeId) =>
          errorCode === ErrorCode.NONE
            ? done(results.map(described))
            : itemVerdict(itemError(errorCode, `cannot describe the log directories of broker ${nodeId}`)),
        );
      },
    },
    limit,
  );
  return resultsOf(keys, results, String);
}

function described(dir: DescribeLogDirsResponseDescribeLogDirsResult): LogDirDescription {
  const { errorCode, logDir, totalBytes, usableBytes, isCordoned } = dir;
  return {
    logDir,
    error:
      errorCode === ErrorCode.NONE ? undefined : itemError(errorCode, `the log directory ${logDir} cannot be used`),
    replicas: dir.topics.flatMap(({ name: topic, partitions }) =>
      partitions.map((one) => ({
        ...{ topic, partition: one.partitionIndex, size: one.partitionSize, offsetLag: one.offsetLag },
        isFuture: one.isFutureKey,
      })),
    ),
    totalBytes: totalBytes < 0 ? undefined : totalBytes,
    usableBytes: usableBytes < 0 ? undefined : usableBytes,
    isCordoned,
  };
}
