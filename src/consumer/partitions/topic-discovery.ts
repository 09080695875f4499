import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { Wait } from "../../cluster/waits.ts";
import { brokerError } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import type { Cancellation } from "../../runtime/cancellation.ts";
import { DeadlineEntry } from "../../runtime/deadline-wheel.ts";
import { WorkLoop } from "../../runtime/work-loop.ts";
import { type Subscription, topicsOf } from "./subscription.ts";

/**
 * The topics that a subscription currently selects. With patterns it lists all topics of the cluster at the start,
 * every `metadataMaxAgeMs`, and when a topic seems to be gone. A topic is dropped when two listings in a row do not
 * have it, because one broker may be behind.
 */
export class TopicDiscovery extends DeadlineEntry {
  readonly #client: ClusterClient;
  #subscription: Subscription;
  readonly #loop: WorkLoop;
  readonly #failed: (error: KafkaError) => void;
  readonly #listeners = new Set<() => void>();
  #topics: readonly string[];
  /** Topics that the last listing did not have. */
  #missing: ReadonlySet<string> = new Set();
  #failures = 0;
  /** The wait that logs when topics cannot be listed. */
  #wait: Wait | undefined;
  /** Whether the next listing is due before metadata expires. */
  #isSoon = false;
  #isDone: boolean;
  #waiting: (() => void)[] = [];
  #unsubscribe: (() => void) | undefined;

  constructor(client: ClusterClient, subscription: Subscription, failed: (error: KafkaError) => void) {
    super();
    this.#client = client;
    this.#subscription = subscription;
    this.#failed = failed;
    this.#topics = subscription.names;
    this.#isDone = subscription.patterns.length === 0;
    this.#loop = new WorkLoop(client.tasks, (signal) => this.#look(signal));
  }

  /** The topics that are subscribed to by name. */
  get names(): readonly string[] {
    return this.#subscription.names;
  }

  /** The names, and the topics that match the patterns. */
  get topics(): readonly string[] {
    return this.#topics;
  }

  /** Whether the subscription is empty. */
  get isEmpty(): boolean {
    return this.#subscription.names.length + this.#subscription.patterns.length === 0;
  }

  /** Whether topics were listed at least once for the patterns. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Calls back after each change of {@link topics}. Returns a function that stops this. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Replaces the subscription. Known topics that match its patterns are found at once. */
  subscribe(subscription: Subscription): void {
    const known = this.#topics.map((name) => ({ name, isInternal: false }));
    this.#subscription = subscription;
    this.#missing = new Set();
    this.#take(topicsOf(subscription, known));
    this.#isDone = subscription.patterns.length === 0;
    this.#stop(); // the next start lists topics for the new patterns
  }

  /** Begins to list topics. Resolves after the first listing. Idempotent. */
  start(): Promise<void> {
    if (this.#isDone) return Promise.resolve();
    if (this.#unsubscribe === undefined) {
      this.#unsubscribe = this.#client.onMetadata(({ topics }) => {
        if (
          !this.#isSoon &&
          this.#topics.some((name) => topics.get(name)?.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
        )
          this.#again();
      });
      this.#loop.kick();
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#client.deadlines.remove(this);
  }

  close(): void {
    this.#stop();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  override onDeadline(): void {
    this.#loop.kick();
  }

  async #look(signal: Cancellation): Promise<void> {
    const { cluster, clock, deadlines } = this.#client;
    this.#isSoon = false;
    try {
      const existing = await this.#existing(signal);
      if (this.#subscription.patterns.length === 0) return; // the subscription was replaced meanwhile
      const found = topicsOf(this.#subscription, existing);
      const isFound = new Set(found);
      const missing = new Set(this.#topics.filter((name) => !isFound.has(name)));
      const kept = [...missing].filter((name) => !this.#missing.has(name));
      this.#missing = missing;
      this.#take([...found, ...kept]);
      this.#failures = 0;
      this.#wait?.end();
      if (kept.length > 0) this.#again();
      else if (!this.#isSoon) deadlines.add(this, clock.monotonic() + cluster.settings.metadataMaxAgeMs);
    } catch (error) {
      if (signal.aborted) return;
      const failure = KafkaError.from(error);
      cluster.log("debug", `cannot list the topics of the cluster: ${failure.message}`);
      this.#wait ??= this.#client.waits.begin("cannot find the topics that match the patterns", { isLoop: true });
      this.#wait.tried(failure);
      if (!failure.retriable && failure.kind !== "connection" && failure.kind !== "timeout") this.#failed(failure);
      this.#again();
    }
  }

  async #existing(signal: Cancellation): Promise<readonly { readonly name: string; readonly isInternal: boolean }[]> {
    const connection = await this.#client.anyConnection(signal);
    const version = connection.version(metadataApi);
    // Version 0 asks for all topics with an empty list.
    const response = await connection.request(
      metadataApi,
      { topics: version === 0 ? [] : null, ...(version >= 4 ? { allowAutoTopicCreation: false } : {}) },
      { version },
    );
    if (response.errorCode !== 0) throw brokerError(response.errorCode, "cannot list the topics of the cluster");
    return response.topics.flatMap(({ name, isInternal, errorCode }) =>
      name === null || errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION ? [] : [{ name, isInternal }],
    );
  }

  #take(topics: readonly string[]): void {
    const before = this.#topics;
    const added = topics.filter((name) => !before.includes(name));
    const gone = before.filter((name) => !topics.includes(name));
    const isFirst = !this.#isDone;
    this.#topics = topics;
    this.#isDone = true;
    if (added.length > 0) {
      this.#client.wantTopics(added);
      this.#client.refreshMetadata();
    }
    this.#client.releaseTopics(gone);
    if (added.length + gone.length > 0 || isFirst) for (const listener of this.#listeners) listener();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #again(): void {
    this.#isSoon = true;
    this.#client.deadlines.add(this, this.#client.clock.monotonic() + this.#client.backoffMs(this.#failures++));
  }
}
