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
 * A connection that was quiet for so long before a request timed out may have been forgotten on the way. After less,
 * the broker is more likely slow. To close an idle connection needlessly costs one reconnect.
 */
const SUSPICIOUS_MS = 1000;

/**
 * What a connection is for. A broker serves one request of a connection at a time: a fetch that waits must not hold
 * back a produce.
 */
export type Purpose = "produce" | "fetch" | "coordinator" | "other";

/** What went over the connections to one address for one purpose, one after the other. */
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
  /** The wait for a connection that cannot be opened. */
  wait: Wait | undefined;
  /** Until then no new try: monotonic ms. */
  notBeforeMs: number;
}

/** What {@link BrokerPool} needs of its client. */
export interface BrokerPoolHost {
  readonly cluster: Cluster;
  /** The name under which brokers know the client. */
  readonly clientId: string;
  readonly tasks: TaskGroup;
  readonly deadlines: DeadlineWheel;
  readonly waits: Waits;
  /**
   * Called when another broker answers at an address than the one that metadata has there (KIP-1242),
   * with the reason in words and whether it is the first time since that address answered well.
   */
  readonly misrouted: (why: string, isFirst: boolean) => void;
}

/**
 * One client's connections: at most one for each broker and purpose, opened when first asked for, opened again after
 * they closed.
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
   * The connection to an address for a purpose. Whoever asks while it is being opened gets the same one; who is
   * cancelled gets none, not even an open one.
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

  /** An open connection for other requests, the least busy one. */
  anyOpen(): Connection | undefined {
    let best: Connection | undefined;
    for (const { purpose, connection } of this.#slots.values()) {
      if (connection === undefined || connection.isClosed || purpose !== "other") continue;
      if (best === undefined || connection.inFlight < best.inFlight) best = connection;
    }
    return best;
  }

  /** Every open connection. */
  open(): readonly Connection[] {
    return [...this.#slots.values()].flatMap(({ connection }) =>
      connection === undefined || connection.isClosed ? [] : [connection],
    );
  }

  /** What the connections for a purpose wait for, in words. */
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
   * Ends every connection with an error that lets what is under way be tried again. Those that are being opened stay.
   */
  disconnect(error: KafkaError): void {
    for (const connection of this.open()) connection.close(error);
  }

  close(): void {
    for (const connection of this.open()) connection.close();
  }

  /** What went over the wire, for metrics. */
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
   * A request timed out on a connection that had been quiet for `idleBeforeMs` before it. Load balancers forget idle
   * connections without a word to either end (Azure after 4 minutes, AWS after 350 s): the others that have been quiet
   * for as long are closed too, lest each costs a timeout of its own.
   */
  #distrust(idleBeforeMs: number): void {
    if (idleBeforeMs < SUSPICIOUS_MS) return;
    const nowMs = this.#cluster.options.clock.monotonic();
    for (const connection of this.open()) {
      if (connection.idleMs(nowMs) >= idleBeforeMs)
        connection.close(
          new KafkaError(
            "connection",
            "the connection was idle for as long as another one that did not answer any more",
            { retriable: true, address: connection.address },
          ),
        );
    }
  }

  async #open(slot: Slot, address: BrokerAddress): Promise<Connection> {
    const { options, settings } = this.#cluster;
    const { signal } = this.#tasks;
    // A broker that throttles does so whether the connection is another one or not.
    const waitMs = Math.max(slot.notBeforeMs, slot.throttle.untilMs) - options.clock.monotonic();
    const wait = (slot.wait ??= this.#waits.begin(`connecting to ${address.host}:${address.port}`, { isLoop: true }));
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
        this.#misrouted(`at ${address.host}:${address.port} ${failure.message}`, slot.failures === 1);
      }
      throw error;
    } finally {
      wait.rests();
    }
  }

  /**
   * Who should answer at an address: nobody in particular at a bootstrap server, or before the cluster's id is known.
   */
  #expected({ nodeId }: BrokerAddress): { readonly expected?: ExpectedBroker } {
    const { settings, snapshot } = this.#cluster;
    const { clusterId } = snapshot;
    if (!settings.checksCluster || nodeId === undefined || clusterId === null) return {};
    return { expected: { clusterId, nodeId } };
  }
}

/**
 * What `promise` gives, or the signal's error if it fires first. What the promise gives then is not lost: the pool
 * keeps it.
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
