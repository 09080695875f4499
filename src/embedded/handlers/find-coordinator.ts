import { type FindCoordinatorResponse, findCoordinatorApi } from "../../protocol/messages/find-coordinator.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, handler } from "../handler.ts";

/** FindCoordinator, 0 to 6: always the first broker that is up. */
export function findCoordinator(): AnyHandler {
  return handler({
    api: findCoordinatorApi,
    min: 0,
    max: 6,
    handle: (request, { cluster, apiVersion }): Input<FindCoordinatorResponse> => {
      const [broker] = cluster.brokers();
      const where = { nodeId: broker?.nodeId ?? -1, host: broker?.host ?? "", port: broker?.port ?? -1 };
      return apiVersion >= 4 ? { coordinators: request.coordinatorKeys.map((key) => ({ key, ...where })) } : where;
    },
  });
}
