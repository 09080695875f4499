import type { HandOut } from "../fetching/hand-out.ts";
import { Due } from "../group/due.ts";

/**
 * After this time a `close` logs that it waits for a loop's body, in ms. It may have been called in that body: then it
 * waits for itself.
 */
const WARN_AFTER_MS = 2000;

/**
 * The work that a `close` waits for: running callbacks of `run`, and the body of each loop until it asks for its next
 * record.
 */
export class WorkInHand<K, V> {
  readonly #handOut: HandOut<K, V>;
  readonly #excused = new Set<unknown>();
  readonly #over = new Due(() => this.#settle?.());
  readonly #warning = new Due(() => this.#warn());
  #deadlineMs = Number.POSITIVE_INFINITY;
  #settle: (() => void) | undefined;

  constructor(handOut: HandOut<K, V>) {
    this.#handOut = handOut;
  }

  /** A callback of `run` that closes the consumer is not waited for: it would wait for itself. */
  excuse(callback: object | undefined): void {
    if (callback === undefined) return;
    this.#excused.add(callback);
    this.#look();
  }

  /** Waits no longer than until this time (monotonic ms); the earliest time counts. */
  until(deadlineMs: number): void {
    if (deadlineMs >= this.#deadlineMs) return;
    this.#deadlineMs = deadlineMs;
    if (this.#settle !== undefined) this.#arm();
  }

  /** Resolves when no work is in progress, or the time is over. */
  wait(): Promise<void> {
    const { client } = this.#handOut;
    if (!this.#isBusy() || client.clock.monotonic() >= this.#deadlineMs) return Promise.resolve();
    client.alive.hold();
    return new Promise((resolve) => {
      const unlisten = this.#handOut.onAsked(() => this.#look());
      this.#settle = () => {
        this.#settle = undefined;
        unlisten();
        client.deadlines.remove(this.#over);
        client.deadlines.remove(this.#warning);
        client.alive.release();
        resolve();
      };
      this.#arm();
      if (this.#settle !== undefined) client.deadlines.add(this.#warning, client.clock.monotonic() + WARN_AFTER_MS);
    });
  }

  #arm(): void {
    const { deadlines } = this.#handOut.client;
    deadlines.remove(this.#over);
    deadlines.add(this.#over, this.#deadlineMs);
  }

  #look(): void {
    if (!this.#isBusy()) this.#settle?.();
  }

  #isBusy(): boolean {
    for (const loop of this.#handOut.loops) if (loop.isBusy(this.#excused)) return true;
    return false;
  }

  #warn(): void {
    const { client, loops } = this.#handOut;
    if (![...loops].some((loop) => !loop.isRun && loop.isBusy(this.#excused))) return;
    const restMs = Math.max(0, Math.ceil(this.#deadlineMs - client.clock.monotonic()));
    client.cluster.log(
      "warn",
      `close() waits for the loop's body, which has not asked for its next record for ${WARN_AFTER_MS} ms; it waits ` +
        `${restMs} ms more at most. Inside the loop call close({ timeoutMs: 0 }), or leave the loop first: ` +
        "a close() that the body awaits waits for itself",
    );
  }
}
