// The seed's tests on a real Kafka: the same bodies as test/seed/seed.test.ts has on the embedded cluster.
import { after, before, test } from "node:test";
import { randomBytes } from "node:crypto";
import { Kafka } from "../../src/node.ts";
import type { SeedCluster } from "../seed/seed-world.ts";
import { seedTests } from "../seed/seed-tests.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;

before(async () => {
  cluster = await startKafka();
});

after(() => cluster.stop());

for (const { seed, name, body } of seedTests) {
  test(`${seed}: ${name}`, async () => {
    const clients: Kafka[] = [];
    const client = ({ isAlone = false, ...options }: Parameters<SeedCluster["client"]>[0] = {}): Kafka => {
      const made = new Kafka({
        onLog: () => undefined,
        ...options,
        bootstrapServers: isAlone ? "127.0.0.1:1" : cluster.bootstrapServers,
      });
      clients.push(made);
      return made;
    };
    try {
      await body({
        kafka: client(),
        brokerCount: 1,
        client,
        fresh: (what) => `${what}-${randomBytes(4).toString("hex")}`,
        nowMs: () => Date.now(),
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      });
    } finally {
      for (const made of clients) await made.close().catch(() => undefined);
    }
  });
}
