import { KafkaError } from "../errors/kafka-error.ts";
import type { ByteSink, ByteStream } from "../runtime/byte-stream.ts";
import type { FrameDamage } from "./frame-damage.ts";
import type { NetworkPipe } from "./network-pipe.ts";

/** The end that closed a connection, or the network if a fault broke it. */
export type EndedBy = "client" | "server" | "network";

/** Observes the bytes of a connection, for a request log, a picture, or a checker. */
export interface ConnectionTap {
  /** Called when a node begins to connect. */
  connecting?(client: string, address: string): void;
  /** Called when the client writes: these bytes left it at this time. */
  written?(connection: NetworkConnection, chunks: readonly Uint8Array[]): void;
  /** Called when the server writes. */
  answered?(connection: NetworkConnection, chunks: readonly Uint8Array[]): void;
  /** Called when bytes reach an end. */
  delivered?(connection: NetworkConnection, to: "client" | "server", view: Uint8Array): void;
  /** Called before {@link delivered} when the bytes make a response malformed. */
  malformed?(connection: NetworkConnection): void;
  /** `by` says what ended it. */
  ended?(connection: NetworkConnection, by: EndedBy): void;
}

/** A connection between two nodes: a pipe in each direction, and the ways in which it can break. */
export class NetworkConnection {
  /** Connections are numbered in the order in which they open. */
  readonly id: number;
  /** The name of the node that opened it. */
  readonly client: string;
  /** The name of the node that accepted it. */
  readonly server: string;
  /** @internal */
  readonly toServer: NetworkPipe;
  /** @internal */
  readonly toClient: NetworkPipe;
  readonly #ended: (by: EndedBy) => void;
  #isOpen = true;

  /** @internal */
  constructor(
    id: number,
    client: string,
    server: string,
    pipes: { readonly toServer: NetworkPipe; readonly toClient: NetworkPipe },
    ended: (by: EndedBy) => void,
  ) {
    this.id = id;
    this.client = client;
    this.server = server;
    this.toServer = pipes.toServer;
    this.toClient = pipes.toClient;
    this.#ended = ended;
  }

  /** False after an end closed it, or it broke. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether these two nodes are its ends. */
  joins(a: string, b: string): boolean {
    return (this.client === a && this.server === b) || (this.client === b && this.server === a);
  }

  /** Breaks it: both ends learn of it at once, and bytes under way are lost. */
  reset(): void {
    this.#close("network");
    this.toClient.close(this.#error("the connection was reset"));
    this.toServer.close(this.#error("the connection was reset"));
  }

  /**
   * A ghost: the client loses the connection at once, but the bytes that it has written reach the server `lateMs` later
   * and are processed.
   */
  ghost(lateMs: number): void {
    this.#close("network");
    this.toServer.hold(lateMs * 1000);
    this.toServer.end();
    this.toClient.close(this.#error("the connection was reset"));
  }

  /** From now on nothing arrives in either direction, and no end is notified, as when a peer loses power. */
  halfOpen(): void {
    this.toServer.silence();
    this.toClient.silence();
  }

  /** Breaks after this number of further bytes towards one end. */
  cutAfter(to: "client" | "server", bytes: number): void {
    (to === "client" ? this.toClient : this.toServer).cutAfter(bytes, () => this.reset());
  }

  /** Damages the next response that the server writes; undefined: none any more. @internal */
  damageResponse(how: FrameDamage | undefined): void {
    this.toClient.damage(how);
  }

  /**
   * One end crashed: it receives nothing more, and the other end learns of it as soon as the link lets it. @internal
   */
  crashed(end: "client" | "server"): void {
    this.#close("network");
    (end === "client" ? this.toClient : this.toServer).drop();
    (end === "client" ? this.toServer : this.toClient).end();
  }

  /** The byte stream of one end. @internal */
  stream(end: "client" | "server", written: (chunks: readonly Uint8Array[]) => void): ByteStream {
    const [out, incoming] = end === "client" ? [this.toServer, this.toClient] : [this.toClient, this.toServer];
    return {
      remote: end === "client" ? this.server : `${this.client}#${this.id}`,
      write: (chunks) => {
        written(chunks);
        return out.write(chunks);
      },
      resume: () => incoming.resume(),
      close: () => {
        out.end();
        incoming.drop();
        this.#close(end);
      },
    };
  }

  /** Sets the sink of one end. @internal */
  attach(end: "client" | "server", sink: ByteSink): void {
    (end === "client" ? this.toClient : this.toServer).attach(sink);
  }

  #close(by: EndedBy): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#ended(by);
  }

  #error(why: string): KafkaError {
    return new KafkaError("connection", `${this.server}: ${why}`, { retriable: true, address: this.server });
  }
}
