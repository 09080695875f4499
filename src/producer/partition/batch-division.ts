import type { BatchBuilder } from "../../records/batch-builder.ts";
import { sequenceAfter } from "./sequencer.ts";
import type { ProducerBatch } from "./batch.ts";

/** Returns the part into which a record goes, from its index in the batch and the current size of the first part. */
export type PartOf = (index: number, firstPartBytes: number) => 0 | 1;

/**
 * Divides a batch into up to two new ones. Records keep their order and their promises. The parts keep the batch's age,
 * its number of tries, and whether it may have been written; they have no sequence numbers. A part without records is
 * undefined. All promises move to the parts.
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

/** Two parts of about the same size, each with at least one record. */
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
 * Gives the parts of a numbered batch its sequence numbers, in order. The broker has none of the parts, and expects the
 * first number.
 */
export function keepNumbers(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
  let sequence = batch.baseSequence;
  for (const part of parts) {
    part.stamp(batch.identity, sequence);
    if (sequence >= 0) sequence = sequenceAfter(sequence, part.count);
  }
}

/** Divides the bytes that the memory gate has counted for the batch among its parts. */
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
