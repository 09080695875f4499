// Kafka.fromProperties with files of Java's clients and of librdkafka, on the secured listeners of a real Kafka.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka } from "../../src/node.ts";
import type { ListenerName } from "./secure/listeners.ts";
import { roundTrip } from "./secure/round-trip.ts";
import { SecureKafka, USERS } from "./secure/secure-cluster.ts";

let secure: SecureKafka;
let folder: string;
before(async () => {
  secure = await SecureKafka.start();
  folder = mkdtempSync(join(tmpdir(), "odradek-properties-"));
  const { cert, key } = secure.certificates.client("alice");
  for (const [name, text] of Object.entries({ "ca.pem": secure.certificates.ca, "cert.pem": cert, "key.pem": key }))
    writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, "store.pem"), `${key}\n${cert}\n`);
});
after(async () => {
  rmSync(folder, { recursive: true });
  await secure.stop();
});

const password = USERS["alice"] ?? "";
const SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule";

const FILES: readonly (readonly [what: string, listener: ListenerName, lines: () => readonly string[]])[] = [
  [
    "Java, SCRAM over TLS",
    "SASL_TLS",
    () => [
      "bootstrap.servers=" + secure.at("SASL_TLS"),
      "security.protocol=SASL_SSL",
      "ssl.truststore.type=PEM",
      `ssl.truststore.location=${join(folder, "ca.pem")}`,
      "sasl.mechanism=SCRAM-SHA-512",
      `sasl.jaas.config=${SCRAM} required \\`,
      `    username="alice" password="${password}";`,
    ],
  ],
  [
    "librdkafka, SCRAM over TLS",
    "SASL_TLS",
    () => [
      "metadata.broker.list=" + secure.at("SASL_TLS"),
      "security.protocol=sasl_ssl",
      `ssl.ca.location=${join(folder, "ca.pem")}`,
      "sasl.mechanisms=SCRAM-SHA-256",
      "sasl.username=alice",
      `sasl.password=${password}`,
    ],
  ],
  [
    "Java, a client certificate in the file itself",
    "MUTUAL",
    () => [
      "bootstrap.servers=" + secure.at("MUTUAL"),
      "security.protocol=SSL",
      `ssl.truststore.certificates=${secure.certificates.ca.replaceAll("\n", "\\n")}`,
      "ssl.keystore.type=PEM",
      `ssl.keystore.location=${join(folder, "store.pem")}`,
    ],
  ],
  [
    "librdkafka, a client certificate",
    "MUTUAL",
    () => [
      "bootstrap.servers=" + secure.at("MUTUAL"),
      "security.protocol=ssl",
      `ssl.ca.location=${join(folder, "ca.pem")}`,
      `ssl.certificate.location=${join(folder, "cert.pem")}`,
      `ssl.key.location=${join(folder, "key.pem")}`,
    ],
  ],
];

for (const [i, [what, listener, lines]] of FILES.entries())
  test(`${listener}, ${what}: records, a group and a transaction; then with the file's options of producers and consumers`, async () => {
    const clients = ["acks=all", "linger.ms=1", "compression.type=lz4", "auto.offset.reset=earliest"];
    const group = `group.id=alice-properties-${i}`;
    const file = ["# A file", ...lines(), ...clients, group, "isolation.level=read_committed"].join("\n");
    const { kafka, producer, consumer } = await Kafka.fromProperties(file);
    try {
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- it is one of Node's
      await roundTrip(kafka, `properties-${i}`);
      assert.deepEqual(producer, { acks: "all", lingerMs: 1, compressionType: "lz4" });
      const topic = `alice-file-${i}`;
      const plain = new Kafka({ bootstrapServers: secure.plain });
      (await plain.admin().createTopics([{ topic, numPartitions: 1 }])).orThrow();
      await plain.close();
      await kafka.producer(producer).send({ topic, value: "from a file" });
      for await (const { value } of kafka.consumer({ ...consumer, topics: [topic] })) {
        assert.equal(new TextDecoder().decode(value ?? new Uint8Array()), "from a file");
        break;
      }
    } finally {
      await kafka.close();
    }
  });
