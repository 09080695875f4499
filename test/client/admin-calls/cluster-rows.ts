// Configs, the cluster, features, controllers and quotas.
import * as ErrorCode from "../../../src/errors/error-code.ts";
import { addRaftVoterApi } from "../../../src/protocol/messages/add-raft-voter.ts";
import { alterClientQuotasApi } from "../../../src/protocol/messages/alter-client-quotas.ts";
import { apiVersionsApi } from "../../../src/protocol/messages/api-versions.ts";
import { describeClientQuotasApi } from "../../../src/protocol/messages/describe-client-quotas.ts";
import { describeClusterApi } from "../../../src/protocol/messages/describe-cluster.ts";
import { describeConfigsApi } from "../../../src/protocol/messages/describe-configs.ts";
import { describeQuorumApi } from "../../../src/protocol/messages/describe-quorum.ts";
import { alterConfigsApi } from "../../../src/protocol/messages/alter-configs.ts";
import { incrementalAlterConfigsApi } from "../../../src/protocol/messages/incremental-alter-configs.ts";
import { listConfigResourcesApi } from "../../../src/protocol/messages/list-config-resources.ts";
import { removeRaftVoterApi } from "../../../src/protocol/messages/remove-raft-voter.ts";
import { unregisterBrokerApi } from "../../../src/protocol/messages/unregister-broker.ts";
import { unregisterControllerApi } from "../../../src/protocol/messages/unregister-controller.ts";
import { updateFeaturesApi } from "../../../src/protocol/messages/update-features.ts";
import { ABC, type CallRow, row } from "./call-row.ts";

const UNKNOWN = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
const VOTER = { voterId: 3, voterDirectoryId: "AAAAAAAAAAAAAAAAAAAAAQ" };

export const CLUSTER_ROWS: readonly CallRow[] = [
  row({
    name: "describeConfigs",
    again: "item",
    route: "any",
    api: describeConfigsApi,
    names: ABC,
    unknown: UNKNOWN,
    run: (admin, names, limits) =>
      admin.describeConfigs(
        names.map((name) => ({ resourceType: "TOPIC", name })),
        limits,
      ),
    answer: ({ resources }, codeOf) => ({
      results: resources.map(({ resourceType, resourceName }) => ({
        resourceType,
        resourceName,
        configs: [],
        errorCode: codeOf(resourceName),
      })),
    }),
  }),
  row({
    name: "alterConfigs",
    again: "item",
    route: "any",
    api: alterConfigsApi,
    names: ABC,
    unknown: UNKNOWN,
    run: (admin, names, limits) =>
      admin.alterConfigs(
        names.map((name) => ({ resourceType: "TOPIC", name, configs: { "retention.ms": "1" } })),
        limits,
      ),
    answer: ({ resources }, codeOf) => ({
      responses: resources.map(({ resourceType, resourceName }) => ({
        resourceType,
        resourceName,
        errorCode: codeOf(resourceName),
      })),
    }),
  }),
  row({
    name: "incrementalAlterConfigs",
    again: "item",
    route: "any",
    api: incrementalAlterConfigsApi,
    names: ABC,
    unknown: UNKNOWN,
    run: (admin, names, limits) =>
      admin.incrementalAlterConfigs(
        names.map((name) => ({ resourceType: "TOPIC", name, set: { "retention.ms": "1" } })),
        limits,
      ),
    answer: ({ resources }, codeOf) => ({
      responses: resources.map(({ resourceType, resourceName }) => ({
        resourceType,
        resourceName,
        errorCode: codeOf(resourceName),
      })),
    }),
  }),
  ...(["listConfigResources", "listClientMetricsResources"] as const).map((name) =>
    row({
      name,
      again: "retriable",
      route: "any",
      api: listConfigResourcesApi,
      run: (admin, _names, limits) => admin[name](limits),
      answer: (_message, codeOf) => ({ errorCode: codeOf("") }),
    }),
  ),
  row({
    name: "describeCluster",
    again: "retriable",
    route: "any",
    api: describeClusterApi,
    asksOtherApi: true,
    run: (admin, _names, limits) => admin.describeCluster(limits),
    answer: (_message, codeOf) => ({ errorCode: codeOf(""), clusterId: "scripted", controllerId: 1 }),
  }),
  row({
    name: "describeFeatures",
    route: "any",
    api: apiVersionsApi,
    run: (admin, _names, limits) => admin.describeFeatures(limits),
    answer: () => "usual",
  }),
  row({
    name: "updateFeatures",
    again: "item",
    route: "controller",
    api: updateFeaturesApi,
    names: ABC,
    isOneCode: true,
    run: (admin, names, limits) =>
      admin.updateFeatures(
        names.map((feature) => ({ feature, maxVersionLevel: 1 })),
        limits,
      ),
    answer: (_message, codeOf) => ({ errorCode: codeOf("") }),
  }),
  row({
    name: "describeMetadataQuorum",
    again: "retriable",
    route: "any",
    api: describeQuorumApi,
    run: (admin, _names, limits) => admin.describeMetadataQuorum(limits),
    answer: (_message, codeOf) => ({
      topics: [
        {
          topicName: "__cluster_metadata",
          partitions: [{ partitionIndex: 0, leaderId: 1, currentVoters: [], observers: [], errorCode: codeOf("") }],
        },
      ],
    }),
  }),
  row({
    name: "addRaftVoter",
    again: "item",
    route: "any",
    api: addRaftVoterApi,
    run: (admin, _names, limits) =>
      admin.addRaftVoter({ ...VOTER, endpoints: [{ name: "CONTROLLER", host: "a", port: 1 }] }, limits),
    answer: (_message, codeOf) => ({ errorCode: codeOf("") }),
  }),
  row({
    name: "removeRaftVoter",
    again: "item",
    route: "any",
    api: removeRaftVoterApi,
    run: (admin, _names, limits) => admin.removeRaftVoter(VOTER, limits),
    answer: (_message, codeOf) => ({ errorCode: codeOf("") }),
  }),
  row({
    name: "unregisterBroker",
    again: "item",
    route: "any",
    api: unregisterBrokerApi,
    run: (admin, _names, limits) => admin.unregisterBroker(3, limits),
    answer: (_message, codeOf) => ({ errorCode: codeOf("") }),
  }),
  row({
    name: "unregisterController",
    again: "item",
    route: "any",
    api: unregisterControllerApi,
    run: (admin, _names, limits) => admin.unregisterController(3, limits),
    answer: (_message, codeOf) => ({ errorCode: codeOf("") }),
  }),
  row({
    name: "describeClientQuotas",
    again: "retriable",
    route: "any",
    api: describeClientQuotasApi,
    run: (admin, _names, limits) => admin.describeClientQuotas(limits),
    answer: (_message, codeOf) => ({ errorCode: codeOf(""), entries: [] }),
  }),
  row({
    name: "alterClientQuotas",
    again: "item",
    route: "any",
    api: alterClientQuotasApi,
    names: ABC,
    run: (admin, names, limits) =>
      admin.alterClientQuotas(
        names.map((user) => ({ entity: { user }, set: { producer_byte_rate: 1000 } })),
        limits,
      ),
    answer: ({ entries }, codeOf) => ({
      entries: entries.map(({ entity }) => ({ entity, errorCode: codeOf(entity[0]?.entityName ?? "") })),
    }),
  }),
];
