import type { KafkaError } from "../../errors/kafka-error.ts";
import { type BatchContext, batchContext } from "../../records/batch-context.ts";
import type { Batch } from "../../records/batch.ts";
import type { CompressionType } from "../../runtime/codec.ts";

/**
 * A batch whose header is wrong, in its place in the partition. Reading it throws, so the loop's policy handles it like
 * any other unreadable batch.
 */
export class DamagedBatch implements Batch<never, never> {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Uint8Array;
  /** The offset at which it should begin. */
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly error: KafkaError;
  readonly magic: number = -1;
  readonly partitionLeaderEpoch: number = -1;
  readonly crc: number = -1;
  readonly isValid: boolean = false;
  readonly codec: CompressionType = "none";
  readonly isTransactional: boolean = false;
  readonly isControl: boolean = false;
  readonly maxTimestamp: number = -1;
  readonly timestampType = "NoTimestampType";
  readonly deleteHorizonMs: number = -1;
  readonly producerId: number = -1;
  readonly producerEpoch: number = -1;
  readonly baseSequence: number = -1;
  readonly count: number = 0;

  constructor(
    { topic, partition }: { readonly topic: string; readonly partition: number },
    bytes: Uint8Array,
    baseOffset: number,
    nextOffset: number,
    error: KafkaError,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.bytes = bytes;
    this.baseOffset = baseOffset;
    this.nextOffset = nextOffset;
    this.error = error;
  }

  get context(): BatchContext {
    return batchContext(this, -1);
  }

  get sizeInBytes(): number {
    return this.bytes.length;
  }

  get lastOffset(): number {
    return this.nextOffset - 1;
  }

  get records(): never {
    throw this.error;
  }

  reader(): never {
    throw this.error;
  }
}
