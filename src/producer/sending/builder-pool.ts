import { BatchBuilder } from "../../records/batch-builder.ts";
import type { Crc32c } from "../../runtime/checksum.ts";

/** The size of the first buffer of a partition, of which nothing is known. */
const LEAST_BYTES = 512;
/** The memory of all buffers that are kept for reuse: as much as the default `bufferMemory`. */
const MOST_KEPT_BYTES = 33_554_432;
/** How many buffers are kept for reuse, because each costs some hundred bytes beside its own. */
const MOST_KEPT = 2048;

/** Builders of one size. */
interface SizeClass {
  readonly builders: BatchBuilder[];
  /** Rises with each {@link BuilderPool.take} of any class. */
  lastTaken: number;
}

/**
 * Batch builders to use again. A builder begins with the size that its batch is expected to have, since growing copies
 * what was written. All sizes are powers of two.
 */
export class BuilderPool {
  readonly #checksum: Crc32c | undefined;
  /** The classes of sizes, by the logarithm of the size. */
  readonly #classes: readonly SizeClass[] = Array.from({ length: 32 }, () => ({ builders: [], lastTaken: 0 }));
  #keptBytes = 0;
  #kept = 0;
  #inUse = 0;
  #taken = 0;

  constructor(checksum?: Crc32c) {
    this.#checksum = checksum;
  }

  /** The memory of the builders that are kept for reuse, in bytes. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** An empty builder for a batch of about this size. */
  take(expectedBytes: number): BatchBuilder {
    this.#inUse++;
    // Thousands of partitions, each of which had a large batch once, cannot all have one at the same time.
    const share = (2 * MOST_KEPT_BYTES) / this.#inUse;
    const logarithm = logarithmOf(Math.max(LEAST_BYTES, Math.min(expectedBytes, share)));
    this.#class(logarithm).lastTaken = ++this.#taken;
    // A larger one than expected does no harm, as long as every partition may have one like it: its memory is there,
    // and a batch that becomes larger than the last ones need not grow.
    for (let larger = logarithm; larger === logarithm || 1 << larger <= share; larger++) {
      const kept = this.#class(larger).builders.pop();
      if (kept === undefined) continue;
      this.#forget(kept);
      return kept;
    }
    return new BatchBuilder(1 << logarithm, this.#checksum);
  }

  /** The builder's batch has settled, and nothing reads its bytes any more. */
  give(builder: BatchBuilder): void {
    this.#inUse--;
    builder.reset();
    const { capacity } = builder;
    const own = this.#class(logarithmOf(capacity));
    while (this.#kept >= MOST_KEPT || this.#keptBytes + capacity > MOST_KEPT_BYTES) {
      const dropped = this.#leastUsed(own);
      if (dropped === undefined) return;
      this.#forget(dropped);
    }
    own.builders.push(builder);
    this.#kept++;
    this.#keptBytes += capacity;
  }

  /** Removes and returns a builder of the size that was not taken for longest, but not of `own`. */
  #leastUsed(own: SizeClass): BatchBuilder | undefined {
    let least: SizeClass | undefined;
    for (const one of this.#classes)
      if (one !== own && one.builders.length > 0 && one.lastTaken <= (least?.lastTaken ?? own.lastTaken)) least = one;
    return least?.builders.pop();
  }

  #forget({ capacity }: BatchBuilder): void {
    this.#kept--;
    this.#keptBytes -= capacity;
  }

  #class(logarithm: number): SizeClass {
    return this.#classes[Math.min(logarithm, this.#classes.length - 1)] as SizeClass;
  }
}

/** The logarithm of the least power of two that is at least this large. */
function logarithmOf(bytes: number): number {
  return Math.min(30, 32 - Math.clz32(Math.ceil(bytes) - 1));
}
