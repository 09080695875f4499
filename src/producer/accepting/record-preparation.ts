import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Headers } from "../../records/record.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import { DeadlineEntry } from "../../runtime/deadline-wheel.ts";
import type { Serde } from "../../serdes/serde.ts";
import type { ProducerRecord } from "../partition/delivery.ts";
import { PreparationQueue, type PreparingRecord } from "./preparation-queue.ts";
import { unreadableRecord, withoutValue } from "./record-fields.ts";
import type { HeadersReader } from "./record-headers.ts";
import { topicOf } from "./record-preparer.ts";

/** The parts of a producer whose serdes have `prepare`. */
export interface PreparationHost<K, V> {
  readonly client: ClusterClient;
  readonly key: Serde<K> | undefined;
  readonly value: Serde<V> | undefined;
  readonly headers: HeadersReader;
  /**
   * How long a record may wait for its serdes and for the records before it: the lesser of `maxBlockMs` and
   * `deliveryTimeoutMs`.
   */
  readonly timeoutMs: number;
}

/** How one record is sent and withdrawn. */
export interface PreparedSend<T> {
  /** Sends the record: it is ready, and those before it are gone. */
  readonly send: () => Promise<T>;
  readonly signal?: AbortSignalLike | undefined;
  /** Makes the error of a record that a signal withdrew. */
  readonly takenBack: (signal: AbortSignalLike) => KafkaError;
}

/** The records of one topic that wait, and their deadline. */
class TopicPreparation extends DeadlineEntry {
  readonly queue: PreparationQueue;
  readonly #advance: (topic: TopicPreparation) => void;

  constructor(topic: string, timeoutMs: number, advance: (topic: TopicPreparation) => void) {
    super();
    this.#advance = advance;
    this.queue = new PreparationQueue(
      () =>
        new KafkaError(
          "timeout",
          `prepare() of a serde has not settled within ${timeoutMs} ms for a record of topic ${topic} (the ` +
            "lesser of maxBlockMs and deliveryTimeoutMs): does the service that it calls respond?",
          { topic, retriable: true, outcome: "notWritten" },
        ),
    );
  }

  override onDeadline(): void {
    this.#advance(this);
  }

  override onFailure(error: KafkaError): void {
    this.queue.failAll(error);
    this.#advance(this);
  }
}

/**
 * Calls the `prepare` of a producer's serdes (to fetch a schema, for example) before each record, and sends the record
 * afterwards. Topics do not wait for each other.
 */
export class RecordPreparation<K, V> {
  readonly #host: PreparationHost<K, V>;
  readonly #topics = new Map<string, TopicPreparation>();
  /** The records that wait, each with the functions to call when it is gone. */
  readonly #waiting = new Map<PreparingRecord, (() => void)[]>();

  constructor(host: PreparationHost<K, V>) {
    this.#host = host;
  }

  /** Whether any serde has `prepare`. */
  get isNeeded(): boolean {
    return this.#host.key?.prepare !== undefined || this.#host.value?.prepare !== undefined;
  }

  /** Resolves when the records that wait now are gone; undefined if none waits. */
  get pending(): Promise<void> | undefined {
    if (this.#waiting.size === 0) return undefined;
    let left = this.#waiting.size;
    return new Promise((resolve) => {
      for (const told of this.#waiting.values()) told.push(() => (--left === 0 ? resolve() : undefined));
    });
  }

  /**
   * Sends the record when its serdes are ready and all earlier records of its topic have been sent or have failed; at
   * once if there is nothing to wait for. If `prepare` fails, only its own record fails. Throws if the record is not
   * valid.
   */
  run<T>(record: ProducerRecord<K, V>, how: PreparedSend<T>): Promise<T> {
    let ready: PromiseLike<unknown> | undefined;
    const topic = topicOf(record);
    const headers = this.#headersOf(record, topic);
    try {
      ready = this.#ready(record, headers);
    } catch (error) {
      return Promise.reject(unprepared(error, topic));
    }
    if (ready === undefined && !this.#topics.has(topic)) return how.send();
    return new Promise<T>((resolve, reject) => this.#wait(topic, ready, how, resolve, reject));
  }

  #headersOf(record: ProducerRecord<K, V>, topic: string): Headers {
    try {
      const headers = record.headers === undefined ? [] : this.#host.headers.bytes(record.headers, topic);
      if (record.value === undefined) throw withoutValue(record, topic, this.#host.value !== undefined);
      return headers;
    } catch (error) {
      throw unreadableRecord(error);
    }
  }

  /** Fails all waiting records, because the producer is closed. */
  failAll(error: KafkaError): void {
    for (const topic of [...this.#topics.values()]) {
      topic.queue.failAll(error);
      this.#advance(topic);
    }
  }

  #wait<T>(
    name: string,
    ready: PromiseLike<unknown> | undefined,
    { send, signal, takenBack }: PreparedSend<T>,
    resolve: (sent: Promise<T>) => void,
    reject: (error: KafkaError) => void,
  ): void {
    const { client, timeoutMs } = this.#host;
    const topic = this.#topic(name);
    const gone = (): void => {
      signal?.removeEventListener("abort", onAbort);
      client.alive.release();
      const told = this.#waiting.get(record) ?? [];
      this.#waiting.delete(record);
      for (const tell of told) tell();
    };
    const record: PreparingRecord = {
      deadlineMs: client.clock.monotonic() + timeoutMs,
      state: ready === undefined ? "ready" : "preparing",
      send: () => {
        resolve(send()); // before it counts as gone, so that a flush finds it among the accepted records
        gone();
      },
      fail: (error) => {
        gone();
        reject(error);
      },
    };
    const onAbort = (): void => {
      if (signal !== undefined && topic.queue.withdraw(record, takenBack(signal))) this.#advance(topic);
    };
    this.#waiting.set(record, []);
    client.alive.hold();
    topic.queue.add(record);
    signal?.addEventListener("abort", onAbort);
    const settle = (state: PreparingRecord["state"]): void => {
      record.state = state;
      this.#advance(topic);
    };
    ready?.then(
      () => settle("ready"),
      (error: unknown) => settle(unprepared(error, name)),
    );
    this.#arm(topic);
  }

  #topic(name: string): TopicPreparation {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = new TopicPreparation(name, this.#host.timeoutMs, (late) => this.#advance(late));
      this.#topics.set(name, topic);
    }
    return topic;
  }

  #advance(topic: TopicPreparation): void {
    topic.queue.advance(this.#host.client.clock.monotonic());
    this.#arm(topic);
  }

  #arm(topic: TopicPreparation): void {
    const { deadlines } = this.#host.client;
    if (!topic.queue.isEmpty) {
      deadlines.add(topic, topic.queue.deadlineMs);
      return;
    }
    deadlines.remove(topic);
    for (const [name, one] of this.#topics) if (one === topic) this.#topics.delete(name);
  }

  #ready(record: ProducerRecord<K, V>, headers: Headers): PromiseLike<unknown> | undefined {
    const { key: keySerde, value: valueSerde, client } = this.#host;
    const context = { topic: record.topic, headers, utf8: client.cluster.options.utf8 };
    const key = record.key === undefined || record.key === null ? undefined : keySerde?.prepare?.(record.key, context);
    const value = record.value === null ? undefined : valueSerde?.prepare?.(record.value, context);
    return key === undefined ? value : value === undefined ? key : Promise.all([key, value]);
  }
}

function unprepared(error: unknown, topic: string): KafkaError {
  const { message, retriable } = KafkaError.from(error);
  return new KafkaError("serialization", `a serde could not prepare for a record of topic ${topic}: ${message}`, {
    cause: error,
    topic,
    retriable,
    outcome: "notWritten",
  });
}
