import { KafkaError } from "../../errors/kafka-error.ts";
import { inWords } from "../../errors/words.ts";
import type { ArrivedRequest } from "./arrived-request.ts";
import type { ApiName, InterceptedRequest, RequestOf, ResponseOf } from "./interception.ts";
import { type RequestScope, isInScope } from "./scope.ts";

/**
 * What became of a request: it waits (`pending`), was answered, needs no answer (`no-answer`: acks=0), an intercept
 * made it `disconnect`, `disconnect-after`, `hang` or `apply-later`, the broker itself cut the connection (`refused`),
 * or the client was gone before there was an answer (`client-gone`).
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
  /** When it arrived, in ms, by the cluster's clock. */
  readonly atMs: number;
  /** As the client sent it. Record batches are bytes. */
  readonly request: RequestOf<A>;
  /** As the client got it; of one that was applied and not answered, as it would have got it. */
  readonly response: ResponseOf<A> | undefined;
  /** What became of it, up to now. */
  readonly outcome: RequestOutcome;
  /** When it was answered, or what else became of it was clear, in ms; undefined while it is pending. */
  readonly endedAtMs: number | undefined;
}

/** An entry of any API: `apiName` tells which. */
export type AnyRequestLogEntry<A extends ApiName = ApiName> = { [K in A]: RequestLogEntry<K> }[A];

/** The requests that brokers got since it was started, in the order in which they came. */
export interface RequestLog<A extends ApiName = ApiName> extends Disposable {
  /** Grows as requests come, and its entries get their responses and outcomes. */
  readonly entries: readonly AnyRequestLogEntry<A>[];
  /** How many were dropped because there were more than `limit`. */
  readonly dropped: number;
  /** Forgets the entries. */
  clear(): void;
  /** Records no more; what is there stays. */
  stop(): void;
}

/** What is recorded. */
export interface RequestLogOptions<A extends ApiName = ApiName> extends RequestScope {
  /** Only this API, or these. Default: all. */
  readonly api?: A | readonly A[];
  /** How many requests are kept, the newest. Default 10000. */
  readonly limit?: number;
}

export const DEFAULT_LIMIT = 10_000;

/** An entry while its request is served. */
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

/** One recording: keeps the newest entries of what is in its scope. */
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

/** All recordings of a cluster. Without any, a request costs nothing. */
export class RequestRecorder {
  readonly #recordings = new Set<Recording>();

  /** Begins a recording. Throws kind `config` for a limit that is none. */
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
   * The entry of a request that somebody records. `decode` decodes it anew, on memory of its own: the log changes
   * batches in their place.
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
