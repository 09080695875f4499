import { describeClusterApi } from "../../protocol/messages/describe-cluster.ts";
import { codes } from "../codes.ts";
import { type AnyHandler, handler } from "../handler.ts";

const BROKERS = 1;

/** DescribeCluster, 0 to 2. */
export function describeCluster(): AnyHandler {
  return handler({
    api: describeClusterApi,
    min: 0,
    max: 2,
    handle: (request, { cluster }) => request.endpointType !== BROKERS ? { errorCode: codes.UNSUPPORTED_ENDPOINT_TYPE, errorMessage: `Unsupported endpoint type ${request.endpointType}`, clusterId: "" } : ({
      clusterId: cluster.clusterId,
      controllerId: cluster.brokers()[0]?.nodeId ?? -1,
      brokers: cluster.brokers().map(({ nodeId, host, port, rack }) => ({ brokerId: nodeId, host, port, rack })),
    }),
  });
}
