/** How many bytes of all partitions were fetched and not handed out: one running sum for a consumer. */
export class HeldBytes {
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }
}
