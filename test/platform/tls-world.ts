// A TLS server of Node, and one connection to it through Node's connector.
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer, type TlsOptions as ServerOptions } from "node:tls";
import type { TestContext } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { nodeConnector } from "../../src/platform/node/connector.ts";
import type { ByteSink, Connector, TlsOptions } from "../../src/runtime/byte-stream.ts";

/** A server that echoes what it gets; `sockets` are its TLS connections. */
export async function tlsServer(
  t: TestContext,
  options: ServerOptions,
): Promise<{
  readonly port: number;
  readonly names: unknown[];
  readonly versions: unknown[];
  readonly alpn: unknown[];
}> {
  const sockets = new Set<Socket>();
  const [names, versions, alpn]: unknown[][] = [[], [], []];
  const server = createServer(options, (socket) => {
    names?.push(socket.servername);
    versions?.push(socket.getProtocol());
    alpn?.push(socket.alpnProtocol);
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => socket.write(bytes));
  });
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => undefined)));
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    names: names ?? [],
    versions: versions ?? [],
    alpn: alpn ?? [],
  };
}

/** How a connection went: the echo of what was written, or the error. */
export type Ended = { readonly echo: string } | { readonly error: KafkaError };

/** Connects, writes a text and reads it back. */
export async function exchange(
  port: number,
  tls: TlsOptions,
  host = "127.0.0.1",
  connector: Connector = nodeConnector(),
): Promise<Ended> {
  return await new Promise((resolve) => {
    const fail = (error: unknown): void => resolve({ error: KafkaError.from(error) });
    let text = "";
    const room = new Uint8Array(64);
    let close: () => void = () => undefined;
    const sink: ByteSink = {
      buffer: () => room,
      filled: (view) => {
        text += Buffer.from(view).toString();
        if (text === "hello") {
          close();
          resolve({ echo: text });
        }
        return true;
      },
      closed: (error) => fail(error ?? new KafkaError("connection", "ended without an error")),
    };
    connector.connect({ host, port, tls }, sink, {}).then((stream) => {
      close = () => stream.close();
      // A refusal after the handshake also fails the write. The error of the read says why.
      stream.write([Buffer.from("hello")]).catch(() => undefined);
    }, fail);
  });
}
