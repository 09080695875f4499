import type { AnyKafka } from "odradek";
import type { ClientLife } from "../client-life.ts";
import type { Cluster } from "../connecting/cluster.ts";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-error.ts";
import { Pause } from "../host-time.ts";
import { retry } from "../retry/retry.ts";
import { retrySettings } from "../retry/retry-options.ts";
import { checkedOffset, checkPartitions, type GivenOffset, type GivenPartitions } from "./check-partitions.ts";
import type { ConsumerRetry, ConsumerSettings } from "./consumer-settings.ts";
import { describeGroup, type GroupDescription } from "./describe-group.ts";
import type { RunFields } from "./handlers.ts";
import type { OffsetsByTopic } from "./offset-commits.ts";
import { mayRestart, restartWait } from "./restart.ts";
import { Session } from "./session.ts";
import type { Strategy } from "./strategy.ts";
import { checkedSubscription, matchedTopics, type SubscribeFields, topicsExist } from "./subscribe.ts";

const NOT_RUNNING = "Consumer group was not initialized, consumer#run must be called first";

/** The parts of a {@link ConsumerControl}. */
export interface ControlParts {
  readonly life: ClientLife<"consumer">;
  readonly settings: ConsumerSettings;
  readonly retry: ConsumerRetry;
  readonly strategy: (topics: readonly string[], failed: (error: unknown) => void) => Strategy;
}

/** A consumer over its sessions: subscriptions, which outlive them, starting, stopping, and restarts after a crash. */
export class ConsumerControl {
  readonly #parts: ControlParts;
  readonly #subscriptions = new Map<string, { readonly fromBeginning: boolean }>();
  #session: Session | undefined;
  #stopping: Promise<void> | undefined;
  #restart: Pause | undefined;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  async connect(): Promise<void> {
    await this.#parts.life.connect();
  }

  async disconnect(): Promise<void> {
    const { life, settings } = this.#parts;
    try {
      await life.disconnect(() => this.stop());
    } catch (error) {
      const { message, stack } = error as Error;
      const { groupId } = settings;
      life.logger.error(`Caught error when disconnecting the consumer: ${message}`, { stack, groupId });
      throw error;
    }
  }

  async subscribe(given: SubscribeFields): Promise<void> {
    const { life, settings } = this.#parts;
    const { fromBeginning = false } = given; // without an argument this is a TypeError, as in kafkajs
    if (this.#session !== undefined)
      throw new KafkaJSNonRetriableError("Cannot subscribe to topic while consumer is running");
    const subscriptions = checkedSubscription(given);
    const kafka = await life.cluster.connect();
    const { groupId, allowAutoTopicCreation } = settings;
    const parts = { cluster: life.cluster, logger: life.logger, groupId, allowAutoTopicCreation };
    const topics = await matchedTopics(subscriptions, kafka, parts);
    for (const topic of topics) this.#subscriptions.set(topic, { fromBeginning });
    await topicsExist(topics, kafka, parts);
    await life.cluster.addMultipleTargetTopics(topics);
  }

  /** Resolves after the first join; if that fails, after CRASH. */
  async run(fields: RunFields = {}): Promise<void> {
    const { life, settings } = this.#parts;
    const { groupId } = settings;
    if (this.#session !== undefined) {
      life.logger.warn("consumer#run was called, but the consumer is already running", { groupId });
      return;
    }
    checkHandlers(fields);
    checkConcurrency(fields.partitionsConsumedConcurrently ?? 1);
    await this.#start({ ...fields }); // the callbacks of now: the user may change the object later
  }

  /** Several callers share one stop. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopOnce();
    return this.#stopping;
  }

  async #stopOnce(): Promise<void> {
    try {
      await this.#stop();
    } finally {
      this.#stopping = undefined;
    }
  }

  async commitOffsets(given: readonly GivenOffset[] = []): Promise<void> {
    const topics: OffsetsByTopic["topics"] = [];
    for (const one of given) {
      const { topic, offset, metadata } = checkedOffset(one, false);
      const entry = { partition: one.partition, offset: String(offset), metadata };
      const same = topics.find((other) => other.topic === topic);
      if (same === undefined) topics.push({ topic, partitions: [entry] });
      else same.partitions.push(entry);
    }
    const session = this.#running();
    if (topics.length === 0) return;
    const { life } = this.#parts;
    await retry(life.cluster.host, retrySettings(this.#parts.retry), async () => {
      try {
        if (session.isRunning) await session.commits.commit({ topics });
      } catch (error) {
        if (session.isRunning) throw error;
      }
    });
  }

  seek(given: GivenOffset): void {
    const { metadata: _, ...rest } = { ...given };
    const sought = checkedOffset(rest, true);
    this.#running().positions.seek(sought);
  }

  pause(given: readonly GivenPartitions[] = []): void {
    checkPartitions("pause", given);
    this.#running().positions.pause(given);
  }

  resume(given: readonly GivenPartitions[] = []): void {
    checkPartitions("resume", given);
    this.#running().positions.resume(given);
  }

  paused(): { topic: string; partitions: number[] }[] {
    return this.#session?.positions.pausedNow() ?? [];
  }

  async describeGroup(): Promise<GroupDescription | undefined> {
    const { life, settings } = this.#parts;
    const kafka: AnyKafka = await life.cluster.connect();
    return describeGroup(kafka, settings.groupId);
  }

  #running(): Session {
    if (this.#session === undefined) throw new KafkaJSNonRetriableError(NOT_RUNNING);
    return this.#session;
  }

  async #start(fields: RunFields): Promise<void> {
    const { life, settings, strategy } = this.#parts;
    life.logger.info("Starting", { groupId: settings.groupId });
    const session = new Session({
      life,
      settings,
      strategy,
      retry: retrySettings(this.#parts.retry),
      subscriptions: new Map(this.#subscriptions),
      run: fields,
      crashed: (error) => this.#cluster.host.runtime.spawn(() => this.#crashed(error, fields)),
    });
    this.#session = session;
    try {
      await session.start();
    } catch (error) {
      await this.#crashed(error as Error, fields);
    }
  }

  get #cluster(): Cluster {
    return this.#parts.life.cluster;
  }

  async #stop(): Promise<void> {
    const { life, settings } = this.#parts;
    const { groupId } = settings;
    this.#restart?.end();
    this.#restart = undefined;
    const session = this.#session;
    try {
      if (session !== undefined) {
        await session.stop();
        this.#session = undefined;
        life.events.emit("STOP");
      }
      life.logger.info("Stopped", { groupId });
    } catch (error) {
      const { message, stack } = error as Error;
      life.logger.error(`Caught error when stopping the consumer: ${message}`, { stack, groupId });
      throw error;
    }
  }

  /** Disconnects, emits CRASH, and starts again after a wait, if the error and the user allow it. */
  async #crashed(error: Error, fields: RunFields): Promise<void> {
    const { life, settings } = this.#parts;
    const { groupId } = settings;
    const { name, message, stack, retryCount } = error as Error & { readonly retryCount?: number };
    life.logger.error(`Crash: ${name}: ${message}`, { groupId, retryCount, stack });
    await this.disconnect().catch(() => undefined); // it has logged its error
    const restart = mayRestart(error) && (await this.#isRestartWanted(error));
    life.events.emit("CRASH", () => ({ error, groupId, restart }));
    if (!restart) return;
    const retryTime = restartWait(error, this.#parts.retry);
    life.logger.error(`Restarting the consumer in ${retryTime}ms`, { retryCount, retryTime, groupId });
    const pause = new Pause(this.#cluster.host, retryTime);
    this.#restart = pause;
    this.#cluster.host.runtime.spawn(async () => {
      await pause.done;
      if (this.#restart !== pause) return;
      this.#restart = undefined;
      if (this.#session === undefined) await this.#start(fields);
    });
  }

  async #isRestartWanted(error: Error): Promise<boolean> {
    const { life, settings, retry: ofUser } = this.#parts;
    const { restartOnFailure } = ofUser;
    if (typeof restartOnFailure !== "function") return true;
    try {
      return Boolean(await restartOnFailure(error));
    } catch (thrown) {
      life.logger.error(
        'Caught error when invoking user-provided "restartOnFailure" callback. Defaulting to restarting.',
        {
          error: (thrown as Partial<Error> | null)?.message ?? thrown,
          cause: error.message,
          groupId: settings.groupId,
        },
      );
      return true;
    }
  }
}

/** kafkajs reads and drops everything without a handler. */
function checkHandlers({ eachMessage, eachBatch }: RunFields): void {
  const handler: unknown = eachMessage ?? eachBatch;
  if (typeof handler === "function") return;
  const what = handler === undefined || handler === null ? "neither" : `${typeof handler} for one of them`;
  throw new KafkaJSNonRetriableError(
    `consumer.run needs a function as eachMessage or as eachBatch, and it got ${what}`,
  );
}

/** With none, kafkajs reads and never calls a handler. */
function checkConcurrency(concurrency: unknown): void {
  if (Number.isInteger(concurrency) && Number(concurrency) >= 1) return;
  const what = typeof concurrency === "string" ? JSON.stringify(concurrency) : String(concurrency);
  throw new KafkaJSNonRetriableError(
    `consumer.run needs a whole number from 1 as partitionsConsumedConcurrently, and it got ${what}`,
  );
}
