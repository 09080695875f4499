import { type Socket, connect as connectTcp, isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { type AbortSignalLike, cancelledError } from "../../runtime/cancellation.ts";
import type { ByteSink, ByteStream, Connector, ConnectTarget } from "../../runtime/byte-stream.ts";
import { nodeTls } from "./builtin.ts";
import { connectionError, tlsOptionsError } from "./error.ts";
import { SocketStream } from "./socket-stream.ts";

/** Opens TCP and TLS connections with `node:net`. Happy eyeballs is Node's own; all addresses of a name are tried. */
export function nodeConnector(): Connector {
  return { connect: openSocket };
}

/** After so much silence the host asks whether the other end is there: balancers on the way see traffic, and a peer that is gone is noticed. */
const KEEP_ALIVE_MS = 60_000;

function openSocket(target: ConnectTarget, sink: ByteSink, options: { readonly signal?: AbortSignalLike }): Promise<ByteStream> {
  const { signal } = options;
  const address = `${target.host}:${target.port}`;
  if (signal?.aborted === true) return Promise.reject(cancelledError(signal, `connecting to ${address}`));
  return new Promise((resolve, reject) => {
    const socket = makeSocket(target, sink);
    const settle = (finish: () => void): void => {
      signal?.removeEventListener("abort", onAbort);
      socket.off("error", onError);
      finish();
    };
    const onError = (error: Error): void => settle(() => reject(connectionError(error, "cannot connect to", address, "notWritten")));
    const onAbort = (): void =>
      settle(() => {
        socket.on("error", () => undefined);
        socket.destroy();
        if (signal !== undefined) reject(cancelledError(signal, `connecting to ${address}`));
      });
    socket.on("error", onError);
    socket.once(target.tls === undefined ? "connect" : "secureConnect", () => settle(() => resolve(new SocketStream(socket, address, sink))));
    signal?.addEventListener("abort", onAbort);
  });
}

function makeSocket(target: ConnectTarget, sink: ByteSink): Socket {
  // Node asks for the next buffer right after each callback: the sink must know by then where more may go.
  const onread = {
    buffer: () => sink.buffer() as Buffer,
    callback: (size: number, view: Uint8Array) => sink.filled(view.subarray(0, size)),
  };
  const { host, port, tls } = target;
  if (tls === undefined) return connectTcp({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS, onread });
  const { ca, ...rest } = tls;
  const named = isIP(host) === 0 ? { servername: host } : {};
  const options = { host, port, ...named, ...rest, ...(ca === undefined ? {} : { ca: typeof ca === "string" || ArrayBuffer.isView(ca) ? ca : [...ca] }), onread };
  try {
    // `onread` works for TLS sockets too; its types do not say so.
    const socket = nodeTls().connect(options as ConnectionOptions);
    socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return socket;
  } catch (error) {
    throw tlsOptionsError(error, `${host}:${port}`);
  }
}
