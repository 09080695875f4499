import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { produceApi } from "../../../src/protocol/messages/produce.ts";
import { saslHandshakeApi } from "../../../src/protocol/messages/sasl-handshake.ts";

/** The bytes at the start of a request: its size, then the key of its API. */
const SIZE_BYTES = 4;
const HEAD_BYTES = 6;

/** A connection of this process without TLS, as the host sees it. */
export interface WatchedSocket {
  /** The port of this end. A connection that is replaced has another one. */
  readonly localPort: number;
  readonly isClosed: boolean;
  /** Authentications that were begun: the first one, and one for each renewal. */
  readonly logins: number;
  /** From the start of each renewal to the next Produce request, in ms. */
  readonly pausesMs: readonly number[];
}

/** Watches each socket that this process opens to a port, and the requests that it writes there. */
export class WatchedSockets {
  readonly #port: number;
  readonly #sockets: Watched[] = [];
  readonly #created = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    this.#sockets.push(new Watched(socket));
  };

  constructor(port: number) {
    this.#port = port;
    subscribe("net.client.socket", this.#created);
  }

  /** The sockets to the port, oldest first. */
  get all(): readonly WatchedSocket[] {
    return this.#sockets.filter(({ remotePort }) => remotePort === this.#port);
  }

  /** The local ports of the open sockets. */
  get openPorts(): readonly number[] {
    return this.all.filter(({ isClosed }) => !isClosed).map(({ localPort }) => localPort);
  }

  stop(): void {
    unsubscribe("net.client.socket", this.#created);
  }
}

class Watched implements WatchedSocket {
  localPort = 0;
  remotePort = 0;
  isClosed = false;
  logins = 0;
  readonly pausesMs: number[] = [];
  /** The start of a request whose API is not known yet. */
  #head = Buffer.alloc(0);
  /** Bytes of the current request that are still to come. */
  #rest = 0;
  #renewingSinceMs: number | undefined;

  constructor(socket: Socket) {
    socket.once("connect", () => {
      this.localPort = socket.localPort ?? 0;
      this.remotePort = socket.remotePort ?? 0;
      // Not before: a socket that connects gets the method of its class again.
      const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
      socket.write = (chunk: Uint8Array, ...more: unknown[]): boolean => {
        this.#written(chunk);
        return write(chunk, ...more);
      };
    });
    socket.once("close", () => (this.isClosed = true));
  }

  #written(chunk: Uint8Array): void {
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (bytes.length > 0) {
      const skipped = Math.min(this.#rest, bytes.length);
      this.#rest -= skipped;
      bytes = bytes.subarray(skipped);
      const missing = bytes.subarray(0, HEAD_BYTES - this.#head.length);
      bytes = bytes.subarray(missing.length);
      this.#head = Buffer.concat([this.#head, missing]);
      if (this.#head.length < HEAD_BYTES) return;
      this.#rest = this.#head.readInt32BE(0) - (HEAD_BYTES - SIZE_BYTES);
      this.#request(this.#head.readInt16BE(SIZE_BYTES));
      this.#head = Buffer.alloc(0);
    }
  }

  #request(apiKey: number): void {
    const nowMs = performance.now();
    if (apiKey === saslHandshakeApi.key && ++this.logins > 1) this.#renewingSinceMs = nowMs;
    if (apiKey !== produceApi.key || this.#renewingSinceMs === undefined) return;
    this.pausesMs.push(nowMs - this.#renewingSinceMs);
    this.#renewingSinceMs = undefined;
  }
}
