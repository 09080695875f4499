import type { GroupMetadata, GroupOffset } from "../cluster/group-offsets.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import type { EnqueueOptions, SendOptions } from "./sending/send-settings.ts";
import type { ProducerRecord, RecordMetadata } from "./partition/delivery.ts";

/**
 * The methods of the producer that a transaction calls.
 * @internal
 */
export interface TransactionSender<K, V> {
  send(record: ProducerRecord<K, V>, options?: SendOptions): Promise<RecordMetadata>;
  enqueue(record: ProducerRecord<K, V>, options?: EnqueueOptions): boolean;
  ready(options?: { readonly signal?: AbortSignalLike }): Promise<void>;
  sendOffsets(offsets: readonly GroupOffset[], group: GroupMetadata): Promise<void>;
}

/**
 * One transaction, as the function passed to `producer.transaction` gets it. After the transaction has ended, every
 * call rejects with kind `config`, so that a late send cannot get into the next transaction.
 */
export class Transaction<K, V> implements TransactionSender<K, V> {
  readonly #sender: TransactionSender<K, V>;
  readonly #isCurrent: () => boolean;

  /** Made by `producer.transaction`; not for users. @internal */
  constructor(sender: TransactionSender<K, V>, isCurrent: () => boolean) {
    this.#sender = sender;
    this.#isCurrent = isCurrent;
  }

  /** Same as the producer's `send`. You need not await it: the commit waits for the record, and fails if it fails. */
  send(record: ProducerRecord<K, V>, options?: SendOptions): Promise<RecordMetadata> {
    return this.#isCurrent() ? this.#sender.send(record, options) : Promise.reject(ended());
  }

  /** Same as the producer's `enqueue`; its record belongs to the transaction. */
  enqueue(record: ProducerRecord<K, V>, options?: EnqueueOptions): boolean {
    if (!this.#isCurrent()) throw ended();
    return this.#sender.enqueue(record, options);
  }

  /** Same as the producer's `ready`. */
  ready(options: { readonly signal?: AbortSignalLike } = {}): Promise<void> {
    return this.#isCurrent() ? this.#sender.ready(options) : Promise.reject(ended());
  }

  /** Same as the producer's `sendOffsets`, with its default timeout and without a signal. */
  sendOffsets(offsets: readonly GroupOffset[], group: GroupMetadata): Promise<void> {
    return this.#isCurrent() ? this.#sender.sendOffsets(offsets, group) : Promise.reject(ended());
  }
}

function ended(): KafkaError {
  return new KafkaError(
    "config",
    "this transaction is over: call send() before the function that was given to transaction() ends",
    { outcome: "notWritten" },
  );
}
