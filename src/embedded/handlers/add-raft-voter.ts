import * as ErrorCode from "../../errors/error-code.ts";
import { type AddRaftVoterRequestListener, addRaftVoterApi } from "../../protocol/messages/add-raft-voter.ts";
import { type AnyHandler, handler } from "../handler.ts";
import { NO_CLUSTER_ACCESS } from "../outcome.ts";
import { type VoterRefusal, fixedVoters, namedWrongly } from "../voter-refusals.ts";

const LISTENER = "CONTROLLER";

/** AddRaftVoter, 0 to 1. It is always refused, because the voters are fixed. */
export function addRaftVoter(): AnyHandler {
  return handler({
    api: addRaftVoterApi,
    min: 0,
    max: 1,
    handle: (request, { cluster, access }) => {
      if (access?.deniesCluster("ALTER") === true) return NO_CLUSTER_ACCESS;
      return (
        namedWrongly(request, cluster.clusterId, "Add") ?? withoutListener(request.listeners) ?? fixedVoters("adding")
      );
    },
  });
}

function withoutListener(listeners: readonly AddRaftVoterRequestListener[]): VoterRefusal | undefined {
  if (listeners.some(({ name }) => name === LISTENER)) return undefined;
  const shown = listeners.map(({ name, host, port }) => `ListenerName(${name})=${host}/<unresolved>:${port}`);
  return {
    errorCode: ErrorCode.INVALID_REQUEST,
    errorMessage:
      `Add voter request didn't include the endpoint (Endpoints(endpoints={${shown.join(", ")}})) for the default ` +
      `listener ListenerName(${LISTENER})`,
  };
}
