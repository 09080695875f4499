import type { Messages } from "../../protocol/messages/all.ts";
import type { MessageInput } from "../../protocol/schema.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import type { PartitionApiName } from "./topic-fields.ts";

/** An API by Kafka's name for it, `Produce` for example. */
export type ApiName = {
  [N in keyof Messages]: N extends `${infer A}Request` ? (`${A}Response` extends keyof Messages ? A : never) : never;
}[keyof Messages];

/** The decoded request of an API, whole: fields that its version lacks have their defaults. */
export type RequestOf<A extends ApiName> = Messages[`${A}Request`];

/** The decoded response of an API, whole. */
export type ResponseOf<A extends ApiName> = Messages[`${A}Response`];

/** A request as an intercept sees it. */
export interface InterceptedRequest<A extends ApiName = ApiName> {
  /** The broker that got it. */
  readonly nodeId: number;
  /** Kafka's number for the API. */
  readonly apiKey: number;
  /** Kafka's name for the API. */
  readonly apiName: A;
  /** The version in which it was written. */
  readonly apiVersion: number;
  /** The number by which the client finds the response. */
  readonly correlationId: number;
  /** The `clientId` of the client; null for none. */
  readonly clientId: string | null;
  /**
   * The topics that it is about, by name, also where it names them by id, or not at all because a fetch session knows
   * them.
   */
  readonly topics: readonly string[];
  /** The decoded request. Record batches are bytes, as they came. */
  readonly message: RequestOf<A>;
  /** Fires when nobody waits for the response any longer. */
  readonly signal: AbortSignalLike;
}

/** A request of any API: `apiName` tells which, and then `message` has its type. */
export type AnyInterceptedRequest = { [A in ApiName]: InterceptedRequest<A> }[ApiName];

/**
 * What becomes of a request.
 *
 * - nothing (undefined): the next intercept is asked, at last the broker serves it;
 * - `"disconnect"`: the connection is cut, and the request was lost before it was applied;
 * - `"disconnect-after"`: it is applied, then the connection is cut: the reply is lost;
 * - `"hang"`: no answer ever; as with a real broker, nothing that the connection brings after it is looked at;
 * - {@link Answered}, {@link Served} or {@link AppliedLater}.
 */
export type Interception<A extends ApiName = ApiName> =
  undefined | void | "disconnect" | "disconnect-after" | "hang" | Answered<A> | Served<A> | AppliedLater<A>;

/** What becomes of every request, where no function is asked. */
export type GivenInterception<A extends ApiName = ApiName> = Exclude<Interception<A>, undefined | void>;

/** This answer in place of the broker's: the request is not applied. Fields that are left out have their defaults. */
export interface Answered<A extends ApiName = ApiName> {
  /** The response. */
  readonly answer: MessageInput<ResponseOf<A>>;
  /** How long it takes, in ms. Default 0. */
  readonly delayMs?: number;
}

/** The broker serves it, with changes. Later intercepts are asked too, and see the rewritten request. */
export interface Served<A extends ApiName = ApiName> {
  /** How long before it is served, in ms. Default 0. */
  readonly delayMs?: number;
  /** This request in its place. It must be one that the version of the request can carry. */
  readonly rewrite?: MessageInput<RequestOf<A>>;
  /**
   * Makes the response from the one that the broker would give. Not called where there is none (a Produce with acks=0).
   */
  readonly respond?: (response: ResponseOf<A>) => MessageInput<ResponseOf<A>>;
}

/**
 * The connection is cut at once, and the request is applied so many ms later: when the client has long retried, on
 * another connection or at another broker. The broker forgets it when it is stopped before.
 */
export interface AppliedLater<A extends ApiName = ApiName> {
  /** After how many ms it is applied. */
  readonly applyLaterMs: number;
  /** This request in its place. */
  readonly rewrite?: MessageInput<RequestOf<A>>;
}

/** Looks at every request, before it is carried out; may wait first. */
export type Intercept = (request: AnyInterceptedRequest) => Interception | PromiseLike<Interception>;

/** An intercept of one API, with its types. */
export type ApiIntercept<A extends ApiName> = (
  request: InterceptedRequest<A>,
) => Interception<A> | PromiseLike<Interception<A>>;

/** The APIs that can answer an error: for the whole request, or for each of its partitions. */
export type FailingApiName =
  PartitionApiName | { [A in ApiName]: "errorCode" extends keyof ResponseOf<A> ? A : never }[ApiName];
