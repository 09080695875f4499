import { describeClusterApi } from "../../protocol/messages/describe-cluster.ts";
import { type AnyHandler, handler } from "../handler.ts";

/** DescribeCluster, 0 to 2. */
export function describeCluster(): AnyHandler {
  return handler({
    api: describeClusterApi,
    min: 0,
    max: 2,
    handle: (_request, { cluster }) => ({
      clusterId: cluster.clusterId,
      controllerId: cluster.brokers()[0]?.nodeId ?? -1,
      brokers: cluster.brokers().map(({ nodeId, host, port, rack }) => ({ brokerId: nodeId, host, port, rack })),
    }),
  });
}
