import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { brokerError } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { initProducerIdApi } from "../../protocol/messages/init-producer-id.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import { type Identities, NO_IDENTITY, type ProducerIdentity } from "../partition/producer-identity.ts";
import { whenSettled } from "../../runtime/when-settled.ts";

/** Epochs are int16, and the broker keeps the last one for itself. */
const LAST_EPOCH = 32_766;
/** Brokers since 2.8 accept a right to write any topic (KIP-679). */
const MISSING_RIGHT =
  "an idempotent producer needs WRITE on at least one topic: grant it on the topics that are written. Brokers before " +
  "Kafka 2.8 need IDEMPOTENT_WRITE on the cluster: grant that, or set enableIdempotence: false";
const FOR_EVER = Number.POSITIVE_INFINITY;

/**
 * The producer id and epoch of an idempotent producer. A broker assigns the id once; the epoch is raised here
 * (KIP-360).
 */
export class IdentitySource implements Identities {
  readonly #client: ClusterClient;
  readonly #isIdempotent: boolean;
  #current: ProducerIdentity | undefined;
  #asking: Promise<ProducerIdentity> | undefined;

  constructor(client: ClusterClient, isIdempotent: boolean) {
    this.#client = client;
    this.#isIdempotent = isIdempotent;
    if (!isIdempotent) this.#current = NO_IDENTITY;
  }

  get current(): ProducerIdentity | undefined {
    return this.#current;
  }

  /**
   * Returns the identity. Retriable errors are retried with a backoff, while batches wait; others (authorization) are
   * thrown.
   */
  async get(signal: AbortSignalLike): Promise<ProducerIdentity> {
    if (this.#current !== undefined) return this.#current;
    this.#asking ??= whenSettled(this.#ask(signal), () => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Takes the next epoch; after the last one, the next `get` asks for a new producer id. */
  bump(): boolean {
    const current = this.#current;
    if (!this.#isIdempotent || current === undefined) return true;
    this.#current =
      current.producerEpoch >= LAST_EPOCH
        ? undefined
        : { producerId: current.producerId, producerEpoch: current.producerEpoch + 1 };
    return true;
  }

  async #ask(signal: AbortSignalLike): Promise<ProducerIdentity> {
    const identity = await this.#client.retry(
      "cannot get a producer id",
      FOR_EVER,
      async () => {
        const connection = await this.#client.anyConnection(signal);
        const response = await connection.request(initProducerIdApi, {
          transactionalId: null,
          transactionTimeoutMs: 60_000,
          producerId: -1,
          producerEpoch: -1,
        });
        if (response.errorCode !== 0) throw refusal(response.errorCode);
        return { producerId: response.producerId, producerEpoch: response.producerEpoch };
      },
      signal,
    );
    this.#current = identity;
    return identity;
  }
}

function refusal(code: number): KafkaError {
  const error = brokerError(code, "cannot get a producer id");
  return code === ErrorCode.CLUSTER_AUTHORIZATION_FAILED
    ? new KafkaError(error.kind, `${error.message}: ${MISSING_RIGHT}`, detailsOf(error))
    : error;
}
