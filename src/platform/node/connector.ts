import { type Socket, connect as connectTcp, isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { ResolvedAddress } from "../../runtime/address-plan.ts";
import { type AbortSignalLike, cancelledError } from "../../runtime/cancellation.ts";
import type { ByteSink, ByteStream, Connector, ConnectTarget } from "../../runtime/byte-stream.ts";
import { AddressRace, type Attempt, type BeginAttempt, hostTime, type RaceEnd, type RaceTime } from "./address-race.ts";
import { nodeDns, nodeTls } from "./builtin.ts";
import { connectionError, tlsOptionsError, withTried } from "./error.ts";
import { SocketStream } from "./socket-stream.ts";

/** Resolves a name to all its addresses, in the order of the host's resolver. Tests pass their own. */
export type Lookup = (host: string) => Promise<readonly ResolvedAddress[]>;

/**
 * Opens TCP and TLS connections with `node:net`. The addresses of a name are tried 250 ms apart (RFC 8305). Node's own
 * `autoSelectFamily` is not used: it abandons each address but the last after a fixed time, even one that would have
 * answered later.
 */
export function nodeConnector(): Connector {
  return connectorBy(lookUp);
}

/** A connector with its own resolver and clock, for tests. */
export function connectorBy(lookup: Lookup, time: RaceTime = hostTime): Connector {
  return { connect: (target, sink, { signal }) => new Connecting(target, sink, signal, lookup, time).result };
}

/**
 * After this much silence the host sends a TCP keep-alive probe. It keeps load balancers from closing the connection,
 * and detects a peer that is gone.
 */
const KEEP_ALIVE_MS = 60_000;

/** One call of `connect`: the lookup, the attempts, and the TLS handshake of the winner. */
class Connecting {
  readonly result: Promise<ByteStream>;
  readonly #target: ConnectTarget;
  readonly #sink: ByteSink;
  readonly #signal: AbortSignalLike | undefined;
  readonly #address: string;
  readonly #onAbort = (): void => this.#aborted();
  #settle: { readonly resolve: (stream: ByteStream) => void; readonly reject: (error: unknown) => void } | undefined;
  #race: AddressRace<Socket> | undefined;
  #winner: Socket | undefined;

  constructor(
    target: ConnectTarget,
    sink: ByteSink,
    signal: AbortSignalLike | undefined,
    lookup: Lookup,
    time: RaceTime,
  ) {
    this.#target = target;
    this.#sink = sink;
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
    if (family === 4 || family === 6) this.#begin([{ address: target.host, family }], time);
    else
      lookup(target.host).then(
        (addresses) => this.#begin(addresses, time),
        (error: unknown) => this.#failed(error),
      );
  }

  #begin(addresses: readonly ResolvedAddress[], time: RaceTime): void {
    if (this.#settle === undefined) return; // cancelled while the name was looked up
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
    const socket = makeSocket(this.#target, address, this.#sink);
    socket.once("connect", connected);
    socket.on("error", failed);
    return { made: socket, abandon: () => socket.destroy() };
  }

  /** TCP is connected. The TLS handshake continues on this socket; the other sockets were closed before theirs. */
  #won(socket: Socket): void {
    this.#winner = socket;
    if (this.#target.tls === undefined) {
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
    else settle.resolve(new SocketStream(socket, this.#address, this.#sink));
  }

  #failed(error: unknown): void {
    const tried = this.#race?.tried ?? [];
    this.#end()?.reject(withTried(connectionError(error, "cannot connect to", this.#address, "notWritten"), tried));
    this.#close();
  }

  #aborted(): void {
    const signal = this.#signal;
    if (signal === undefined) return;
    const { tried = [], lastError } = this.#race ?? {};
    const what = "cannot connect to";
    const last = lastError === undefined ? undefined : connectionError(lastError, what, this.#address, "notWritten");
    this.#end()?.reject(withTried(cancelledError(signal, `the attempt to connect to ${this.#address}`), tried, last));
    this.#close();
  }

  /** Returns the functions that settle the result, once. The first caller settles it. */
  #end(): { readonly resolve: (stream: ByteStream) => void; readonly reject: (error: unknown) => void } | undefined {
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

function makeSocket(target: ConnectTarget, address: string, sink: ByteSink): Socket {
  // Node asks for the next buffer right after each callback, so the sink must already know where the next bytes go.
  const onread = {
    buffer: () => sink.buffer() as Buffer,
    callback: (size: number, view: Uint8Array) => sink.filled(view.subarray(0, size)),
  };
  const { host, port, tls } = target;
  if (tls === undefined)
    return connectTcp({
      host: address,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      onread,
    });
  const { ca, ...rest } = tls;
  const named = isIP(host) === 0 ? { servername: host } : {};
  const options = {
    host: address,
    port,
    ...named,
    ...rest,
    ...(ca === undefined ? {} : { ca: typeof ca === "string" || ArrayBuffer.isView(ca) ? ca : [...ca] }),
    onread,
  };
  try {
    // `onread` also works for TLS sockets, unless they are created over another socket; the types do not say so.
    const socket = nodeTls().connect(options as ConnectionOptions);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return socket;
  } catch (error) {
    throw tlsOptionsError(error, `${host}:${port}`);
  }
}

/** Like the lookup of Node's own `connect`: leaves out families for which this machine has no address. */
function lookUp(host: string): Promise<readonly ResolvedAddress[]> {
  const dns = nodeDns();
  const hints = process.platform === "win32" ? 0 : dns.ADDRCONFIG;
  return new Promise((resolve, reject) => {
    dns.lookup(host, { all: true, hints }, (error, addresses) => {
      if (error !== null) reject(error);
      else resolve(addresses.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 })));
    });
  });
}
