import { KafkaError } from "../../errors/kafka-error.ts";
import type { Batch } from "../../records/batch.ts";
import type { KafkaRecord } from "../../records/record.ts";
import { type ConsumedBatch, RestOfBatch } from "./consumed-batch.ts";
import { type InHand, oneInHand } from "./in-hand.ts";
import type { Loop } from "./loop.ts";

/** Iterates over batches. */
export class BatchStream<K, V> implements AsyncIterableIterator<ConsumedBatch<K, V>> {
  readonly #loop: Loop<K, V>;
  readonly #decode: ((record: KafkaRecord<K, V>) => void) | undefined;
  #inHand: (InHand<K, V> & { readonly batch: Batch<K, V>; readonly generation: number }) | undefined;

  constructor(loop: Loop<K, V>, decode: ((record: KafkaRecord<K, V>) => void) | undefined) {
    this.#loop = loop;
    this.#decode = decode;
    loop.hand = oneInHand(() => this.#given());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ConsumedBatch<K, V>>> {
    this.#inHand = undefined;
    for (;;) {
      const handout = await this.#loop.next();
      if (handout === undefined) return { value: undefined, done: true };
      const { cursor, batch, generation } = handout;
      if (cursor.generation !== generation) continue;
      if (cursor.isPaused) {
        // The partition was paused or is being revoked since the batch was taken: it goes back.
        this.#loop.putBack(cursor, batch);
        continue;
      }
      const { poison } = this.#loop.handOut;
      let passed: ReadonlySet<number> | undefined;
      try {
        if (poison === undefined)
          batch.reader(); // checks and decompresses now, because the position must not move past an unreadable batch
        else {
          passed = await poison.sift(cursor, batch, this.#decode);
          if (cursor.generation !== generation) continue;
          if (passed === undefined) {
            this.#loop.handOut.changed(cursor);
            continue;
          }
          if (cursor.isPaused || this.#loop.isEnded) {
            this.#loop.putBack(cursor, batch);
            continue;
          }
        }
      } catch (error) {
        if (cursor.generation !== generation) continue;
        this.#loop.putBack(cursor, batch);
        this.#loop.end();
        throw this.#loop.failed(KafkaError.from(error));
      }
      const value = new RestOfBatch(
        cursor,
        batch,
        this.#decode,
        this.#loop.handOut.counters,
        passed,
        this.#loop.cancelCheck,
      );
      this.#inHand = { cursor, from: value.baseOffset, batch, generation };
      // The application iterates over it synchronously. Asking for the next batch marks this one as processed.
      cursor.advance(batch.nextOffset);
      return { value, done: false };
    }
  }

  return(): Promise<IteratorResult<ConsumedBatch<K, V>>> {
    const given = this.#given();
    const batch = this.#inHand?.batch;
    if (given !== undefined && batch !== undefined) {
      const { processedTo } = given.cursor.progress;
      given.cursor.giveBack(Math.max(given.from, Math.min(processedTo, batch.nextOffset)));
      if (given.cursor.position < batch.nextOffset) this.#loop.putBack(given.cursor, batch);
    }
    this.#inHand = undefined;
    this.#loop.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  #given(): InHand<K, V> | undefined {
    const inHand = this.#inHand;
    return inHand !== undefined && inHand.generation === inHand.cursor.generation ? inHand : undefined;
  }
}
