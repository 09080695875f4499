import * as ErrorCode from "../../errors/error-code.ts";
import { endTxnApi } from "../../protocol/messages/end-txn.ts";
import { type AnyHandler, handler } from "../handler.ts";

const FENCED_SINCE = 2;
/** From this version on, the producer can get a new epoch (KIP-890), whatever the cluster's feature level is. */
const BUMPS_SINCE = 5;

/** EndTxn, 0 to 5: decides and answers at once; the markers are written later. */
export function endTxn(): AnyHandler {
  return handler({
    api: endTxnApi,
    min: 0,
    max: 5,
    handle: ({ transactionalId, producerId, producerEpoch, committed }, { cluster, nodeId, apiVersion, access }) => {
      if (access?.denies("WRITE", "TRANSACTIONAL_ID", transactionalId) === true)
        return { errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED };
      if (transactionalId === "") return { errorCode: ErrorCode.INVALID_REQUEST };
      const elsewhere = cluster.coordinators.errorAt("transaction", transactionalId, nodeId);
      if (elsewhere !== ErrorCode.NONE) return { errorCode: elsewhere };
      const answer = cluster.transactionCoordinator.end(
        transactionalId,
        { producerId, epoch: producerEpoch, isCommit: committed },
        apiVersion >= BUMPS_SINCE ? 2 : 0,
      );
      return answer.errorCode === ErrorCode.PRODUCER_FENCED && apiVersion < FENCED_SINCE
        ? { errorCode: ErrorCode.INVALID_PRODUCER_EPOCH }
        : { ...answer };
    },
  });
}
