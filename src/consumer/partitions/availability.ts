/**
 * Whether batches of a partition may be delivered, and to which loop: to none while the application has paused it or
 * its group assigns or revokes it, to one loop that claimed it, or to any loop.
 */
export class Availability {
  #isPausedByUser = false;
  #isHeld = false;
  #isPaused = false;
  #claimedBy: unknown;

  /** Whether the application paused it. */
  get isPausedByUser(): boolean {
    return this.#isPausedByUser;
  }

  /** Whether nothing is delivered: the application paused the partition, or its group is assigning or revoking it. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** The loop that claimed the partition; undefined for none. */
  get claimedBy(): unknown {
    return this.#claimedBy;
  }

  pause(isPaused: boolean): void {
    this.#isPausedByUser = isPaused;
    this.#isPaused = this.#isHeld || isPaused;
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#isPaused = isHeld || this.#isPausedByUser;
  }

  claim(loop: unknown): void {
    this.#claimedBy = loop;
  }

  /** Returns false, and changes nothing, if another loop claimed the partition. */
  release(loop: unknown): boolean {
    if (this.#claimedBy !== loop) return false;
    this.#claimedBy = undefined;
    return true;
  }
}
