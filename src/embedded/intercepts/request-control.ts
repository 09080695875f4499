import { KafkaError } from "../../errors/kafka-error.ts";
import { listOf, name, object, reading, wholeFrom } from "../../errors/shape.ts";
import { plainly } from "../../errors/words.ts";
import type { Api } from "../../protocol/schema.ts";
import { ErrorQueue, type ErrorQueueTarget, type QueuedError, errorCodes } from "./error-queue.ts";
import { type InterceptHandle, interceptHandle } from "./intercept-handle.ts";
import type { ApiName } from "./interception.ts";
import { type Interceptor, Intercepts } from "./intercepts.ts";
import { type RequestLog, type RequestLogOptions, RequestRecorder } from "./request-log.ts";
import { type InterceptScope, type RequestScope, checkScope } from "./scope.ts";
import { type GivenIntercept, ScopedIntercept } from "./scoped-intercept.ts";
import { RESPONSE_PARTITIONS, isPartitionApi } from "./topic-fields.ts";

type AnyApi = Api<unknown, unknown>;

/**
 * The intercepts, error queues and request logs of a cluster. All input is checked here; `EmbeddedCluster` adds the
 * types.
 */
export class RequestControl {
  readonly intercepts: Intercepts = new Intercepts();
  readonly recorder: RequestRecorder = new RequestRecorder();
  readonly #apis: ReadonlyMap<string, AnyApi>;
  readonly #brokers: () => readonly number[];

  constructor(apis: readonly AnyApi[], brokers: () => readonly number[]) {
    this.#apis = new Map(apis.map((api) => [api.name, api]));
    this.#brokers = brokers;
  }

  intercept(
    api: string | undefined,
    intercept: GivenIntercept | undefined,
    scope: InterceptScope = {},
  ): InterceptHandle {
    if (api !== undefined) this.#api("intercept", api);
    if (intercept === undefined)
      throw new KafkaError("config", "intercept takes a function, or an interception for every request");
    checkScope("intercept", scope, api, this.#brokers(), ["when", "times"]);
    return this.#add(new ScopedIntercept(api, intercept, scope, (self) => this.intercepts.remove(self)));
  }

  failPartition(
    api: string,
    topic: string,
    partition: number,
    errors: readonly QueuedError[],
    scope: RequestScope = {},
  ): InterceptHandle {
    this.#api("failPartition", api);
    if (!isPartitionApi(api))
      throw new KafkaError(
        "config",
        `a response of ${api} has no error for each partition: failPartition is for ` +
          `${Object.keys(RESPONSE_PARTITIONS).join(", ")}; failRequests is for the others`,
      );
    name(topic, "failPartition: the topic");
    wholeFrom(0)(partition, "failPartition: the partition");
    checkScope("failPartition", scope, api, this.#brokers());
    if (scope.topic !== undefined)
      throw new KafkaError("config", "topic is an argument of failPartition, not a field of its scope", { topic });
    return this.#queue("failPartition", { ...scope, apiName: api, topic, partition }, errors);
  }

  failRequests(api: string, errors: readonly QueuedError[], scope: RequestScope = {}): InterceptHandle {
    const { fields } = this.#api("failRequests", api).response;
    if (!isPartitionApi(api) && !fields.some(([name]) => name === "errorCode"))
      throw new KafkaError(
        "config",
        `a response of ${api} has no error for the whole request: use intercept with an answer`,
      );
    checkScope("failRequests", scope, api, this.#brokers());
    return this.#queue("failRequests", { ...scope, apiName: api }, errors);
  }

  record<A extends ApiName>(given: RequestLogOptions<A> = {}): RequestLog<A> {
    object(given, "recordRequests");
    const options = reading("recordRequests: its options", () => ({ ...given }));
    const { api = [] } = options;
    const names: readonly string[] = typeof api === "string" ? [api] : api;
    listOf(name)(names, "recordRequests: api");
    for (const one of names) this.#api("recordRequests", one);
    checkScope("recordRequests", options, names.length === 1 ? names[0] : undefined, this.#brokers(), ["api", "limit"]);
    // the APIs were checked, so all entries are of those
    return this.recorder.start(options) as unknown as RequestLog<A>;
  }

  #api(call: string, given: string): AnyApi {
    const api = this.#apis.get(given);
    if (api === undefined)
      throw new KafkaError(
        "config",
        `${call}: the embedded cluster does not serve ${plainly(given)}; it serves ` +
          [...this.#apis.keys()].join(", "),
      );
    return api;
  }

  #queue(call: string, target: ErrorQueueTarget, errors: readonly QueuedError[]): InterceptHandle {
    return this.#add(new ErrorQueue(target, errorCodes(call, errors), (self) => this.intercepts.remove(self)));
  }

  #add(interceptor: Interceptor & { readonly calls: number; readonly left: number }): InterceptHandle {
    this.intercepts.add(interceptor);
    return interceptHandle(interceptor, () => {
      interceptor.end();
      this.intercepts.remove(interceptor);
    });
  }
}
