import * as ErrorCode from "../../errors/error-code.ts";
import { unregisterControllerApi } from "../../protocol/messages/unregister-controller.ts";
import { noAclAccess } from "../acl-messages.ts";
import { type AnyHandler, handler } from "../handler.ts";

/** UnregisterController, 0. The active controller cannot be unregistered. */
export function unregisterController(): AnyHandler {
  return handler({
    api: unregisterControllerApi,
    min: 0,
    max: 0,
    handle: ({ controllerId }, { cluster, access }) => {
      if (access?.deniesCluster("ALTER") === true) return noAclAccess("ALTER");
      if (controllerId === cluster.quorum.leaderId)
        return {
          errorCode: ErrorCode.INVALID_REQUEST,
          errorMessage: "Controller cannot unregister itself while it is active.",
        };
      return cluster.quorum.unregister(controllerId)
        ? { errorMessage: "" }
        : {
            errorCode: ErrorCode.CONTROLLER_ID_NOT_REGISTERED,
            errorMessage: `Controller ID ${controllerId} is not currently registered.`,
          };
    },
  });
}
