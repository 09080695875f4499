import type { CallLimit } from "../cluster/call-retries.ts";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import type { CallOptions } from "./call-options.ts";

/** The time of a call that consists of several calls: each gets what the ones before it have left. */
export class RemainingTime {
  readonly #clock: ClusterClient["clock"];
  readonly #endsAtMs: number;
  readonly #signal: CallLimit["signal"];

  constructor({ clock }: Pick<ClusterClient, "clock">, { timeoutMs, signal }: CallLimit) {
    this.#clock = clock;
    this.#endsAtMs = clock.monotonic() + timeoutMs;
    this.#signal = signal;
  }

  /** The limit of the next call. At least 1 ms: that call then reports the timeout. */
  limit(): CallLimit {
    return {
      timeoutMs: Math.max(1, Math.ceil(this.#endsAtMs - this.#clock.monotonic())),
      signal: this.#signal,
    };
  }

  /** {@link limit}, as options. */
  options(): CallOptions {
    const { timeoutMs, signal } = this.limit();
    return { timeoutMs, ...(signal === undefined ? {} : { signal }) };
  }
}
