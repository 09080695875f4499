import type { Socket } from "node:net";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { ByteSink, ByteStream } from "../../runtime/byte-stream.ts";
import { connectionError } from "./error.ts";
import type { TlsClient } from "./tls-client.ts";

/**
 * A Node socket as a byte stream. The bytes that it reads go to the sink through `onread`, which was set when the
 * socket was created.
 */
export class SocketStream implements ByteStream {
  readonly remote: string;
  readonly peerName: string | undefined;
  readonly #socket: Socket;
  readonly #tls: Pick<TlsClient, "fault"> | undefined;
  #closed = false;

  constructor(socket: Socket, remote: string, sink: ByteSink, tls?: Pick<TlsClient, "fault">, peerName?: string) {
    this.#socket = socket;
    this.#tls = tls;
    this.remote = remote;
    this.peerName = peerName;
    let failure: KafkaError | undefined;
    socket.on("error", (error) => {
      failure = connectionError(error, { what: "the connection to", address: remote, tls });
    });
    socket.on("close", () => {
      if (this.#closed) return;
      this.#closed = true;
      sink.closed(failure);
    });
    // The other end will send nothing more, and a half-open connection is of no use.
    socket.on("end", () => socket.destroy());
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    const socket = this.#socket;
    if (this.#closed || socket.destroyed)
      return Promise.reject(
        new KafkaError("connection", `the connection to ${this.remote} is closed`, {
          retriable: true,
          address: this.remote,
        }),
      );
    return new Promise((resolve, reject) => {
      const done = (error?: Error | null): void => {
        if (error === undefined || error === null) resolve();
        else reject(connectionError(error, { what: "cannot write to", address: this.remote, tls: this.#tls }));
      };
      const [first] = chunks;
      if (first === undefined) resolve();
      else if (chunks.length === 1) socket.write(first, done);
      else {
        // While corked, the chunks are sent in one writev and are not copied together.
        socket.cork();
        const last = chunks.length - 1;
        chunks.forEach((chunk, i) => socket.write(chunk, i === last ? done : undefined));
        socket.uncork();
      }
    });
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }
}
