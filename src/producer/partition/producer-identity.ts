import type { AbortSignalLike } from "../../runtime/cancellation.ts";

/** Who numbers the sequences of an idempotent producer. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export const NO_IDENTITY: ProducerIdentity = { producerId: -1, producerEpoch: -1 };

/** Where the numbers come from that batches are stamped with. */
export interface Identities {
  readonly current: ProducerIdentity | undefined;
  get(signal: AbortSignalLike): Promise<ProducerIdentity>;
  /** Sequences have a gap: another epoch, if that can be had without asking. Returns whether it could. */
  bump(): boolean;
}
