import type { TimeLimit } from "../../cluster/time-limit.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";

/** What limits a transaction, by the settings of its producer. */
export interface TransactionSettings {
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
  readonly maxBlockMs: number;
}

/** What the manager needs of its producer. */
export interface TransactionHost {
  /** Records are taken from now on, or refused for this reason. */
  changed(refusal: (() => KafkaError) | undefined): void;
  /** Sends everything that was accepted, and settles when its fate is known. */
  drain(limit: TimeLimit): Promise<void>;
  /** Fails what was not sent yet. */
  dropUnsent(error: KafkaError): void;
  /** Settles when no request with records is under way. */
  quiet(): Promise<void>;
}
