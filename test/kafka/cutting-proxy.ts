import { connect, createServer, type Server, type Socket } from "node:net";
import type { Connector } from "../../src/runtime/byte-stream.ts";

/** Produce, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, TxnOffsetCommit. */
const WRITES = [0, 24, 25, 26, 28];

/**
 * A TCP proxy in front of each broker. When it is switched on, it cuts the next connections on which a broker responds
 * to a request that writes: the broker has carried out the request, and the client gets no response.
 */
export class CuttingProxy {
  readonly #servers: Server[] = [];
  readonly #ports = new Map<number, number>();
  readonly #sockets = new Set<Socket>();
  #cutsDue = 0;
  /** How many answers were swallowed. */
  cuts = 0;

  static async start(brokerPorts: readonly number[]): Promise<CuttingProxy> {
    const proxy = new CuttingProxy();
    for (const port of brokerPorts) await proxy.#listen(port);
    return proxy;
  }

  /** Swallows the next answers and cuts their connections. */
  cutNext(answers: number): void {
    this.#cutsDue += answers;
  }

  /** The way to the brokers that goes through here. */
  through(connector: Connector): Connector {
    return {
      connect: (target, sink, options) =>
        connector.connect({ ...target, port: this.#ports.get(target.port) ?? target.port }, sink, options),
    };
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #listen(brokerPort: number): Promise<void> {
    const server = createServer((client) => this.#join(client, connect(brokerPort, "127.0.0.1")));
    this.#servers.push(server);
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        this.#ports.set(brokerPort, (server.address() as { port: number }).port);
        resolve();
      });
    });
  }

  #join(client: Socket, broker: Socket): void {
    const end = (): void => {
      client.destroy();
      broker.destroy();
      this.#sockets.delete(client);
      this.#sockets.delete(broker);
    };
    this.#sockets.add(client).add(broker);
    for (const socket of [client, broker]) socket.setNoDelay(true).once("error", end).once("close", end);
    let hasWritten = false;
    client.on("data", (bytes) => {
      // The client writes a request at a time: after the size comes the API's key.
      hasWritten ||= bytes.length > 6 && WRITES.includes(bytes.readInt16BE(4));
      if (!broker.write(bytes)) client.pause();
    });
    broker.on("drain", () => client.resume());
    broker.on("data", (bytes) => {
      if (hasWritten && this.#cutsDue > 0) {
        this.#cutsDue--;
        this.cuts++;
        end();
        return;
      }
      client.write(bytes);
    });
  }
}
