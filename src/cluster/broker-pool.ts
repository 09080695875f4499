import { isPermanent } from "../errors/is-permanent.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Connection } from "../network/connection.ts";
import { openConnection } from "../network/open-connection.ts";
import { type ExpectedBroker, isMisrouted } from "../network/handshake.ts";
import {
  type ConnectionCounters,
  type ConnectionOptions,
  noTraffic,
  type Throttle,
} from "../network/connection-options.ts";
import type { Observed, ObservedConnection } from "../hooks/hook-sites.ts";
import { backoffMs } from "../runtime/backoff.ts";
import { type AbortSignalLike, cancelledError } from "../runtime/cancellation.ts";
import type { DeadlineWheel } from "../runtime/deadline-wheel.ts";
import type { AsyncRuntime } from "../runtime/async-runtime.ts";
import type { Host } from "../runtime/host.ts";
import { sleep, turn } from "../runtime/sleep.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import { unlessAborted } from "../runtime/unless-aborted.ts";
import type { BrokerAddress } from "./bootstrap.ts";
import type { Cluster } from "./cluster.ts";
import type { Place } from "./connection-limit.ts";
import { type ClosePoint, EarlyCloses, isTlsHangUp, likelyCause } from "./early-closes.ts";
import { connectorTo } from "./lazy-map-broker.ts";
import type { Wait, Waits } from "./waits.ts";

/**
 * If a connection had received nothing for this long before a request timed out, a middlebox may have dropped it. After
 * a shorter silence, the broker is more likely slow. Closing an idle connection needlessly costs one reconnect.
 */
const SUSPICIOUS_MS = 1000;
/** The turns of the host that a cancelled attempt to connect gets: the connector's, that of a login, one to spare. */
const LAST_TURNS = 3;

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
  readonly closes: EarlyCloses;
  /** The pending wait, if the connection cannot be opened. */
  wait: Wait | undefined;
  /** Why an attempt to open the connection takes long, if it is known. */
  delay: KafkaError | undefined;
  /** When the next attempt is allowed: monotonic ms. */
  notBeforeMs: number;
}

/** The parts of a client that {@link BrokerPool} uses. */
export interface BrokerPoolHost {
  readonly cluster: Cluster;
  /** The client id that is sent to brokers. */
  readonly clientId: string;
  readonly runtime: AsyncRuntime;
  readonly tasks: TaskGroup;
  readonly deadlines: DeadlineWheel;
  readonly waits: Waits;
  readonly observed: Observed;
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
  readonly #host: Host;
  readonly #tasks: TaskGroup;
  readonly #deadlines: DeadlineWheel;
  readonly #waits: Waits;
  readonly #observed: Observed;
  readonly #misrouted: BrokerPoolHost["misrouted"];
  readonly #slots = new Map<string, Slot>();
  /** Connections that another one has replaced, and that still wait for responses. */
  readonly #replaced = new Set<Connection>();

  constructor({ cluster, clientId, runtime, tasks, deadlines, waits, observed, misrouted }: BrokerPoolHost) {
    this.#observed = observed;
    this.#waits = waits;
    this.#misrouted = misrouted;
    this.#cluster = cluster;
    this.#clientId = clientId;
    this.#host = { runtime, clock: cluster.options.clock };
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
    if (slot.connection?.isUsable === true) return slot.connection;
    if (this.#tasks.isClosed) throw this.#tasks.endError("the client was closed");
    slot.opening ??= this.#open(slot, address).finally(() => {
      slot.opening = undefined;
    });
    // The pool keeps a connection that opens after the caller's signal.
    return signal === undefined ? slot.opening : unlessAborted(slot.opening, signal);
  }

  /** The open connection of purpose `other` with the fewest requests in flight. */
  anyOpen(): Connection | undefined {
    let best: Connection | undefined;
    for (const { purpose, connection } of this.#slots.values()) {
      if (connection?.isUsable !== true || purpose !== "other") continue;
      if (best === undefined || connection.inFlight < best.inFlight) best = connection;
    }
    return best;
  }

  /** All open connections. */
  open(): readonly Connection[] {
    const current = [...this.#slots.values()].flatMap(({ connection }) => connection ?? []);
    return [...current, ...this.#replaced].filter(({ isClosed }) => !isClosed);
  }

  /** The pending connection attempts and responses of a purpose, as texts. */
  unanswered(purpose: Purpose): readonly string[] {
    return [...this.#slots.values()].flatMap((slot) => {
      if (slot.purpose !== purpose) return [];
      const why = slot.delay === undefined ? "" : ` (${slot.delay.message})`;
      if (slot.opening !== undefined) return [`connecting to ${slot.address.host}:${slot.address.port}${why}`];
      const names = slot.connection?.unanswered ?? [];
      return names.length === 0
        ? []
        : [`waiting for ${slot.address.host}:${slot.address.port} to answer ${names.join(", ")}`];
    });
  }

  /** Closes every open connection. After a retriable error, requests are retried. Attempts to connect go on. */
  close(error?: KafkaError): void {
    for (const connection of this.open()) connection.close(error);
  }

  /**
   * Waits for the attempts to connect, which the end of the client's tasks has cancelled, and closes what they opened.
   * An attempt may have no caller any more. One whose connector ignores the cancellation is not waited for: it closes
   * its stream when it gets one. Nor is any if the runtime is broken. Never rejects.
   */
  async ended(): Promise<void> {
    try {
      for (let turns = 0; turns < LAST_TURNS && this.#isOpening; turns++) await turn(this.#host.runtime);
    } catch {
      // A broken runtime has no turns. The client has reported it.
    }
    this.close();
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

  get #isOpening(): boolean {
    return [...this.#slots.values()].some(({ opening }) => opening !== undefined);
  }

  #slot(address: BrokerAddress, purpose: Purpose): Slot {
    const key = `${this.#cluster.key(address)}/${purpose}`;
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
        closes: new EarlyCloses(),
        wait: undefined,
        delay: undefined,
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
    const { options } = this.#cluster;
    const { signal } = this.#tasks;
    const gate = this.#cluster.gate(address);
    // A broker's throttle also applies to the next connection of this purpose.
    const waitMs = Math.max(slot.notBeforeMs, slot.throttle.untilMs) - options.clock.monotonic();
    const wait = (slot.wait ??= this.#waits.begin(`cannot connect to ${address.host}:${address.port}`, {
      isLoop: true,
    }));
    wait.trying();
    let place: Place | undefined;
    try {
      if (waitMs > 0) await sleep(this.#host, waitMs, signal);
      await gate.enter(this.#host, signal);
      place = await this.#place(slot, signal);
      const connection = await openConnection(this.#connectionOptions(slot, address, place), signal);
      place?.opened(connection);
      gate.passed();
      wait.end();
      this.#keep(slot.connection);
      slot.connection = connection;
      if (slot.closes.count === 0) slot.failures = 0;
      slot.opened++;
      return connection;
    } catch (error) {
      place?.leave();
      const failure = this.#failed(slot, KafkaError.from(error, "connection"));
      wait.tried(failure);
      if (isMisrouted(failure)) {
        this.#misrouted(`${address.host}:${address.port}: ${failure.message}`, slot.failures === 1);
      }
      throw failure;
    } finally {
      slot.delay = undefined;
      wait.rests();
    }
  }

  /** A place among the connections that may be open. It waits for one if all are taken. */
  async #place(slot: Slot, signal: AbortSignalLike): Promise<Place | undefined> {
    const { connectionLimit, settings } = this.#cluster;
    if (connectionLimit === undefined) return undefined;
    slot.delay = new KafkaError("timeout", `${settings.maxConnections} connections are open (maxConnections)`);
    const place = await (await connectionLimit()).enter(this.#deadlines, slot.connection, signal);
    slot.delay = undefined;
    return place;
  }

  #connectionOptions(slot: Slot, address: BrokerAddress, place: Place | undefined): ConnectionOptions {
    const cluster = this.#cluster;
    const { options, settings } = cluster;
    return {
      host: address.host,
      port: address.port,
      ...this.#expected(address),
      observed: this.#observedOf(slot),
      connector: connectorTo(address, options),
      ...this.#host,
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
      random: () => cluster.random(),
      log: (level, message) => cluster.log(level, message),
      fault: (what) => cluster.fault(what),
      onSilent: (idleBeforeMs) => this.#distrust(idleBeforeMs),
      onSlow: (line, reason) => this.#waits.say(line, reason),
      onRetry: (error) => {
        if (slot.opening === undefined) return; // an open connection renews its session, and reports that itself
        slot.delay = error;
        slot.wait?.tried(error);
      },
      onHungUp: (isFirstRequest) => this.#hungUp(slot, isFirstRequest),
      handshakeVersion: cluster.handshakeVersion(address),
      ...(place === undefined ? {} : { onIdle: () => place.idle() }),
      ...(options.tls === undefined ? {} : { tls: options.tls }),
      ...(options.login === undefined ? {} : { login: options.login }),
      ...(options.allowedVersions === undefined ? {} : { allowedVersions: options.allowedVersions }),
    };
  }

  #observedOf({ address: { host, port, nodeId }, purpose }: Slot): ObservedConnection {
    return { client: this.#observed, address: `${host}:${port}`, nodeId, purpose };
  }

  /** A connection that is replaced while it is open still receives its responses. It is closed with the client. */
  #keep(connection: Connection | undefined): void {
    if (connection === undefined || connection.isClosed) return;
    this.#replaced.add(connection);
    connection.onClosed(() => this.#replaced.delete(connection));
  }

  /** An attempt to open a connection failed. Returns the error to report. */
  #failed(slot: Slot, error: KafkaError): KafkaError {
    // An address that spoke TLS before does so again when its broker, or one behind a balancer, has restarted.
    const isHangUp = isTlsHangUp(error) && !this.#hasOpened(slot.address);
    if (!isHangUp) slot.closes.reset();
    const failure = (isHangUp ? this.#closedEarly(slot, "tls") : undefined) ?? error;
    this.#observed.hooks?.connectionRefused?.(this.#observedOf(slot), failure);
    const nowMs = this.#cluster.options.clock.monotonic();
    if (isPermanent(failure)) this.#cluster.gate(slot.address).refused(failure, nowMs);
    else this.#backOff(slot);
    return failure;
  }

  /** The broker has closed an open connection. */
  #hungUp(slot: Slot, isFirstRequest: boolean): KafkaError | undefined {
    // The listeners of a cluster that has answered without a login require none.
    if (!isFirstRequest || this.#cluster.snapshot.updatedAtMs >= 0) {
      slot.closes.reset();
      return undefined;
    }
    const failure = this.#closedEarly(slot, "first-request");
    const nowMs = this.#cluster.options.clock.monotonic();
    if (failure === undefined) this.#backOff(slot);
    else this.#cluster.gate(slot.address).refused(failure, nowMs);
    return failure;
  }

  /** Whether a connection to this address was ever open. */
  #hasOpened(wanted: BrokerAddress): boolean {
    const key = this.#cluster.key(wanted);
    return [...this.#slots.values()].some(({ address, opened }) => opened > 0 && this.#cluster.key(address) === key);
  }

  /** Returns the likely cause once it is almost certain. */
  #closedEarly({ address, closes }: Slot, point: ClosePoint): KafkaError | undefined {
    const verdict = closes.closed(point);
    if (verdict === "tolerate") return undefined;
    const cause = likelyCause(point, `${address.host}:${address.port}`, closes.count);
    if (verdict === "fail") return cause;
    this.#cluster.log("warn", `${cause.message}. It is retried, because a broker that restarts looks the same`);
    return undefined;
  }

  #backOff(slot: Slot): void {
    const { options, settings } = this.#cluster;
    slot.notBeforeMs =
      options.clock.monotonic() +
      backoffMs({
        baseMs: settings.retryBackoffMs,
        maxMs: settings.retryBackoffMaxMs,
        attempt: slot.failures++,
        random: this.#cluster.random(),
      });
  }

  /** The broker that should be at an address: any at a bootstrap server, or before the cluster's id is known. */
  #expected({ nodeId }: BrokerAddress): { readonly expected?: ExpectedBroker } {
    const { settings, snapshot } = this.#cluster;
    const { clusterId } = snapshot;
    if (!settings.checksCluster || nodeId === undefined || clusterId === null) return {};
    return { expected: { clusterId, nodeId } };
  }
}
