import type { Socket } from "node:net";
import { detailsOf, KafkaError } from "../../../errors/kafka-error.ts";
import { type AbortSignalLike, cancelledError } from "../../../runtime/cancellation.ts";
import type { ByteSink, ByteStream, ConnectTarget } from "../../../runtime/byte-stream.ts";
import { changesPerConnect, readTls } from "../../../runtime/tls-values.ts";
import type { RaceTime } from "../address-race.ts";
import { Connecting, type Lookup } from "../connecting.ts";
import { connectionError, withPending } from "../error.ts";
import { SocketStream } from "../socket-stream.ts";
import { TlsClient } from "../tls-client.ts";
import { proxyHandshake } from "./choose-handshake.ts";
import type { ProxyAddress } from "./proxy-address.ts";
import { proxyError } from "./proxy-error.ts";
import { type Tunnel, tunnelThrough } from "./tunnel.ts";

/** A connection to open through a proxy. */
export interface ProxiedParts {
  readonly proxy: ProxyAddress;
  readonly target: ConnectTarget;
  readonly sink: ByteSink;
  readonly signal: AbortSignalLike | undefined;
  /** Resolves the name of the proxy. The proxy resolves those of brokers. */
  readonly lookup: Lookup;
  readonly time: RaceTime;
}

/** One call of `connect` through a proxy: TCP or TLS to the proxy, its handshake, and TLS with the broker. */
export class ProxiedConnecting {
  readonly result: Promise<ByteStream>;
  readonly #parts: ProxiedParts;
  readonly #address: string;
  readonly #onAbort = (): void => this.#aborted();
  /** The functions among the TLS options that have not returned yet. */
  readonly #pending = new Set<string>();
  #settle: { readonly resolve: (stream: ByteStream) => void; readonly reject: (error: unknown) => void } | undefined;
  #tls: TlsClient | undefined;
  #socket: Socket | undefined;
  /** The step that is under way, for the error of a time limit. */
  #awaited = "";

  constructor(parts: ProxiedParts) {
    this.#parts = parts;
    this.#address = `${parts.target.host}:${parts.target.port}`;
    this.result = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    const { signal } = parts;
    if (signal?.aborted === true) {
      this.#aborted();
      return;
    }
    signal?.addEventListener("abort", this.#onAbort);
    this.#open().catch((error: unknown) => this.#failed(error));
  }

  async #open(): Promise<void> {
    const { proxy, target } = this.#parts;
    const handshake = proxyHandshake({ host: target.host, port: target.port, proxy });
    const { tls } = target;
    if (tls !== undefined)
      this.#tls = new TlsClient(await readTls(tls, target, this.#pending), target, changesPerConnect(tls));
    if (this.#settle === undefined) return;
    this.#awaited = `no connection to the proxy ${proxy.toString()} was open yet`;
    const socket = await this.#toProxy();
    if (this.#socket === undefined) return; // cancelled meanwhile, and the socket is destroyed
    const tunnel = tunnelThrough(socket, handshake, (why, cause) =>
      proxyError({ ...target, proxy }, "connection", why, { retriable: true, cause }),
    );
    this.#awaited = `the proxy ${proxy.toString()} is connected and has not sent ${handshake.awaited}`;
    const rest = await tunnel.opened;
    if (this.#settle === undefined) return;
    this.#tunnelled(socket, tunnel, rest);
  }

  /** TCP, and for `https://` TLS, to the proxy. */
  async #toProxy(): Promise<Socket> {
    const { proxy, target, signal, lookup, time } = this.#parts;
    try {
      return await new Connecting({
        target: { host: proxy.host, port: proxy.port, ...(proxy.scheme === "https" ? { tls: {} } : {}) },
        ...{ signal, lookup, time, peer: "a proxy" },
        finish: (socket) => {
          if (this.#settle === undefined) socket.destroy();
          else this.#socket = socket;
          return socket;
        },
      }).result;
    } catch (error) {
      const { kind, message, retriable } = KafkaError.from(error, "connection");
      const why = kind === "authentication" ? tlsToProxyFailed(message) : message;
      throw proxyError({ ...target, proxy }, kind, why, { retriable, cause: error });
    }
  }

  /** The proxy has opened the tunnel; `rest` are its first bytes. */
  #tunnelled(socket: Socket, tunnel: Tunnel, rest: Uint8Array): void {
    if (this.#tls === undefined) {
      tunnel.leave();
      this.#finished(socket, rest);
      return;
    }
    this.#awaited = "the proxy has opened the tunnel, and the TLS handshake with the broker has not ended";
    if (rest.length > 0) socket.unshift(rest);
    tunnel.leave();
    const secured = this.#tls.over(socket);
    this.#socket = secured;
    secured.on("error", (error) => this.#failed(error));
    secured.on("close", () => socket.destroy());
    socket.on("error", (error) => this.#failed(error));
    const hungUp = new Error("the other end closed the connection during the TLS handshake");
    secured.once("close", () => this.#failed(Object.assign(hungUp, { code: "ECONNRESET" })));
    secured.once("secureConnect", () => this.#finished(secured, new Uint8Array(0)));
  }

  #finished(socket: Socket, rest: Uint8Array): void {
    const settle = this.#end();
    if (settle === undefined) {
      socket.destroy();
      return;
    }
    const { sink } = this.#parts;
    const stream = new SocketStream(socket, this.#address, sink, this.#tls);
    settle.resolve(stream);
    socket.on("data", (chunk: Uint8Array) => {
      if (!sink.filled(chunk)) socket.pause();
    });
    if (rest.length === 0 || sink.filled(rest)) socket.resume();
  }

  #failed(error: unknown): void {
    const settle = this.#end();
    settle?.reject(
      connectionError(error, {
        ...{ what: "cannot connect to", address: this.#address, outcome: "notWritten", tls: this.#tls },
      }),
    );
    if (settle !== undefined) this.#socket?.destroy();
  }

  #aborted(): void {
    const { signal, proxy } = this.#parts;
    if (signal === undefined) return;
    const what = `the attempt to connect to ${this.#address} through the proxy ${proxy.toString()}`;
    const error = withPending(cancelledError(signal, what), this.#pending);
    const where = this.#awaited === "" ? "" : `; ${this.#awaited}`;
    this.#end()?.reject(new KafkaError(error.kind, `${error.message}${where}`, detailsOf(error)));
    this.#socket?.destroy();
  }

  /** Returns the functions that settle the result, once. The first caller settles it. */
  #end(): { readonly resolve: (stream: ByteStream) => void; readonly reject: (error: unknown) => void } | undefined {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#parts.signal?.removeEventListener("abort", this.#onAbort);
    return settle;
  }
}

/** The texts of TLS speak of brokers and of the option `tls`, which does not apply to the proxy. */
function tlsToProxyFailed(message: string): string {
  const [plain = message] = message.split(": pass the certificate of its authority");
  return (
    `${plain.replaceAll("the broker's", "the proxy's")} (the option tls is for brokers only; a proxy's authority is ` +
    "added by the variable NODE_EXTRA_CA_CERTS)"
  );
}
