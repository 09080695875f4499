import type { Admin } from "../api.ts";
import type { AdminRequests } from "./admin-requests.ts";

/** The call that describes the cluster. */
export function clusterCalls(requests: AdminRequests): Pick<Admin, "describeCluster"> {
  return {
    describeCluster: async () => {
      const { brokers, controllerId, clusterId } = await requests.brokers();
      return {
        brokers: brokers.map(({ nodeId, host, port }) => ({ nodeId, host, port })),
        controller: controllerId === NO_CONTROLLER ? null : controllerId,
        clusterId: clusterId as string,
      };
    },
  };
}

const NO_CONTROLLER = -1;
