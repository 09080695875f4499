import * as ErrorCode from "../../errors/error-code.ts";
import {
  type DescribeLogDirsRequest,
  type DescribeLogDirsResponse,
  type DescribeLogDirsResponseDescribeLogDirsTopic,
  describeLogDirsApi,
} from "../../protocol/messages/describe-log-dirs.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { logDirOf } from "../log-dir.ts";
import type { Topic } from "../state/topics.ts";

/**
 * DescribeLogDirs, 1 to 5: the broker's only log dir, with the sizes of its replicas. The size of the disk is unknown
 * (−1), because the logs are in memory. Partitions without a replica here are left out.
 */
export function describeLogDirs(): AnyHandler {
  return handler({ api: describeLogDirsApi, min: 1, max: 5, handle: serve });
}

function serve(
  { topics }: DescribeLogDirsRequest,
  { cluster, nodeId, access }: RequestContext,
): Input<DescribeLogDirsResponse> {
  if (access?.deniesCluster("DESCRIBE") === true)
    return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, results: [] };
  const wanted = topics === null ? undefined : wantedPartitions(topics);
  const described = Array.from(cluster.topics.all).flatMap((topic) => {
    const partitions = wanted?.get(topic.name);
    return wanted !== undefined && partitions === undefined ? [] : describe(topic, partitions, nodeId);
  });
  return { results: [{ logDir: logDirOf(cluster.configs, nodeId), topics: described }] };
}

/** The partitions of each topic, also if a topic is named twice. */
function wantedPartitions(
  topics: NonNullable<DescribeLogDirsRequest["topics"]>,
): ReadonlyMap<string, ReadonlySet<number>> {
  const wanted = new Map<string, Set<number>>();
  for (const { topic, partitions } of topics) wanted.set(topic, new Set([...(wanted.get(topic) ?? []), ...partitions]));
  return wanted;
}

function describe(
  { name, partitions }: Topic,
  wanted: ReadonlySet<number> | undefined,
  nodeId: number,
): readonly Input<DescribeLogDirsResponseDescribeLogDirsTopic>[] {
  const here = partitions.filter(
    ({ partition, replicas }) => replicas.includes(nodeId) && wanted?.has(partition) !== false,
  );
  if (here.length === 0) return [];
  return [
    {
      name,
      partitions: here.map((log) => ({ partitionIndex: log.partition, partitionSize: log.sizeOf(nodeId) })),
    },
  ];
}
