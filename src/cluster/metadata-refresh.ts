import { brokerError } from "../errors/broker-error.ts";
import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Connection } from "../network/connection.ts";
import type { MetadataResponse } from "../protocol/messages/metadata.ts";
import type { AsyncRuntime } from "../runtime/async-runtime.ts";
import { backoffMs } from "../runtime/backoff.ts";
import type { Cancellation } from "../runtime/cancellation.ts";
import { DeadlineEntry, type DeadlineWheel } from "../runtime/deadline-wheel.ts";
import { sleep, turn } from "../runtime/sleep.ts";
import { HostTurns } from "../runtime/host-turns.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import { WorkLoop } from "../runtime/work-loop.ts";
import type { Cluster, TopicInterest } from "./cluster.ts";
import { metadataApi } from "../protocol/messages/metadata.ts";
import { leadersApi } from "./leaders-api.ts";
import { type MetadataSnapshot, mergeInSteps, mergeMetadata } from "./metadata.ts";
import type { Wait, Waits } from "./waits.ts";

/** The parts of a client that {@link MetadataRefresh} uses. */
export interface RefreshHost {
  readonly cluster: Cluster;
  readonly runtime: AsyncRuntime;
  readonly tasks: TaskGroup;
  readonly deadlines: DeadlineWheel;
  readonly waits: Waits;
  anyConnection(signal: Cancellation): Promise<Connection>;
  /** Whether a caller waits for metadata that the snapshot does not have. */
  isAwaited(): boolean;
  /** Called when a metadata request has failed. */
  failed(error: KafkaError): void;
  /** Called when metadata has arrived and is about to be published. */
  fetched(): void;
  /** Called when the known brokers are of no use and the bootstrap servers must be asked. */
  rebootstrap(why: string): void;
}

/** The producer's part: it may have topics created. */
export interface TopicWriter {
  /** Whether records wait for this topic, so that the broker may create it. */
  mayCreate(topic: string): boolean;
  /** Called before metadata is fetched, so that topics without recent records can be dropped. */
  forgetIdle(nowMs: number): void;
}

/**
 * From this number of topics on, a refresh is divided by turns of the host into its stages: encoding the request,
 * decoding the response, merging it, and publishing the result. Each stage takes milliseconds.
 */
const MANY_TOPICS = 1000;
/** The number of attempts to merge a response with turns of the host. After these, it is merged without a turn. */
const MERGES_IN_TURNS = 3;

/**
 * Fetches metadata of the topics that a client wants: on request, while a caller waits, and when it is old. There is
 * one request at a time, and at least the backoff between two requests.
 */
export class MetadataRefresh extends DeadlineEntry implements TopicInterest {
  readonly #host: RefreshHost;
  readonly #loop: WorkLoop;
  readonly #topics = new Map<string, number>();
  #writer: TopicWriter | undefined;
  #attempt = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #asked = false;
  /** The pending wait while metadata requests fail. */
  #wait: Wait | undefined;
  /** The time of the first of the failed metadata requests in a row; undefined if the last one succeeded. */
  #inVainSinceMs: number | undefined;

  constructor(host: RefreshHost) {
    super();
    this.#host = host;
    this.#loop = new WorkLoop(host.tasks, (signal) => this.#refresh(signal));
  }

  /** Registers interest in topics. It is counted, and metadata is fetched for topics with a count above 0. */
  want(topics: Iterable<string>, writer: TopicWriter | undefined): void {
    this.#writer ??= writer;
    for (const topic of topics) this.#topics.set(topic, (this.#topics.get(topic) ?? 0) + 1);
    // Another client of this `Kafka` may already have fetched the metadata that we want. Refresh it when it is old even
    // if that client has been closed.
    const { cluster, deadlines } = this.#host;
    if (!this.isWaiting && cluster.snapshot.updatedAtMs >= 0)
      deadlines.add(this, cluster.snapshot.updatedAtMs + cluster.settings.metadataMaxAgeMs);
  }

  wants(topic: string): boolean {
    return this.#topics.has(topic);
  }

  release(topics: Iterable<string>): void {
    for (const topic of topics) {
      const count = (this.#topics.get(topic) ?? 0) - 1;
      if (count > 0) this.#topics.set(topic, count);
      else this.#topics.delete(topic);
    }
  }

  /** Requests fresh metadata. */
  ask(): void {
    this.#asked = true;
    this.#loop.kick();
  }

  /** Called when the metadata is old. */
  override onDeadline(): void {
    if (this.#topics.size > 0) this.ask();
  }

  async #refresh(signal: Cancellation): Promise<void> {
    const { cluster } = this.#host;
    const { clock } = cluster.options;
    while (!signal.aborted && this.#isAskedAgain()) {
      const waitMs = this.#lastMs + this.#backoffMs() - clock.monotonic();
      if (waitMs > 0) await sleep({ runtime: this.#host.runtime, clock }, waitMs, signal);
      this.#asked = false;
      this.#lastMs = clock.monotonic();
      this.#inVainSinceMs ??= this.#lastMs;
      const wait = (this.#wait ??= this.#host.waits.begin("cannot fetch metadata", { isLoop: true }));
      wait.trying();
      try {
        await this.#fetch(signal);
        this.#inVainSinceMs = undefined;
        wait.end();
        // Listeners may request another refresh during `publish` (a partition still without leader, for example).
        this.#attempt = this.#isAskedAgain() ? this.#attempt + 1 : 0;
      } catch (error) {
        if (signal.aborted) return;
        this.#attempt++;
        const failure = KafkaError.from(error);
        wait.tried(failure);
        this.#failed(failure);
      } finally {
        wait.rests();
      }
    }
  }

  #failed(error: KafkaError): void {
    this.#host.failed(error);
    const { options, settings } = this.#host.cluster;
    const inVainMs = options.clock.monotonic() - (this.#inVainSinceMs ?? 0);
    if (
      !settings.mayRebootstrap ||
      (error.code !== ErrorCode.REBOOTSTRAP_REQUIRED && inVainMs < settings.rebootstrapTriggerMs)
    )
      return;
    this.#inVainSinceMs = undefined;
    this.#host.rebootstrap(
      error.code === ErrorCode.REBOOTSTRAP_REQUIRED
        ? "a broker requested it"
        : `no metadata was received for ${Math.round(inVainMs)} ms`,
    );
  }

  #isAskedAgain(): boolean {
    return this.#asked || this.#host.isAwaited();
  }

  async #fetch(signal: Cancellation): Promise<void> {
    const { cluster } = this.#host;
    const connection = await this.#host.anyConnection(signal);
    const { readControllers } = cluster.options;
    if (readControllers !== undefined) return this.#received([await readControllers(connection)], false);
    if (!connection.brokerVersions.has(leadersApi.key))
      throw new KafkaError("unsupported", `${connection.address} is a controller: set bootstrapControllers`);
    this.#writer?.forgetIdle(cluster.options.clock.monotonic());
    const api = cluster.keepsReplicas ? metadataApi : leadersApi;
    const version = connection.version(api);
    const responses: MetadataResponse[] = [];
    let isLarge = false;
    for (const { topics, allowAutoTopicCreation } of this.#requests()) {
      isLarge ||= topics.length >= MANY_TOPICS;
      if (isLarge) await turn(this.#host.runtime);
      // Before version 4 a request cannot control creation: the broker's own setting decides.
      const response = await connection.request(
        api,
        { topics: topics.map((name) => ({ name })), allowAutoTopicCreation: version < 4 || allowAutoTopicCreation },
        { version, isInTurns: true },
      );
      if (response.errorCode !== 0) throw brokerError(response.errorCode, "cannot fetch metadata");
      responses.push(response);
    }
    if (isLarge) await turn(this.#host.runtime);
    await this.#received(responses, isLarge);
  }

  /** Metadata has arrived. */
  async #received(responses: readonly MetadataResponse[], isLarge: boolean): Promise<void> {
    const { cluster, deadlines } = this.#host;
    this.#host.fetched();
    const nowMs = cluster.options.clock.monotonic();
    deadlines.add(this, nowMs + cluster.settings.metadataMaxAgeMs);
    await this.#merge(responses, nowMs, isLarge);
  }

  /** Publishes the snapshot with these responses. Merging a large one gives the host turns. */
  async #merge(responses: readonly MetadataResponse[], nowMs: number, isLarge: boolean): Promise<void> {
    const { cluster } = this.#host;
    const turns = new HostTurns({ runtime: this.#host.runtime, clock: cluster.options.clock });
    for (let tries = 0; tries < MERGES_IN_TURNS; tries++) {
      const known = cluster.snapshot;
      let snapshot = known;
      for (const response of responses) {
        const merged = turns.run(mergeInSteps(snapshot, response, nowMs));
        snapshot = merged instanceof Promise ? await merged : merged;
      }
      if (isLarge) await turns.take();
      // Another client, or a leader from a response, may have changed the snapshot in one of the turns.
      if (cluster.snapshot === known) return cluster.publish(snapshot);
    }
    cluster.publish(responses.reduce((known, response) => mergeMetadata(known, response, nowMs), cluster.snapshot));
  }

  /**
   * A request has one flag for all its topics. So creation is requested only in a request of its own, for topics that
   * are not known to exist and for which records wait. Otherwise a deleted topic would be created again as long as its
   * last writer lives (KIP-526).
   */
  #requests(): readonly { readonly topics: readonly string[]; readonly allowAutoTopicCreation: boolean }[] {
    const { snapshot } = this.#host.cluster;
    const known: string[] = [];
    const missing: string[] = [];
    for (const name of this.#topics.keys())
      (isThere(snapshot, name) || this.#writer?.mayCreate(name) !== true ? known : missing).push(name);
    const requests = [
      { topics: known, allowAutoTopicCreation: false },
      { topics: missing, allowAutoTopicCreation: true },
    ].filter(({ topics }) => topics.length > 0);
    return requests.length > 0 ? requests : [{ topics: [], allowAutoTopicCreation: false }];
  }

  #backoffMs(): number {
    const { settings } = this.#host.cluster;
    return backoffMs({
      baseMs: settings.retryBackoffMs,
      maxMs: settings.retryBackoffMaxMs,
      attempt: this.#attempt,
      random: this.#host.cluster.random(),
    });
  }
}

function isThere({ topics }: MetadataSnapshot, name: string): boolean {
  const topic = topics.get(name);
  return topic !== undefined && topic.errorCode === 0 && topic.partitions.length > 0;
}
