import { KafkaError } from "../../errors/kafka-error.ts";
import { inWords } from "../../errors/words.ts";
import type { ArrivedRequest } from "./arrived-request.ts";
import type { ApiName, InterceptedRequest, RequestOf, ResponseOf } from "./interception.ts";
import { type RequestScope, isInScope } from "./scope.ts";

/**
 * The outcome of a request. `pending`: it has none yet. `answered`: it got a response. `no-answer`: it needs none
 * (acks=0). `disconnect`, `disconnect-after`, `hang` or `apply-later`: an intercept did this. `refused`: the broker
 * closed the connection. `client-gone`: the client closed its connection before the response.
 */
export type RequestOutcome =
  | "pending"
  | "answered"
  | "no-answer"
  | "disconnect"
  | "disconnect-after"
  | "hang"
  | "apply-later"
  | "refused"
  | "client-gone";

/** A request that a broker got. */
export interface RequestLogEntry<A extends ApiName = ApiName> extends Omit<
  InterceptedRequest<A>,
  "message" | "signal"
> {
  /** When it arrived, in ms of the cluster's clock. */
  readonly atMs: number;
  /** The request as the client sent it. Record batches are bytes. */
  readonly request: RequestOf<A>;
  /**
   * The response as the client got it. If the request was applied without a response, the response that was not sent.
   */
  readonly response: ResponseOf<A> | undefined;
  /** `pending` until it is answered or has ended in another way. */
  readonly outcome: RequestOutcome;
  /** When it was answered, or ended in another way, in ms; undefined while it is pending. */
  readonly endedAtMs: number | undefined;
}

/** An entry of any API. Check `apiName` to get its type. */
export type AnyRequestLogEntry<A extends ApiName = ApiName> = { [K in A]: RequestLogEntry<K> }[A];

/** The requests that brokers got since the log was started, in order. */
export interface RequestLog<A extends ApiName = ApiName> extends Disposable {
  /** Grows as requests arrive. An entry's response and outcome are set later. */
  readonly entries: readonly AnyRequestLogEntry<A>[];
  /** How many entries were dropped because there were more than `limit`. */
  readonly dropped: number;
  /** Removes the entries. */
  clear(): void;
  /** Stops recording; the entries stay. */
  stop(): void;
}

/** Which requests to record, and how many of them to keep. */
export interface RequestLogOptions<A extends ApiName = ApiName> extends RequestScope {
  /** Only this API, or these. Default: all. */
  readonly api?: A | readonly A[];
  /** How many of the newest requests are kept. Default 10000. */
  readonly limit?: number;
}

/** The default of {@link RequestLogOptions.limit}. */
const DEFAULT_LIMIT = 10_000;

/** The entry of a request that is being served. */
export class RecordedRequest {
  readonly nodeId: number;
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly topics: readonly string[];
  readonly atMs: number;
  readonly request: unknown;
  response: unknown = undefined;
  outcome: RequestOutcome = "pending";
  endedAtMs: number | undefined = undefined;

  constructor(arrived: ArrivedRequest, request: unknown, atMs: number) {
    this.nodeId = arrived.nodeId;
    this.apiKey = arrived.apiKey;
    this.apiName = arrived.apiName;
    this.apiVersion = arrived.apiVersion;
    this.correlationId = arrived.correlationId;
    this.clientId = arrived.clientId;
    this.topics = arrived.topics;
    this.atMs = atMs;
    this.request = request;
  }

  end(outcome: RequestOutcome, atMs: number): void {
    this.outcome = outcome;
    this.endedAtMs = atMs;
  }
}

/** One recording: keeps the newest entries in its scope. */
class Recording {
  entries: RecordedRequest[] = [];
  dropped = 0;
  readonly #options: RequestLogOptions;
  readonly #limit: number;

  constructor(options: RequestLogOptions) {
    this.#options = options;
    this.#limit = options.limit ?? DEFAULT_LIMIT;
  }

  wants(arrived: ArrivedRequest): boolean {
    const { api } = this.#options;
    const isApi =
      api === undefined ||
      (typeof api === "string" ? api === arrived.apiName : (api as readonly string[]).includes(arrived.apiName));
    return isApi && isInScope(this.#options, arrived);
  }

  add(entry: RecordedRequest): void {
    this.entries.push(entry);
    if (this.entries.length <= this.#limit) return;
    this.entries.shift();
    this.dropped++;
  }
}

/** All recordings of a cluster. If there is none, a request costs nothing extra. */
export class RequestRecorder {
  readonly #recordings = new Set<Recording>();

  /** Starts a recording. Throws kind `config` for an invalid limit. */
  start(options: RequestLogOptions): RequestLog {
    const { limit } = options;
    if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0))
      throw new KafkaError("config", `recordRequests: limit takes a whole number from 1 on, not ${inWords(limit)}`);
    const recording = new Recording(options);
    this.#recordings.add(recording);
    const stop = (): void => {
      this.#recordings.delete(recording);
    };
    return {
      get entries() {
        return recording.entries as unknown as readonly AnyRequestLogEntry[];
      },
      get dropped() {
        return recording.dropped;
      },
      clear: () => {
        recording.entries = [];
        recording.dropped = 0;
      },
      stop,
      [Symbol.dispose]: stop,
    };
  }

  /**
   * Makes an entry if a recording wants the request. `decode` decodes the request again, on separate memory, because
   * the broker changes batches in place.
   */
  begin(arrived: ArrivedRequest, decode: () => unknown, nowMs: number): RecordedRequest | undefined {
    let entry: RecordedRequest | undefined;
    for (const recording of this.#recordings) {
      if (!recording.wants(arrived)) continue;
      entry ??= new RecordedRequest(arrived, decode(), nowMs);
      recording.add(entry);
    }
    return entry;
  }

  get isEmpty(): boolean {
    return this.#recordings.size === 0;
  }
}
