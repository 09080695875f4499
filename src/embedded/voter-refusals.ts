import * as ErrorCode from "../errors/error-code.ts";
import { ZERO_UUID } from "../wire/uuid.ts";

/** An error with Kafka's text for it. */
export interface VoterRefusal {
  readonly errorCode: number;
  readonly errorMessage: string;
}

/** The voter that a request names, and the cluster that the client means. */
export interface NamedVoter {
  readonly clusterId: string | null;
  readonly voterId: number;
  readonly voterDirectoryId: string;
}

/** The client means another cluster, or names no voter. */
export function namedWrongly(
  { clusterId, voterId, voterDirectoryId }: NamedVoter,
  ownClusterId: string,
  change: "Add" | "Remove",
): VoterRefusal | undefined {
  if (clusterId !== null && clusterId !== ownClusterId)
    return {
      errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID,
      errorMessage: `The given id "${clusterId}" doesn't match the cluster id "${ownClusterId}"`,
    };
  if (voterId >= 0 && voterDirectoryId !== ZERO_UUID) return undefined;
  return {
    errorCode: ErrorCode.INVALID_REQUEST,
    errorMessage: `${change} voter request didn't include a valid voter`,
  };
}

/** The voters of this cluster are fixed, as in every Kafka whose `kraft.version` is 0. */
export function fixedVoters(change: "adding" | "removing"): VoterRefusal {
  return {
    errorCode: ErrorCode.UNSUPPORTED_VERSION,
    errorMessage: `Cluster doesn't support ${change} voter because the kraft.version feature is 0`,
  };
}
