import { inText, membersOf, refuse } from "./argument-checks.ts";

/** The offset of a partition, checked. */
export interface OffsetToCommit {
  readonly partition: number;
  /** The next one to read; -1 for the end, -2 for the beginning. */
  readonly offset: number;
}

/** Checks `partitions` of `setOffsets`. */
export function offsetsToCommit(partitions: unknown): readonly OffsetToCommit[] {
  if (!Array.isArray(partitions) || partitions.length === 0) refuse("Invalid partitions");
  const offsets = partitions.map((entry) => {
    const { partition, offset } = membersOf(entry);
    return { partition: partitionNumber(partition), offset: offsetNumber(offset) };
  });
  // The last entry for a partition counts, as the last seek does.
  return [...new Map(offsets.map((one) => [one.partition, one])).values()];
}

/** A partition, as a number or as text. */
export function partitionNumber(partition: unknown): number {
  const number = partition === null || partition === "" ? Number.NaN : Number(partition);
  if (!Number.isInteger(number)) refuse(`Invalid partition, expected a number received ${inText(partition)}`);
  return number;
}

const LATEST = -1;
const EARLIEST = -2;

/** An offset as text or a number. */
export function offsetNumber(offset: unknown): number {
  const number = wholeNumber(offset);
  if (number === undefined) refuse(`Invalid offset, expected a long received ${inText(offset)}`);
  if (number < 0 && number !== LATEST && number !== EARLIEST) refuse("Offset must not be a negative number");
  return number;
}

function wholeNumber(value: unknown): number | undefined {
  try {
    return Number(BigInt(value as string));
  } catch {
    return undefined;
  }
}
