import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { HookBatch } from "../../hooks/hook-sites.ts";
import type { Cursor } from "../partitions/cursor.ts";
import type { Handout } from "../partitions/reading.ts";

interface OpenReport<K, V> {
  readonly cursor: Cursor<K, V>;
  readonly generation: number;
  readonly nextOffset: number;
  readonly sinceMs: number;
  readonly batch: HookBatch;
}

/** Tells hooks of the batches that one loop hands to the application, and when they are processed. */
export class BatchReports<K, V> {
  readonly #client: ClusterClient;
  readonly #open: OpenReport<K, V>[] = [];

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  /** The application gets the rest of a batch. */
  started({ cursor, batch, generation }: Handout<K, V>): void {
    const { clock, hooks } = this.#client;
    const told: HookBatch = {
      topic: cursor.topic,
      partition: cursor.partition,
      firstOffset: Math.max(batch.baseOffset, cursor.position),
      lastOffset: batch.lastOffset,
      records: batch.count,
      highWatermark: cursor.log.highWatermark,
      maxTimestamp: batch.maxTimestamp,
      source: batch,
    };
    hooks?.batchStarted?.(told);
    this.#open.push({ cursor, generation, nextOffset: batch.nextOffset, sinceMs: clock.monotonic(), batch: told });
  }

  /** The application asks for more. A batch that it left by a seek, or that was put back, is not processed. */
  asked(): void {
    for (const one of this.#open.splice(0))
      if (one.generation === one.cursor.generation && one.cursor.position >= one.nextOffset) this.#processed(one);
  }

  /** The callbacks for all records of a partition before `offset` have ended. */
  done(cursor: Cursor<K, V>, offset: number): void {
    for (let i = 0; i < this.#open.length; i++) {
      const one = this.#open[i];
      if (one?.cursor !== cursor) continue;
      const isCurrent = one.generation === cursor.generation;
      if (isCurrent && offset < one.nextOffset) continue;
      this.#open.splice(i--, 1);
      if (isCurrent) this.#processed(one);
    }
  }

  #processed({ batch, sinceMs }: OpenReport<K, V>): void {
    this.#client.hooks?.batchProcessed?.(batch, sinceMs);
  }
}
