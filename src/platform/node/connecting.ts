import { type Socket, connect as connectTcp, isIP } from "node:net";
import type { KafkaError } from "../../errors/kafka-error.ts";
import type { ResolvedAddress } from "../../runtime/address-plan.ts";
import { type AbortSignalLike, cancelledError } from "../../runtime/cancellation.ts";
import type { ByteSink, ConnectTarget } from "../../runtime/byte-stream.ts";
import { changesPerConnect, readTls } from "../../runtime/tls-values.ts";
import { AddressRace, type Attempt, type BeginAttempt, type RaceEnd, type RaceTime } from "./address-race.ts";
import { connectionError, withPending, withTried } from "./error.ts";
import { onread } from "./onread.ts";
import { TlsClient } from "./tls-client.ts";

/** Resolves a name to all its addresses, in the order of the host's resolver. Tests pass their own. */
export type Lookup = (host: string) => Promise<readonly ResolvedAddress[]>;

/**
 * After this much silence the host sends a TCP keep-alive probe. It keeps load balancers from closing the connection,
 * and detects a peer that is gone.
 */
const KEEP_ALIVE_MS = 60_000;

/** A connection to open, and what to make of it. */
export interface ConnectingParts<T> {
  readonly target: ConnectTarget;
  /** Reads the socket through `onread`. Without one, the owner of the socket listens to its data. */
  readonly sink?: ByteSink;
  readonly signal: AbortSignalLike | undefined;
  readonly lookup: Lookup;
  readonly time: RaceTime;
  /** Called with the connected socket, before any further event of it can be missed. */
  readonly finish: (socket: Socket, tls: TlsClient | undefined) => T;
  /** The other end in words, for errors. Default: a broker. */
  readonly peer?: "a proxy";
}

/** One call of `connect`: the lookup, the attempts, and the TLS handshake of the winner. */
export class Connecting<T> {
  readonly result: Promise<T>;
  readonly #parts: ConnectingParts<T>;
  readonly #target: ConnectTarget;
  readonly #signal: AbortSignalLike | undefined;
  readonly #address: string;
  readonly #onAbort = (): void => this.#aborted();
  #settle: { readonly resolve: (made: T) => void; readonly reject: (error: unknown) => void } | undefined;
  /** The functions among the TLS options that have not returned yet. */
  readonly #pending = new Set<string>();
  #tls: TlsClient | undefined;
  #race: AddressRace<Socket> | undefined;
  #winner: Socket | undefined;

  constructor(parts: ConnectingParts<T>) {
    const { target, signal, lookup, time } = parts;
    this.#parts = parts;
    this.#target = target;
    this.#signal = signal;
    this.#address = `${target.host}:${target.port}`;
    this.result = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    if (signal?.aborted === true) {
      this.#aborted();
      return;
    }
    signal?.addEventListener("abort", this.#onAbort);
    const family = isIP(target.host);
    const literal = family === 4 || family === 6 ? [{ address: target.host, family } as const] : undefined;
    if (literal !== undefined && target.tls === undefined) this.#begin(literal, time);
    else
      Promise.all([literal ?? lookup(target.host), this.#prepareTls()]).then(
        ([addresses]) => this.#begin(addresses, time),
        (error: unknown) => this.#failed(error),
      );
  }

  async #prepareTls(): Promise<void> {
    const { tls } = this.#target;
    if (tls === undefined) return;
    this.#tls = new TlsClient(await readTls(tls, this.#target, this.#pending), this.#target, changesPerConnect(tls));
  }

  #begin(addresses: readonly ResolvedAddress[], time: RaceTime): void {
    if (this.#settle === undefined) return; // cancelled while the name was looked up, or a function was running
    if (addresses.length === 0) {
      this.#failed(Object.assign(new Error("the name has no address"), { code: "ENOTFOUND" }));
      return;
    }
    const begin: BeginAttempt<Socket> = (address, connected, failed) => this.#attempt(address, connected, failed);
    const ended = (end: RaceEnd<Socket>): void => {
      if ("winner" in end) this.#won(end.winner);
      else this.#failed(end.error);
    };
    this.#race = new AddressRace<Socket>(addresses, begin, ended, time);
    try {
      this.#race.advance();
    } catch (error) {
      this.#failed(error); // wrong tls options
    }
  }

  #attempt({ address }: ResolvedAddress, connected: () => void, failed: (error: unknown) => void): Attempt<Socket> {
    const socket = this.#socket(address);
    socket.once("connect", connected);
    socket.on("error", failed);
    return { made: socket, abandon: () => socket.destroy() };
  }

  #socket(address: string): Socket {
    const { port } = this.#target;
    if (this.#tls === undefined) return plainSocket(address, port, this.#parts.sink);
    const socket = this.#tls.open(address, this.#parts.sink);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return socket;
  }

  /** TCP is connected. The TLS handshake continues on this socket; the other sockets were closed before theirs. */
  #won(socket: Socket): void {
    this.#winner = socket;
    if (this.#tls === undefined) {
      this.#connected(socket);
      return;
    }
    socket.on("error", (error) => this.#failed(error));
    const hungUp = new Error("the other end closed the connection during the TLS handshake");
    socket.once("close", () => this.#failed(Object.assign(hungUp, { code: "ECONNRESET" })));
    socket.once("secureConnect", () => this.#connected(socket));
  }

  #connected(socket: Socket): void {
    const settle = this.#end();
    if (settle === undefined) socket.destroy();
    else settle.resolve(this.#parts.finish(socket, this.#tls));
  }

  #failed(error: unknown): void {
    const tried = this.#race?.tried ?? [];
    this.#end()?.reject(withTried(this.#explained(error), tried));
    this.#close();
  }

  #aborted(): void {
    const signal = this.#signal;
    if (signal === undefined) return;
    const { tried = [], lastError } = this.#race ?? {};
    const last = lastError === undefined ? undefined : this.#explained(lastError);
    const error = withPending(cancelledError(signal, `the attempt to connect to ${this.#address}`), this.#pending);
    this.#end()?.reject(withTried(error, tried, last));
    this.#close();
  }

  /** An error of an attempt. Before TCP is connected, none of them concerns TLS. */
  #explained(error: unknown): KafkaError {
    const tls = this.#winner === undefined ? undefined : this.#tls;
    const { peer } = this.#parts;
    const at = { what: "cannot connect to", address: this.#address, outcome: "notWritten", tls } as const;
    return connectionError(error, peer === undefined ? at : { ...at, peer });
  }

  /** Returns the functions that settle the result, once. The first caller settles it. */
  #end(): { readonly resolve: (made: T) => void; readonly reject: (error: unknown) => void } | undefined {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    return settle;
  }

  #close(): void {
    this.#race?.abandon();
    this.#winner?.destroy();
  }
}

function plainSocket(host: string, port: number, sink: ByteSink | undefined): Socket {
  return connectTcp({
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    ...(sink === undefined ? {} : { onread: onread(sink) }),
  });
}
