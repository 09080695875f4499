import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import { closedError } from "./intake-errors.ts";
import type { MemoryGate } from "./memory-gate.ts";
import type { IntakeTransaction } from "./intake-transaction.ts";

/** The waits of records for room in memory, and what a transaction's commit has to wait for. */
export class RoomWait {
  readonly #client: ClusterClient;
  readonly #gate: MemoryGate;
  readonly #maxBlockMs: number;
  readonly #transactions: IntakeTransaction | undefined;
  #isClosing = false;
  /** The last one. */
  #last: Promise<void> | undefined;

  constructor(
    client: ClusterClient,
    gate: MemoryGate,
    maxBlockMs: number,
    transactions: IntakeTransaction | undefined,
  ) {
    this.#client = client;
    this.#gate = gate;
    this.#maxBlockMs = maxBlockMs;
    this.#transactions = transactions;
  }

  /** Settles when the calls that wait for room have got it or have failed; undefined if none waits. */
  get last(): Promise<void> | undefined {
    return this.#last;
  }

  /** From now on a record that gets room is refused: the producer was closed meanwhile. */
  closing(): void {
    this.#isClosing = true;
  }

  /** Resolves when there is room for this many bytes, which the caller then has. */
  async acquire(bytes: number, signal: AbortSignalLike | undefined): Promise<void> {
    const turn = this.#transactions?.number ?? 0;
    const room = this.#gate.acquire(bytes, this.#client.clock.monotonic() + this.#maxBlockMs, signal);
    try {
      await this.remember(room);
    } catch (error) {
      const failure = KafkaError.from(error);
      this.#transactions?.recordsFailed(failure);
      // Make a new error here: the stack of the gate's own error does not contain the caller of `send`.
      throw new KafkaError(failure.kind, failure.message, detailsOf(failure));
    }
    const refusal = this.#isClosing ? closedError() : this.#transactions?.refusalOf(turn);
    if (refusal === undefined) return;
    this.#gate.free(bytes);
    throw refusal;
  }

  /** Resolves when there is room for this many bytes; then offer the record again. */
  async ready(bytes: number): Promise<void> {
    await this.acquire(bytes, undefined);
    this.#gate.free(bytes);
  }

  /**
   * Remembers the wait, since a transaction's commit must wait for it. Waiters are served in order, so the last one is
   * enough.
   */
  remember(room: Promise<void>): Promise<void> {
    if (this.#transactions === undefined) return room;
    const settled = room.then(
      () => undefined,
      () => undefined,
    );
    this.#last = settled;
    void settled.then(() => {
      if (this.#last === settled) this.#last = undefined;
    });
    return room;
  }
}
