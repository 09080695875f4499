import type { Messages } from "../protocol/messages/all.ts";
import type { Input } from "../protocol/schema.ts";
import type { Cancellation } from "../runtime/cancellation.ts";

/** A request as an intercept sees it. */
export interface InterceptedRequest<Req = unknown> {
  readonly nodeId: number;
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  readonly clientId: string | null;
  /** The decoded request. */
  readonly message: Req;
  /** Fires when nobody waits for the response any longer. */
  readonly signal: Cancellation;
}

/**
 * What becomes of a request: nothing special (undefined), an answer in place of the handler's, a wait before it is carried out,
 * the connection cut before or after it was carried out, or no answer ever.
 */
export type Interception<Res = unknown> = undefined | { readonly answer: Res } | { readonly delayMs: number } | "disconnect" | "disconnect-after" | "hang";

/** Looks at every request, before it is carried out; may wait first. */
export type Intercept<Req = unknown, Res = unknown> = (request: InterceptedRequest<Req>) => Interception<Res> | PromiseLike<Interception<Res>>;

/** An API by Kafka's name for it, `Produce` for example. */
export type ApiName = { [N in keyof Messages]: N extends `${infer A}Request` ? (`${A}Response` extends keyof Messages ? A : never) : never }[keyof Messages];

/** An intercept of one API, with its types. */
export type ApiIntercept<A extends ApiName> = Intercept<Messages[`${A}Request`], Input<Messages[`${A}Response`]>>;
