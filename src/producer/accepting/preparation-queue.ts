import type { KafkaError } from "../../errors/kafka-error.ts";

/** A record that waits for the `prepare` of its serdes, or behind such a record. */
export interface PreparingRecord {
  /** When its wait ends, in monotonic ms. Never earlier than the deadline of the record before it. */
  readonly deadlineMs: number;
  /** Whether its serdes are ready for it; the error if `prepare` failed. */
  state: "preparing" | "ready" | KafkaError;
  /** Sends the record: it is ready and it is its turn. */
  send(): void;
  /** Fails the record without sending it. */
  fail(error: KafkaError): void;
}

/**
 * The records of one topic that wait for the `prepare` of their serdes, in the order of the calls of `send`. Each is
 * sent when it is ready and all earlier ones are gone. A record that is not ready at its deadline fails, so that those
 * behind it get their turn.
 */
export class PreparationQueue {
  readonly #records: PreparingRecord[] = [];
  readonly #late: (record: PreparingRecord) => KafkaError;

  /** `late` makes the error for a record whose deadline has passed. */
  constructor(late: (record: PreparingRecord) => KafkaError) {
    this.#late = late;
  }

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  /** When {@link advance} must be called at the latest. */
  get deadlineMs(): number {
    return this.#records[0]?.deadlineMs ?? Number.POSITIVE_INFINITY;
  }

  add(record: PreparingRecord): void {
    this.#records.push(record);
  }

  /**
   * Sends the records whose turn it is, and fails the first one if it is not ready at its deadline. A ready record
   * behind it is never late.
   */
  advance(nowMs: number): void {
    for (let first = this.#records[0]; first !== undefined; first = this.#records[0]) {
      if (first.state === "preparing" && nowMs < first.deadlineMs) return;
      this.#records.shift();
      if (first.state === "preparing") first.fail(this.#late(first));
      else if (first.state === "ready") first.send();
      else first.fail(first.state);
    }
  }

  /** Removes a record from the queue and fails it. Returns false if it is gone already. */
  withdraw(record: PreparingRecord, error: KafkaError): boolean {
    const at = this.#records.indexOf(record);
    if (at < 0) return false;
    this.#records.splice(at, 1);
    record.fail(error);
    return true;
  }

  failAll(error: KafkaError): void {
    for (const record of this.#records.splice(0)) record.fail(error);
  }
}
