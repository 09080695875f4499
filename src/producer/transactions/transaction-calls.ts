import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { TimeLimit } from "../../cluster/time-limit.ts";
import { KafkaError, type Outcome } from "../../errors/kafka-error.ts";
import { milliseconds, shape, signal } from "../../errors/shape.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import type { TransactionManager } from "./transaction-manager.ts";

/** How long a step may take. */
export interface StepLimits {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignalLike;
}

const LIMITS = shape({ timeoutMs: milliseconds, signal });

/** The steps of transactions as users call them: checked, limited in time, and refused after `close()`. */
export class TransactionCalls {
  readonly #client: ClusterClient;
  readonly #manager: TransactionManager | undefined;
  readonly #closed: () => KafkaError;
  #isClosing = false;
  #isFencingTold = false;

  /** `closed`: the error of a call after `close()`. */
  constructor(client: ClusterClient, manager: TransactionManager | undefined, closed: () => KafkaError) {
    this.#client = client;
    this.#manager = manager;
    this.#closed = closed;
  }

  /** A step has said already that another producer took over: `close` need not say it of the records. */
  get isFencingTold(): boolean {
    return this.#isFencingTold;
  }

  /** Takes no new step. */
  closing(): void {
    this.#isClosing = true;
  }

  /** Does a step within its time. */
  async run(
    call: string,
    what: string,
    options: StepLimits,
    defaultMs: number,
    step: (transactions: TransactionManager, limit: TimeLimit) => Promise<void>,
  ): Promise<void> {
    LIMITS(options, call);
    if (this.#isClosing) throw this.#closed();
    const manager = this.#manager;
    if (manager === undefined) throw new KafkaError("config", `${call}() needs a producer with a transactionalId`);
    try {
      await TimeLimit.around(
        this.#client,
        { timeoutMs: options.timeoutMs ?? defaultMs, what, signal: options.signal },
        (limit) => step(manager, limit),
      );
    } catch (error) {
      if (KafkaError.is(error) && error.kind === "fenced") this.#isFencingTold = true;
      // What the state of the transaction forbids after close() is forbidden because of it.
      if (this.#isClosing && KafkaError.is(error) && error.kind === "config")
        throw new KafkaError("closed", `this producer was closed while ${call}() waited`, { cause: error });
      throw error;
    }
  }

  /** What a transaction has not committed when its producer is closed must not become visible. */
  async abortUnfinished({
    timeoutMs,
    signal,
  }: {
    readonly timeoutMs: number;
    readonly signal: AbortSignalLike | undefined;
  }): Promise<void> {
    const manager = this.#manager;
    if (manager?.isUnfinished !== true) return;
    await TimeLimit.around(this.#client, { timeoutMs, what: "the abort did not end in time", signal }, (limit) =>
      manager.abort(limit),
    );
  }

  /**
   * Ends a transaction that failed with `error`, as far as that can be done; what was thrown first is what its caller
   * hears of. Returns `"written"` where it turned out to be committed.
   */
  async abortAfter(error: unknown, abort: () => Promise<void>): Promise<Outcome | undefined> {
    if (this.#isClosing) return undefined;
    try {
      await abort();
    } catch (failure) {
      const aborting = KafkaError.from(failure);
      if (aborting.outcome === "written") return "written";
      // That it was fenced counts for more than what it met because of it.
      if (aborting.kind === "fenced") throw aborting;
      this.#client.cluster.log(
        "warn",
        `a transaction could not be aborted after it failed (${KafkaError.from(error).message}): ${aborting.message}`,
      );
    }
    return undefined;
  }
}
