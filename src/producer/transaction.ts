import type { GroupMetadata, GroupOffset } from "../cluster/group-offsets.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import type { ProducerRecord, RecordMetadata } from "./partition/delivery.ts";

/** What a transaction hands its calls to. @internal */
export interface TransactionSender<K, V> {
  send(record: ProducerRecord<K, V>, options?: { readonly signal?: AbortSignalLike }): Promise<RecordMetadata>;
  enqueue(record: ProducerRecord<K, V>): boolean;
  ready(options?: { readonly signal?: AbortSignalLike }): Promise<void>;
  sendOffsets(offsets: readonly GroupOffset[], group: GroupMetadata): Promise<void>;
}

/**
 * One transaction, for the function that `producer.transaction` runs. It takes nothing after its end, so that what was
 * forgotten in it cannot get into the next one.
 */
export class Transaction<K, V> implements TransactionSender<K, V> {
  readonly #sender: TransactionSender<K, V>;
  readonly #isCurrent: () => boolean;

  /** Not for users: `producer.transaction` makes it. @internal */
  constructor(sender: TransactionSender<K, V>, isCurrent: () => boolean) {
    this.#sender = sender;
    this.#isCurrent = isCurrent;
  }

  /** As the producer's `send`. It need not be awaited: the commit waits for it, and fails if it fails. */
  send(record: ProducerRecord<K, V>, options?: { readonly signal?: AbortSignalLike }): Promise<RecordMetadata> {
    return this.#isCurrent() ? this.#sender.send(record, options) : Promise.reject(ended());
  }

  /** As the producer's `enqueue`. */
  enqueue(record: ProducerRecord<K, V>): boolean {
    if (!this.#isCurrent()) throw ended();
    return this.#sender.enqueue(record);
  }

  /** As the producer's `ready`. */
  ready(options: { readonly signal?: AbortSignalLike } = {}): Promise<void> {
    return this.#isCurrent() ? this.#sender.ready(options) : Promise.reject(ended());
  }

  /** As the producer's `sendOffsets`. */
  sendOffsets(offsets: readonly GroupOffset[], group: GroupMetadata): Promise<void> {
    return this.#isCurrent() ? this.#sender.sendOffsets(offsets, group) : Promise.reject(ended());
  }
}

function ended(): KafkaError {
  return new KafkaError(
    "config",
    "this transaction is over: what is sent in transaction() must be sent before its function ends",
    { outcome: "notWritten" },
  );
}
