/** The replica that a partition's leader named to read from, since it is nearer (KIP-392), while that is believed. */
export class PreferredReplica {
  #nodeId = -1;
  #untilMs = 0;

  /** Its node id; −1 for none. */
  get nodeId(): number {
    return this.#nodeId;
  }

  /** Believes in it until then: monotonic ms. */
  prefer(nodeId: number, untilMs: number): void {
    this.#nodeId = nodeId;
    this.#untilMs = untilMs;
  }

  /** The leader is read from again; returns whether that was not so before. */
  leave(): boolean {
    const was = this.#nodeId >= 0;
    this.#nodeId = -1;
    return was;
  }

  isBelieved(nowMs: number): boolean {
    return this.#nodeId >= 0 && nowMs < this.#untilMs;
  }
}
