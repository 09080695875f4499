import type { Batch } from "./batch.ts";
import type { OffsetsByTopic } from "./offset-commits.ts";
import type { Message } from "./messages.ts";

/** The argument of `eachMessage`. */
export interface EachMessagePayload {
  topic: string;
  partition: number;
  message: Message;
  heartbeat: () => Promise<void>;
  pause: () => () => void;
}

/** The argument of `eachBatch`. */
export interface EachBatchPayload {
  batch: Batch;
  resolveOffset: (offset: string) => void;
  heartbeat: () => Promise<void>;
  pause: () => () => void;
  commitOffsetsIfNecessary: (offsets?: OffsetsByTopic) => Promise<void>;
  uncommittedOffsets: () => OffsetsByTopic;
  isRunning: () => boolean;
  isStale: () => boolean;
}

/** The options of `run`. Times are in ms. */
export interface RunFields {
  readonly autoCommit?: boolean | undefined;
  readonly autoCommitInterval?: number | null | undefined;
  readonly autoCommitThreshold?: number | null | undefined;
  readonly eachBatchAutoResolve?: boolean | undefined;
  readonly partitionsConsumedConcurrently?: number | undefined;
  readonly eachBatch?: ((payload: EachBatchPayload) => unknown) | null | undefined;
  readonly eachMessage?: ((payload: EachMessagePayload) => unknown) | null | undefined;
}
