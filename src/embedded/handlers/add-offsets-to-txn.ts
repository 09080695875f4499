import * as ErrorCode from "../../errors/error-code.ts";
import { addOffsetsToTxnApi } from "../../protocol/messages/add-offsets-to-txn.ts";
import { type AnyHandler, handler } from "../handler.ts";
import { OFFSETS_TOPIC } from "../state/internal-topic-names.ts";

const FENCED_SINCE = 2;

/** AddOffsetsToTxn, 0 to 4: adds the partition that stores a group's offsets. */
export function addOffsetsToTxn(): AnyHandler {
  return handler({
    api: addOffsetsToTxnApi,
    min: 0,
    max: 4,
    handle: (
      { transactionalId, producerId, producerEpoch: epoch, groupId },
      { cluster, nodeId, apiVersion, access },
    ) => {
      if (access?.denies("WRITE", "TRANSACTIONAL_ID", transactionalId) === true)
        return { errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED };
      if (access?.denies("READ", "GROUP", groupId) === true) return { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
      if (transactionalId === "") return { errorCode: ErrorCode.INVALID_REQUEST };
      const elsewhere = cluster.coordinators.errorAt("transaction", transactionalId, nodeId);
      if (elsewhere !== ErrorCode.NONE) return { errorCode: elsewhere };
      const errorCode = cluster.transactionCoordinator.add({ transactionalId, producerId, epoch }, [
        { topic: OFFSETS_TOPIC, partition: cluster.coordinators.partitionOf(groupId) },
      ]);
      return {
        errorCode:
          errorCode === ErrorCode.PRODUCER_FENCED && apiVersion < FENCED_SINCE
            ? ErrorCode.INVALID_PRODUCER_EPOCH
            : errorCode,
      };
    },
  });
}
