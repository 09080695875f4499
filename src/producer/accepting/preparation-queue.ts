import type { KafkaError } from "../../errors/kafka-error.ts";

/** A record whose serdes prepare, or that waits behind such a one. */
export interface PreparingRecord {
  /** Until when it may wait; by the monotonic clock. Never earlier than that of the record before it. */
  readonly deadlineMs: number;
  /** Whether its serdes are ready for it; the error where they cannot be. */
  state: "preparing" | "ready" | KafkaError;
  /** It has its turn: it is to be sent now. */
  send(): void;
  /** It is not sent. */
  fail(error: KafkaError): void;
}

/**
 * The records of one topic whose serdes must fetch something first, in the order of their `send`: each is sent when it
 * is ready and all before it have gone. One that is never ready goes when its time is over, and those behind it have
 * their turn.
 */
export class PreparationQueue {
  readonly #records: PreparingRecord[] = [];
  readonly #late: (record: PreparingRecord) => KafkaError;

  /** `late` says what the error of a record is whose time is over. */
  constructor(late: (record: PreparingRecord) => KafkaError) {
    this.#late = late;
  }

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  /** When {@link advance} has something to do at the latest. */
  get deadlineMs(): number {
    return this.#records[0]?.deadlineMs ?? Number.POSITIVE_INFINITY;
  }

  add(record: PreparingRecord): void {
    this.#records.push(record);
  }

  /** Sends what has its turn, and fails whose time is over: only a record that is not ready itself is late. */
  advance(nowMs: number): void {
    for (let first = this.#records[0]; first !== undefined; first = this.#records[0]) {
      if (first.state === "preparing" && nowMs < first.deadlineMs) return;
      this.#records.shift();
      if (first.state === "preparing") first.fail(this.#late(first));
      else if (first.state === "ready") first.send();
      else first.fail(first.state);
    }
  }

  /** Takes one out of the middle. False where it has gone already. */
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
