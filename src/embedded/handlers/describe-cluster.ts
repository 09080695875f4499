import * as ErrorCode from "../../errors/error-code.ts";
import { describeClusterApi } from "../../protocol/messages/describe-cluster.ts";
import { clusterOperations } from "../authorized-operations.ts";
import { type AnyHandler, handler } from "../handler.ts";

const BROKERS = 1;
const CONTROLLERS = 2;

/** DescribeCluster, 0 to 2. */
export function describeCluster(): AnyHandler {
  return handler({
    api: describeClusterApi,
    min: 0,
    max: 2,
    handle: ({ endpointType, includeClusterAuthorizedOperations }, { cluster, nodeId, access }) => {
      if (endpointType === CONTROLLERS)
        return {
          errorCode: ErrorCode.MISMATCHED_ENDPOINT_TYPE,
          errorMessage:
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER",
          clusterId: "",
        };
      if (endpointType !== BROKERS)
        return {
          errorCode: ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
          errorMessage: `Unsupported endpoint type ${endpointType}`,
          clusterId: "",
        };
      const brokers = cluster.metadataOf(nodeId).brokers();
      return {
        clusterId: cluster.clusterId,
        controllerId: brokers[0]?.nodeId ?? -1,
        brokers: brokers.map(({ nodeId, host, port, rack }) => ({ brokerId: nodeId, host, port, rack })),
        ...(includeClusterAuthorizedOperations ? { clusterAuthorizedOperations: clusterOperations(access) } : {}),
      };
    },
  });
}
