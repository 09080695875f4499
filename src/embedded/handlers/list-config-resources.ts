import * as ErrorCode from "../../errors/error-code.ts";
import { listConfigResourcesApi } from "../../protocol/messages/list-config-resources.ts";
import { RESOURCE } from "../configs/config-resources.ts";
import { type AnyHandler, type ClusterState, handler } from "../handler.ts";

const ALL_TYPES_SINCE = 1;

/**
 * ListConfigResources, 0 and 1: the topics, the brokers and their loggers, and the groups and subscriptions to metrics
 * for which something was set. Version 0 lists the subscriptions only.
 */
export function listConfigResources(): AnyHandler {
  return handler({
    api: listConfigResourcesApi,
    min: 0,
    max: 1,
    handle: ({ resourceTypes }, { cluster, access, apiVersion }) => {
      if (access?.deniesCluster("DESCRIBE_CONFIGS") === true)
        return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED };
      const all = Object.values<number>(RESOURCE);
      const asked = apiVersion < ALL_TYPES_SINCE ? [RESOURCE.clientMetrics] : resourceTypes;
      if (asked.some((type) => !all.includes(type))) return { errorCode: ErrorCode.UNSUPPORTED_VERSION };
      const types = asked.length === 0 ? [...all].reverse() : new Set(asked);
      return {
        configResources: [...types].flatMap((resourceType) =>
          namesOf(resourceType, cluster).map((resourceName) => ({ resourceType, resourceName })),
        ),
      };
    },
  });
}

function namesOf(resourceType: number, cluster: ClusterState): readonly string[] {
  const { configs, topics } = cluster;
  switch (resourceType) {
    case RESOURCE.group:
      return configs.names("group");
    case RESOURCE.clientMetrics:
      return configs.names("client-metrics");
    case RESOURCE.topic:
      return Array.from(topics.all, ({ name }) => name);
    default:
      return cluster.brokers().map(({ nodeId }) => String(nodeId));
  }
}
