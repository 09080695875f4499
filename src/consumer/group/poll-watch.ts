/**
 * Whether an application is stuck: it has something in hand, or reads not at all, and nothing has moved for too long. Looked at from
 * outside now and then, so that handing out records costs nothing for it; it may be told late by one look, never early.
 */
export class PollWatch {
  readonly #maxPollIntervalMs: number;
  #progress = -1;
  #sinceMs = 0;

  constructor(maxPollIntervalMs: number) {
    this.#maxPollIntervalMs = maxPollIntervalMs;
  }

  /** `progress` changes whenever something is handed out; `isBusy` while the application does not wait for more. */
  isStalled(progress: number, isBusy: boolean, nowMs: number): boolean {
    if (!isBusy || progress !== this.#progress) {
      this.#progress = progress;
      this.#sinceMs = nowMs;
    }
    return isBusy && nowMs - this.#sinceMs >= this.#maxPollIntervalMs;
  }

  reset(): void {
    this.#progress = -1;
  }
}
