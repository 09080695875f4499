import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { MetadataSnapshot } from "../../cluster/metadata.ts";
import { brokerError, isRetriable } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Settle } from "../partition/batch.ts";
import type { DeliveryLedger } from "../sending/ledger.ts";
import type { ProducerSettings } from "./producer-settings.ts";
import type { WaitingRecord } from "./packed-records.ts";
import type { TopicQueue } from "./topic-queue.ts";

/** The parts of the accumulator that {@link HeldRecords} uses. */
export interface HeldRecordsHost {
  readonly client: ClusterClient;
  readonly settings: ProducerSettings;
  readonly ledger: DeliveryLedger;
  /** Whether a record names a partition that is not in the metadata, and the metadata is older than the record. */
  mayBeNew(topic: TopicQueue, partition: number, createdMs: number): boolean;
  place(topic: TopicQueue, record: WaitingRecord): void;
  refuse(topic: string, bytes: number, settle: Settle | undefined, error: KafkaError): void;
  /** Calls `onDeadline` at this time at the latest. */
  armFor(atMs: number): void;
}

/** How many records are placed between two looks at the clock: one or two milliseconds of work. */
const PLACED_AT_ONCE = 1024;

/** Records that arrived before their topic's metadata. They are stored in `held` of their topic. */
export class HeldRecords {
  readonly #host: HeldRecordsHost;
  /** It may contain topics whose records were placed since the last look. */
  readonly #topics = new Set<TopicQueue>();

  constructor(host: HeldRecordsHost) {
    this.#host = host;
  }

  /** The topics that have such records. */
  get topics(): Iterable<TopicQueue> {
    for (const topic of this.#topics) if (topic.held.length === 0) this.#topics.delete(topic);
    return this.#topics;
  }

  /** Whether there are any. */
  get isHolding(): boolean {
    for (const topic of this.#topics) if (topic.held.length > 0) return true;
    return false;
  }

  /** A record was added to `held` of this topic. */
  added(topic: TopicQueue, createdMs: number): void {
    this.#topics.add(topic);
    if (topic.held.length === 1) this.await(topic);
    this.#host.armFor(createdMs + this.#host.settings.maxBlockMs);
  }

  /**
   * Places up to {@link PLACED_AT_ONCE} of the records that waited for the topic's metadata; returns how many. The
   * others stay in `topic.held`, and records that are sent meanwhile queue up behind them. A record that must wait
   * again keeps the ones after it waiting too, so that the order of the calls is kept.
   */
  placeSome(topic: TopicQueue): number {
    const { held } = topic;
    let placed = 0;
    for (let { first } = held; first !== undefined && placed < PLACED_AT_ONCE; first = held.first) {
      if (this.#host.mayBeNew(topic, first.partition, first.createdMs)) break;
      held.drop();
      this.#host.place(topic, first);
      placed++;
    }
    return placed;
  }

  /** Fails the records that have waited for `maxBlockMs` at `nowMs`; without `nowMs`, all records. */
  fail(topic: TopicQueue, error: KafkaError, nowMs: number = Number.POSITIVE_INFINITY): void {
    const { ledger, settings } = this.#host;
    // The same sum as where the deadline was armed. If it were rounded differently, the deadline could fire again and
    // again without any record being over time.
    const failed = topic.held.takeWhile((createdMs) => createdMs + settings.maxBlockMs <= nowMs);
    ledger.settle({
      some: (limit) => {
        let done = 0;
        for (let { first } = failed; first !== undefined && done < limit; first = failed.first) {
          failed.drop();
          this.#host.refuse(topic.topic, first.bytes, first.settle, error);
          done++;
        }
        return done;
      },
    });
    if (topic.held.length > 0) this.await(topic);
  }

  /** Fetches metadata until it contains the topic, or until no record waits for it. */
  await(topic: TopicQueue): void {
    const { client, settings } = this.#host;
    const what = `metadata of topic ${topic.topic}`;
    client
      .awaitMetadata(
        (snapshot) =>
          (snapshot.topics.get(topic.topic)?.partitions.length ?? 0) > 0 || isRefused(snapshot, topic.topic),
        {
          deadlineMs: client.clock.monotonic() + settings.maxBlockMs,
          what,
          why: (snapshot) => whyMissing(snapshot, topic.topic),
          isExpected: ({ code }) => code === ErrorCode.LEADER_NOT_AVAILABLE,
        },
      )
      .catch((error: unknown) => {
        const failure = KafkaError.from(error);
        if (failure.kind !== "closed")
          this.fail(topic, failure.kind === "timeout" ? this.unknown(topic.topic) : failure);
      });
  }

  /** The error for a topic that was not in the metadata in time. */
  unknown(name: string): KafkaError {
    const cause = this.whyUnknown(name);
    const { maxBlockMs } = this.#host.settings;
    const message =
      cause?.code === undefined
        ? `cannot send to topic ${name}: no metadata came within maxBlockMs (${maxBlockMs} ` +
          `ms)${cause === undefined ? "" : `: ${cause.message}`}`
        : `topic ${name} is not known after maxBlockMs (${maxBlockMs} ms): ${cause.message}. Does it exist, and ` +
          "may this client see it?";
    return new KafkaError("timeout", message, { topic: name, outcome: "notWritten", retriable: true, cause });
  }

  /** Why a topic has no partitions yet: the metadata request failed, or the broker returned an error for the topic. */
  whyUnknown(name: string): KafkaError | undefined {
    return (
      this.#host.client.metadataError ??
      whyMissing(this.#host.client.snapshot, name) ??
      this.#host.client.pendingError()
    );
  }
}

function isRefused(snapshot: MetadataSnapshot, name: string): boolean {
  const code = snapshot.topics.get(name)?.errorCode ?? 0;
  return code !== 0 && !isRetriable(code);
}

/** The error that the metadata has for a topic without partitions. */
function whyMissing({ topics }: MetadataSnapshot, name: string): KafkaError | undefined {
  const code = topics.get(name)?.errorCode ?? 0;
  return code === 0 ? undefined : brokerError(code, `metadata of topic ${name}`, { topic: name });
}
