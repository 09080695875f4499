import * as ErrorCode from "../../errors/error-code.ts";
import {
  type AlterReplicaLogDirsRequest,
  type AlterReplicaLogDirsResponse,
  alterReplicaLogDirsApi,
} from "../../protocol/messages/alter-replica-log-dirs.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { logDirOf } from "../log-dir.ts";

/**
 * AlterReplicaLogDirs, 1 to 2. A broker has one log dir, so a replica can only be moved to the dir where it is, which
 * changes nothing.
 */
export function alterReplicaLogDirs(): AnyHandler {
  return handler({ api: alterReplicaLogDirsApi, min: 1, max: 2, handle: serve });
}

function serve({ dirs }: AlterReplicaLogDirsRequest, context: RequestContext): Input<AlterReplicaLogDirsResponse> {
  const isDenied = context.access?.deniesCluster("ALTER") === true;
  // A partition that is named with several dirs moves to the last of them.
  const codes = new Map<string, Map<number, number>>();
  for (const { path, topics } of dirs)
    for (const { name, partitions } of topics)
      for (const partition of partitions) {
        const ofTopic = codes.get(name) ?? new Map<number, number>();
        codes.set(name, ofTopic);
        ofTopic.set(
          partition,
          isDenied ? ErrorCode.CLUSTER_AUTHORIZATION_FAILED : errorOf(path, name, partition, context),
        );
      }
  return {
    results: [...codes].map(([topicName, ofTopic]) => ({
      topicName,
      partitions: [...ofTopic].map(([partitionIndex, errorCode]) => ({ partitionIndex, errorCode })),
    })),
  };
}

function errorOf(path: string, topic: string, partition: number, { cluster, nodeId }: RequestContext): number {
  if (path !== logDirOf(cluster.configs, nodeId)) return ErrorCode.LOG_DIR_NOT_FOUND;
  const log = cluster.topics.byName(topic)?.partitions[partition];
  if (log === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  return log.replicas.includes(nodeId) ? ErrorCode.NONE : ErrorCode.REPLICA_NOT_AVAILABLE;
}
