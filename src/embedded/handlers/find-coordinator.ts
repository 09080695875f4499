import { type FindCoordinatorResponse, findCoordinatorApi } from "../../protocol/messages/find-coordinator.ts";
import type { Input } from "../../protocol/schema.ts";
import { MALFORMED, codes } from "../codes.ts";
import { type AnyHandler, handler } from "../handler.ts";

/** Groups, transactions, and share groups from version 6 on. */
const KEY_TYPES = [0, 1, 2];

/** FindCoordinator, 0 to 6: always the first broker that is up. */
export function findCoordinator(): AnyHandler {
  return handler({
    api: findCoordinatorApi,
    min: 0,
    max: 6,
    handle: (request, { cluster, apiVersion }): Input<FindCoordinatorResponse> => {
      if (!KEY_TYPES.includes(request.keyType)) return apiVersion >= 4 ? { coordinators: request.coordinatorKeys.map((key) => ({ key, nodeId: -1, host: "", port: -1, errorCode: codes.INVALID_REQUEST, errorMessage: MALFORMED })) } : { errorCode: codes.INVALID_REQUEST, nodeId: -1, host: "", port: -1 };
      const [broker] = cluster.brokers();
      const where = { nodeId: broker?.nodeId ?? -1, host: broker?.host ?? "", port: broker?.port ?? -1 };
      return apiVersion >= 4 ? { coordinators: request.coordinatorKeys.map((key) => ({ key, ...where })) } : where;
    },
  });
}
