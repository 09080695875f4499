import * as ErrorCode from "../../errors/error-code.ts";
import {
  type InitProducerIdRequest,
  type InitProducerIdResponse,
  initProducerIdApi,
} from "../../protocol/messages/init-producer-id.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import type { Access } from "../security/access.ts";

/** Producers of older versions know only the older name of this error. */
const FENCED_SINCE = 4;
/** Java: `transaction.max.timeout.ms`. */
const MAX_TIMEOUT_MS = 900_000;

/** InitProducerId, 0 to 5: for idempotent producers, and for transactional ones, whose predecessors it fences. */
export function initProducerId(): AnyHandler {
  return handler({ api: initProducerIdApi, min: 0, max: 5, handle: serve });
}

function serve(
  request: InitProducerIdRequest,
  { cluster, nodeId, apiVersion, access }: RequestContext,
): Input<InitProducerIdResponse> {
  const { transactionalId, transactionTimeoutMs: timeoutMs, producerId, producerEpoch } = request;
  const denied = access === undefined ? ErrorCode.NONE : accessError(transactionalId, access);
  if (denied !== ErrorCode.NONE) return refusal(denied);
  // A producer that sends its id must send its epoch too (KIP-360). Without transactions it gets a new id nevertheless.
  if (transactionalId === "" || (producerId === -1) !== (producerEpoch === -1))
    return refusal(ErrorCode.INVALID_REQUEST);
  if (transactionalId === null) return { producerId: cluster.nextProducerId(), producerEpoch: 0 };
  if (timeoutMs <= 0 || timeoutMs > MAX_TIMEOUT_MS) return refusal(ErrorCode.INVALID_TRANSACTION_TIMEOUT);
  const elsewhere = cluster.coordinators.errorAt("transaction", transactionalId, nodeId);
  if (elsewhere !== ErrorCode.NONE) return refusal(elsewhere);
  const expected = producerId === -1 ? undefined : { producerId, epoch: producerEpoch };
  const answer = cluster.transactionCoordinator.init(transactionalId, { timeoutMs, expected });
  return answer.errorCode === ErrorCode.PRODUCER_FENCED && apiVersion < FENCED_SINCE
    ? { ...answer, errorCode: ErrorCode.INVALID_PRODUCER_EPOCH }
    : { ...answer };
}

/** An idempotent producer needs IDEMPOTENT_WRITE on the cluster, or WRITE on some topic (KIP-679). */
function accessError(transactionalId: string | null, access: Access): number {
  if (transactionalId !== null)
    return access.denies("WRITE", "TRANSACTIONAL_ID", transactionalId)
      ? ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
      : ErrorCode.NONE;
  return access.deniesCluster("IDEMPOTENT_WRITE") && access.deniesEverywhere("WRITE", "TOPIC")
    ? ErrorCode.CLUSTER_AUTHORIZATION_FAILED
    : ErrorCode.NONE;
}

function refusal(errorCode: number): Input<InitProducerIdResponse> {
  return { errorCode, producerId: -1, producerEpoch: -1 };
}
