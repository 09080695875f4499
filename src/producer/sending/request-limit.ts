/** Below half of what failed the limit doubles with an answer; from there on it grows by this part of itself. */
const CAREFUL = 16;

/**
 * How many bytes of batches a request may have. After a request that got no answer the next ones have half as many: a
 * broker that cannot take thousands of partitions within the request's timeout would get all of them again and again.
 * Answers let the limit grow again. Pure: it decides, the sink sends.
 */
export class RequestLimit {
  readonly #maxBytes: number;
  #bytes: number;
  /** The size that failed last. */
  #failedBytes = Number.POSITIVE_INFINITY;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#bytes = maxBytes;
  }

  /** The most bytes of the next request. It may have one batch whatever its size. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A request of this size was not answered. */
  failed(bytes: number): void {
    this.#failedBytes = bytes;
    this.#bytes = Math.max(1, Math.min(this.#bytes, Math.floor(bytes / 2)));
  }

  /** A request of this size was answered. One that was much smaller than the limit says nothing about it. */
  answered(bytes: number): void {
    if (this.#bytes >= this.#maxBytes || bytes * 2 < this.#bytes) return;
    const next =
      this.#bytes * 2 < this.#failedBytes
        ? this.#bytes * 2
        : this.#bytes + Math.max(1, Math.floor(this.#bytes / CAREFUL));
    this.#bytes = Math.min(this.#maxBytes, next);
  }
}
