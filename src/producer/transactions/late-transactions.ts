import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import { lateCode } from "../../errors/late-code.ts";
import type { PartitionQueue } from "../partition/partition-queue.ts";
import type { Identities, ProducerIdentity } from "../partition/producer-identity.ts";
import { notBegun } from "./not-begun.ts";
import type { TransactionHost, TransactionSettings } from "./transaction-host.ts";
import type * as Loaded from "./transaction-manager.ts";
import type { TransactionProtocol } from "./transaction-state.ts";

/**
 * The transactions of a producer. Their code is loaded with the first step, since most producers have none; until then
 * no transaction is open, so that no record is accepted and none of the answers below is about one.
 */
export class LateTransactions implements Identities {
  readonly #client: ClusterClient;
  readonly #settings: TransactionSettings;
  readonly #host: TransactionHost;
  #manager: Loaded.TransactionManager | undefined;

  constructor(client: ClusterClient, settings: TransactionSettings, host: TransactionHost) {
    this.#client = client;
    this.#settings = settings;
    this.#host = host;
    host.changed(notBegun);
  }

  /** Undefined before the first step. */
  get loaded(): Loaded.TransactionManager | undefined {
    return this.#manager;
  }

  /** Loads the code. If that fails, the next step tries it again. */
  async load(): Promise<Loaded.TransactionManager> {
    const { TransactionManager } = await loadTransactions();
    this.#manager ??= new TransactionManager(this.#client, this.#settings, this.#host);
    return this.#manager;
  }

  get transactionalId(): string {
    return this.#settings.transactionalId;
  }

  get number(): number {
    return this.#manager?.number ?? 0;
  }

  get isOpen(): boolean {
    return this.#manager?.isOpen === true;
  }

  get protocol(): TransactionProtocol {
    return this.#manager?.protocol ?? 1;
  }

  get current(): ProducerIdentity | undefined {
    return this.#manager?.current;
  }

  get stopped(): KafkaError | undefined {
    return this.#manager?.stopped;
  }

  get(): Promise<ProducerIdentity> {
    return this.#manager?.get() ?? Promise.reject(notBegun());
  }

  /** A transaction cannot continue under a new epoch: it is aborted instead. */
  bump(): boolean {
    return false;
  }

  refusalOf(number: number): KafkaError | undefined {
    return this.#manager === undefined ? notBegun() : this.#manager.refusalOf(number);
  }

  failureOf(error: KafkaError): KafkaError {
    return this.#manager?.failureOf(error) ?? error;
  }

  enlist(queue: PartitionQueue): void {
    this.#manager?.enlist(queue);
  }

  sent(): void {
    this.#manager?.sent();
  }

  recordsFailed(error: KafkaError): void {
    this.#manager?.recordsFailed(error);
  }
}

/** Loads the code of transactions; the producers of all clients have it at once afterwards. */
export function loadTransactions(): Promise<Pick<typeof Loaded, "TransactionManager">> {
  return lateCode(import("./transaction-manager.ts"), "transactions");
}
