import type { AnyKafka, Producer, ProducerOptions } from "odradek";
import type { ProducerConfig } from "../api.ts";

/** The largest message that is sent at all, in bytes: brokers take 1 MiB unless their settings say more. */
const MAX_REQUEST_SIZE = 67_108_864;
/** Calls whose messages are more than this together wait for each other, in bytes. */
const BUFFER_MEMORY = 134_217_728;
/** Odradek's own limit, with which it keeps the order. kafkajs's default is no limit. */
const MOST_IN_FLIGHT = 5;

/**
 * The producers of Odradek behind one producer of kafkajs, made when they are first needed. Odradek's `acks` are those of
 * a producer: an idempotent one, which writes each message once, takes only "all".
 */
export class OdradekProducers {
  readonly #config: ProducerConfig;
  readonly #limits: ProducerOptions;
  #kafka: AnyKafka | undefined;
  #idempotent: Producer | undefined;
  #plain: Producer | undefined;
  #transactional: Producer | undefined;
  #mayBeIdempotent = true;

  constructor(config: ProducerConfig, limits: ProducerOptions) {
    this.#config = config;
    this.#limits = limits;
  }

  /** The producer for messages outside of transactions. */
  ordinary(kafka: AnyKafka, acks: number): Producer {
    this.#use(kafka);
    return acks === -1 && this.#mayBeIdempotent
      ? (this.#idempotent ??= kafka.producer(this.#options()))
      : (this.#plain ??= kafka.producer({ ...this.#options(), enableIdempotence: false }));
  }

  /**
   * The brokers refuse this client a producer id, as brokers before Kafka 2.8 do without IDEMPOTENT_WRITE: it sends
   * without one from now on, as kafkajs does. Returns whether that is allowed.
   */
  withoutId(): boolean {
    if (this.#config.idempotent === true) return false;
    this.#mayBeIdempotent = false;
    return true;
  }

  /** The producer for transactions. */
  transactional(kafka: AnyKafka): Producer {
    this.#use(kafka);
    const { transactionalId = "", transactionTimeout = 60_000 } = this.#config;
    return (this.#transactional ??= kafka.producer({
      ...this.#options(),
      transactionalId,
      transactionTimeoutMs: transactionTimeout,
    }));
  }

  /** After `disconnect` and `connect` there is another `Kafka`. */
  #use(kafka: AnyKafka): void {
    if (this.#kafka === kafka) return;
    this.#kafka = kafka;
    this.#idempotent = this.#plain = this.#transactional = undefined;
  }

  #options(): ProducerOptions {
    const { allowAutoTopicCreation, maxInFlightRequests } = this.#config;
    return {
      ...this.#limits,
      allowAutoTopicCreation: allowAutoTopicCreation ?? true,
      maxInFlightRequests: Math.min(Math.max(maxInFlightRequests ?? MOST_IN_FLIGHT, 1), MOST_IN_FLIGHT),
      maxRequestSize: MAX_REQUEST_SIZE,
      bufferMemory: BUFFER_MEMORY,
    };
  }
}
