import { type FindCoordinatorResponse, findCoordinatorApi } from "../../protocol/messages/find-coordinator.ts";
import type { Input } from "../../protocol/schema.ts";
import { MALFORMED, codes } from "../codes.ts";
import { type AnyHandler, handler } from "../handler.ts";

const GROUP = 0;
const TRANSACTION = 1;
const SHARE = 2;
const SHARE_SINCE = 6;
const LISTS_SINCE = 4;
/** A share partition: its group, the id of its topic, and its number. */
const SHARE_KEY = /^[^:]+:[\w-]{22}:\d+$/;

/** FindCoordinator, 0 to 6: always the first broker that is up. */
export function findCoordinator(): AnyHandler {
  return handler({
    api: findCoordinatorApi,
    min: 0,
    max: 6,
    handle: ({ keyType, coordinatorKeys }, { cluster, apiVersion }): Input<FindCoordinatorResponse> => {
      const [broker] = cluster.brokers();
      const where = { nodeId: broker?.nodeId ?? -1, host: broker?.host ?? "", port: broker?.port ?? -1 };
      const nowhere = { nodeId: -1, host: "", port: -1, errorCode: codes.INVALID_REQUEST };
      const isShare = keyType === SHARE;
      const isKnown = keyType === GROUP || keyType === TRANSACTION || isShare;
      // One key: Kafka names also what is no error.
      if (apiVersion < LISTS_SINCE) return isKnown && !isShare ? { ...where, errorMessage: "NONE" } : { ...nowhere, errorMessage: MALFORMED };
      return {
        coordinators: coordinatorKeys.map((one) => {
          if (!isKnown) return { key: one, ...nowhere, errorMessage: MALFORMED };
          return { key: one, ...(isShare && (apiVersion < SHARE_SINCE || !SHARE_KEY.test(one)) ? nowhere : where) };
        }),
      };
    },
  });
}
