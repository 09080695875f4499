import type { AnyKafka, GroupOffset, Producer } from "odradek";
import type { Offsets, Transaction } from "../api.ts";
import type { CommittedOffsets } from "../connecting/committed-offsets.ts";
import { AssertionError } from "../errors/assertion-error.ts";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-error.ts";
import { isKafkaError } from "../errors/to-kafkajs-error.ts";
import type { MessageSender } from "./message-sender.ts";

/** The parts of a producer that its transactions use. */
export interface TransactionsParts {
  readonly transactionalId: string | undefined;
  readonly offsets: CommittedOffsets;
  /** Sends messages within a transaction. */
  readonly sender: MessageSender;
  readonly producer: (kafka: AnyKafka) => Producer;
  /** How long each step of a transaction may take, in ms. */
  readonly timeoutMs: number;
  /** An error of Odradek as kafkajs's. */
  readonly fault: (error: unknown) => unknown;
}

/** The transactions of one producer, one after the other. */
export class Transactions {
  readonly #parts: TransactionsParts;
  /** Withdraw the marks of the offsets that the open transaction has sent: called when it is aborted. */
  #withdrawals: (() => void)[] = [];
  /** The `Kafka` of the open transaction; undefined if none is open. */
  #openOn: AnyKafka | undefined;
  /** The producer whose last transaction may still be open on the brokers, since ending it failed. */
  #unended: Producer | undefined;

  constructor(parts: TransactionsParts) {
    this.#parts = parts;
  }

  /** `producer.transaction()`. */
  async begin(): Promise<Transaction> {
    const { fault, sender, transactionalId } = this.#parts;
    if (!transactionalId)
      throw new KafkaJSNonRetriableError("Must provide transactional id for transactional producer");
    const kafka = await sender.connects(); // as in kafkajs, it need not be connected
    if (this.#openOn === kafka)
      throw new KafkaJSNonRetriableError(
        "There is already an ongoing transaction for this producer. Please end the transaction before beginning " +
          "another.",
      );
    this.#openOn = kafka;
    try {
      const producer = this.#parts.producer(kafka);
      await this.#endLast(producer);
      await producer.begin({ timeoutMs: this.#parts.timeoutMs });
      return this.#transaction(producer);
    } catch (error) {
      this.#openOn = undefined;
      throw fault(error);
    }
  }

  #transaction(producer: Producer): Transaction {
    const { sender, timeoutMs } = this.#parts;
    let isActive = true;
    const whileActive =
      <A extends unknown[], R>(call: (...args: A) => Promise<R>, isAllowed = () => isActive) =>
      (...args: A): Promise<R> =>
        isAllowed()
          ? call(...args)
          : Promise.reject(new KafkaJSNonRetriableError("Cannot continue to use transaction once ended"));
    const ends = (isAbort: boolean, end: () => Promise<void>) => async () => {
      isActive = false;
      await this.#end(producer, isAbort, end);
    };
    return {
      send: whileActive(sender.send),
      sendBatch: whileActive(sender.sendBatch),
      sendOffsets: whileActive((offsets: Offsets & { consumerGroupId: string }) =>
        this.#sendOffsets(producer, offsets),
      ),
      commit: whileActive(ends(false, () => producer.commit({ timeoutMs }))),
      // kafkajs leaves a transaction open whose commit failed, and begins no other.
      abort: whileActive(
        ends(true, () => producer.abort({ timeoutMs })),
        () => isActive || this.#unended === producer,
      ),
      isActive: () => isActive,
    };
  }

  async #end(producer: Producer, isAbort: boolean, end: () => Promise<void>): Promise<void> {
    try {
      await end();
      if (isAbort) this.#withdraw();
      this.#withdrawals = [];
      this.#unended = undefined;
    } catch (error) {
      const wasCommitted = isFinal(error);
      if (wasCommitted) this.#withdrawals = [];
      this.#unended = wasCommitted ? undefined : producer;
      throw wasCommitted ? new KafkaJSNonRetriableError(error) : this.#parts.fault(error);
    } finally {
      this.#openOn = undefined;
    }
  }

  /** Aborts what a failed commit or abort has left open. */
  async #endLast(producer: Producer): Promise<void> {
    if (this.#unended !== producer) return;
    try {
      await producer.abort({ timeoutMs: this.#parts.timeoutMs });
      this.#withdraw();
    } catch (error) {
      if (!isFinal(error)) throw error;
    }
    this.#withdrawals = [];
    this.#unended = undefined;
  }

  #withdraw(): void {
    for (const withdraw of this.#withdrawals) withdraw();
  }

  async #sendOffsets(
    producer: Producer,
    { consumerGroupId, topics }: Offsets & { readonly consumerGroupId: string },
  ): Promise<void> {
    assertGiven(consumerGroupId, "Missing consumerGroupId");
    assertGiven(topics, "Missing offset topics");
    const offsets: GroupOffset[] = topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => ({ topic, partition: numberOf(partition), offset: Number(offset) })),
    );
    try {
      await producer.sendOffsets(offsets, { groupId: consumerGroupId }, { timeoutMs: this.#parts.timeoutMs });
    } catch (error) {
      throw this.#parts.fault(error);
    }
    for (const { topic, partitions } of topics)
      for (const { partition, offset } of partitions)
        this.#withdrawals.push(this.#parts.offsets.markInTransaction(consumerGroupId, topic, partition, offset));
  }
}

/** Whether the transaction has ended on the brokers although the call failed: it was committed before. */
function isFinal(error: unknown): boolean {
  return isKafkaError(error) && error.outcome === "written";
}

/** A partition: text in what `uncommittedOffsets()` returns, although its type says a number. */
function numberOf(partition: number | string): number {
  return Number(partition);
}

function assertGiven(value: unknown, message: string): void {
  if (!value) throw new AssertionError(value, message);
}
