import type { Socket } from "node:net";
import { KafkaError } from "../../errors/kafka-error.ts";
import { callback } from "../../errors/shape.ts";
import { inWords } from "../../errors/words.ts";
import type { ByteSink, ByteStream, Connector, ConnectTarget } from "../../runtime/byte-stream.ts";
import { type AbortSignalLike, cancelledError } from "../../runtime/cancellation.ts";
import { connectionError } from "./error.ts";
import { SocketStream } from "./socket-stream.ts";

/** A connected socket of `node:net` or `node:tls`, or any duplex stream with the same methods. */
export interface NodeSocket {
  /** Adds a listener; `data`, `error`, `close` and `end` are used. */
  on(event: string, listener: (...args: never[]) => void): unknown;
  /** Writes a chunk, and calls back when it was accepted. */
  write(chunk: Uint8Array, done?: (error?: Error | null) => void): boolean;
  /** Stops reading. */
  pause(): unknown;
  /** Continues reading. */
  resume(): unknown;
  /** Closes it at once. */
  destroy(): unknown;
}

/**
 * Opens a socket to the target, and resolves when it is connected; with `target.tls`, when TLS is done. The signal
 * fires when the connection is not needed any more.
 */
export type OpenSocket = (target: ConnectTarget, signal: AbortSignalLike | undefined) => PromiseLike<NodeSocket>;

/**
 * A connector whose sockets your own function opens: through a proxy or a tunnel, or with settings of the socket. Pass
 * it as `connector` to `new Kafka()`. The function must encrypt the connection itself if `target.tls` is set. If it
 * fails, the connection is retried as any other. It reads some percent slower than {@link nodeConnector}, which reads
 * into buffers of the client. kafkajs: `socketFactory`.
 */
export function socketConnector(open: OpenSocket): Connector {
  callback(open, "socketConnector: the function that opens sockets");
  return { connect: (target, sink, { signal }) => connect(open, target, sink, signal) };
}

async function connect(
  open: OpenSocket,
  target: ConnectTarget,
  sink: ByteSink,
  signal: AbortSignalLike | undefined,
): Promise<ByteStream> {
  if (signal?.aborted === true) throw cancelledError(signal);
  const remote = `${target.host}:${target.port}`;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal === undefined ? new Error("aborted") : cancelledError(signal));
    signal?.addEventListener("abort", onAbort);
  });
  const opening = opened(open, target, signal, remote);
  try {
    const socket = await Promise.race([opening, aborted]);
    const stream = new SocketStream(withDefaults(socket), remote, sink);
    socket.on("data", (chunk: Uint8Array) => {
      if (!sink.filled(chunk)) socket.pause();
    });
    return stream;
  } catch (error) {
    // A socket that comes later is of no use to anybody.
    opening.then(
      (socket) => socket.destroy(),
      () => undefined,
    );
    throw error;
  } finally {
    if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
  }
}

async function opened(
  open: OpenSocket,
  target: ConnectTarget,
  signal: AbortSignalLike | undefined,
  address: string,
): Promise<NodeSocket> {
  let socket: unknown;
  try {
    socket = await open(target, signal);
  } catch (error) {
    throw connectionError(error ?? new Error("it threw nothing"), { what: "cannot connect to", address });
  }
  const given = (socket ?? {}) as { readonly [F in keyof NodeSocket]?: unknown };
  if ([given.on, given.write, given.pause, given.resume, given.destroy].every((method) => typeof method === "function"))
    return socket as NodeSocket;
  throw new KafkaError(
    "config",
    `the function of socketConnector returned ${inWords(socket)} for ${address}; it returns a promise of a connected ` +
      "socket",
    { outcome: "notWritten", address },
  );
}

/** A duplex stream may lack methods that only save work. */
function withDefaults(socket: NodeSocket): Socket {
  const nothing = (): void => undefined;
  const full = socket as unknown as Record<string, unknown>;
  for (const method of ["cork", "uncork", "ref", "unref"])
    if (typeof full[method] !== "function") full[method] = nothing;
  return socket as unknown as Socket;
}
