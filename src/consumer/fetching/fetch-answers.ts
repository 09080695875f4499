import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { brokerError } from "../../errors/broker-error.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import type { FetchResponse, FetchResponsePartitionData } from "../../protocol/messages/fetch.ts";
import { AbortedFilter } from "../partitions/aborted-filter.ts";
import type { ConsumerCounters } from "../partitions/counters.ts";
import type { Cursor } from "../partitions/cursor.ts";
import { backOff, readingFailed } from "../partitions/cursor-wait.ts";
import type { EpochEnd } from "../partitions/epoch-history.ts";
import { cutOffError, positionWasReset } from "../partitions/position-lost.ts";
import type { ReadingSettings } from "../partitions/reading-settings.ts";
import type { EpochAnswer } from "./epoch-check.ts";
import type { Asked } from "./fetch-plan.ts";
import type { HandOut } from "./hand-out.ts";
import { fetchLeaderHint } from "./leader-hint.ts";
import { type PartitionVerdict, meaningOf, partitionVerdict, unknownForTooLong } from "./partition-answer.ts";
import type { Routes } from "./routes.ts";
import type { AskedPartitions } from "./source.ts";

/**
 * Responses up to this size are delivered before the next fetch is sent. For larger ones the next fetch is sent first,
 * so that broker and application work in parallel.
 */
const LITTLE_BYTES = 16_384;

/** The part of the fetcher that responses need. */
export interface AnswersHost<K, V> {
  readonly client: ClusterClient;
  readonly settings: ReadingSettings;
  readonly counters: ConsumerCounters;
  readonly routes: Routes<K, V>;
  readonly handOut: HandOut<K, V>;
  /**
   * Whether reading continues without a topic that brokers do not know, because another topic of the subscription
   * exists.
   */
  goesOnWithout(topic: string): boolean;
  /** A partition's position must be looked up. */
  sought(): void;
}

/** Applies fetch responses to partitions; `partition-answer` decides what a response means. */
export class FetchAnswers<K, V> {
  readonly #host: AnswersHost<K, V>;

  constructor(host: AnswersHost<K, V>) {
    this.#host = host;
  }

  /** A response arrived. Returns whether a loop was waiting for it and the response is small. */
  received(nodeId: number, response: FetchResponse, asked: AskedPartitions<K, V>): boolean {
    const { counters, handOut } = this.#host;
    const fetchedBefore = counters.fetchedBytes;
    const nowMs = this.#host.client.clock.monotonic();
    counters.fetches++;
    for (const topic of response.responses) {
      for (const partition of topic.partitions) {
        const found = asked.find(topic.topic, topic.topicId, partition.partitionIndex);
        // After a seek the response is for an old position, and is ignored. The last response of a broker that has lost
        // the leadership still counts.
        if (found === undefined || found.cursor.log.fetchGeneration !== found.generation) continue;
        this.#answered(found, partition, response, { nodeId, namesEpoch: asked.namesEpochs, nowMs });
      }
    }
    return handOut.wake() && counters.fetchedBytes - fetchedBefore <= LITTLE_BYTES;
  }

  #answered(
    asked: Asked<K, V>,
    answer: FetchResponsePartitionData,
    response: FetchResponse,
    { nodeId, namesEpoch, nowMs }: { readonly nodeId: number; readonly namesEpoch: boolean; readonly nowMs: number },
  ): void {
    const { client, settings, routes } = this.#host;
    const { cursor } = asked;
    const { topic, partition, position, log, progress, route, state } = cursor;
    const verdict = partitionVerdict(
      answer,
      {
        topic,
        partition,
        nodeId,
        isReplica: route.replica.nodeId >= 0,
        position,
        consumedOffset: progress.consumedOffset,
        consumedTimestamp: progress.consumedTimestamp,
        fetchOffset: log.fetchOffset,
        fetchEpoch: log.fetchEpoch,
        isParting: log.isParting,
        hasData: log.hasData,
        timesOutOfRange: state.timesOutOfRange,
        leaderEpoch: client.snapshot.topics.get(topic)?.partitions[partition]?.leaderEpoch ?? -1,
      },
      settings,
    );
    if (answer.errorCode === 0) cursor.answered(answer.highWatermark, answer.lastStableOffset, nowMs);
    if (verdict.name === "answered") this.#take(asked, answer, namesEpoch ? asked.leaderEpoch : -1);
    else if (verdict.name === "retry") {
      readingFailed(client, cursor, verdict.error);
      const hint = fetchLeaderHint(response, topic, answer);
      backOff(client, cursor);
      if (hint === undefined || !client.applyLeaderHint(hint)) client.refreshMetadata();
    } else if (verdict.name === "leave-replica") routes.leaveReplica(cursor);
    else this.#decided(cursor, verdict);
  }

  /** Verdicts that concern only the cursor. */
  #decided(
    cursor: Cursor<K, V>,
    verdict: Exclude<PartitionVerdict, { readonly name: "answered" | "retry" | "leave-replica" }>,
  ): void {
    const { client, handOut } = this.#host;
    switch (verdict.name) {
      case "diverged":
        this.#diverged(cursor, verdict.end);
        return;
      case "defer":
        cursor.defer(client.clock.monotonic() + client.cluster.settings.retryBackoffMaxMs);
        return;
      case "ask-again":
        cursor.outOfRange();
        client.refreshMetadata();
        backOff(client, cursor);
        return;
      case "reset":
        client.refreshMetadata();
        cursor.seek(verdict.where, verdict.lost);
        cursor.progress.keepConsumedTime();
        this.#host.sought();
        return;
      case "unknown":
        this.unknown(cursor, verdict.error);
        return;
      case "failed":
        handOut.fail(verdict.error);
        return;
    }
  }

  #take({ cursor, isDoubted }: Asked<K, V>, answer: FetchResponsePartitionData, leaderEpoch: number): void {
    const { settings, counters, routes } = this.#host;
    if (answer.preferredReadReplica >= 0 && !isDoubted) routes.prefer(cursor, answer.preferredReadReplica);
    const bytes = answer.records;
    if (bytes === null || bytes.length === 0) return;
    counters.fetchedBytes += bytes.length;
    const filter = settings.isReadCommitted ? new AbortedFilter(answer.abortedTransactions) : undefined;
    const { advanced, doubt } = cursor.take(bytes, filter, leaderEpoch);
    if (doubt !== undefined) this.distrust(cursor, doubt.why);
    else if (!advanced) backOff(this.#host.client, cursor);
  }

  /** A response was damaged; it is fetched once more, from the leader. */
  distrust(cursor: Cursor<K, V>, error: KafkaError): void {
    const { topic, partition, log } = cursor;
    this.#host.client.cluster.log(
      "warn",
      `${topic}-${partition}: a response was damaged; it is fetched once more from the leader: ${error.message}`,
      { topic, partition, offset: log.fetchOffset },
    );
    this.#host.routes.distrust(cursor);
  }

  /** A leader returned where an epoch ends, or an error. */
  checked({ cursor, divergedAt, errorCode }: EpochAnswer<K, V>, nodeId: number): void {
    const { client, routes, handOut } = this.#host;
    if (divergedAt !== undefined) {
      this.#diverged(cursor, divergedAt);
      return;
    }
    // A follower cannot return this. The leader can, and may name the follower again.
    if (routes.leaveReplica(cursor)) return;
    const { topic, partition, log } = cursor;
    const error = brokerError(
      errorCode,
      `cannot find where epoch ${log.fetchEpoch} of ${topic}-${partition} ends, from broker ${nodeId}`,
      { topic, partition, offset: log.fetchOffset },
    );
    const meaning = meaningOf(errorCode);
    if (meaning === "unknown") {
      this.unknown(cursor, error);
      return;
    }
    if (meaning === "failed") handOut.fail(error);
    backOff(client, cursor);
    client.refreshMetadata();
  }

  /** Brokers do not know the partition: fetches again, and reports an error after too long a time. */
  unknown(cursor: Cursor<K, V>, error: KafkaError): void {
    if (cursor.isGone) return;
    const { client, settings, handOut } = this.#host;
    const nowMs = client.clock.monotonic();
    const forMs = nowMs - cursor.unknown(nowMs);
    const failure = this.#host.goesOnWithout(cursor.topic)
      ? undefined
      : unknownForTooLong(error, cursor, forMs, settings.defaultApiTimeoutMs);
    if (failure !== undefined) {
      cursor.reportedUnknown();
      handOut.fail(failure);
      return;
    }
    readingFailed(client, cursor, error);
    backOff(client, cursor);
    client.refreshMetadata();
  }

  /**
   * The log was truncated below the fetched offset by an unclean election, and now has other records there (KIP-320).
   * The buffered records are from the old log. If the application has read beyond the common part of both logs, records
   * that it got are gone: its position goes back to the end of the common part, as in Java, and `onPositionReset`
   * reports it.
   */
  #diverged(cursor: Cursor<K, V>, end: EpochEnd): void {
    const { client, settings, handOut } = this.#host;
    const offset = cursor.partsAt(end);
    if (offset === undefined) {
      handOut.changed(cursor);
      return;
    }
    const { position } = cursor;
    if (position > offset && settings.autoOffsetReset === undefined) {
      cursor.stay();
      handOut.fail(cutOffError(cursor, offset));
      backOff(client, cursor);
      return;
    }
    cursor.cutOff(offset);
    handOut.changed(cursor);
    if (position > offset)
      positionWasReset(
        this.#host,
        cursor,
        position,
        `the log was truncated at offset ${offset}, below the position ${position}`,
      );
  }
}
