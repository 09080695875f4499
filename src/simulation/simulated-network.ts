import { KafkaError } from "../errors/kafka-error.ts";
import type {
  ByteSink,
  ByteStream,
  ConnectTarget,
  Connector,
  ListenAddress,
  Listener,
} from "../runtime/byte-stream.ts";
import { type AbortSignalLike, cancelledError } from "../runtime/cancellation.ts";
import { crc32c } from "../wire/crc32c.ts";
import type { FrameDamage } from "./frame-damage.ts";
import { type ConnectionTap, NetworkConnection } from "./network-connection.ts";
import { LOCAL_LINK, type LinkConditions, LinkTable } from "./network-link.ts";
import { NetworkPipe } from "./network-pipe.ts";
import { Random } from "./random.ts";
import type { EventQueue, Scheduler } from "./scheduler.ts";

interface Listening {
  readonly node: string;
  readonly events: EventQueue;
  readonly accept: (stream: ByteStream) => ByteSink;
}

interface Damaging {
  readonly client: string;
  readonly server: string;
  readonly how: FrameDamage;
}

/** The interval, in µs, at which a connection attempt checks a blocked link again. */
const RETRY_US = 10_000;
const FEW_ENDING = 64;
const FIRST_PORT = 9092;

/**
 * A network between named nodes, in virtual time. Bytes keep their order within a connection, but not across
 * connections. Each connection has its own random stream, so that a fault on one does not change the others.
 */
export class SimulatedNetwork {
  readonly #scheduler: Scheduler;
  readonly #seed: number;
  readonly #links: LinkTable;
  readonly #taps: ConnectionTap[] = [];
  readonly #listening = new Map<string, Listening>();
  readonly #connections = new Set<NetworkConnection>();
  /** Connections that one end has closed, and whose last bytes are still under way. */
  readonly #ending = new Set<NetworkConnection>();
  /** At this number of them, the ended ones are removed. */
  #manyEnding = FEW_ENDING;
  readonly #connects = new Map<string, number>();
  /** The number of faults that make a node refuse connections. */
  readonly #refusing = new Map<string, number>();
  readonly #damaging = new Set<Damaging>();
  #ids = 0;

  /**
   * `standard` has the properties of the links that {@link setLink} has not changed. Default: a local network.
   * @internal
   */
  constructor(scheduler: Scheduler, seed: number, standard: Partial<LinkConditions> = {}) {
    this.#scheduler = scheduler;
    this.#seed = seed;
    this.#links = new LinkTable({ ...LOCAL_LINK, ...standard });
  }

  /** The open connections. */
  get connections(): readonly NetworkConnection[] {
    return [...this.#connections];
  }

  /** Passes all traffic of the network to `tap`. */
  observe(tap: ConnectionTap): void {
    this.#taps.push(tap);
  }

  /** The listener of the node that `nameOf` derives from its address. */
  listener(nameOf: (address: ListenAddress) => string, events: EventQueue = this.#scheduler): Listener {
    return {
      listen: (address, accept) => {
        let { port } = address;
        if (port === 0) for (port = FIRST_PORT; this.#listening.has(`${address.host}:${port}`); port++);
        const key = `${address.host}:${port}`;
        if (this.#listening.has(key))
          return Promise.reject(
            new KafkaError(
              "connection",
              `cannot listen on ${key}: another listener of this simulation uses that address`,
              { address: key },
            ),
          );
        const listening = { node: nameOf({ host: address.host, port }), events, accept };
        this.#listening.set(key, listening);
        return Promise.resolve({
          host: address.host,
          port,
          close: () => {
            if (this.#listening.get(key) === listening) this.#listening.delete(key);
            return Promise.resolve();
          },
        });
      },
    };
  }

  /** The connector of a node. */
  connector(node: string, events: EventQueue = this.#scheduler): Connector {
    return { connect: (target, sink, { signal }) => this.#connect(node, events, target, sink, signal) };
  }

  /** Changes the properties of the link between two nodes; undefined restores the initial ones. */
  setLink(a: string, b: string, conditions: Partial<LinkConditions> | undefined): void {
    this.#links.set(a, b, conditions);
  }

  /**
   * Blocks one direction between two nodes. Bytes under way are kept and arrive after {@link unclog}, as with TCP's
   * retransmission.
   */
  clog(from: string, to: string): void {
    this.#links.block(from, to);
  }

  /** Ends one {@link clog} of this direction: the bytes that were kept arrive. */
  unclog(from: string, to: string): void {
    this.#links.unblock(from, to);
    this.#pokeAll();
  }

  /** Blocks both directions between two nodes; returns a function that heals the partition. */
  partition(a: string, b: string): () => void {
    this.clog(a, b);
    this.clog(b, a);
    let isHealed = false;
    return () => {
      if (isHealed) return;
      isHealed = true;
      this.unclog(a, b);
      this.unclog(b, a);
    };
  }

  /** Makes a node refuse new connections until the returned function is called. */
  refuse(node: string): () => void {
    this.#refusing.set(node, (this.#refusing.get(node) ?? 0) + 1);
    let isHealed = false;
    return () => {
      if (isHealed) return;
      isHealed = true;
      this.#refusing.set(node, Math.max(0, (this.#refusing.get(node) ?? 0) - 1));
    };
  }

  /**
   * Damages the next response on each connection of a client to a server, and the first one on each that they open
   * until the returned function is called. @internal
   */
  damageResponses(client: string, server: string, how: FrameDamage): () => void {
    const damaging: Damaging = { client, server, how };
    this.#damaging.add(damaging);
    const each = (damage: FrameDamage | undefined): void => {
      for (const connection of this.#connections)
        if (connection.client === client && connection.server === server) connection.damageResponse(damage);
    };
    each(how);
    return () => {
      if (this.#damaging.delete(damaging)) each(undefined);
    };
  }

  /** Restores every link. Broken connections stay broken. */
  heal(): void {
    this.#links.reset();
    this.#refusing.clear();
    this.#damaging.clear();
    for (const connection of this.#connections) connection.damageResponse(undefined);
    this.#pokeAll();
  }

  /** A node crashed: its ends are gone, and its peers learn of it as soon as the network lets them. */
  crash(node: string): void {
    for (const connection of this.connections) {
      if (connection.client === node) connection.crashed("client");
      else if (connection.server === node) connection.crashed("server");
    }
  }

  #pokeAll(): void {
    for (const connection of [...this.#connections, ...this.#ending]) {
      connection.toServer.poke();
      connection.toClient.poke();
    }
    this.#forgetEnded();
  }

  #forgetEnded(): void {
    for (const connection of this.#ending)
      if (connection.toServer.isDead && connection.toClient.isDead) this.#ending.delete(connection);
    this.#manyEnding = Math.max(FEW_ENDING, 2 * this.#ending.size);
  }

  #connect(
    node: string,
    events: EventQueue,
    target: ConnectTarget,
    sink: ByteSink,
    signal: AbortSignalLike | undefined,
  ): Promise<ByteStream> {
    const address = `${target.host}:${target.port}`;
    if (target.tls !== undefined)
      return Promise.reject(
        new KafkaError("unsupported", `the simulated network does not speak TLS (${address})`, { address }),
      );
    const attempt = `${node}>${address}/${this.#next(`${node}>${address}`)}`;
    const random = Random.keyed(this.#seed, `connect/${attempt}`);
    for (const tap of this.#taps) tap.connecting?.(node, address);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        events.cancel(event);
        if (signal !== undefined) reject(cancelledError(signal, `the attempt to connect to ${address}`));
      };
      const settle = (): void => {
        const there = this.#listening.get(address);
        const peer = there?.node;
        // A lost SYN is sent again: the attempt waits until the link works, or until its caller gives up.
        if (peer !== undefined && (this.#links.isBlocked(node, peer) || this.#links.isBlocked(peer, node))) {
          event = events.schedule(RETRY_US, settle);
          return;
        }
        signal?.removeEventListener("abort", onAbort);
        if (there === undefined || (this.#refusing.get(there.node) ?? 0) > 0)
          reject(
            new KafkaError("connection", `cannot connect to ${address}: connection refused`, {
              retriable: true,
              address,
              outcome: "notWritten",
            }),
          );
        else resolve(this.#open(node, events, there, sink, attempt));
      };
      if (signal?.aborted === true) {
        reject(cancelledError(signal, `the attempt to connect to ${address}`));
        return;
      }
      const [least, most] = this.#links.of(node, this.#listening.get(address)?.node ?? address).latencyUs;
      let event = events.schedule(2 * random.between(least, most), settle);
      signal?.addEventListener("abort", onAbort);
    });
  }

  #open(node: string, events: EventQueue, there: Listening, sink: ByteSink, attempt: string): ByteStream {
    const id = ++this.#ids;
    const pipe = (to: "client" | "server"): NetworkPipe => {
      const [from, reader] = to === "client" ? [there.node, node] : [node, there.node];
      return new NetworkPipe(
        {
          to: reader,
          conditions: () => this.#links.of(from, reader),
          isBlocked: () => this.#links.isBlocked(from, reader),
          delivered: (view) => {
            this.#scheduler.note(id * 65_536 + view.length);
            this.#scheduler.note(crc32c(view));
            for (const tap of this.#taps) tap.delivered?.(connection, to, view);
          },
          malformed: () => {
            for (const tap of this.#taps) tap.malformed?.(connection);
          },
        },
        Random.keyed(this.#seed, `${attempt}/${to}`),
        to === "client" ? events : there.events,
      );
    };
    const connection: NetworkConnection = new NetworkConnection(
      id,
      node,
      there.node,
      { toServer: pipe("server"), toClient: pipe("client") },
      (by) => {
        this.#connections.delete(connection);
        this.#ending.add(connection);
        if (this.#ending.size >= this.#manyEnding) this.#forgetEnded();
        for (const tap of this.#taps) tap.ended?.(connection, by);
      },
    );
    this.#connections.add(connection);
    for (const { client, server, how } of this.#damaging)
      if (connection.client === client && connection.server === server) connection.damageResponse(how);
    const client = connection.stream("client", (chunks) => {
      for (const tap of this.#taps) tap.written?.(connection, chunks);
    });
    connection.attach(
      "server",
      there.accept(
        connection.stream("server", (chunks) => {
          for (const tap of this.#taps) tap.answered?.(connection, chunks);
        }),
      ),
    );
    connection.attach("client", sink);
    return client;
  }

  #next(name: string): number {
    const number = this.#connects.get(name) ?? 0;
    this.#connects.set(name, number + 1);
    return number;
  }
}
