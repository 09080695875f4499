/** The nearer replica that a partition's leader named to read from (KIP-392), until its time is over. */
export class PreferredReplica {
  #nodeId = -1;
  #untilMs = 0;

  /** The node id; −1 for none. */
  get nodeId(): number {
    return this.#nodeId;
  }

  /** Uses it until this time (monotonic ms). */
  prefer(nodeId: number, untilMs: number): void {
    this.#nodeId = nodeId;
    this.#untilMs = untilMs;
  }

  /** Reads from the leader again. Returns whether a replica was used. */
  leave(): boolean {
    const was = this.#nodeId >= 0;
    this.#nodeId = -1;
    return was;
  }

  isBelieved(nowMs: number): boolean {
    return this.#nodeId >= 0 && nowMs < this.#untilMs;
  }
}
