// Kafka.fromProperties: from the text of a file to a client that works.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Kafka } from "../../src/kafka.ts";
import { Kafka as NodeKafka } from "../../src/node.ts";
import { errorOf } from "./error-of.ts";
import { inWorld, take, text } from "./world.ts";

const wrong = (value: unknown): never => value as never;

const FILE = `# A file of Java's clients.
! another comment
bootstrap.servers = kafka-1:9092,\\
    kafka-2:9092
client.id: billing\\u0020service
acks=all
linger.ms 0
group.id=billing
auto.offset.reset=earliest
`;

test("a client of a properties file sends and reads; the addresses are those of the cluster that is given", () =>
  inWorld({ brokers: 1, topics: { orders: 1 } }, async ({ cluster, platform }) => {
    const clientIds = new Set<string | null>();
    cluster.intercept("Produce", ({ clientId }) => {
      clientIds.add(clientId);
    });
    const { kafka, producer, consumer, unknown } = await Kafka.fromProperties(FILE, {
      kafka: {
        cluster: { bootstrapServers: cluster.bootstrapServers, connector: platform.connector },
        platform,
      },
    });
    assert.deepEqual(producer, { acks: "all", lingerMs: 0 });
    assert.deepEqual(consumer, { groupId: "billing", autoOffsetReset: "earliest" });
    assert.deepEqual(unknown, []);
    await kafka.producer(producer).send({ topic: "orders", value: "one" });
    const [record] = await take(kafka.consumer({ ...consumer, topics: ["orders"] }), 1);
    assert.equal(text(record?.value ?? null), "one");
    assert.deepEqual([...clientIds], ["billing service"]);
    await kafka.close();
  }));

test("files that the entries name are read by readFile, or by the platform", async () => {
  const ca = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
  const folder = mkdtempSync(join(tmpdir(), "odradek-properties-"));
  try {
    const path = join(folder, "ca.pem");
    writeFileSync(path, ca);
    const properties = (file: string): string =>
      `bootstrap.servers=localhost:9\nsecurity.protocol=SSL\nssl.ca.location=${file}`;
    const { kafka } = await NodeKafka.fromProperties(properties(path));
    assert.ok(kafka instanceof NodeKafka);
    await kafka.close();
    const paths: string[] = [];
    const given = await NodeKafka.fromProperties(properties("x:/ca.pem"), {
      readFile: (file) => {
        paths.push(file);
        return new TextEncoder().encode(ca);
      },
    });
    assert.deepEqual(paths, ["x:/ca.pem"]);
    await given.kafka.close();
    for (const [options, message] of [
      [{}, /^fromProperties: ssl\.ca\.location cannot be read: .*gone\.pem/],
      [{ readFile: () => wrong("text") }, /ssl\.ca\.location cannot be read: readFile returned "text" for it/],
      [{ readFile: () => Promise.reject(new Error("no")) }, /ssl\.ca\.location cannot be read: no/],
    ] as const) {
      const error = await errorOf(NodeKafka.fromProperties(properties(join(folder, "gone.pem")), options));
      assert.deepEqual([error.kind, message.test(error.message)], ["config", true], error.message);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("wrong arguments, entries that cannot be used, and options that a Kafka refuses reject with kind config", async () => {
  const { fromProperties } = NodeKafka as unknown as { fromProperties: (text: string) => Promise<unknown> };
  const cases: readonly (readonly [call: Promise<unknown>, message: RegExp])[] = [
    [NodeKafka.fromProperties(wrong(null)), /^fromProperties takes the text of a properties file, not null/],
    [NodeKafka.fromProperties(wrong({ "client.id": "a" })), /takes the text of a properties file, not an object/],
    [NodeKafka.fromProperties("/etc/kafka/client.properties"), /and not its path: read it first/],
    [NodeKafka.fromProperties(""), /Kafka needs bootstrapServers/],
    [NodeKafka.fromProperties("bootstrap.servers=nowhere"), /bootstrapServers has "nowhere", which is no host:port/],
    [NodeKafka.fromProperties("=5"), /line 1 has no name/],
    [NodeKafka.fromProperties("a=5\nb=6"), /2 properties cannot be used: a .*; b .*ignoreUnknown: true/],
    [NodeKafka.fromProperties("", wrong(null)), /^fromProperties takes an object with kafka, ignoreUnknown, readFile/],
    [NodeKafka.fromProperties("", wrong({ strict: true })), /^fromProperties has no option "strict"/],
    [NodeKafka.fromProperties("", wrong({ ignoreUnknown: "yes" })), /ignoreUnknown takes true or false/],
    [NodeKafka.fromProperties("", wrong({ readFile: "x" })), /readFile takes a function/],
    [NodeKafka.fromProperties("", wrong({ kafka: [] })), /kafka takes an object, not an array/],
    [
      NodeKafka.fromProperties("bootstrap.servers=a:1", { kafka: wrong({ broker: 1 }) }),
      /Kafka has no option "broker"/,
    ],
    [fromProperties("bootstrap.servers=a:1"), /fromProperties was called without its class/],
    [Kafka.fromProperties("bootstrap.servers=a:1"), /Kafka needs a platform/],
    [
      Kafka.fromProperties("bootstrap.servers=a:1\nsecurity.protocol=SSL\nssl.ca.location=/ca.pem"),
      /ssl\.ca\.location cannot be read: this platform has no files: pass readFile/,
    ],
  ];
  for (const [call, message] of cases) {
    const error = await errorOf(call);
    assert.deepEqual(
      [error.kind, message.test(error.message)],
      ["config", true],
      `${String(message)}: ${error.message}`,
    );
  }
});

test("with ignoreUnknown the entries that were not used are returned", async () => {
  const text = "bootstrap.servers=localhost:9\nmax.poll.records=5";
  const { kafka, unknown } = await NodeKafka.fromProperties(text, { ignoreUnknown: true });
  assert.deepEqual(
    unknown.map(({ name }) => name),
    ["max.poll.records"],
  );
  await kafka.close();
});
