import type { BatchBuilder } from "../../records/batch-builder.ts";
import { sequenceAfter } from "./sequencer.ts";
import type { ProducerBatch } from "./batch.ts";

/** Says into which part a record goes, by its number in the batch, and knows how large the first part is by then. */
export type PartOf = (index: number, firstPartBytes: number) => 0 | 1;

/**
 * The records of a batch in two new ones, in their order, each with those who await it. They keep what was known of the
 * batch: its age, its tries, and whether one of them may have been written. Numbers they have none. A part without
 * records is left out. Nobody awaits the batch itself any more.
 */
export function divide(
  batch: ProducerBatch,
  newBuilder: () => BatchBuilder,
  partOf: PartOf,
): readonly [ProducerBatch | undefined, ProducerBatch | undefined] {
  const parts: [ProducerBatch | undefined, ProducerBatch | undefined] = [undefined, undefined];
  let index = 0;
  for (const record of batch.records(-1)) {
    const which = partOf(index, parts[0]?.builder.sizeInBytes ?? 0);
    const part = (parts[which] ??= batch.part(newBuilder()));
    part.builder.tryAppend(record.key, record.value, record.headers, record.timestamp, Number.POSITIVE_INFINITY);
    batch.handOver(index, part);
    index++;
  }
  shareBytes(batch, parts);
  return parts;
}

/** Halves of about the same size, each with at least one record. */
export function halves(batch: ProducerBatch): PartOf {
  const half = batch.builder.sizeInBytes / 2;
  const last = batch.count - 1;
  let isSecond = false;
  return (index, firstPartBytes) => {
    isSecond ||= index > 0 && (firstPartBytes >= half || index === last);
    return isSecond ? 1 : 0;
  };
}

/**
 * The parts of a batch that was numbered get its numbers, in its order: the broker knows none of them, and expects the
 * first.
 */
export function keepNumbers(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
  let sequence = batch.baseSequence;
  for (const part of parts) {
    part.stamp(batch.identity, sequence);
    if (sequence >= 0) sequence = sequenceAfter(sequence, part.count);
  }
}

/** What the memory gate has counted for the batch is counted for the parts. */
function shareBytes(batch: ProducerBatch, parts: readonly (ProducerBatch | undefined)[]): void {
  const [first, second] = parts.filter((part) => part !== undefined);
  if (first === undefined) return;
  const counted = batch.takeCounted();
  const share =
    second === undefined
      ? counted
      : Math.floor((counted * first.builder.sizeInBytes) / (first.builder.sizeInBytes + second.builder.sizeInBytes));
  first.counted(share);
  second?.counted(counted - share);
}
