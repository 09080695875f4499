import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import type { ByteSink, ByteStream, ListenAddress, Listener, ListeningSocket } from "../../runtime/byte-stream.ts";
import { connectionError } from "./error.ts";
import { SocketStream } from "./socket-stream.ts";
import { tlsServer } from "./tls-server.ts";

/** Accepts TCP connections with `node:net`, and encrypted ones with `node:tls`. */
export function nodeListener(): Listener {
  return { listen, hasTls: true };
}

function listen(address: ListenAddress, accept: (stream: ByteStream) => ByteSink): Promise<ListeningSocket> {
  return new Promise((resolve, reject) => {
    const server = serverOf(address, accept);
    server.once("error", (error) =>
      reject(connectionError(error, { what: "cannot listen on", address: `${address.host}:${address.port}` })),
    );
    server.listen(address.port, address.host, () => {
      const { port } = server.address() as AddressInfo;
      resolve({
        host: address.host,
        port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.emit("stopped");
            server.unref();
          }),
      });
    });
  });
}

function serverOf({ tls }: ListenAddress, accept: (stream: ByteStream) => ByteSink): Server {
  return tls === undefined
    ? createServer({ noDelay: true }, (socket) => take(socket, accept))
    : tlsServer(tls, (socket, peerName) => take(socket, accept, peerName));
}

/** Accepts a socket. It cannot be given `onread`, so Node allocates its chunks and the sink copies them. */
function take(socket: Socket, accept: (stream: ByteStream) => ByteSink, peerName?: string): void {
  const remote = `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`;
  const late: { sink?: ByteSink } = {};
  const stream = new SocketStream(
    socket,
    remote,
    {
      buffer: () => late.sink?.buffer() ?? new Uint8Array(1),
      filled: (view) => late.sink?.filled(view) ?? false,
      closed: (error) => late.sink?.closed(error),
    },
    undefined,
    peerName,
  );
  const sink = accept(stream);
  late.sink = sink;
  socket.on("data", (chunk: Uint8Array) => {
    if (!sink.filled(chunk)) socket.pause();
  });
}
