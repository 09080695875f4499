import { KafkaError } from "../errors/kafka-error.ts";

const STAMP_BYTES = 16;

/**
 * Checks which records came back. Each record contains its number and the time of its production, so that the reader
 * can detect lost, repeated and out-of-order records, and measure each latency.
 */
export class Ledger {
  static readonly minimumBytes: number = STAMP_BYTES;
  readonly #seen: Uint8Array;
  readonly #latencies: Float64Array;
  readonly #lastInPartition = new Map<number, number>();
  #received = 0;
  repeated = 0;
  disordered = 0;
  /** Records of another run: the topic was not empty, or another program writes to it. */
  foreign = 0;

  constructor(total: number) {
    this.#seen = new Uint8Array(total);
    this.#latencies = new Float64Array(total);
  }

  /** Writes number and time into the first 16 bytes of a value. */
  static stamp(view: DataView, number: number, nowMs: number): void {
    view.setFloat64(0, number);
    view.setFloat64(8, nowMs);
  }

  receive(partition: number, value: Uint8Array | null, nowMs: number): void {
    if (value === null || value.length < STAMP_BYTES) {
      this.foreign++;
      return;
    }
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    const number = view.getFloat64(0);
    if (!Number.isInteger(number) || number < 0 || number >= this.#seen.length) {
      this.foreign++;
      return;
    }
    if (this.#seen[number] === 1) {
      this.repeated++;
      return;
    }
    this.#seen[number] = 1;
    if (number < (this.#lastInPartition.get(partition) ?? -1)) this.disordered++;
    this.#lastInPartition.set(partition, number);
    this.#latencies[this.#received++] = nowMs - view.getFloat64(8);
  }

  get received(): number {
    return this.#received;
  }

  get lost(): number {
    return this.#seen.length - this.#received;
  }

  /** The latencies at these quantiles, in ms. */
  latencies(quantiles: readonly number[]): readonly number[] {
    const sorted = this.#latencies.subarray(0, this.#received).slice().sort();
    return quantiles.map((q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0);
  }

  /** Throws if a record was lost, came twice, or came out of order. */
  check(): void {
    if (this.lost + this.repeated + this.disordered + this.foreign === 0) return;
    throw new KafkaError(
      "internal",
      `the records did not come back as they were sent: ${this.lost} lost, ${this.repeated} repeated, ` +
        `${this.disordered} out of order, ${this.foreign} not of this run`,
    );
  }
}
