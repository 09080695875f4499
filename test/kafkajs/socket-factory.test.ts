// kafkajs's way to brokers behind a proxy or a port-forward is `socketFactory`: the same function works with kafkajs
// and with the drop-in.
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { after, before, test } from "node:test";
import type { ISocketFactory } from "kafkajs";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { CountingProxy } from "../platform/counting-proxy.ts";
import { type Module, MODULES, until } from "./tcp-cluster.ts";

const NAME = "kafka.inside";
let cluster: EmbeddedCluster;
let proxy: CountingProxy;

before(async () => {
  const groups = { initialRebalanceDelayMs: 0 };
  cluster = await EmbeddedCluster.start({
    ...{ brokers: 3, host: "127.0.0.1", advertise: { host: NAME } },
    ...{ topics: { orders: 3 }, groups },
  });
  proxy = await CountingProxy.start({ names: { [NAME]: "127.0.0.1" } });
});
after(async () => {
  await proxy.stop();
  await cluster.close();
});

/** A socket behind an HTTP proxy, as a user of kafkajs writes it. */
class Tunnel extends Duplex {
  readonly #socket: Socket;

  constructor(target: string, onConnect: () => void) {
    super();
    const socket = connect({ host: "127.0.0.1", port: proxy.port });
    this.#socket = socket;
    socket.write(`CONNECT ${target} HTTP/1.1\r\n\r\n`);
    let head = "";
    const onHead = (bytes: Buffer): void => {
      head += bytes.toString("latin1");
      if (!head.endsWith("\r\n\r\n")) return;
      socket.off("data", onHead);
      if (!head.startsWith("HTTP/1.1 200 ")) return void this.destroy(new Error(head.trim()));
      socket.on("data", (chunk: Buffer) => {
        if (!this.push(chunk)) socket.pause();
      });
      onConnect();
    };
    socket.on("data", onHead);
    socket.on("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  /** kafkajs ends a socket when it disconnects. */
  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  /** And lets the process end without it. */
  unref(): this {
    this.#socket.unref();
    return this;
  }
}

/** kafkajs's types ask for a socket, and it uses no more than a stream has. */
const asSocket = (stream: unknown): Socket => stream as Socket;
const throughProxy: ISocketFactory = ({ host, port, onConnect }) => asSocket(new Tunnel(`${host}:${port}`, onConnect));

const mapped: ISocketFactory = ({ host, port, onConnect }) =>
  connect({ host: host === NAME ? "127.0.0.1" : host, port }, onConnect);

/** Produces, consumes in a group, and asks as an admin. Returns the values that were read. */
async function work({ Kafka }: Module, socketFactory: ISocketFactory, groupId: string): Promise<readonly string[]> {
  process.env["KAFKAJS_NO_PARTITIONER_WARNING"] = "1";
  const kafka = new Kafka({
    ...{ brokers: cluster.bootstrapServers.split(","), socketFactory },
    logCreator: () => () => undefined,
  });
  const admin = kafka.admin();
  await admin.connect();
  assert.deepEqual((await admin.listTopics()).includes("orders"), true);
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  const large = "x".repeat(300_000);
  for (let partition = 0; partition < 3; partition++)
    await producer.send({ topic: "orders", messages: [{ partition, value: `${groupId}-${partition}-${large}` }] });
  await producer.disconnect();
  const consumer = kafka.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topic: "orders", fromBeginning: true });
  const seen: string[] = [];
  await consumer.run({
    eachMessage: async ({ message }) => {
      const value = message.value?.toString() ?? "";
      if (value.startsWith(groupId) && value.endsWith(large)) seen.push(value.slice(0, groupId.length + 2));
    },
  });
  await until(() => seen.length === 3);
  await consumer.disconnect();
  return seen.sort();
}

for (const [name, module] of MODULES) {
  test(`${name}: a socketFactory that opens tunnels through a proxy: no connection goes around it, and all are closed`, async () => {
    const from = proxy.targets.length;
    const group = `proxied by ${name}`;
    assert.deepEqual(
      await work(module, throughProxy, group),
      [0, 1, 2].map((partition) => `${group}-${partition}`),
    );
    const targets = new Set(proxy.targets.slice(from));
    assert.deepEqual([...targets].sort(), cluster.bootstrapServers.split(",").sort());
    await until(() => proxy.open === 0);
  });

  test(`${name}: a socketFactory that connects to other addresses than the announced ones`, async () => {
    const group = `mapped by ${name}`;
    assert.deepEqual(
      await work(module, mapped, group),
      [0, 1, 2].map((partition) => `${group}-${partition}`),
    );
  });

  test(`${name}: a socketFactory whose proxy refuses fails connect with its text`, async () => {
    proxy.behaviour.refuse = { reply: 2, status: "403 Not on my watch" };
    try {
      const { Kafka } = module;
      const kafka = new Kafka({
        ...{ brokers: [`${NAME}:1`], socketFactory: throughProxy, retry: { retries: 0 } },
        logCreator: () => () => undefined,
      });
      await assert.rejects(kafka.admin().connect(), /403 Not on my watch/);
    } finally {
      proxy.behaviour.refuse = undefined;
    }
  });
}
