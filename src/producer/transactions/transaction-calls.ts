import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { TimeLimit } from "../../cluster/time-limit.ts";
import { KafkaError, type Outcome } from "../../errors/kafka-error.ts";
import { milliseconds, shape, signal } from "../../errors/shape.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import type { LateTransactions } from "./late-transactions.ts";
import type { TransactionManager } from "./transaction-manager.ts";

/** How long a step may take. */
export interface StepLimits {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignalLike;
}

/** The calls, and what a timeout says about each. */
const CALLS = {
  initTransactions: "cannot get an epoch for transactions in time",
  begin: "cannot begin a transaction in time",
  sendOffsets: "cannot add offsets to the transaction in time",
  commit: "cannot commit the transaction in time",
  abort: "cannot abort the transaction in time",
} as const;

const LIMITS = shape({ timeoutMs: milliseconds, signal });

/** The transaction methods of the producer: checks them, limits their time, and refuses them after `close()`. */
export class TransactionCalls {
  readonly #client: ClusterClient;
  readonly #transactions: LateTransactions | undefined;
  readonly #closed: () => KafkaError;
  #isClosing = false;
  #isFencingTold = false;

  /** `closed` makes the error for a call after `close()`. */
  constructor(client: ClusterClient, transactions: LateTransactions | undefined, closed: () => KafkaError) {
    this.#client = client;
    this.#transactions = transactions;
    this.#closed = closed;
  }

  /** Whether a step has already rejected because another producer took over; `close` need not report it again. */
  get isFencingTold(): boolean {
    return this.#isFencingTold;
  }

  /** Refuses new steps. */
  closing(): void {
    this.#isClosing = true;
  }

  /** Runs a step within its time limit. */
  async run(
    call: keyof typeof CALLS,
    options: StepLimits,
    defaultMs: number,
    step: (transactions: TransactionManager, limit: TimeLimit) => Promise<void>,
  ): Promise<void> {
    LIMITS(options, call);
    if (this.#isClosing) throw this.#closed();
    const transactions = this.#transactions;
    if (transactions === undefined) throw new KafkaError("config", `${call}() needs a producer with a transactionalId`);
    try {
      await TimeLimit.around(
        this.#client,
        { timeoutMs: options.timeoutMs ?? defaultMs, what: CALLS[call], signal: options.signal },
        (limit) => {
          const { loaded } = transactions;
          if (loaded !== undefined) return step(loaded, limit);
          return limit.wait(transactions.load()).then((manager) => step(manager, limit));
        },
      );
    } catch (error) {
      if (KafkaError.is(error) && error.kind === "fenced") this.#isFencingTold = true;
      // A step that close() made illegal fails because of close().
      if (this.#isClosing && KafkaError.is(error) && error.kind === "config")
        throw new KafkaError("closed", `this producer was closed while ${call}() waited`, { cause: error });
      throw error;
    }
  }

  /** Aborts the open transaction when the producer is closed, so that its records never become visible. */
  async abortUnfinished({
    timeoutMs,
    signal,
  }: {
    readonly timeoutMs: number;
    readonly signal: AbortSignalLike | undefined;
  }): Promise<void> {
    const manager = this.#transactions?.loaded;
    if (manager?.isUnfinished !== true) return;
    await TimeLimit.around(this.#client, { timeoutMs, what: CALLS.abort, signal }, (limit) => manager.abort(limit));
  }

  /**
   * Aborts a transaction that failed with `error`, if possible. If the abort fails too, that is only logged, because
   * the caller gets `error`. Returns `"written"` if the transaction turned out to be committed.
   */
  async abortAfter(error: unknown, abort: () => Promise<void>): Promise<Outcome | undefined> {
    if (this.#isClosing) return undefined;
    try {
      await abort();
    } catch (failure) {
      const aborting = KafkaError.from(failure);
      if (aborting.outcome === "written") return "written";
      // The producer was fenced, which explains the first error: throw this one instead.
      if (aborting.kind === "fenced") throw aborting;
      this.#client.cluster.log(
        "warn",
        `cannot abort the transaction that failed (${KafkaError.from(error).message}): ${aborting.message}`,
      );
    }
    return undefined;
  }
}
