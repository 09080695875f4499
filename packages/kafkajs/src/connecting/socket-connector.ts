import type { ByteSink, ByteStream, Connector, KafkaError } from "odradek";
import { KafkaJSConnectionError } from "../errors/connection-errors.ts";
import type { Host } from "../host.ts";

/** The part of Node's `net.Socket` that is used. */
export interface SocketLike {
  readonly destroyed?: boolean;
  on(event: "data", listener: (bytes: Uint8Array) => void): unknown;
  on(event: "error", listener: (error: Error & { readonly code?: string }) => void): unknown;
  on(event: "end" | "close" | "timeout", listener: () => void): unknown;
  write(bytes: Uint8Array, done?: (error?: Error | null) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
  cork?(): void;
  uncork?(): void;
  ref?(): unknown;
  unref?(): unknown;
}

/** kafkajs's option `socketFactory`. */
export type SocketFactory = (args: {
  readonly host: string;
  readonly port: number;
  /** The option `ssl` of `new Kafka`. */
  readonly ssl: unknown;
  /** To be called when the socket is ready. */
  readonly onConnect: () => void;
}) => SocketLike;

/** Makes the error of a connection. */
type Failed = (text: string, broker: string, code?: string) => KafkaError;

/** A connector of sockets that a function of the user makes. TLS is the function's work. */
export function socketConnector(
  { KafkaError }: Pick<Host, "KafkaError">,
  factory: SocketFactory,
  ssl: unknown,
): Connector {
  const failed: Failed = (text, broker, code) =>
    new KafkaError("connection", text, {
      cause: new KafkaJSConnectionError(text, { broker, ...(code === undefined ? {} : { code }) }),
      retriable: true,
      address: broker,
    });
  return {
    connect: ({ host, port }, sink, { signal }) =>
      new Promise((resolve, reject) => {
        const broker = `${host}:${port}`;
        let isReady = false;
        let stream: SocketStream | undefined;
        const opened = (): void => {
          isReady = true;
          if (stream === undefined) return; // the factory calls `onConnect` before it returns
          signal?.removeEventListener("abort", giveUp);
          stream.isOpen = true;
          resolve(stream);
        };
        const giveUp = (): void => {
          reject(new KafkaError("cancelled", `the connection to ${broker} was given up`));
          stream?.close();
        };
        const ended = (error: Error | undefined): void => {
          signal?.removeEventListener("abort", giveUp);
          reject(error ?? failed("Closed connection", broker));
        };
        try {
          const socket = factory({ host, port, ssl: ssl ?? null, onConnect: opened });
          stream = new SocketStream(socket, broker, failed, sink, ended);
        } catch (error) {
          const { message = String(error) } = (error ?? {}) as { readonly message?: string };
          reject(failed(`Failed to connect: ${message}`, broker));
          return;
        }
        signal?.addEventListener("abort", giveUp);
        if (isReady) opened();
      }),
  };
}

class SocketStream implements ByteStream {
  readonly remote: string;
  readonly #socket: SocketLike;
  readonly #failed: Failed;
  /** Whether the socket was ready: only then its end is the sink's affair. */
  isOpen = false;
  #isClosed = false;

  constructor(
    socket: SocketLike,
    remote: string,
    failed: Failed,
    sink: ByteSink,
    ended: (error: Error | undefined) => void,
  ) {
    this.#socket = socket;
    this.remote = remote;
    this.#failed = failed;
    let failure: KafkaError | undefined;
    socket.on("data", (bytes) => {
      if (!sink.filled(bytes)) socket.pause();
    });
    socket.on("error", ({ message, code }) => {
      failure = failed(`Connection error: ${message}`, remote, code);
    });
    socket.on("timeout", () => {
      failure = failed("Connection timeout", remote);
      socket.destroy();
    });
    // The other end will send nothing more.
    socket.on("end", () => socket.destroy());
    socket.on("close", () => {
      ended(failure);
      if (this.isOpen && !this.#isClosed) sink.closed(failure);
      this.#isClosed = true;
    });
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    const socket = this.#socket;
    if (chunks.length === 0) return Promise.resolve();
    if (this.#isClosed || socket.destroyed === true)
      return Promise.reject(this.#failed("Closed connection", this.remote));
    return new Promise((resolve, reject) => {
      const done = (error?: Error | null): void => {
        if (error === undefined || error === null) resolve();
        else reject(this.#failed(`Connection error: ${error.message}`, this.remote));
      };
      // While corked, the chunks are sent in one writev and are not copied together.
      socket.cork?.();
      chunks.forEach((chunk, i) => socket.write(chunk, i === chunks.length - 1 ? done : undefined));
      socket.uncork?.();
    });
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  ref(): void {
    this.#socket.ref?.();
  }

  unref(): void {
    this.#socket.unref?.();
  }
}
