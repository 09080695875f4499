import type { Server, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { ListenTls } from "../../runtime/byte-stream.ts";
import { nodeTls } from "./builtin.ts";

type Pem = string | Uint8Array;

/**
 * A server whose connections are encrypted. `accept` gets each connection when the handshake is over, and the name in
 * the client's certificate. Throws kind `config` for a certificate or key that Node does not accept.
 */
export function tlsServer(tls: ListenTls, accept: (socket: Socket, peerName: string | undefined) => void): Server {
  const { cert, key, ca, passphrase, clientAuth = "none" } = tls;
  /** The connections whose handshake is not over. Those that are open must survive the end of the server. */
  const opening = new Map<string, Socket>();
  const server = created(() =>
    nodeTls().createServer({
      noDelay: true,
      cert: nodePem(cert),
      key: nodePem(key),
      ...(ca === undefined ? {} : { ca: isList(ca) ? ca.map(nodePem) : nodePem(ca) }),
      ...(passphrase === undefined ? {} : { passphrase }),
      requestCert: clientAuth !== "none",
      rejectUnauthorized: clientAuth === "required",
    }),
  );
  server.on("connection", (socket: Socket) => {
    const id = idOf(socket);
    opening.set(id, socket);
    socket.once("close", () => {
      if (opening.get(id) === socket) opening.delete(id);
    });
  });
  server.on("stopped", () => {
    for (const socket of opening.values()) socket.destroy();
  });
  server.on("secureConnection", (socket) => {
    opening.delete(idOf(socket));
    const peerName = clientAuth === "none" ? undefined : nameOf(socket);
    // A client need not show a certificate that is only requested, but a wrong one is refused.
    if (peerName !== undefined && !socket.authorized) socket.destroy();
    else accept(socket, peerName);
  });
  return server;
}

function created<T>(create: () => T): T {
  try {
    return create();
  } catch (error) {
    const { message } = KafkaError.from(error);
    throw new KafkaError("config", `the certificate or the key of a listener is not accepted: ${message}`, {
      cause: error,
    });
  }
}

/** Node's types accept only its own buffers. */
function nodePem(pem: Pem): string | Buffer {
  return typeof pem === "string" ? pem : Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength);
}

function isList(ca: Pem | readonly Pem[]): ca is readonly Pem[] {
  return Array.isArray(ca);
}

function idOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? "?"}:${remotePort ?? 0}`;
}

/** The name in the client's certificate. The last part of the certificate is the most specific, and comes first. */
function nameOf(socket: TLSSocket): string | undefined {
  const { subject } = socket.getPeerCertificate() as unknown as {
    readonly subject?: Readonly<Record<string, string | readonly string[]>>;
  };
  const parts = Object.entries(subject ?? {}).flatMap(([name, values]) =>
    (typeof values === "string" ? [values] : values).map((value) => `${name}=${escaped(value)}`),
  );
  return parts.length === 0 ? undefined : parts.reverse().join(",");
}

/** A value as RFC 2253 writes it. */
function escaped(value: string): string {
  return value.replace(/[,+"\\<>;]|^[# ]| $/g, "\\$&");
}
