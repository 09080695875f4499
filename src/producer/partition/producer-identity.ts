import type { AbortSignalLike } from "../../runtime/cancellation.ts";

/** The producer id and epoch of an idempotent producer's sequence numbers. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** The identity of batches without sequence numbers. */
export const NO_IDENTITY: ProducerIdentity = { producerId: -1, producerEpoch: -1 };

/** Provides the identity that batches are stamped with. */
export interface Identities {
  readonly current: ProducerIdentity | undefined;
  get(signal: AbortSignalLike): Promise<ProducerIdentity>;
  /** The sequence has a gap: takes the next epoch, if no broker must be asked for it. Returns whether it did. */
  bump(): boolean;
}
