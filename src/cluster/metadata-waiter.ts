import { KafkaError } from "../errors/kafka-error.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import { DeadlineEntry } from "../runtime/deadline-wheel.ts";
import type { MetadataSnapshot } from "./metadata.ts";
import type { Wait } from "./waits.ts";

/** Options of {@link MetadataWaiter}. */
export interface MetadataWaiterOptions {
  readonly what: string;
  readonly predicate: (snapshot: MetadataSnapshot) => boolean;
  /** Why a snapshot is not sufficient. */
  readonly why: ((snapshot: MetadataSnapshot) => KafkaError | undefined) | undefined;
  /** The wait that is logged if it takes long. */
  readonly wait: Wait | undefined;
  readonly signal: AbortSignalLike | undefined;
  /** The reason of a timeout if no request has failed: the requests that have no answer yet. */
  readonly pending: () => KafkaError | undefined;
  readonly resolve: (snapshot: MetadataSnapshot) => void;
  readonly reject: (error: KafkaError) => void;
  readonly settled: (waiter: MetadataWaiter) => void;
}

/** A caller that waits until the metadata fulfils a condition. */
export class MetadataWaiter extends DeadlineEntry {
  readonly #options: MetadataWaiterOptions;
  #lastError: KafkaError | undefined;

  constructor(options: MetadataWaiterOptions) {
    super();
    this.#options = options;
    options.signal?.addEventListener("abort", this.#onAbort);
  }

  get what(): string {
    return this.#options.what;
  }

  /** Settles if the snapshot fulfils the condition. */
  check(snapshot: MetadataSnapshot): void {
    const { predicate, resolve, why } = this.#options;
    if (predicate(snapshot)) {
      this.#done();
      resolve(snapshot);
      return;
    }
    const error = why?.(snapshot);
    if (error !== undefined) this.tried(error);
  }

  /** Reports that a refresh failed, or did not fulfil the condition. */
  tried(error: KafkaError): void {
    this.#lastError = error;
    this.#options.wait?.tried(error);
  }

  fail(error: KafkaError): void {
    this.#done();
    this.#options.reject(error);
  }

  override onDeadline(): void {
    const cause = this.#lastError ?? this.#options.pending();
    this.fail(
      new KafkaError(
        "timeout",
        `timed out waiting for ${this.what}${cause === undefined ? "" : `; last error: ${cause.message}`}`,
        { cause, retriable: true, outcome: "notWritten" },
      ),
    );
  }

  override onFailure(error: KafkaError): void {
    this.fail(error);
  }

  readonly #onAbort = (): void => {
    this.fail(KafkaError.from(this.#options.signal?.reason, "cancelled", this.what));
  };

  #done(): void {
    const { signal, settled } = this.#options;
    signal?.removeEventListener("abort", this.#onAbort);
    settled(this);
  }
}
