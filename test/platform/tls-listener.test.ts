// An embedded cluster with TLS on its ports: encrypted, and with the client's certificate as its principal.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect as connectPlain } from "node:net";
import { EmbeddedCluster, type EmbeddedClusterOptions } from "../../src/embedded/embedded-cluster.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka, type KafkaBaseOptions } from "../../src/kafka.ts";
import { nodeListener } from "../../src/platform/node/listener.ts";
import { nodePlatform } from "../../src/platform/node/platform.ts";
import { memoryStreams } from "../../src/runtime/memory-streams.ts";
import { authority, elsewhere, good, key } from "./certificates.ts";

const ignore = (): void => undefined;

async function withTls<T>(
  options: EmbeddedClusterOptions,
  body: (client: (options: KafkaBaseOptions) => Kafka, port: number) => Promise<T>,
): Promise<T> {
  const cluster = await EmbeddedCluster.start(
    { host: "127.0.0.1", ports: [0], topics: { t: 1, u: 1 }, tls: { cert: good, key }, ...options },
    { ...nodePlatform(), log: ignore, listener: nodeListener() },
  );
  const { bootstrapServers } = cluster;
  const clients: Kafka[] = [];
  try {
    return await body(
      (more) => {
        const kafka = new Kafka({ bootstrapServers, onLog: ignore, ...more }, nodePlatform());
        clients.push(kafka);
        return kafka;
      },
      Number(bootstrapServers.split(":")[1]),
    );
  } finally {
    for (const kafka of clients) await kafka.close();
    await cluster.close();
  }
}

test("a client reaches a cluster with TLS on its ports, and another client is refused", () =>
  withTls({}, async (client, port) => {
    const producer = client({ tls: { ca: authority } }).producer();
    assert.equal((await producer.send({ topic: "t", value: "v" })).offset, 0);
    await assert.rejects(client({ tls: {} }).producer().send({ topic: "t", value: "v" }), (error) => {
      assert.ok(error instanceof KafkaError);
      return error.kind === "authentication";
    });
    // The server answers plain text with a TLS alert, and closes.
    const received = await new Promise<Buffer>((resolve) => {
      const chunks: Buffer[] = [];
      const socket = connectPlain(port, "127.0.0.1", () => void socket.write("plain text, as long as a request is"));
      socket.on("data", (bytes) => chunks.push(bytes)).on("error", () => undefined);
      socket.once("close", () => resolve(Buffer.concat(chunks)));
    });
    assert.ok(received.length === 0 || received[0] === 0x15);
  }));

test("a client's certificate is its principal, and must be of the authority", () =>
  withTls(
    {
      tls: { cert: good, key, ca: authority, clientAuth: "required" },
      acls: [{ resourceType: "TOPIC", name: "t", principal: "User:CN=broker", operation: "READ" }],
    },
    async (client) => {
      const admin = client({ tls: { ca: authority, cert: good, key } }).admin();
      assert.deepEqual(await admin.listTopics(), ["t"]);
      const without = client({ tls: { ca: authority } }).admin();
      await assert.rejects(without.listTopics(), { kind: "authentication" });
    },
  ));

test("a cluster that closes also ends connections whose handshake is not over", () =>
  withTls({}, async (_client, port) => {
    const socket = connectPlain(port, "127.0.0.1");
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    socket.on("error", () => undefined);
  }));

test("TLS that a listener cannot do, and a certificate that is none, are refused before a broker starts", async () => {
  const platform = nodePlatform();
  const start = (options: EmbeddedClusterOptions, isMemory = false): Promise<unknown> =>
    EmbeddedCluster.start(options, {
      ...platform,
      listener: nodeListener(),
      ...(isMemory ? memoryStreams(platform.runtime) : {}),
    });
  await assert.rejects(start({ tls: { cert: good, key } }, true), {
    kind: "unsupported",
    message: /does not speak TLS/,
  });
  await assert.rejects(start({ tls: { cert: "x", key } }), { kind: "config", message: /is not accepted/ });
  await assert.rejects(start({ tls: { cert: elsewhere } as never }), { kind: "config", message: /tls needs key/ });
  await assert.rejects(start({ tls: { cert: good, key, clientAuth: "required" } }), { message: /tls\.ca/ });
  await assert.rejects(start({ tls: { cert: good, key, keys: [] } as never }), { message: /tls has no option "keys"/ });
});
