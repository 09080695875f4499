import * as ErrorCode from "../../errors/error-code.ts";
import {
  type WriteTxnMarkersRequestWritableTxnMarker,
  writeTxnMarkersApi,
} from "../../protocol/messages/write-txn-markers.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { leaderError } from "../leadership.ts";
import { writeMarker } from "../marker-writer.ts";
import { OFFSETS_TOPIC } from "../state/internal-topic-names.ts";

/** WriteTxnMarkers, 1 and 2: sent by coordinators, and by administrators to end a hanging transaction (KIP-664). */
export function writeTxnMarkers(): AnyHandler {
  return handler({
    api: writeTxnMarkersApi,
    min: 1,
    max: 2,
    handle: ({ markers }, context) => ({
      markers: markers.map((marker) => ({
        producerId: marker.producerId,
        topics: marker.topics.map(({ name, partitionIndexes }) => ({
          name,
          partitions: partitionIndexes.map((partitionIndex) => ({
            partitionIndex,
            errorCode: write(marker, name, partitionIndex, context),
          })),
        })),
      })),
    }),
  });
}

function write(
  {
    producerId,
    producerEpoch,
    coordinatorEpoch,
    transactionResult,
    transactionVersion,
  }: WriteTxnMarkersRequestWritableTxnMarker,
  topic: string,
  partition: number,
  { cluster, nodeId, access }: RequestContext,
): number {
  if (access?.deniesCluster("CLUSTER_ACTION") === true && access.deniesCluster("ALTER"))
    return ErrorCode.CLUSTER_AUTHORIZATION_FAILED;
  if (topic !== OFFSETS_TOPIC) {
    const log = cluster.topics.byName(topic)?.partitions[partition];
    // A broker without a replica does not know the partition.
    if (log === undefined || leaderError(log, nodeId, -1) !== ErrorCode.NONE)
      return log === undefined || !log.replicas.includes(nodeId)
        ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        : ErrorCode.NOT_LEADER_OR_FOLLOWER;
  }
  if (producerEpoch < 0) return ErrorCode.UNKNOWN_SERVER_ERROR; // as in Kafka, which cannot make such a batch
  const marker = {
    producerId,
    producerEpoch,
    coordinatorEpoch,
    isCommit: transactionResult,
    timestamp: cluster.clock.now(),
  };
  return writeMarker(cluster, { topic, partition }, marker, transactionVersion).errorCode;
}
