import * as ErrorCode from "../../errors/error-code.ts";
import { type FindCoordinatorResponse, findCoordinatorApi } from "../../protocol/messages/find-coordinator.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type ClusterState, handler } from "../handler.ts";
import { MALFORMED } from "../malformed.ts";
import type { Access } from "../security/access.ts";

interface Where {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly errorCode: number;
}

const GROUP = 0;
const TRANSACTION = 1;
const SHARE = 2;
const SHARE_SINCE = 6;
const LISTS_SINCE = 4;
/** The key of a share partition: its group, its topic id and its number. */
const SHARE_KEY = /^[^:]+:[\w-]{22}:\d+$/;
const UNAVAILABLE = "The coordinator is not available.";
const MESSAGES: ReadonlyMap<number, string> = new Map([
  [ErrorCode.NONE, "NONE"],
  [ErrorCode.INVALID_REQUEST, MALFORMED],
  [ErrorCode.GROUP_AUTHORIZATION_FAILED, "Group authorization failed."],
  [ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "Transactional Id authorization failed."],
]);

/** FindCoordinator, 0 to 6: for groups and transactional ids. The coordinator of a share partition is its group's. */
export function findCoordinator(): AnyHandler {
  return handler({
    api: findCoordinatorApi,
    min: 0,
    max: 6,
    handle: ({ key, keyType, coordinatorKeys }, { cluster, apiVersion, access }): Input<FindCoordinatorResponse> => {
      const isShare = keyType === SHARE;
      const isKnown = keyType === GROUP || keyType === TRANSACTION || isShare;
      if (apiVersion < LISTS_SINCE) {
        // With a single key, Kafka returns a message even without an error.
        const where =
          isKnown && !isShare ? coordinator(cluster, access, keyType, key) : nowhere(ErrorCode.INVALID_REQUEST);
        return { ...where, errorMessage: MESSAGES.get(where.errorCode) ?? UNAVAILABLE };
      }
      return {
        coordinators: coordinatorKeys.map((one) => {
          if (!isKnown) return { key: one, ...nowhere(ErrorCode.INVALID_REQUEST), errorMessage: MALFORMED };
          return {
            key: one,
            ...(isShare && (apiVersion < SHARE_SINCE || !SHARE_KEY.test(one))
              ? nowhere(ErrorCode.INVALID_REQUEST)
              : coordinator(cluster, access, keyType, one)),
          };
        }),
      };
    },
  });
}

function coordinator(cluster: ClusterState, access: Access | undefined, keyType: number, key: string): Where {
  const denied = access === undefined ? ErrorCode.NONE : accessError(access, keyType, key);
  if (denied !== ErrorCode.NONE) return nowhere(denied);
  const kind = keyType === TRANSACTION ? "transaction" : "group";
  cluster.internalTopics.ensure(kind);
  const nodeId = cluster.coordinators.of(kind, key);
  const broker = cluster.brokers().find((up) => up.nodeId === nodeId);
  return broker === undefined
    ? nowhere(ErrorCode.COORDINATOR_NOT_AVAILABLE)
    : { nodeId, host: broker.host, port: broker.port, errorCode: ErrorCode.NONE };
}

function accessError(access: Access, keyType: number, key: string): number {
  if (keyType === SHARE)
    return access.deniesCluster("CLUSTER_ACTION") ? ErrorCode.CLUSTER_AUTHORIZATION_FAILED : ErrorCode.NONE;
  if (keyType === GROUP)
    return access.denies("DESCRIBE", "GROUP", key) ? ErrorCode.GROUP_AUTHORIZATION_FAILED : ErrorCode.NONE;
  return access.denies("DESCRIBE", "TRANSACTIONAL_ID", key)
    ? ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    : ErrorCode.NONE;
}

function nowhere(errorCode: number): Where {
  return { nodeId: -1, host: "", port: -1, errorCode };
}
