import { KafkaError } from "../../errors/kafka-error.ts";
import { callback, errorOf, name, object, reading, text } from "../../errors/shape.ts";
import { inWords } from "../../errors/words.ts";
import type { ArrivedRequest } from "./arrived-request.ts";
import type { AnyInterceptedRequest, ApiName, InterceptedRequest } from "./interception.ts";
import { REQUEST_TOPICS, type TopicApiName, isTopicApi } from "./topic-fields.ts";

/** Selects requests. A request must match every condition given. */
export interface RequestScope {
  /** Requests to this broker, by node id. Default: any. */
  readonly broker?: number;
  /** Requests of clients with this `clientId`. Default: any. */
  readonly clientId?: string;
  /** Requests that are about this topic, perhaps among others. Only for APIs with topics. Default: any. */
  readonly topic?: string;
}

/** Selects the requests of an intercept, and how many. */
export interface InterceptScope<A extends ApiName = ApiName> extends RequestScope {
  /** Any other condition. Default: none. */
  readonly when?: (request: ApiName extends A ? AnyInterceptedRequest : InterceptedRequest<A>) => boolean;
  /** The intercept ends after this many requests. Default: it does not end. */
  readonly times?: number;
}

/** The scope of an intercept of one API; `topic` exists only if its requests name topics. */
export type ScopeOf<A extends ApiName> = A extends TopicApiName
  ? InterceptScope<A>
  : InterceptScope<A> & { readonly topic?: never };

/** Throws kind `config` for a scope that can never match. `brokers` are the existing node ids. */
export function checkScope(
  call: string,
  scope: RequestScope,
  apiName: string | undefined,
  brokers: Iterable<number>,
  more: readonly string[] = [],
): void {
  reading(`${call}: a scope`, () => checkFields(call, scope, apiName, brokers, more));
}

function checkFields(
  call: string,
  scope: RequestScope,
  apiName: string | undefined,
  brokers: Iterable<number>,
  more: readonly string[],
): void {
  object(scope, `${call}: a scope`);
  const fields = ["broker", "clientId", "topic", ...more];
  const unknown = Object.keys(scope).find((name) => !fields.includes(name));
  if (unknown !== undefined)
    throw new KafkaError("config", `${call}: a scope has no field "${unknown}"; its fields are ${fields.join(", ")}`);
  const ids = [...brokers];
  if (scope.clientId !== undefined) text(scope.clientId, `${call}: a scope.clientId`);
  if (scope.topic !== undefined) name(scope.topic, `${call}: a scope.topic`);
  if (scope.broker !== undefined && !ids.includes(scope.broker))
    throw new KafkaError(
      "config",
      `${call}: there is no broker ${inWords(scope.broker)}; the brokers are ${ids.join(", ")}`,
    );
  if (scope.topic !== undefined && apiName !== undefined && !isTopicApi(apiName))
    throw new KafkaError(
      "config",
      `${call}: requests of ${apiName} name no topics: a scope with a topic is for ` +
        Object.keys(REQUEST_TOPICS).join(", "),
    );
  const { times, when } = scope as InterceptScope;
  if (times !== undefined && !(Number.isSafeInteger(times) && times > 0))
    throw new KafkaError("config", `${call}: times takes a whole number from 1 on, not ${inWords(times)}`);
  if (when !== undefined && errorOf(callback, when, "") !== undefined)
    throw new KafkaError("config", `${call}: when takes a function from request to boolean, not ${inWords(when)}`);
}

/** Whether a request is in a scope, ignoring `times`. */
export function isInScope(
  { broker, clientId, topic, when }: Omit<InterceptScope, "times">,
  request: ArrivedRequest,
): boolean {
  if (broker !== undefined && broker !== request.nodeId) return false;
  if (clientId !== undefined && clientId !== request.clientId) return false;
  if (topic !== undefined && !request.partitions.some((asked) => asked.topic === topic)) return false;
  return when === undefined || when(request as unknown as AnyInterceptedRequest);
}
