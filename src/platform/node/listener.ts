import { type AddressInfo, type Socket, createServer } from "node:net";
import type { ByteSink, ByteStream, ListenAddress, Listener, ListeningSocket } from "../../runtime/byte-stream.ts";
import { connectionError } from "./error.ts";
import { SocketStream } from "./socket-stream.ts";

/** Accepts TCP connections with `node:net`. */
export function nodeListener(): Listener {
  return { listen };
}

function listen(address: ListenAddress, accept: (stream: ByteStream) => ByteSink): Promise<ListeningSocket> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true }, (socket) => take(socket, accept));
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
            server.unref();
          }),
      });
    });
  });
}

/** Accepts a socket. It cannot be given `onread`, so Node allocates its chunks and the sink copies them. */
function take(socket: Socket, accept: (stream: ByteStream) => ByteSink): void {
  const remote = `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`;
  const late: { sink?: ByteSink } = {};
  const stream = new SocketStream(socket, remote, {
    buffer: () => late.sink?.buffer() ?? new Uint8Array(1),
    filled: (view) => late.sink?.filled(view) ?? false,
    closed: (error) => late.sink?.closed(error),
  });
  const sink = accept(stream);
  late.sink = sink;
  socket.on("data", (chunk: Uint8Array) => {
    if (!sink.filled(chunk)) socket.pause();
  });
}
