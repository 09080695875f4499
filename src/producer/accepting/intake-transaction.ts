import type { KafkaError } from "../../errors/kafka-error.ts";

/** The intake's view of the producer's transactions. */
export interface IntakeTransaction {
  /** Rises with each transaction. */
  readonly number: number;
  readonly isOpen: boolean;
  /** The error for a record that has waited since transaction `number`; undefined if it may be sent. */
  refusalOf(number: number): KafkaError | undefined;
  /** Records of the transaction were lost. */
  recordsFailed(error: KafkaError): void;
}
