import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { type CoordinatorKind, Coordinators } from "../../cluster/coordinators.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import { sleep } from "../../runtime/sleep.ts";
import { droppedError } from "./transaction-failures.ts";

/** Until when something is tried. */
export interface Deadline {
  readonly endsAtMs: number;
  readonly signal: AbortSignalLike;
  /** A try failed, and there will be another. */
  tried?(error: KafkaError): void;
}

const CONCURRENT_BACKOFF_MS = 20;

/** Asks the coordinators of a transaction, one request after the other. */
export class CoordinatorRequests {
  readonly #client: ClusterClient;
  readonly #coordinators: Coordinators;
  readonly #unsure: () => void;
  /** The last request to a coordinator: the next one waits for it. Never rejects. */
  #last: Promise<unknown> = Promise.resolve();

  /** `unsure`: a request may arrive late. */
  constructor(client: ClusterClient, unsure: () => void) {
    this.#client = client;
    this.#coordinators = new Coordinators(client);
    this.#unsure = unsure;
  }

  /** Settles when no request is under way. */
  get last(): Promise<unknown> {
    return this.#last;
  }

  /** One request to coordinators after the other, whichever they are: each sees what the former left. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /**
   * The one retry policy, at a coordinator: looked for again when it moved. A request that may arrive late is
   * remembered.
   */
  ask<T>(
    kind: CoordinatorKind,
    key: string,
    what: string,
    limit: Deadline,
    attempt: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const { endsAtMs, signal } = limit;
    return this.#client.retry(
      `${what} (${kind} coordinator of ${key})`,
      endsAtMs,
      async (_tried, wait) => {
        if (signal.aborted) throw KafkaError.from(signal.reason ?? droppedError(), "cancelled");
        for (;;) {
          try {
            return await attempt(await this.#coordinators.connection(kind, key, signal));
          } catch (error) {
            const failure = KafkaError.from(error);
            if (failure.outcome === "indefinite") this.#unsure();
            if (failure.kind === "cancelled" || failure.kind === "closed") throw failure;
            limit.tried?.(failure);
            this.#coordinators.failed(kind, key, failure);
            if (
              failure.code === ErrorCode.CONCURRENT_TRANSACTIONS &&
              this.#client.clock.monotonic() < endsAtMs &&
              !signal.aborted
            ) {
              wait.tried(failure);
              await sleep(this.#client, CONCURRENT_BACKOFF_MS, signal);
              continue;
            }
            const isTransport =
              failure.code === undefined && ["connection", "timeout", "protocol"].includes(failure.kind);
            throw isTransport
              ? new KafkaError(failure.kind, failure.message, {
                  ...detailsOf(failure),
                  cause: failure,
                  retriable: true,
                })
              : failure;
          }
        }
      },
      signal,
    );
  }
}
