// The address that brokers tell clients, on real ports.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EmbeddedCluster, type EmbeddedClusterOptions } from "../../src/embedded.ts";
import { Kafka } from "../../src/node.ts";
import { nodeConnector } from "../../src/platform/node/connector.ts";
import { metadataApi } from "../../src/protocol/messages/metadata.ts";
import { RawClient } from "./raw-client.ts";

test("brokers advertise the option's address, and never one that stands for all interfaces", async () => {
  for (const [options, expected] of [
    [{ host: "0.0.0.0", ports: [0] }, /^127\.0\.0\.1:\d+$/],
    [
      { ports: [0, 0], brokers: 2, advertise: { host: "kafka.test", port: 29_092 } },
      /^kafka\.test:29092,kafka\.test:29093$/,
    ],
    [{ ports: [0], advertise: { host: "fd00::1", port: 1 } }, /^\[fd00::1\]:1$/],
  ] as const) {
    const cluster = await EmbeddedCluster.start(options);
    assert.match(cluster.bootstrapServers, expected);
    await cluster.stopBroker(0);
    await cluster.startBroker(0);
    assert.match(cluster.bootstrapServers, expected, "after a restart");
    await cluster.close();
  }
});

test("clients get the advertised address from Metadata, whatever address they asked", async () => {
  const cluster = await EmbeddedCluster.start({ ports: [0], advertise: { host: "localhost" } });
  const [, port = ""] = cluster.bootstrapServers.split(":");
  const client = await RawClient.connect(nodeConnector(), `127.0.0.1:${port}`);
  const { brokers } = await client.request(metadataApi, { topics: [] }, 12);
  assert.deepEqual(
    brokers.map((broker) => [broker.host, broker.port]),
    [["localhost", Number(port)]],
  );
  client.close();
  await cluster.close();
});

test("a cluster in memory had the address of a Kafka on this machine; now a client that is given it fails at once", async () => {
  const cluster = await EmbeddedCluster.start({ brokers: 2 });
  const { bootstrapServers } = cluster;
  assert.equal(bootstrapServers, "memory.invalid:9092,memory.invalid:9093");
  const outside = new Kafka({ bootstrapServers });
  await assert.rejects(outside.admin().listTopics(), {
    kind: "config",
    message: /memory\.invalid:909.*an embedded cluster in memory.*new Kafka\(\{ cluster \}\)/,
  });
  const inside = new Kafka({ cluster });
  assert.deepEqual(await inside.admin().listTopics(), []);
  await Promise.all([outside.close(), inside.close()]);
  await cluster.close();
});

test("a wrong address or replication factor is refused before anything starts", async () => {
  for (const [options, message] of [
    [{ advertise: "kafka" }, /advertise takes an object|advertise takes/],
    [{ advertise: {} }, /advertise needs host/],
    [{ advertise: { host: "0.0.0.0" } }, /advertise\.host: clients cannot connect to 0\.0\.0\.0/],
    [{ advertise: { host: "::" } }, /clients cannot connect to ::/],
    [{ advertise: { host: "kafka", port: 0 } }, /advertise\.port takes a whole number from 1/],
    [{ advertise: { host: "kafka", ports: 1 } }, /advertise has no field "ports"/],
    [{ defaultReplicationFactor: 2 }, /defaultReplicationFactor takes at most 1, the number of brokers, not 2/],
    [{ defaultReplicationFactor: 0 }, /defaultReplicationFactor takes a whole number from 1/],
  ] as const)
    await assert.rejects(EmbeddedCluster.start(options as unknown as EmbeddedClusterOptions), {
      kind: "config",
      message,
    });
});
