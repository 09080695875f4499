import type { Cancellation } from "../runtime/cancellation.ts";

/** A request as an intercept sees it. */
export interface InterceptedRequest {
  readonly nodeId: number;
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  readonly clientId: string | null;
  /** The decoded request. */
  readonly message: unknown;
  /** Fires when nobody waits for the response any longer. */
  readonly signal: Cancellation;
}

/**
 * What becomes of a request: nothing special (undefined), an answer in place of the handler's, the connection cut before or
 * after it was carried out, or no answer ever.
 */
export type Interception = undefined | { readonly answer: unknown } | "disconnect" | "disconnect-after" | "hang";

/** Looks at every request, before it is carried out; may wait first. */
export type Intercept = (request: InterceptedRequest) => Interception | PromiseLike<Interception>;
