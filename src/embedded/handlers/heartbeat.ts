import * as ErrorCode from "../../errors/error-code.ts";
import { heartbeatApi } from "../../protocol/messages/heartbeat.ts";
import { memberError } from "../group-access.ts";
import { type AnyHandler, handler } from "../handler.ts";

/** Heartbeat, 0 to 4. */
export function heartbeat(): AnyHandler {
  return handler({
    api: heartbeatApi,
    min: 0,
    max: 4,
    handle: ({ groupId, memberId, groupInstanceId, generationId }, context) => {
      const error = memberError(groupId, context);
      // While the coordinator loads its groups, members get no error and simply continue.
      if (error === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) return { errorCode: ErrorCode.NONE };
      return {
        errorCode:
          error === ErrorCode.NONE
            ? context.cluster.groupCoordinator.heartbeat(groupId, memberId, groupInstanceId, generationId)
            : error,
      };
    },
  });
}
