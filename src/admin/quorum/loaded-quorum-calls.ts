import type { LoadedCalls } from "../admin-calls.ts";
import type { AdminContext } from "../admin-context.ts";
import { describeMetadataQuorum } from "./describe-metadata-quorum.ts";
import type { QuorumCalls } from "./quorum-calls.ts";
import { addRaftVoter, removeRaftVoter } from "./raft-voters.ts";
import { unregisterBroker, unregisterController } from "./unregister.ts";

export function quorumCalls({ client }: AdminContext): LoadedCalls<QuorumCalls> {
  return {
    describeMetadataQuorum: (options = {}) => describeMetadataQuorum(client, options),
    addRaftVoter: (voter, options = {}) => addRaftVoter(client, voter, options),
    removeRaftVoter: (voter, options = {}) => removeRaftVoter(client, voter, options),
    unregisterBroker: (brokerId, options = {}) => unregisterBroker(client, brokerId, options),
    unregisterController: (controllerId, options = {}) => unregisterController(client, controllerId, options),
  };
}
