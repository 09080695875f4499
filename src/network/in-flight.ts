import { KafkaError, type Outcome, detailsOf } from "../errors/kafka-error.ts";
import type { ObservedConnection } from "../hooks/hook-sites.ts";
import { DeadlineEntry } from "../runtime/deadline-wheel.ts";

/** The key of the only API whose frames are in memory that is used again. */
const PRODUCE_KEY = 0;

/** The parts of a request that do not change. */
export interface InFlightParts {
  readonly correlationId: number;
  /** The API's name and key, and the version; −1 for a token without a header. */
  readonly api: { readonly name: string; readonly key: number };
  readonly version: number;
  readonly timeoutMs: number;
  /** The frame. */
  readonly chunks: readonly Uint8Array[];
  /** A response with a header, an answer without one (a token of old brokers), or none. */
  readonly answer: "response" | "bare" | "none";
  /** Whether it belongs to a session: all but those that open the connection or authenticate. */
  readonly needsSession: boolean;
  /** Receives the response; for a request without one, nothing when it is written. */
  readonly receive: (frame: Uint8Array) => void;
  readonly reject: (error: KafkaError) => void;
}

/**
 * The parts that a connection adds to each request. A second object, so that the first is not copied by a spread: V8
 * makes the fields after a spread by a call into its runtime.
 */
export interface InFlightHost {
  /** When the request was made (monotonic ms); 0 if requests are not observed. */
  readonly createdMs: number;
  readonly observed: ObservedConnection | undefined;
  readonly expired: (entry: InFlight) => void;
}

/** A request that waits for its response: its place in the order, its deadline, and the functions that settle it. */
export class InFlight extends DeadlineEntry {
  readonly correlationId: number;
  readonly apiName: string;
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly timeoutMs: number;
  readonly createdMs: number;
  readonly answer: InFlightParts["answer"];
  readonly needsSession: boolean;
  /** When it was passed to the stream (monotonic ms), and its size in bytes; only if requests are observed. */
  writtenMs = -1;
  sizeInBytes = 0;
  /** The response, for hooks: it goes with the request. */
  response: unknown = undefined;
  /** When it was sent, or will be sent: monotonic ms. Its timeout does not run while the broker throttles. */
  sentMs = 0;
  /** The frame, until it is passed to the stream. */
  chunks: readonly Uint8Array[] | undefined;
  /** The pending write, while the stream still owns the chunks. Never rejects. */
  writing: Promise<void> | undefined;
  readonly #observed: ObservedConnection | undefined;
  readonly #receive: (frame: Uint8Array) => void;
  readonly #reject: (error: KafkaError) => void;
  readonly #expired: (entry: InFlight) => void;

  constructor(parts: InFlightParts, host: InFlightHost) {
    super();
    this.correlationId = parts.correlationId;
    this.apiName = parts.api.name;
    this.apiKey = parts.api.key;
    this.apiVersion = parts.version;
    this.createdMs = host.createdMs;
    this.#observed = host.observed;
    this.timeoutMs = parts.timeoutMs;
    this.answer = parts.answer;
    this.needsSession = parts.needsSession;
    this.chunks = parts.chunks;
    this.#receive = parts.receive;
    this.#reject = parts.reject;
    this.#expired = host.expired;
  }

  receive(frame: Uint8Array): void {
    this.#receive(frame);
  }

  override onDeadline(): void {
    this.#expired(this);
  }

  /**
   * Fails the request. If it was never passed to the stream, it was not carried out; otherwise that is unknown. Produce
   * rejects only once the stream no longer uses the chunks, because the producer may then reuse their memory
   * (KAFKA-19012). Other requests do not wait for a stream whose write never settles.
   */
  fail(error: KafkaError, address: string): void {
    if (this.writing !== undefined && this.apiKey === PRODUCE_KEY) {
      void this.writing.then(() => this.#failNow(error, address));
      return;
    }
    this.#failNow(error, address);
  }

  #failNow(error: KafkaError, address: string): void {
    const outcome: Outcome = this.chunks === undefined ? "indefinite" : "notWritten";
    const failure = new KafkaError(error.kind, requestFailed(this.apiName, address, error.message), {
      ...detailsOf(error),
      cause: error,
      outcome,
      address,
    });
    this.#observed?.client.hooks?.requestFailed?.(this.#observed, this, failure);
    this.#reject(failure);
  }
}

/** The text for a request that failed. It says the address once, which the reason often names already. */
export function requestFailed(apiName: string, address: string, reason: string): string {
  return reason.includes(address) ? `${apiName}: ${reason}` : `${apiName} to ${address}: ${reason}`;
}

/** The error of a request that a connection does not take because it is closed, or not open yet. */
export function refused(apiName: string, address: string, closed: KafkaError | undefined): KafkaError {
  return new KafkaError(
    "connection",
    requestFailed(apiName, address, `the connection is closed (${closed?.message ?? "not open"})`),
    { retriable: true, outcome: "notWritten", address, cause: closed },
  );
}
