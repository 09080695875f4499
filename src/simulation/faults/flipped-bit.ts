import type { FaultDefinition } from "../fault-definition.ts";
import type { FaultWorld } from "../fault-world.ts";

/**
 * A bit is flipped in the first batch of the next Fetch response of a broker that has records, where the checksum of
 * the batch covers it: bit number `amount`, modulo their number. Only the first such fault of a run does this.
 */
export const flippedBit: FaultDefinition<"flipped-bit"> = {
  kind: "flipped-bit",
  amount: { least: 0, greatest: 100_000, unit: "" },
  words: ({ broker }) => `a bit of a batch that ${broker} returns to Fetch is flipped`,
  begin: ({ world, brokerId, amount }) => {
    // A consumer fetches a damaged batch once more. If that is damaged too, the batch counts as damaged in the log.
    if (strikesOf(world) > 1) return undefined;
    let isDone = false;
    const flipOnce = (records: Uint8Array | null): Uint8Array | null => {
      if (isDone || records === null || records.length < LEAST_BATCH) return records;
      isDone = true;
      return flipped(records, amount);
    };
    return world.cluster.intercept(
      "Fetch",
      {
        respond: (response) => ({
          ...response,
          responses: response.responses.map((topic) => ({
            ...topic,
            partitions: topic.partitions.map((one) => ({ ...one, records: flipOnce(one.records) })),
          })),
        }),
      },
      { broker: brokerId },
    );
  },
};

const LENGTH_AT = 8;
const BYTES_BEFORE_LENGTH_COUNTS = 12;
/** The checksum is here, and it covers everything after it. */
const CHECKSUM_AT = 17;
/** A batch has at least this number of bytes. */
const LEAST_BATCH = 61;

function strikesOf({ history }: FaultWorld): number {
  return history.filter((event) => event.type === "fault" && event.kind === "flipped-bit").length;
}

function flipped(records: Uint8Array, draw: number): Uint8Array {
  const bytes = records.slice();
  const length = BYTES_BEFORE_LENGTH_COUNTS + new DataView(bytes.buffer).getInt32(LENGTH_AT);
  const bit = draw % (8 * (Math.min(length, bytes.length) - CHECKSUM_AT));
  const at = CHECKSUM_AT + Math.floor(bit / 8);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit % 8));
  return bytes;
}
