import { KafkaError } from "../errors/kafka-error.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import { DeadlineEntry } from "../runtime/deadline-wheel.ts";
import type { MetadataSnapshot } from "./metadata.ts";

/** Someone who waits until the metadata says something. */
export class MetadataWaiter extends DeadlineEntry {
  readonly what: string;
  readonly #predicate: (snapshot: MetadataSnapshot) => boolean;
  readonly #settled: (waiter: MetadataWaiter) => void;
  readonly #resolve: (snapshot: MetadataSnapshot) => void;
  readonly #reject: (error: KafkaError) => void;
  readonly #signal: AbortSignalLike | undefined;
  /** Why the last refresh failed, if it did. */
  lastError: KafkaError | undefined;

  constructor(what: string, predicate: (snapshot: MetadataSnapshot) => boolean, resolve: (snapshot: MetadataSnapshot) => void, reject: (error: KafkaError) => void, settled: (waiter: MetadataWaiter) => void, signal: AbortSignalLike | undefined) {
    super();
    this.what = what;
    this.#predicate = predicate;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#settled = settled;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort);
  }

  /** Settles if the snapshot says what is waited for. */
  check(snapshot: MetadataSnapshot): void {
    if (!this.#predicate(snapshot)) return;
    this.#done();
    this.#resolve(snapshot);
  }

  fail(error: KafkaError): void {
    this.#done();
    this.#reject(error);
  }

  override onDeadline(): void {
    const cause = this.lastError;
    this.fail(new KafkaError("timeout", `${this.what}: not in time${cause === undefined ? "" : `; the last error was: ${cause.message}`}`, { cause, retriable: true, outcome: "notWritten" }));
  }

  readonly #onAbort = (): void => {
    this.fail(KafkaError.from(this.#signal?.reason, "cancelled", this.what));
  };

  #done(): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#settled(this);
  }
}
