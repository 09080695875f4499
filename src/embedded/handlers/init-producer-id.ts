import { initProducerIdApi } from "../../protocol/messages/init-producer-id.ts";
import { codes } from "../codes.ts";
import { type AnyHandler, handler } from "../handler.ts";

/** InitProducerId, 0 to 5, for idempotent producers. Transactions are refused. */
export function initProducerId(): AnyHandler {
  return handler({
    api: initProducerIdApi,
    min: 0,
    max: 5,
    handle: (request, { cluster }) => {
      // A producer that names its id must name its epoch too (KIP-360). One without transactions gets a new id all the same.
      if (request.transactionalId === "" || (request.producerId === -1) !== (request.producerEpoch === -1)) return { errorCode: codes.INVALID_REQUEST, producerId: -1, producerEpoch: -1 };
      if (request.transactionalId !== null) return { errorCode: codes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, producerId: -1, producerEpoch: -1 };
      return { producerId: cluster.nextProducerId(), producerEpoch: 0 };
    },
  });
}
