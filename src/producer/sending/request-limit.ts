/**
 * Below half of the size that failed, a response doubles the limit. Above, it raises the limit by this fraction (1/16).
 */
const CAREFUL = 16;

/**
 * Decides how many bytes of batches a request may have. After a request without a response, the next ones have half as
 * many bytes: otherwise, a broker that cannot handle thousands of partitions within the request timeout would get all
 * of them again and again. Responses raise the limit again.
 */
export class RequestLimit {
  readonly #maxBytes: number;
  #bytes: number;
  /** The size that failed last. */
  #failedBytes = Number.POSITIVE_INFINITY;
  /** The connection of that request. */
  #failedOn: object | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#bytes = maxBytes;
  }

  /** The maximum number of bytes of the next request. A single batch may be larger. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A request of this size got no response. Of those in flight on a connection that breaks, only the oldest counts. */
  failed(bytes: number, connection: object): void {
    if (connection === this.#failedOn) return;
    this.#failedOn = connection;
    this.#failedBytes = bytes;
    this.#bytes = Math.max(1, Math.min(this.#bytes, Math.floor(bytes / 2)));
  }

  /** A request of this size got a response. If it was much smaller than the limit, it proves nothing. */
  answered(bytes: number): void {
    if (this.#bytes >= this.#maxBytes || bytes * 2 < this.#bytes) return;
    const next =
      this.#bytes * 2 < this.#failedBytes
        ? this.#bytes * 2
        : this.#bytes + Math.max(1, Math.floor(this.#bytes / CAREFUL));
    this.#bytes = Math.min(this.#maxBytes, next);
  }
}
