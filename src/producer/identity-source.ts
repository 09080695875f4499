import type { ClusterClient } from "../cluster/cluster-client.ts";
import { brokerError } from "../errors/broker-error.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { initProducerIdApi } from "../protocol/messages/init-producer-id.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import { NO_IDENTITY, type ProducerIdentity } from "./batch.ts";

/** Epochs are int16, and the last one is kept for the broker. */
const LAST_EPOCH = 32_766;
const FOR_EVER = Number.POSITIVE_INFINITY;

/**
 * The producer id and epoch. Of an idempotent producer: asked of the cluster once, counted up here (KIP-360). Of a
 * transactional one: what its transaction has, and only while there is one.
 */
export class IdentitySource {
  readonly #client: ClusterClient;
  readonly #kind: "none" | "idempotent" | "transactional";
  #current: ProducerIdentity | undefined;
  #asking: Promise<ProducerIdentity> | undefined;

  constructor(client: ClusterClient, kind: "none" | "idempotent" | "transactional") {
    this.#client = client;
    this.#kind = kind;
    if (kind === "none") this.#current = NO_IDENTITY;
  }

  get current(): ProducerIdentity | undefined {
    return this.#current;
  }

  /** The identity. Retriable errors back off while batches wait; others (authorization) are thrown. */
  async get(signal: AbortSignalLike): Promise<ProducerIdentity> {
    if (this.#current !== undefined) return this.#current;
    if (this.#kind === "transactional") throw new KafkaError("internal", "a batch is to be sent while no transaction is open");
    this.#asking ??= this.#ask(signal).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** A transaction has begun under this identity, or is over. */
  use(identity: ProducerIdentity | undefined): void {
    this.#current = identity;
  }

  /** The next epoch of an idempotent producer; after the last one a new producer id. */
  bump(): void {
    const current = this.#current;
    if (this.#kind !== "idempotent" || current === undefined) return;
    this.#current = current.producerEpoch >= LAST_EPOCH ? undefined : { producerId: current.producerId, producerEpoch: current.producerEpoch + 1 };
  }

  async #ask(signal: AbortSignalLike): Promise<ProducerIdentity> {
    const identity = await this.#client.retry("getting a producer id", FOR_EVER, async () => {
      const connection = await this.#client.anyConnection(signal);
      const response = await connection.request(initProducerIdApi, { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 });
      if (response.errorCode !== 0) throw brokerError(response.errorCode, "InitProducerId");
      return { producerId: response.producerId, producerEpoch: response.producerEpoch };
    }, signal);
    this.#current = identity;
    return identity;
  }
}
