import { addRaftVoterApi } from "../../../src/protocol/messages/add-raft-voter.ts";
import { alterPartitionReassignmentsApi } from "../../../src/protocol/messages/alter-partition-reassignments.ts";
import { alterReplicaLogDirsApi } from "../../../src/protocol/messages/alter-replica-log-dirs.ts";
import { describeLogDirsApi } from "../../../src/protocol/messages/describe-log-dirs.ts";
import { describeQuorumApi } from "../../../src/protocol/messages/describe-quorum.ts";
import { electLeadersApi } from "../../../src/protocol/messages/elect-leaders.ts";
import { listPartitionReassignmentsApi } from "../../../src/protocol/messages/list-partition-reassignments.ts";
import { removeRaftVoterApi } from "../../../src/protocol/messages/remove-raft-voter.ts";
import { unregisterBrokerApi } from "../../../src/protocol/messages/unregister-broker.ts";
import { unregisterControllerApi } from "../../../src/protocol/messages/unregister-controller.ts";
import { updateFeaturesApi } from "../../../src/protocol/messages/update-features.ts";
import type { Api, Input } from "../../../src/protocol/schema.ts";
import type { DeniedRequest } from "./denied-requests.ts";

/** One row for each version. */
function rows<Req, Res>(what: string, api: Api<Req, Res>, message: Input<Req>): readonly DeniedRequest[] {
  const { min, max } = api.request;
  return Array.from({ length: max - min + 1 }, (_, i): DeniedRequest => ({
    what: `${api.name} ${min + i}, ${what}`,
    user: "some",
    apiKey: api.key,
    version: min + i,
    maxVersion: max,
    send: (client) => client.request(api, message, min + i),
  }));
}

const topic = "shared";
const voter = { clusterId: null, voterId: 9, voterDirectoryId: "AAAAAAAAAAAAAAAAAAAAAQ" };

/** Requests about the cluster, of a user without a right to it. */
export const DENIED_CLUSTER_REQUESTS: readonly DeniedRequest[] = [
  ...rows("of all", electLeadersApi, { topicPartitions: null, timeoutMs: 9999 }),
  ...rows("of one", electLeadersApi, { topicPartitions: [{ topic, partitions: [0, 7] }], timeoutMs: 9999 }),
  ...rows("of none", electLeadersApi, { topicPartitions: [], timeoutMs: 9999 }),
  ...rows("of one", alterPartitionReassignmentsApi, {
    timeoutMs: 9999,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, replicas: [0] }] }],
  }),
  ...rows("of none", alterPartitionReassignmentsApi, { timeoutMs: 9999, topics: [] }),
  ...rows("of all", listPartitionReassignmentsApi, { timeoutMs: 9999, topics: null }),
  ...rows("of none", listPartitionReassignmentsApi, { timeoutMs: 9999, topics: [] }),
  ...rows("of one", alterReplicaLogDirsApi, {
    dirs: [{ path: "/no/such/dir", topics: [{ name: topic, partitions: [0] }] }],
  }),
  ...rows("of none", alterReplicaLogDirsApi, { dirs: [] }),
  ...rows("of all", describeLogDirsApi, { topics: null }),
  ...rows("of its own", describeQuorumApi, {
    topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }],
  }),
  ...rows("of one", updateFeaturesApi, {
    timeoutMs: 9999,
    featureUpdates: [{ feature: "group.version", maxVersionLevel: 1 }],
  }),
  ...rows("of an unknown one", unregisterBrokerApi, { brokerId: 99 }),
  ...rows("of an unknown one", unregisterControllerApi, { controllerId: 99 }),
  ...rows("of a new one", addRaftVoterApi, { ...voter, timeoutMs: 9999 }),
  ...rows("of an unknown one", removeRaftVoterApi, voter),
];
