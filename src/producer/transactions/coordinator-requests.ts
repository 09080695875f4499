import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { type CoordinatorKind, Coordinators } from "../../cluster/coordinators.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import { sleep } from "../../runtime/sleep.ts";
import { droppedError } from "./transaction-failures.ts";

/** The limits within which a request is retried. */
export interface Deadline {
  readonly endsAtMs: number;
  readonly signal: AbortSignalLike;
  /** A try has failed, and there will be another. */
  tried?(error: KafkaError): void;
}

const CONCURRENT_BACKOFF_MS = 20;

/** Sends the requests of transactions to coordinators, one at a time. */
export class CoordinatorRequests {
  readonly #client: ClusterClient;
  readonly #coordinators: Coordinators;
  readonly #unsure: () => void;
  /** The last request to a coordinator, for which the next one waits. Never rejects. */
  #last: Promise<unknown> = Promise.resolve();

  /** `unsure` is called when a request may still arrive after we gave it up. */
  constructor(client: ClusterClient, unsure: () => void) {
    this.#client = client;
    this.#coordinators = new Coordinators(client);
    this.#unsure = unsure;
  }

  /** Settles when no request is in flight. */
  get last(): Promise<unknown> {
    return this.#last;
  }

  /**
   * Runs requests to coordinators one at a time, even to different ones, so that each sees the effect of the one
   * before.
   */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /**
   * Sends a request to a coordinator with the client's retry policy; the coordinator is looked up again when it moves.
   * Calls `unsure` if the request may arrive late.
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
