import { KafkaError } from "../errors/kafka-error.ts";
import type { Cancellation } from "../runtime/cancellation.ts";
import { DeadlineEntry } from "../runtime/deadline-wheel.ts";

/** Calls a function when a time is over. */
export class Deadline extends DeadlineEntry {
  readonly #expired: () => void;

  constructor(expired: () => void) {
    super();
    this.#expired = expired;
  }

  override onDeadline(): void {
    this.#expired();
  }
}

/** Stops opening a connection when its time is over. */
export class SetupDeadline extends DeadlineEntry {
  readonly #setup: Cancellation;
  readonly #address: string;
  readonly #timeoutMs: number;

  constructor(setup: Cancellation, address: string, timeoutMs: number) {
    super();
    this.#setup = setup;
    this.#address = address;
    this.#timeoutMs = timeoutMs;
  }

  override onDeadline(): void {
    this.#setup.cancel(
      new KafkaError(
        "timeout",
        `connecting to ${this.#address} took more than ${this.#timeoutMs} ms; is the address right, and is a ` +
          "firewall in between?",
        { retriable: true, address: this.#address, outcome: "notWritten" },
      ),
    );
  }

  override onFailure(error: KafkaError): void {
    this.#setup.cancel(error);
  }
}
