import { isPermanent } from "../errors/is-permanent.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import type { DeadlineWheel } from "../runtime/deadline-wheel.ts";
import type { MetadataSnapshot } from "./metadata.ts";
import { MetadataWaiter } from "./metadata-waiter.ts";
import type { Wait, Waits } from "./waits.ts";

/** Options of {@link MetadataWaiters.await}. */
export interface AwaitOptions {
  /** When to stop waiting, by the monotonic clock. */
  readonly deadlineMs: number;
  /** Names the awaited metadata, for the log and errors: `metadata of topic hello`. */
  readonly what: string;
  readonly signal?: AbortSignalLike;
  /** Why a snapshot is not sufficient, for the log and the final error. */
  readonly why?: (snapshot: MetadataSnapshot) => KafkaError | undefined;
  /** The wait that this one belongs to. Default: a wait of its own, which is logged; `"none"` if the caller logs. */
  readonly wait?: Wait | "none";
  /** Returns whether an error is part of normal operation; such errors are not logged. */
  readonly isExpected?: (error: KafkaError) => boolean;
}

/** The parts of a client that {@link MetadataWaiters} uses. */
export interface MetadataWaitersHost {
  readonly deadlines: DeadlineWheel;
  readonly waits: Waits;
  /** The requests that have no answer yet, as the reason of an error. */
  pendingError(): KafkaError | undefined;
}

/** All callers of one client that wait until the metadata fulfils a condition. */
export class MetadataWaiters {
  readonly #host: MetadataWaitersHost;
  readonly #all = new Set<MetadataWaiter>();

  constructor(host: MetadataWaitersHost) {
    this.#host = host;
  }

  /** How many callers wait. */
  get size(): number {
    return this.#all.size;
  }

  /**
   * Settles when a snapshot fulfils `predicate`. Rejects with kind `timeout`; the error names `what` and the last
   * error.
   */
  await(predicate: (snapshot: MetadataSnapshot) => boolean, options: AwaitOptions): Promise<MetadataSnapshot> {
    const { deadlines, waits } = this.#host;
    const { isExpected, signal, wait, what, why } = options;
    const own = wait === undefined ? waits.begin(what, isExpected === undefined ? {} : { isExpected }) : undefined;
    return new Promise((resolve, reject) => {
      const settled = (waiter: MetadataWaiter): void => {
        own?.end();
        this.#all.delete(waiter);
        deadlines.remove(waiter);
      };
      const waiter = new MetadataWaiter({
        what,
        predicate,
        why,
        wait: wait === "none" ? undefined : (wait ?? own),
        pending: () => this.#host.pendingError(),
        signal,
        resolve,
        reject,
        settled,
      });
      this.#all.add(waiter);
      deadlines.add(waiter, options.deadlineMs);
    });
  }

  /** Settles the callers whose condition the snapshot fulfils. */
  check(snapshot: MetadataSnapshot): void {
    for (const waiter of [...this.#all]) waiter.check(snapshot);
  }

  /** Reports that a refresh failed. A permanent error ends all waits. */
  failed(error: KafkaError): void {
    for (const waiter of [...this.#all]) {
      waiter.tried(error);
      if (isPermanent(error)) waiter.fail(error);
    }
  }

  /** Rejects all callers with kind `closed`. */
  close(): void {
    for (const waiter of [...this.#all]) waiter.fail(new KafkaError("closed", `${waiter.what}: the client was closed`));
  }
}
