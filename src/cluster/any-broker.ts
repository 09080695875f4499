import { isPermanent } from "../errors/is-permanent.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Connection } from "../network/connection.ts";
import { type AbortSignalLike, cancelledError } from "../runtime/cancellation.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import type { BrokerAddress } from "./bootstrap.ts";
import type { BrokerPool } from "./broker-pool.ts";
import type { Cluster } from "./cluster.ts";
import type { MetadataSnapshot } from "./metadata.ts";
import { type LimitHost, TimeLimit } from "./time-limit.ts";
import { whenSettled } from "../runtime/when-settled.ts";

/** The client whose connections are opened. */
export interface AnyBrokerHost extends LimitHost {
  readonly cluster: Cluster;
  readonly tasks: TaskGroup;
  readonly snapshot: MetadataSnapshot;
}

/** Finds a broker that answers, for requests that any broker can serve. */
export class AnyBroker {
  readonly #client: AnyBrokerHost;
  readonly #pool: BrokerPool;

  constructor(client: AnyBrokerHost, pool: BrokerPool) {
    this.#client = client;
    this.#pool = pool;
  }

  /**
   * A connection to any broker: an open one, else to a known broker, else to a bootstrap server (KIP-899: all known
   * brokers may have been replaced), unless `metadataRecoveryStrategy` is `"none"`. Rejects with an error that names
   * every address and the reason of its failure; if a broker refuses this client for good, with that reason.
   */
  async connection(signal?: AbortSignalLike): Promise<Connection> {
    const open = this.#pool.anyOpen();
    if (open !== undefined) {
      if (signal?.aborted === true) throw cancelledError(signal);
      return open;
    }
    const failures: KafkaError[] = [];
    const { askBootstrap } = this.#client.cluster;
    const candidates = this.#candidates(this.#client.cluster.bootstrap);
    const connection = await this.#firstOf(candidates, failures, signal);
    if (connection !== undefined) return connection;
    if (askBootstrap !== undefined && !this.#isOnlyKnown) {
      const asked = await this.#askBootstrap(askBootstrap, failures, signal);
      const { cluster } = this.#client;
      const isNew = (address: BrokerAddress) => candidates.every((known) => !cluster.isSame(known, address));
      const found = await this.#firstOf(asked.filter(isNew), failures, signal);
      if (found !== undefined) return found;
    }
    // As in Java, the first refusal counts, even if other brokers are only down.
    const refusal = failures.find(isPermanent);
    if (refusal !== undefined) throw refusal;
    throw new KafkaError("connection", `no broker answers: ${failures.map(({ message }) => message).join("; ")}`, {
      retriable: true,
      outcome: "notWritten",
      cause: failures.at(-1),
    });
  }

  /** The first of these addresses that can be connected to; undefined if none can. */
  async #firstOf(
    addresses: readonly BrokerAddress[],
    failures: KafkaError[],
    signal: AbortSignalLike | undefined,
  ): Promise<Connection | undefined> {
    for (const address of addresses) {
      try {
        return await this.#pool.get(address, "other", signal);
      } catch (error) {
        this.#candidateFailed(error, failures, signal);
      }
    }
    return undefined;
  }

  /** Calls the user's function for addresses; it gets as much time as a request. Empty if it fails. */
  async #askBootstrap(
    ask: () => Promise<readonly BrokerAddress[]>,
    failures: KafkaError[],
    signal: AbortSignalLike | undefined,
  ): Promise<readonly BrokerAddress[]> {
    const timeoutMs = this.#client.cluster.settings.requestTimeoutMs;
    const what = "cannot find a broker: the function bootstrapServers has not returned addresses in time";
    try {
      return await TimeLimit.around(this.#client, { timeoutMs, what, signal }, async (limit) => {
        const unfollow = limit.signal.follow(this.#client.tasks.signal);
        return await whenSettled(limit.wait(ask()), unfollow);
      });
    } catch (error) {
      this.#candidateFailed(error, failures, signal);
      return [];
    }
  }

  /** Keeps the failure of one address. Throws it if the caller waits no longer. */
  #candidateFailed(error: unknown, failures: KafkaError[], signal: AbortSignalLike | undefined): void {
    const failure = KafkaError.from(error, "connection");
    if (signal?.aborted === true || this.#client.tasks.isClosed) throw failure;
    failures.push(failure);
  }

  /** Whether the bootstrap servers are not asked again. */
  get #isOnlyKnown(): boolean {
    return !this.#client.cluster.settings.mayRebootstrap && this.#client.snapshot.brokers.size > 0;
  }

  #candidates(bootstrap: readonly BrokerAddress[]): readonly BrokerAddress[] {
    const known = [...this.#client.snapshot.brokers.values()];
    const first = known.length === 0 ? 0 : Math.floor(this.#client.cluster.random() * known.length);
    const all = [...known.slice(first), ...known.slice(0, first), ...(this.#isOnlyKnown ? [] : bootstrap)];
    const isRefusing = (address: BrokerAddress): number => Number(this.#client.cluster.gate(address).isRefusing);
    return all
      .filter((a, i) => all.findIndex((b) => this.#client.cluster.isSame(a, b)) === i)
      .sort((a, b) => isRefusing(a) - isRefusing(b));
  }
}
