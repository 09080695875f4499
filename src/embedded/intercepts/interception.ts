import type { ApiName, RequestOf, ResponseOf } from "../../protocol/api-name.ts";
import type { MessageInput } from "../../protocol/schema.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import type { PartitionApiName } from "./topic-fields.ts";

export type { ApiName, RequestOf, ResponseOf } from "../../protocol/api-name.ts";

/** A request as an intercept gets it. */
export interface InterceptedRequest<A extends ApiName = ApiName> {
  /** The node id of the broker that got it. */
  readonly nodeId: number;
  /** Kafka's number for the API. */
  readonly apiKey: number;
  /** Kafka's name for the API. */
  readonly apiName: A;
  /** The version in which it was encoded. */
  readonly apiVersion: number;
  /** The number by which the client matches the response. */
  readonly correlationId: number;
  /** The `clientId` of the client; null if it has none. */
  readonly clientId: string | null;
  /**
   * The names of the topics that it is about, even if the request names them by id, or leaves them out because a fetch
   * session knows them.
   */
  readonly topics: readonly string[];
  /** The decoded request. Record batches are bytes, as they were sent. */
  readonly message: RequestOf<A>;
  /** Fires when the response is not needed any more, because the connection or the broker is gone. */
  readonly signal: AbortSignalLike;
}

/** A request of any API. Check `apiName` to get the type of `message`. */
export type AnyInterceptedRequest = { [A in ApiName]: InterceptedRequest<A> }[ApiName];

/**
 * The instruction of an intercept for one request:
 *
 * - nothing (undefined): the next intercept runs; after the last one, the broker serves the request;
 * - `"disconnect"`: the connection is closed, and the request is lost without being applied;
 * - `"disconnect-after"`: the request is applied, then the connection is closed: the response is lost;
 * - `"hang"`: the request is never answered, and later requests of the connection wait behind it, as with a real
 *   broker;
 * - {@link Answered}, {@link Served} or {@link AppliedLater}.
 */
export type Interception<A extends ApiName = ApiName> =
  undefined | void | "disconnect" | "disconnect-after" | "hang" | Answered<A> | Served<A> | AppliedLater<A>;

/** An interception of every request, given instead of a function. */
export type GivenInterception<A extends ApiName = ApiName> = Exclude<Interception<A>, undefined | void>;

/** Sends this response instead of the broker's: the request is not applied. Missing fields have their defaults. */
export interface Answered<A extends ApiName = ApiName> {
  /** The response. */
  readonly answer: MessageInput<ResponseOf<A>>;
  /** How long to wait before it is sent, in ms. Default 0. */
  readonly delayMs?: number;
}

/** The broker serves the request, with changes. Later intercepts run too, and get the rewritten request. */
export interface Served<A extends ApiName = ApiName> {
  /** How long to wait before it is served, in ms. Default 0. */
  readonly delayMs?: number;
  /** Replaces the request. The version of the request must be able to encode it. */
  readonly rewrite?: MessageInput<RequestOf<A>>;
  /** Makes the response from the broker's. Not called if there is no response (a Produce with acks=0). */
  readonly respond?: (response: ResponseOf<A>) => MessageInput<ResponseOf<A>>;
}

/**
 * Closes the connection at once, and applies the request after this delay, by which time the client has retried on
 * another connection or at another broker. If the broker is stopped first, the request is not applied.
 */
export interface AppliedLater<A extends ApiName = ApiName> {
  /** After how many ms it is applied. */
  readonly applyLaterMs: number;
  /** Replaces the request. */
  readonly rewrite?: MessageInput<RequestOf<A>>;
}

/** Runs for each request before it is served; may be async. */
export type Intercept = (request: AnyInterceptedRequest) => Interception | PromiseLike<Interception>;

/** An intercept of one API, with its types. */
export type ApiIntercept<A extends ApiName> = (
  request: InterceptedRequest<A>,
) => Interception<A> | PromiseLike<Interception<A>>;

/** The APIs whose response can have an error: for the whole request, or for each partition. */
export type FailingApiName =
  PartitionApiName | { [A in ApiName]: "errorCode" extends keyof ResponseOf<A> ? A : never }[ApiName];
