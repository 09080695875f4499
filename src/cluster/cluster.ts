import { type CallContext, SynchronousContext } from "../runtime/call-context.ts";
import type { LogLevel } from "../runtime/platform.ts";
import { SharedSignals } from "../runtime/shared-signals.ts";
import { HandshakeVersion } from "../network/handshake-version.ts";
import { type BrokerAddress, parseBootstrapServers } from "./bootstrap.ts";
import { type ClientKind, type ClientName, clientName } from "./client-name.ts";
import { type MetadataSnapshot, NO_METADATA } from "./metadata.ts";
import { type ClusterOptions, type ClusterSettings, clusterSettings } from "./options.ts";

/** A client, as far as it wants metadata of topics. */
export interface TopicInterest {
  wants(topic: string): boolean;
}

/**
 * What the clients of one `Kafka` share: settings, and what is known of the cluster. It holds no socket and no task.
 */
export class Cluster {
  readonly options: ClusterOptions;
  readonly settings: ClusterSettings;
  /** In which callback of the user's code runs. */
  readonly callContext: CallContext;
  /** The signals that users gave to calls of any client. */
  readonly signals: SharedSignals = new SharedSignals();
  readonly bootstrap: readonly BrokerAddress[];
  /** Each open client, with the topics that it wants metadata of. */
  readonly interests: Set<TopicInterest> = new Set<TopicInterest>();
  readonly #listeners = new Set<() => void>();
  /** By address: which version of ApiVersions its broker answers. */
  readonly #handshakeVersions = new Map<string, HandshakeVersion>();
  /** How many clients of each kind were made. */
  readonly #numbers = new Map<ClientKind, number>();
  #snapshot: MetadataSnapshot = NO_METADATA;

  constructor(options: ClusterOptions) {
    this.options = options;
    this.callContext = options.callContext ?? new SynchronousContext();
    this.settings = clusterSettings(options);
    this.bootstrap = parseBootstrapServers(options.bootstrapServers);
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

  /** Which version of ApiVersions to ask with at an address: what one client finds out serves all of them. */
  handshakeVersion({ host, port }: BrokerAddress): HandshakeVersion {
    const key = `${host}:${port}`;
    let version = this.#handshakeVersions.get(key);
    if (version === undefined) {
      // Brokers of one cluster mostly have one release: what one of them answered is a good guess for the next.
      const others = [...this.#handshakeVersions.values()].flatMap(({ known }) => known ?? []);
      version = new HandshakeVersion(others[0], this.options.clock.monotonic());
      this.#handshakeVersions.set(key, version);
    }
    return version;
  }

  /** Puts a newer snapshot in place and tells every client. */
  publish(snapshot: MetadataSnapshot): void {
    this.#snapshot = snapshot;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Drops what is known of topics that no client wants any more. */
  forget(names: Iterable<string>): void {
    const topics = new Map(this.#snapshot.topics);
    for (const name of names) if (![...this.interests].some((interest) => interest.wants(name))) topics.delete(name);
    if (topics.size < this.#snapshot.topics.size) this.publish({ ...this.#snapshot, topics });
  }

  /** Calls back after each change; answers how to stop. */
  onSnapshot(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.options.log?.({ level, message, fields });
  }

  /**
   * Something that cannot be, were this library right: an event that a state machine does not take, or a broken
   * invariant. The client goes on as well as it can. Tests and the simulator fail at such a line.
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
