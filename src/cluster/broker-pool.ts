import { KafkaError } from "../errors/kafka-error.ts";
import { Connection } from "../network/connection.ts";
import { type ExpectedBroker, isMisrouted } from "../network/handshake.ts";
import { type ConnectionCounters, noTraffic, type Throttle } from "../network/connection-options.ts";
import { backoffMs } from "../runtime/backoff.ts";
import { type AbortSignalLike, cancelledError } from "../runtime/cancellation.ts";
import type { DeadlineWheel } from "../runtime/deadline-wheel.ts";
import { sleep } from "../runtime/sleep.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import type { BrokerAddress } from "./bootstrap.ts";
import type { Cluster } from "./cluster.ts";
import type { Wait, Waits } from "./waits.ts";

/**
 * If a connection had received nothing for this long before a request timed out, a middlebox may have dropped it. After
 * a shorter silence, the broker is more likely slow. Closing an idle connection needlessly costs one reconnect.
 */
const SUSPICIOUS_MS = 1000;

/**
 * The purpose of a connection. A broker handles the requests of one connection one after the other, so a waiting fetch
 * would delay a produce request on the same connection.
 */
export type Purpose = "produce" | "fetch" | "coordinator" | "other";

/** The traffic of all successive connections to one address for one purpose. */
export interface Traffic {
  readonly address: BrokerAddress;
  readonly purpose: Purpose;
  readonly counters: ConnectionCounters;
  readonly isOpen: boolean;
  readonly opened: number;
  readonly inFlight: number;
}

interface Slot {
  readonly address: BrokerAddress;
  readonly purpose: Purpose;
  readonly counters: ConnectionCounters;
  readonly throttle: Throttle;
  opened: number;
  connection: Connection | undefined;
  opening: Promise<Connection> | undefined;
  failures: number;
  /** The pending wait, if the connection cannot be opened. */
  wait: Wait | undefined;
  /** When the next attempt is allowed: monotonic ms. */
  notBeforeMs: number;
}

/** The parts of a client that {@link BrokerPool} uses. */
export interface BrokerPoolHost {
  readonly cluster: Cluster;
  /** The client id that is sent to brokers. */
  readonly clientId: string;
  readonly tasks: TaskGroup;
  readonly deadlines: DeadlineWheel;
  readonly waits: Waits;
  /**
   * Called when a different broker answers at an address than metadata says (KIP-1242). It gets the reason as text, and
   * whether this is the first failure since a connection to that address succeeded.
   */
  readonly misrouted: (why: string, isFirst: boolean) => void;
}

/**
 * The connections of one client: at most one per broker and purpose. They are opened on first use, and opened again on
 * the next use after they have closed.
 */
export class BrokerPool {
  readonly #cluster: Cluster;
  readonly #clientId: string;
  readonly #tasks: TaskGroup;
  readonly #deadlines: DeadlineWheel;
  readonly #waits: Waits;
  readonly #misrouted: BrokerPoolHost["misrouted"];
  readonly #slots = new Map<string, Slot>();

  constructor({ cluster, clientId, tasks, deadlines, waits, misrouted }: BrokerPoolHost) {
    this.#waits = waits;
    this.#misrouted = misrouted;
    this.#cluster = cluster;
    this.#clientId = clientId;
    this.#tasks = tasks;
    this.#deadlines = deadlines;
  }

  /**
   * The connection to an address for a purpose. Concurrent callers share one attempt to open it. A caller whose signal
   * has fired gets none, not even an open one.
   */
  async get(address: BrokerAddress, purpose: Purpose, signal?: AbortSignalLike): Promise<Connection> {
    if (signal?.aborted === true) throw cancelledError(signal);
    const slot = this.#slot(address, purpose);
    if (slot.connection?.isClosed === false) return slot.connection;
    if (this.#tasks.isClosed) throw new KafkaError("closed", "the client was closed");
    slot.opening ??= this.#open(slot, address).finally(() => {
      slot.opening = undefined;
    });
    return abortable(slot.opening, signal);
  }

  /** The open connection of purpose `other` with the fewest requests in flight. */
  anyOpen(): Connection | undefined {
    let best: Connection | undefined;
    for (const { purpose, connection } of this.#slots.values()) {
      if (connection === undefined || connection.isClosed || purpose !== "other") continue;
      if (best === undefined || connection.inFlight < best.inFlight) best = connection;
    }
    return best;
  }

  /** All open connections. */
  open(): readonly Connection[] {
    return [...this.#slots.values()].flatMap(({ connection }) =>
      connection === undefined || connection.isClosed ? [] : [connection],
    );
  }

  /** The pending connection attempts and responses of a purpose, as texts. */
  unanswered(purpose: Purpose): readonly string[] {
    return [...this.#slots.values()].flatMap((slot) => {
      if (slot.purpose !== purpose) return [];
      if (slot.opening !== undefined) return [`connecting to ${slot.address.host}:${slot.address.port}`];
      const names = slot.connection?.unanswered ?? [];
      return names.length === 0
        ? []
        : [`waiting for ${slot.address.host}:${slot.address.port} to answer ${names.join(", ")}`];
    });
  }

  /**
   * Closes every open connection with `error`, which should let requests in flight be retried. Connection attempts
   * continue.
   */
  disconnect(error: KafkaError): void {
    for (const connection of this.open()) connection.close(error);
  }

  /** Closes every open connection. */
  close(): void {
    for (const connection of this.open()) connection.close();
  }

  /** The traffic of all connections, for metrics. */
  traffic(): readonly Traffic[] {
    return [...this.#slots.values()].map(({ address, purpose, counters, opened, connection }) => ({
      address,
      purpose,
      counters,
      opened,
      isOpen: connection?.isClosed === false,
      inFlight: connection?.inFlight ?? 0,
    }));
  }

  #slot(address: BrokerAddress, purpose: Purpose): Slot {
    const key = `${address.host}:${address.port}/${purpose}`;
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = {
        address,
        purpose,
        counters: noTraffic(),
        throttle: { untilMs: 0 },
        opened: 0,
        connection: undefined,
        opening: undefined,
        failures: 0,
        wait: undefined,
        notBeforeMs: 0,
      };
      this.#slots.set(key, slot);
    }
    return slot;
  }

  /**
   * Called when a request timed out on a connection that had received nothing for `idleBeforeMs` before it. Load
   * balancers drop idle connections without telling either end (Azure after 4 minutes, AWS after 350 s). So all
   * connections that have been idle for as long are closed too; otherwise each would cost another timeout.
   */
  #distrust(idleBeforeMs: number): void {
    if (idleBeforeMs < SUSPICIOUS_MS) return;
    const nowMs = this.#cluster.options.clock.monotonic();
    for (const connection of this.open()) {
      if (connection.idleMs(nowMs) >= idleBeforeMs)
        connection.close(
          new KafkaError(
            "connection",
            "the connection was closed: it was idle for as long as another one that stopped responding",
            { retriable: true, address: connection.address },
          ),
        );
    }
  }

  async #open(slot: Slot, address: BrokerAddress): Promise<Connection> {
    const { options, settings } = this.#cluster;
    const { signal } = this.#tasks;
    // A broker's throttle also applies to the next connection of this purpose.
    const waitMs = Math.max(slot.notBeforeMs, slot.throttle.untilMs) - options.clock.monotonic();
    const wait = (slot.wait ??= this.#waits.begin(`cannot connect to ${address.host}:${address.port}`, {
      isLoop: true,
    }));
    wait.trying();
    try {
      if (waitMs > 0) await sleep(options, waitMs, signal);
      const connection = await Connection.open(
        {
          host: address.host,
          port: address.port,
          ...this.#expected(address),
          connector: options.connector,
          runtime: options.runtime,
          clock: options.clock,
          deadlines: this.#deadlines,
          tasks: this.#tasks,
          clientId: this.#clientId,
          requestTimeoutMs: settings.requestTimeoutMs,
          setupTimeoutMs: settings.socketConnectionSetupTimeoutMs,
          maxIdleMs: settings.connectionsMaxIdleMs,
          maxFrameBytes: settings.maxFrameBytes,
          allocate: options.allocate,
          counters: slot.counters,
          throttle: slot.throttle,
          onSilent: (idleBeforeMs) => this.#distrust(idleBeforeMs),
          onSlow: (line, reason) => this.#waits.say(line, reason),
          handshakeVersion: this.#cluster.handshakeVersion(address),
          ...(options.tls === undefined ? {} : { tls: options.tls }),
        },
        signal,
      );
      wait.end();
      slot.connection = connection;
      slot.failures = 0;
      slot.opened++;
      return connection;
    } catch (error) {
      slot.notBeforeMs =
        options.clock.monotonic() +
        backoffMs({
          baseMs: settings.retryBackoffMs,
          maxMs: settings.retryBackoffMaxMs,
          attempt: slot.failures++,
          random: this.#cluster.random(),
        });
      const failure = KafkaError.from(error, "connection");
      wait.tried(failure);
      if (isMisrouted(failure)) {
        this.#misrouted(`${address.host}:${address.port}: ${failure.message}`, slot.failures === 1);
      }
      throw error;
    } finally {
      wait.rests();
    }
  }

  /** The broker that should be at an address: any at a bootstrap server, or before the cluster's id is known. */
  #expected({ nodeId }: BrokerAddress): { readonly expected?: ExpectedBroker } {
    const { settings, snapshot } = this.#cluster;
    const { clusterId } = snapshot;
    if (!settings.checksCluster || nodeId === undefined || clusterId === null) return {};
    return { expected: { clusterId, nodeId } };
  }
}

/**
 * Settles like `promise`, or rejects with the signal's error if it fires first. The pool keeps a connection that opens
 * later.
 */
function abortable<T>(promise: Promise<T>, signal: AbortSignalLike | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(KafkaError.from(signal.reason, "cancelled"));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
    promise
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", onAbort))
      .catch(() => undefined);
  });
}
