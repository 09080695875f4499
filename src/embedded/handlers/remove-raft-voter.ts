import { removeRaftVoterApi } from "../../protocol/messages/remove-raft-voter.ts";
import { type AnyHandler, handler } from "../handler.ts";
import { NO_CLUSTER_ACCESS } from "../outcome.ts";
import { fixedVoters, namedWrongly } from "../voter-refusals.ts";

/** RemoveRaftVoter, 0. It is always refused, because the voters are fixed. */
export function removeRaftVoter(): AnyHandler {
  return handler({
    api: removeRaftVoterApi,
    min: 0,
    max: 0,
    handle: (request, { cluster, access }) =>
      access?.deniesCluster("ALTER") === true
        ? NO_CLUSTER_ACCESS
        : (namedWrongly(request, cluster.clusterId, "Remove") ?? fixedVoters("removing")),
  });
}
