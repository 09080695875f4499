import { KafkaError } from "../../errors/kafka-error.ts";
import { is, listOf, name, wholeFrom } from "../../errors/shape.ts";
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

/** What tests do to the requests of a cluster, and see of them. All of it is checked here; `EmbeddedCluster` gives it its types. */
export class RequestControl {
  readonly intercepts: Intercepts = new Intercepts();
  readonly recorder: RequestRecorder = new RequestRecorder();
  readonly #apis: ReadonlyMap<string, AnyApi>;
  readonly #brokers: () => readonly number[];

  constructor(apis: readonly AnyApi[], brokers: () => readonly number[]) {
    this.#apis = new Map(apis.map((api) => [api.name, api]));
    this.#brokers = brokers;
  }

  intercept(api: string | undefined, intercept: GivenIntercept | undefined, scope: InterceptScope = {}): InterceptHandle {
    if (api !== undefined) this.#api(api);
    if (intercept === undefined) throw new KafkaError("config", "an intercept is a function, or what becomes of each request");
    checkScope(scope, api, this.#brokers(), ["when", "times"]);
    return this.#add(new ScopedIntercept(api, intercept, scope, (self) => this.intercepts.remove(self)));
  }

  failPartition(api: string, topic: string, partition: number, errors: readonly QueuedError[], scope: RequestScope = {}): InterceptHandle {
    this.#api(api);
    if (!isPartitionApi(api)) throw new KafkaError("config", `${api} does not answer partitions one by one: failPartition is for ${Object.keys(RESPONSE_PARTITIONS).join(", ")}; failRequests is for the others`);
    name(topic, "failPartition: the topic");
    wholeFrom(0)(partition, "failPartition: the partition");
    if (scope.topic !== undefined) throw new KafkaError("config", "topic is an argument of failPartition, and not of its scope", { topic });
    return this.#queue({ ...scope, apiName: api, topic, partition }, errors, { ...scope, topic });
  }

  failRequests(api: string, errors: readonly QueuedError[], scope: RequestScope = {}): InterceptHandle {
    const { fields } = this.#api(api).response;
    if (!isPartitionApi(api) && !fields.some(([name]) => name === "errorCode")) throw new KafkaError("config", `a response of ${api} has no error for the whole request: intercept it, and give an answer`);
    return this.#queue({ ...scope, apiName: api }, errors, scope);
  }

  record<A extends ApiName>(options: RequestLogOptions<A> = {}): RequestLog<A> {
    is("an object", (value) => typeof value === "object" && value !== null)(options, "recordRequests");
    const { api = [] } = options;
    const names: readonly string[] = typeof api === "string" ? [api] : api;
    listOf(name)(names, "recordRequests: api");
    for (const one of names) this.#api(one);
    checkScope(options, names.length === 1 ? names[0] : undefined, this.#brokers(), ["api", "limit"]);
    return this.recorder.start(options) as unknown as RequestLog<A>; // the entries are of the APIs that were checked
  }

  #api(given: string): AnyApi {
    const api = this.#apis.get(given);
    if (api === undefined) throw new KafkaError("config", `the embedded cluster does not serve ${plainly(given)}; it serves ${[...this.#apis.keys()].join(", ")}`);
    return api;
  }

  #queue(target: ErrorQueueTarget, errors: readonly QueuedError[], scope: RequestScope): InterceptHandle {
    checkScope(scope, target.apiName, this.#brokers());
    return this.#add(new ErrorQueue(target, errorCodes(errors), (self) => this.intercepts.remove(self)));
  }

  #add(interceptor: Interceptor & { readonly calls: number; readonly left: number }): InterceptHandle {
    this.intercepts.add(interceptor);
    return interceptHandle(interceptor, () => {
      interceptor.end();
      this.intercepts.remove(interceptor);
    });
  }
}
