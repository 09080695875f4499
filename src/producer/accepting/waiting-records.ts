import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { brokerError } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import type { ProducerBatch } from "../partition/batch.ts";
import type { DeliveryLedger } from "../sending/ledger.ts";
import type { HeldRecords } from "./held-records.ts";

/** Reports which accepted records are not acknowledged, and why. */
export class WaitingRecords {
  readonly #client: ClusterClient;
  readonly #ledger: DeliveryLedger;
  readonly #held: HeldRecords;

  constructor(client: ClusterClient, ledger: DeliveryLedger, held: HeldRecords) {
    this.#client = client;
    this.#ledger = ledger;
    this.#held = held;
  }

  /** Whether records wait for their topic's metadata. */
  get isHolding(): boolean {
    return this.#held.isHolding;
  }

  /** Why the oldest records are still waiting; undefined if nothing went wrong. */
  get oldestError(): KafkaError | undefined {
    for (const { topic } of this.#held.topics) return this.#held.whyUnknown(topic);
    for (const batch of this.#ledger.unsettled) {
      const why = this.why(batch);
      return why === "expected" ? undefined : why;
    }
    return undefined;
  }

  /** How many records of each topic are not acknowledged. */
  get counts(): ReadonlyMap<string, number> {
    const topics = new Map<string, number>();
    for (const { topic, held } of this.#held.topics) topics.set(topic, held.length);
    for (const { topic, count } of this.#ledger.unsettled) topics.set(topic, (topics.get(topic) ?? 0) + count);
    return topics;
  }

  /** Makes the error of records that are given up: `error`, and why the records were not written in time. */
  because(error: KafkaError): KafkaError {
    const why = this.oldestError;
    return why === undefined
      ? error
      : new KafkaError(error.kind, `${error.message}; the last error was: ${why.message}`, {
          ...detailsOf(error),
          cause: why,
        });
  }

  /**
   * Why a batch is not written yet. If a partition never had a leader, its topic was only just created: that is
   * `"expected"`.
   */
  why({ topic, partition, lastError }: ProducerBatch): KafkaError | "expected" | undefined {
    if (lastError !== undefined) return lastError;
    const known = this.#client.snapshot.topics.get(topic)?.partitions[partition];
    if (known === undefined || known.leaderId >= 0) return this.#client.metadataError;
    return known.leaderEpoch <= 0
      ? "expected"
      : brokerError(ErrorCode.LEADER_NOT_AVAILABLE, `metadata of ${topic}-${partition}`, { topic, partition });
  }
}
