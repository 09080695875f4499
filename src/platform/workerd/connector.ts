import { KafkaError } from "../../errors/kafka-error.ts";
import { type AbortSignalLike, cancelledError } from "../../runtime/cancellation.ts";
import type { ByteSink, ByteStream, Connector, ConnectTarget, TlsOptions } from "../../runtime/byte-stream.ts";
import { connectionError } from "./error.ts";
import type { WorkerdSocket, WorkerdSockets } from "./host.ts";
import { WorkerdStream } from "./socket-stream.ts";

/** The options of TLS whose default, or one of whose values, is what the host does. */
const TLS_OPTIONS = ["servername", "rejectUnauthorized"] as const;

/**
 * Opens TCP and TLS connections with `cloudflare:sockets`. TLS trusts the roots that the host trusts, and verifies the
 * name of the broker's host. The host has no option for anything else, so all others are refused with kind
 * `unsupported`.
 */
export function workerdConnector(load: () => Promise<WorkerdSockets> = loadSockets): Connector {
  return {
    connect: (target, sink, { signal }) => connect(load, target, sink, signal),
    tlsOptions: TLS_OPTIONS,
    checkTls,
  };
}

/** It is imported when it is first needed, so that this package can be loaded by tools that do not know the module. */
async function loadSockets(): Promise<WorkerdSockets> {
  // @ts-expect-error: only workerd has this module, and its types declare far more than it.
  return (await import("cloudflare:sockets")) as WorkerdSockets;
}

async function connect(
  load: () => Promise<WorkerdSockets>,
  target: ConnectTarget,
  sink: ByteSink,
  signal: AbortSignalLike | undefined,
): Promise<ByteStream> {
  const { host, port, tls } = target;
  const address = `${host}:${port}`;
  if (signal?.aborted === true) throw cancelledError(signal);
  if (tls !== undefined) checkServername(tls, target);
  const what = `the attempt to connect to ${address}`;
  let socket: WorkerdSocket | undefined;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal === undefined ? new Error("aborted") : cancelledError(signal, what));
    signal?.addEventListener("abort", onAbort);
  });
  try {
    const sockets = await Promise.race([load(), aborted]);
    const secureTransport = tls === undefined ? "off" : "on";
    socket = sockets.connect({ hostname: host, port }, { secureTransport, allowHalfOpen: false });
    socket.closed.catch(() => undefined); // `opened` reports it
    await Promise.race([socket.opened, aborted]);
    return new WorkerdStream(socket, address, sink);
  } catch (error) {
    socket?.close().catch(() => undefined);
    throw connectionError(error, "cannot connect to", address, { outcome: "notWritten" });
  } finally {
    if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
    aborted.catch(() => undefined);
  }
}

function checkTls({ rejectUnauthorized }: TlsOptions): void {
  if (rejectUnauthorized === false)
    throw new KafkaError(
      "unsupported",
      "tls.rejectUnauthorized: workerd verifies every certificate, so false is not possible; for tests, add the " +
        "broker's authority to tlsOptions.trustedCertificates of workerd's own configuration",
    );
}

/** Another name than the broker's cannot be verified. Throws kind `unsupported`; nothing was sent. */
function checkServername({ servername }: TlsOptions, { host, port }: ConnectTarget): void {
  if (servername === undefined) return;
  const name: unknown = typeof servername === "function" ? servername(host, port) : servername;
  if (name === host) return;
  throw new KafkaError(
    "unsupported",
    `cannot connect to ${host}:${port}: tls.servername differs from the host, and workerd verifies only the host's ` +
      "own name; leave it out, or let the brokers advertise the names of their certificates",
    { address: `${host}:${port}`, outcome: "notWritten" },
  );
}
