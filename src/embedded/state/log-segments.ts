/** The facts about a batch that decide where a segment ends. */
export interface SegmentedBatch {
  readonly bytes: Uint8Array;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
}

/** A part of a log that retention deletes and compaction cleans as a whole. The last one is written to. */
export interface LogSegment {
  /** The index of its first batch. */
  readonly from: number;
  /** The index after its last batch. */
  readonly to: number;
  readonly baseOffset: number;
  readonly sizeInBytes: number;
  readonly maxTimestamp: number;
}

/** When a log begins another segment. */
export interface SegmentLimits {
  readonly segmentBytes: number;
  readonly segmentMs: number;
}

/**
 * The segments of a log. They matter only when the log is cleaned, so their bounds are found then, from the batches
 * that were appended since; bounds that were found stay, also if the limits change.
 */
export class LogSegments {
  /** The first offset of each segment, in order. */
  #bases: number[] = [];

  /** The segments of these batches, the last one last. */
  of(batches: readonly SegmentedBatch[], limits: SegmentLimits): readonly LogSegment[] {
    const first = batches[0];
    if (first === undefined) return [];
    this.#forgetBefore(first.baseOffset);
    if (this.#bases.length === 0) this.#bases.push(first.baseOffset);
    this.#roll(batches, limits);
    return this.#bases.flatMap((baseOffset, i) => segment(batches, baseOffset, this.#bases[i + 1] ?? Infinity));
  }

  /** The log was truncated at an offset. */
  cutAt(offset: number): void {
    this.#bases = this.#bases.filter((base) => base < offset);
  }

  #forgetBefore(firstOffset: number): void {
    const current = this.#bases.filter((base) => base <= firstOffset).at(-1);
    if (current !== undefined) this.#bases = this.#bases.filter((base) => base >= current);
  }

  /** Divides the last segment where the limits say so: by its size, or by the time since its first record. */
  #roll(batches: readonly SegmentedBatch[], { segmentBytes, segmentMs }: SegmentLimits): void {
    const lastBase = this.#bases.at(-1) ?? 0;
    let size = 0;
    let firstTimestamp = -1;
    for (const { baseOffset, bytes, maxTimestamp } of batches) {
      if (baseOffset < lastBase) continue;
      const waitedMs = firstTimestamp >= 0 && maxTimestamp >= 0 ? maxTimestamp - firstTimestamp : 0;
      if (size > 0 && (size + bytes.length > segmentBytes || waitedMs > segmentMs)) {
        this.#bases.push(baseOffset);
        size = 0;
      }
      if (size === 0) firstTimestamp = maxTimestamp;
      size += bytes.length;
    }
  }
}

/** The segment from one base up to the next; nothing if the log has no batch of it any more. */
function segment(batches: readonly SegmentedBatch[], base: number, nextBase: number): readonly LogSegment[] {
  const from = batches.findIndex(({ baseOffset, lastOffset }) => baseOffset >= base || lastOffset >= base);
  const after = batches.findIndex(({ baseOffset }) => baseOffset >= nextBase);
  const to = after < 0 ? batches.length : after;
  if (from < 0 || from >= to) return [];
  const own = batches.slice(from, to);
  return [
    {
      from,
      to,
      baseOffset: base,
      sizeInBytes: own.reduce((sum, { bytes }) => sum + bytes.length, 0),
      maxTimestamp: own.reduce((most, batch) => Math.max(most, batch.maxTimestamp), -1),
    },
  ];
}
