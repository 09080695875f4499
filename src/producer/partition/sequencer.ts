import type { ProducerBatch } from "./batch.ts";
import type { ProducerIdentity } from "./producer-identity.ts";

const SEQUENCES = 2_147_483_648;

/** The sequence `count` records after `sequence`: 2³¹−1 is followed by 0. */
export function sequenceAfter(sequence: number, count: number): number {
  return (sequence + count) % SEQUENCES;
}

/**
 * Numbers the batches of one partition, so that the broker can tell a retry from a new batch, and detect gaps. It only
 * decides; other classes send.
 *
 * Within one producer id and epoch, sequences are contiguous and each batch keeps its own. When a batch fails for good,
 * it leaves a gap, and the broker would refuse every later batch. The partition then takes a new epoch, with sequences
 * from 0, as soon as no batch of it has an unknown outcome (KIP-360).
 */
export class Sequencer {
  #identity: ProducerIdentity | undefined;
  #next = 0;

  /** The identity in use. */
  get identity(): ProducerIdentity | undefined {
    return this.#identity;
  }

  get nextSequence(): number {
    return this.#next;
  }

  /**
   * Takes a newer identity, unless some batches of the partition are still numbered under the old one. Returns whether
   * it did.
   */
  adopt(current: ProducerIdentity, numbered: number): boolean {
    if (numbered > 0 || this.#identity === current) return false;
    this.#identity = current;
    this.#next = 0;
    return true;
  }

  /** Gives a batch its numbers, unless it has some. */
  stamp(batch: ProducerBatch): void {
    if (batch.identity !== undefined || this.#identity === undefined) return;
    if (this.#identity.producerId < 0) {
      batch.stamp(this.#identity, -1);
      return;
    }
    batch.stamp(this.#identity, this.#next);
    this.#next = sequenceAfter(this.#next, batch.count);
  }
}
