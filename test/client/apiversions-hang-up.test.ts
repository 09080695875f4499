// Brokers that close the connection on a version of ApiVersions that they do not know, as Azure Event Hubs does, in
// virtual time and over TCP.
import { test } from "node:test";
import assert from "node:assert/strict";
import { type Socket, connect, createServer } from "node:net";
import { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import { Kafka } from "../../src/kafka.ts";
import { nodeListener } from "../../src/platform/node/listener.ts";
import { nodePlatform } from "../../src/platform/node/platform.ts";
import { inWorld, take, text } from "./world.ts";

for (const worked of [3, 0]) {
  test(
    `a cluster that hangs up on ApiVersions above ${worked} is written to and read at once, and no client asks in ` +
      "vain again",
    () =>
      inWorld({ topics: { t: 1 } }, async ({ cluster, kafka, platform }) => {
        const asked: number[] = [];
        cluster.intercept("ApiVersions", ({ apiVersion }) => {
          asked.push(apiVersion);
          return apiVersion > worked ? "disconnect" : undefined;
        });
        await kafka.producer().send({ topic: "t", value: "x" });
        assert.ok(platform.clock.monotonic() < 200, `${platform.clock.monotonic()} ms`);
        const [record] = await take(kafka.consumer({ topics: ["t"] }), 1);
        assert.equal(text(record?.value ?? null), "x");
        assert.deepEqual(
          asked.filter((version) => version > worked),
          worked === 3 ? [5] : [5, 3],
        );
        assert.ok(asked.filter((version) => version === worked).length >= 3);
      }),
  );
}

/** Resets each connection on which ApiVersions comes in a version above `above`; passes the rest on. */
async function resettingProxy(
  target: number,
  above: number,
): Promise<{ readonly port: number; readonly resets: number[]; stop(): void }> {
  const resets: number[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const broker = connect(target, "127.0.0.1");
    for (const socket of [client, broker]) sockets.add(socket.on("error", () => undefined));
    client.once("data", (bytes) => {
      const version = bytes.readInt16BE(6);
      if (bytes.readInt16BE(4) === 18 && version > above) {
        resets.push(version);
        client.resetAndDestroy();
        broker.destroy();
        return;
      }
      broker.write(bytes);
      client.pipe(broker).pipe(client);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port, resets, stop };
}

test("a broker behind TCP that resets connections on ApiVersions above 0 is reached", async () => {
  const cluster = await EmbeddedCluster.start(
    { host: "127.0.0.1", ports: [0], topics: { t: 1 } },
    { ...nodePlatform(), listener: nodeListener() },
  );
  const proxy = await resettingProxy(Number(cluster.bootstrapServers.split(":")[1]), 0);
  cluster.intercept("Metadata", {
    respond: (response) => ({
      ...response,
      brokers: response.brokers.map((broker) => ({ ...broker, port: proxy.port })),
    }),
  });
  const kafka = new Kafka({ bootstrapServers: `127.0.0.1:${proxy.port}`, onLog: () => undefined }, nodePlatform());
  await kafka.producer().send({ topic: "t", value: "x" });
  assert.deepEqual(proxy.resets, [5, 3]);
  await kafka.close();
  await cluster.close();
  proxy.stop();
});
