/** The number of buffered bytes of all partitions of a consumer: one running sum. */
export class HeldBytes {
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }
}
