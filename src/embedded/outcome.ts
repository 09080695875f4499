import * as ErrorCode from "../errors/error-code.ts";

/** The outcome of one item of a request to the controller, with Kafka's text for an error if it has one. */
export interface Outcome {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** The item succeeded. */
export const DONE: Outcome = { errorCode: ErrorCode.NONE, errorMessage: null };

/** The request leaves the controller no time: it gives up before it does anything. */
export const NO_TIME: Outcome = { errorCode: ErrorCode.REQUEST_TIMED_OUT, errorMessage: null };

/** The refusal of a client without a right to the cluster, from the APIs that do not say which right it needs. */
export const NO_CLUSTER_ACCESS: Outcome = {
  errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
  errorMessage: "Cluster authorization failed.",
};
