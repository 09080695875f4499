import type { ObservedClient } from "../hooks/hook-sites.ts";
import { type CallContext, SynchronousContext } from "../runtime/call-context.ts";
import type { LogLevel } from "../runtime/platform.ts";
import { SharedSignals } from "../runtime/shared-signals.ts";
import { HandshakeVersion } from "../network/handshake-version.ts";
import { tlsWarning } from "../security/tls-options.ts";
import { AddressGate } from "./address-gate.ts";
import { callback } from "../errors/shape.ts";
import { connectionLimitOf } from "./lazy-connection-limit.ts";
import type { ConnectionLimit } from "./connection-limit.ts";
import { askBootstrapServers, type BrokerAddress, parseBootstrapServers } from "./bootstrap.ts";
import { type ClientKind, type ClientName, clientName } from "./client-name.ts";
import { type MetadataSnapshot, NO_METADATA } from "./metadata.ts";
import { type ClusterOptions, type ClusterSettings, clusterSettings } from "./options.ts";

/** A client's interest in the metadata of topics. */
export interface TopicInterest {
  wants(topic: string): boolean;
}

/** The state that the clients of one `Kafka` share: settings and metadata. It has no sockets and no tasks. */
export class Cluster {
  readonly options: ClusterOptions;
  readonly settings: ClusterSettings;
  /** Remembers which callback of the user the running code belongs to. */
  readonly callContext: CallContext;
  /** Loads and returns the limit of open connections; undefined if there is none. */
  readonly connectionLimit: (() => Promise<ConnectionLimit>) | undefined;
  /** The signals that users passed to calls of any client. */
  readonly signals: SharedSignals = new SharedSignals();
  /** Empty if the user gave a function. */
  readonly bootstrap: readonly BrokerAddress[] = [];
  /** Calls the user's function for addresses; undefined if the user gave addresses. */
  readonly askBootstrap: (() => Promise<readonly BrokerAddress[]>) | undefined;
  /** All open clients, with the topics of which they want metadata. */
  readonly interests: Set<TopicInterest> = new Set<TopicInterest>();
  /** The clients that are open, and those who observe each new one. */
  readonly clients: Set<ObservedClient> = new Set<ObservedClient>();
  readonly observers: Set<(client: ObservedClient) => void> = new Set<(client: ObservedClient) => void>();
  /** Whether metadata has the lists of replicas: only if a client uses them, because they take memory. */
  keepsReplicas = false;
  readonly #listeners = new Set<() => void>();
  /** The version of ApiVersions that each broker understands, by the broker's address. */
  readonly #handshakeVersions = new Map<string, HandshakeVersion>();
  readonly #gates = new Map<string, AddressGate>();
  /** How many clients of each kind have been created. */
  readonly #numbers = new Map<ClientKind, number>();
  #snapshot: MetadataSnapshot = NO_METADATA;
  #hasWarned = false;

  constructor(options: ClusterOptions) {
    this.options = options;
    this.callContext = options.callContext ?? new SynchronousContext();
    this.settings = clusterSettings(options);
    this.connectionLimit = connectionLimitOf(this.settings.maxConnections, options.clock);
    const option = this.isOfControllers ? "bootstrapControllers" : "bootstrapServers";
    const { bootstrapServers } = options;
    if (typeof bootstrapServers === "function") {
      callback(bootstrapServers, option);
      this.askBootstrap = () => askBootstrapServers(bootstrapServers, option);
    } else this.bootstrap = parseBootstrapServers(bootstrapServers, option);
  }

  /** Whether the clients are connected to the controllers instead of the brokers (KIP-919). */
  get isOfControllers(): boolean {
    return this.options.readControllers !== undefined;
  }

  /** Logs what is unsafe about the options, when the first of the clients is created. */
  warnOnce(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const { tls, warnings = [] } = this.options;
    for (const warning of [tlsWarning(tls), ...warnings]) if (warning !== undefined) this.log("warn", warning);
  }

  get snapshot(): MetadataSnapshot {
    return this.#snapshot;
  }

  /** The name of the next client of a kind. */
  nextClientName(kind: ClientKind, groupId?: string): ClientName {
    const number = (this.#numbers.get(kind) ?? 0) + 1;
    this.#numbers.set(kind, number);
    return clientName(kind, number, this.settings.clientId, groupId);
  }

  /**
   * The same for addresses that are reached in the same way. With `mapBroker`, brokers that announce one address may be
   * reached at several.
   */
  key({ host, port, nodeId }: BrokerAddress): string {
    const isMapped = this.options.mapBroker !== undefined && nodeId !== undefined;
    return `${host}:${port}${isMapped ? `/${nodeId}` : ""}`;
  }

  /** Whether two addresses are reached in the same way. */
  isSame(a: BrokerAddress, b: BrokerAddress): boolean {
    return this.key(a) === this.key(b);
  }

  /** The version of ApiVersions for an address. All clients share what one of them finds out. */
  handshakeVersion(address: BrokerAddress): HandshakeVersion {
    const key = this.key(address);
    let version = this.#handshakeVersions.get(key);
    if (version === undefined) {
      // The brokers of a cluster mostly run the same release, so the version of one is a good guess for the next.
      const others = [...this.#handshakeVersions.values()].flatMap(({ known }) => known ?? []);
      version = new HandshakeVersion(others[0], this.options.clock.monotonic());
      this.#handshakeVersions.set(key, version);
    }
    return version;
  }

  /** The gate of an address, which all clients share. */
  gate(address: BrokerAddress): AddressGate {
    const key = this.key(address);
    let gate = this.#gates.get(key);
    if (gate === undefined) {
      gate = new AddressGate();
      this.#gates.set(key, gate);
    }
    return gate;
  }

  /** Replaces the snapshot by a newer one and notifies every client. */
  publish(snapshot: MetadataSnapshot): void {
    this.#snapshot = snapshot;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Drops the metadata of topics that no client wants. */
  forget(names: Iterable<string>): void {
    const topics = new Map(this.#snapshot.topics);
    for (const name of names) if (![...this.interests].some((interest) => interest.wants(name))) topics.delete(name);
    if (topics.size < this.#snapshot.topics.size) this.publish({ ...this.#snapshot, topics });
  }

  /** Calls `listener` after each change. Returns a function that stops this. */
  onSnapshot(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** A client was created. */
  opened(client: ObservedClient): void {
    this.clients.add(client);
    for (const observe of this.observers) observe(client);
  }

  /** Writes a line to the user's or the platform's log. */
  log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.options.log?.({ level, message, fields });
  }

  /**
   * Reports a defect of this library: an event that a state machine does not expect, or a broken invariant. The client
   * continues as well as it can. Tests and the simulator fail when this is logged.
   */
  fault(what: string): void {
    this.log("error", `a fault of odradek itself, please report it: ${what}`, { fault: what });
  }

  /** 0 ≤ random < 1, from the platform's entropy. */
  random(): number {
    const bytes = new Uint8Array(4);
    this.options.entropy.fill(bytes);
    return new DataView(bytes.buffer).getUint32(0) / 4_294_967_296;
  }
}
