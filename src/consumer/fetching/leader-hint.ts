import type { BrokerNode, LeaderHint } from "../../cluster/metadata.ts";
import type { FetchResponse, FetchResponsePartitionData } from "../../protocol/messages/fetch.ts";

/** The new leader that a partition's response names (KIP-951). */
export function fetchLeaderHint(
  response: FetchResponse,
  topic: string,
  partition: FetchResponsePartitionData,
): LeaderHint | undefined {
  const { leaderId, leaderEpoch } = partition.currentLeader;
  if (leaderId < 0) return undefined;
  const endpoint = response.nodeEndpoints.find((candidate) => candidate.nodeId === leaderId);
  const node: BrokerNode | undefined =
    endpoint === undefined
      ? undefined
      : { nodeId: endpoint.nodeId, host: endpoint.host, port: endpoint.port, rack: endpoint.rack };
  return { topic, partition: partition.partitionIndex, leaderId, leaderEpoch, ...(node === undefined ? {} : { node }) };
}
