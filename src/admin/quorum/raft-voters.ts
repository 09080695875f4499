import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done } from "../../cluster/routing/verdict.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { is, listOf, MAX_INT32, name, reading, shape, text, wholeFrom } from "../../errors/shape.ts";
import { addRaftVoterApi } from "../../protocol/messages/add-raft-voter.ts";
import { removeRaftVoterApi } from "../../protocol/messages/remove-raft-voter.ts";
import { askOne } from "../ask-items.ts";
import { brokersLimit, type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError, itemVerdict } from "../item-error.ts";
import type { QuorumEndpoint } from "./describe-metadata-quorum.ts";

/** A controller that votes, or shall vote. */
export interface RaftVoter {
  /** Its node id. */
  readonly voterId: number;
  /** The id of its log directory, 22 characters of base64url. `kafka-storage info` prints it. */
  readonly voterDirectoryId: string;
}

/** A controller that shall vote, with the listeners of its configuration. */
export interface NewRaftVoter extends RaftVoter {
  /** Its listeners. */
  readonly endpoints: readonly QuorumEndpoint[];
}

/** The options of calls about voters. */
export interface RaftVoterOptions extends CallOptions {
  /** The id that the cluster must have. Default: it is not checked. Java: `clusterId`. */
  readonly clusterId?: string;
}

const ID = is(
  "a directory id, 22 characters of base64url",
  (value) => typeof value === "string" && /^[\w-]{22}$/.test(value),
);
const FIELDS = { voterId: wholeFrom(0, MAX_INT32), voterDirectoryId: ID };
const VOTER = shape(FIELDS, { needs: ["voterId", "voterDirectoryId"], noun: "field" });
const ENDPOINT = shape(
  { name, host: name, port: wholeFrom(0, 65_535) },
  { needs: ["name", "host", "port"], noun: "field", hints: { listener: "name" } },
);
const NEW_VOTER = shape(
  { ...FIELDS, endpoints: listOf(ENDPOINT, ": pass the listeners, [{ name, host, port }]") },
  { needs: ["voterId", "voterDirectoryId", "endpoints"], noun: "field" },
);
const OPTIONS = optionsWith({ clusterId: text });
/** The version from which on a request says when to answer. */
const ACK_SINCE = 1;

/** See `Admin.addRaftVoter`. */
export async function addRaftVoter(
  client: ClusterClient,
  voter: NewRaftVoter,
  options: RaftVoterOptions,
): Promise<void> {
  NEW_VOTER(voter, "addRaftVoter: voter");
  const own = reading("addRaftVoter: voter", () => ({
    voterId: voter.voterId,
    voterDirectoryId: voter.voterDirectoryId,
    listeners: voter.endpoints.map(({ name: listener, host, port }) => ({ name: listener, host, port })),
  }));
  const limit = callLimit(options, "addRaftVoter", OPTIONS);
  const { clusterId = null } = options;
  const what = `cannot add controller ${own.voterId} to the voters`;
  await askOne(
    client,
    {
      what,
      isChange: true,
      send: async (connection, within) => {
        const version = connection.version(addRaftVoterApi);
        const { errorCode, errorMessage } = await connection.request(
          addRaftVoterApi,
          {
            ...own,
            clusterId,
            timeoutMs: brokersLimit(client, within),
            ...(version < ACK_SINCE ? {} : { ackWhenCommitted: true }),
          },
          { version },
        );
        return errorCode === ErrorCode.NONE ? done(true) : itemVerdict(itemError(errorCode, what, errorMessage));
      },
    },
    limit,
  );
}

/** See `Admin.removeRaftVoter`. */
export async function removeRaftVoter(
  client: ClusterClient,
  voter: RaftVoter,
  options: RaftVoterOptions,
): Promise<void> {
  VOTER(voter, "removeRaftVoter: voter");
  const { voterId, voterDirectoryId } = reading("removeRaftVoter: voter", () => ({ ...voter }));
  const limit = callLimit(options, "removeRaftVoter", OPTIONS);
  const { clusterId = null } = options;
  const what = `cannot remove controller ${voterId} from the voters`;
  await askOne(
    client,
    {
      what,
      isChange: true,
      send: async (connection) => {
        const request = { clusterId, voterId, voterDirectoryId };
        const { errorCode, errorMessage } = await connection.request(removeRaftVoterApi, request);
        return errorCode === ErrorCode.NONE ? done(true) : itemVerdict(itemError(errorCode, what, errorMessage));
      },
    },
    limit,
  );
}
