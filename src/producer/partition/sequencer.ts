import type { ProducerBatch } from "./batch.ts";
import type { ProducerIdentity } from "./producer-identity.ts";

const SEQUENCES = 2_147_483_648;

/** The sequence `count` records after `sequence`: 2³¹−1 is followed by 0. */
export function sequenceAfter(sequence: number, count: number): number {
  return (sequence + count) % SEQUENCES;
}

/**
 * Numbers the batches of one partition, so that the broker can tell a retry from a new batch and a gap from none. Pure:
 * it decides, and others send.
 *
 * Within one (producer id, epoch) sequences are contiguous and a batch keeps the ones it got. After a batch that failed
 * for good there is a gap, which the broker would refuse for ever: the partition then takes a new epoch, with sequences
 * from 0, once none of its batches has an unknown outcome (KIP-360).
 */
export class Sequencer {
  #identity: ProducerIdentity | undefined;
  #next = 0;

  /** The identity in use, for tests and errors. */
  get identity(): ProducerIdentity | undefined {
    return this.#identity;
  }

  get nextSequence(): number {
    return this.#next;
  }

  /**
   * Takes a newer identity if nothing of the partition is numbered under the old one any more. Returns whether it did.
   */
  adopt(current: ProducerIdentity, numbered: number): boolean {
    if (numbered > 0 || this.#identity === current) return false;
    this.#identity = current;
    this.#next = 0;
    return true;
  }

  /** Gives a batch its numbers, unless it has them. */
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
