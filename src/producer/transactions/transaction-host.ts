import type { TimeLimit } from "../../cluster/time-limit.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";

/** The limits of a transaction, from the settings of its producer. */
export interface TransactionSettings {
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
  readonly maxBlockMs: number;
}

/** The parts of the producer that the transaction manager uses. */
export interface TransactionHost {
  /** Records are accepted from now on, or refused with this error. */
  changed(refusal: (() => KafkaError) | undefined): void;
  /** Sends everything that was accepted, and resolves when it is written or has failed. */
  drain(limit: TimeLimit): Promise<void>;
  /** Fails the records that were not sent yet. */
  dropUnsent(error: KafkaError): void;
  /** Resolves when no request with records is in flight. */
  quiet(): Promise<void>;
}
