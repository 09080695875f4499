import { KafkaError } from "../errors/kafka-error.ts";
import type { ByteSink, ByteStream } from "../runtime/byte-stream.ts";
import type { NetworkPipe } from "./network-pipe.ts";

/** Who ended a connection: one of its two ends, or a fault. */
export type EndedBy = "client" | "server" | "network";

/** Sees what goes over a connection: frames for a request log, a picture, or a checker. */
export interface ConnectionTap {
  /** A node begins to connect. */
  connecting?(client: string, address: string): void;
  /** Called as the client writes: these bytes left it at this moment. */
  written?(connection: NetworkConnection, chunks: readonly Uint8Array[]): void;
  /** Called as the server writes. */
  answered?(connection: NetworkConnection, chunks: readonly Uint8Array[]): void;
  /** Called as bytes reach an end. */
  delivered?(connection: NetworkConnection, to: "client" | "server", view: Uint8Array): void;
  /** `by` says whose doing it was. */
  ended?(connection: NetworkConnection, by: EndedBy): void;
}

/** A connection between two nodes: a pipe each way, and the ways in which it can break. */
export class NetworkConnection {
  /** Connections are numbered in the order in which they were opened. */
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

  /** False once an end has closed it or it broke. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether its ends are these two nodes. */
  joins(a: string, b: string): boolean {
    return (this.client === a && this.server === b) || (this.client === b && this.server === a);
  }

  /** Both ends learn at once that it broke, and what was under way is lost. */
  reset(): void {
    this.#close("network");
    this.toClient.close(this.#error("the connection was reset"));
    this.toServer.close(this.#error("the connection was reset"));
  }

  /**
   * The client loses it at once; what it had written reaches the server `lateMs` later, and is carried out: a ghost.
   */
  ghost(lateMs: number): void {
    this.#close("network");
    this.toServer.hold(lateMs * 1000);
    this.toServer.end();
    this.toClient.close(this.#error("the connection was reset"));
  }

  /** From now on nothing arrives, in either direction, and nobody is told: a peer that lost its power. */
  halfOpen(): void {
    this.toServer.silence();
    this.toClient.silence();
  }

  /** Breaks after so many more bytes towards one end. */
  cutAfter(to: "client" | "server", bytes: number): void {
    (to === "client" ? this.toClient : this.toServer).cutAfter(bytes, () => this.reset());
  }

  /** One end crashed: it hears nothing any more, and the other learns of it as soon as the link lets it. @internal */
  crashed(end: "client" | "server"): void {
    this.#close("network");
    (end === "client" ? this.toClient : this.toServer).drop();
    (end === "client" ? this.toServer : this.toClient).end();
  }

  /** What one end holds. @internal */
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

  /** Gives one end the sink for what it reads. @internal */
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
