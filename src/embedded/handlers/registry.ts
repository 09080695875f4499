import type { AnyHandler } from "../handler.ts";
import { apiVersions } from "./api-versions.ts";
import { describeCluster } from "./describe-cluster.ts";
import { fetch } from "./fetch.ts";
import { findCoordinator } from "./find-coordinator.ts";
import { initProducerId } from "./init-producer-id.ts";
import { listOffsets } from "./list-offsets.ts";
import { metadata } from "./metadata.ts";
import { produce } from "./produce.ts";
import { offsetForLeaderEpoch } from "./offset-for-leader-epoch.ts";
import { addOffsetsToTxn } from "./add-offsets-to-txn.ts";
import { addPartitionsToTxn } from "./add-partitions-to-txn.ts";
import { describeProducers } from "./describe-producers.ts";
import { describeTransactions } from "./describe-transactions.ts";
import { endTxn } from "./end-txn.ts";
import { listTransactions } from "./list-transactions.ts";
import { offsetCommit } from "./offset-commit.ts";
import { offsetDelete } from "./offset-delete.ts";
import { offsetFetch } from "./offset-fetch.ts";
import { txnOffsetCommit } from "./txn-offset-commit.ts";
import { writeTxnMarkers } from "./write-txn-markers.ts";
import { deleteGroups } from "./delete-groups.ts";
import { describeGroups } from "./describe-groups.ts";
import { heartbeat } from "./heartbeat.ts";
import { joinGroup } from "./join-group.ts";
import { leaveGroup } from "./leave-group.ts";
import { listGroups } from "./list-groups.ts";
import { alterClientQuotas } from "./alter-client-quotas.ts";
import { alterUserScramCredentials } from "./alter-user-scram-credentials.ts";
import { createAcls } from "./create-acls.ts";
import { createDelegationToken } from "./create-delegation-token.ts";
import { deleteAcls } from "./delete-acls.ts";
import { describeAcls } from "./describe-acls.ts";
import { describeDelegationToken } from "./describe-delegation-token.ts";
import { describeClientQuotas } from "./describe-client-quotas.ts";
import { describeUserScramCredentials } from "./describe-user-scram-credentials.ts";
import { expireDelegationToken } from "./expire-delegation-token.ts";
import { renewDelegationToken } from "./renew-delegation-token.ts";
import { saslAuthenticate } from "./sasl-authenticate.ts";
import { saslHandshake } from "./sasl-handshake.ts";
import { syncGroup } from "./sync-group.ts";
import { consumerGroupDescribe } from "./consumer-group-describe.ts";
import { consumerGroupHeartbeat } from "./consumer-group-heartbeat.ts";
import { createPartitions } from "./create-partitions.ts";
import { createTopics } from "./create-topics.ts";
import { deleteTopics } from "./delete-topics.ts";
import { alterConfigs } from "./alter-configs.ts";
import { deleteRecords } from "./delete-records.ts";
import { incrementalAlterConfigs } from "./incremental-alter-configs.ts";
import { listConfigResources } from "./list-config-resources.ts";
import { describeConfigs } from "./describe-configs.ts";
import { describeTopicPartitions } from "./describe-topic-partitions.ts";
import { electLeaders } from "./elect-leaders.ts";
import { alterPartitionReassignments } from "./alter-partition-reassignments.ts";
import { listPartitionReassignments } from "./list-partition-reassignments.ts";
import { describeLogDirs } from "./describe-log-dirs.ts";
import { alterReplicaLogDirs } from "./alter-replica-log-dirs.ts";
import { describeQuorum } from "./describe-quorum.ts";
import { updateFeatures } from "./update-features.ts";
import { unregisterBroker } from "./unregister-broker.ts";
import { unregisterController } from "./unregister-controller.ts";
import { addRaftVoter } from "./add-raft-voter.ts";
import { removeRaftVoter } from "./remove-raft-voter.ts";

/** Every API that the embedded cluster serves, by key. */
export function handlers(): ReadonlyMap<number, AnyHandler> {
  const all: readonly AnyHandler[] = [
    apiVersions(() => all),
    metadata(),
    produce(),
    fetch(),
    listOffsets(),
    initProducerId(),
    findCoordinator(),
    describeCluster(),
    createTopics(),
    deleteTopics(),
    createPartitions(),
    describeConfigs(),
    alterConfigs(),
    incrementalAlterConfigs(),
    listConfigResources(),
    deleteRecords(),
    offsetForLeaderEpoch(),
    describeTopicPartitions(),
    addPartitionsToTxn(),
    addOffsetsToTxn(),
    endTxn(),
    writeTxnMarkers(),
    txnOffsetCommit(),
    offsetCommit(),
    offsetFetch(),
    offsetDelete(),
    describeTransactions(),
    listTransactions(),
    describeProducers(),
    joinGroup(),
    syncGroup(),
    heartbeat(),
    leaveGroup(),
    describeGroups(),
    listGroups(),
    deleteGroups(),
    consumerGroupHeartbeat(),
    consumerGroupDescribe(),
    saslHandshake(),
    saslAuthenticate(),
    describeAcls(),
    createAcls(),
    deleteAcls(),
    describeUserScramCredentials(),
    alterUserScramCredentials(),
    createDelegationToken(),
    renewDelegationToken(),
    expireDelegationToken(),
    describeDelegationToken(),
    electLeaders(),
    alterPartitionReassignments(),
    listPartitionReassignments(),
    describeLogDirs(),
    alterReplicaLogDirs(),
    describeQuorum(),
    updateFeatures(),
    unregisterBroker(),
    unregisterController(),
    addRaftVoter(),
    removeRaftVoter(),
    describeClientQuotas(),
    alterClientQuotas(),
  ];
  return new Map(all.map((one) => [one.api.key, one]));
}
