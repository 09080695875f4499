import * as ErrorCode from "../../errors/error-code.ts";
import { unregisterBrokerApi } from "../../protocol/messages/unregister-broker.ts";
import { noAclAccess } from "../acl-messages.ts";
import { type AnyHandler, handler } from "../handler.ts";

/** UnregisterBroker, 0: the broker leaves the metadata until it is started again, also if it is running. */
export function unregisterBroker(): AnyHandler {
  return handler({
    api: unregisterBrokerApi,
    min: 0,
    max: 0,
    handle: ({ brokerId }, { cluster, access }) => {
      if (access?.deniesCluster("ALTER") === true) return noAclAccess("ALTER");
      return cluster.unregister(brokerId)
        ? { errorMessage: "" }
        : {
            errorCode: ErrorCode.BROKER_ID_NOT_REGISTERED,
            errorMessage: `Broker ID ${brokerId} is not currently registered`,
          };
    },
  });
}
