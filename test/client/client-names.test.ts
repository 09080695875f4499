// The names of the clients of one Kafka, for brokers and metrics: an id of the user is sent unchanged, a default id is
// numbered, and metrics distinguish all clients.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Metric } from "../../src/cluster/metrics.ts";
import { inWorld, take } from "./world.ts";

const tagsOf = (metrics: readonly Metric[]): readonly string[] => [
  ...new Set(metrics.map(({ tags }) => `${tags["client-id"] ?? "none"} ${tags["client-number"] ?? "none"}`)),
];

for (const [what, options, expected] of [
  [
    "by default each has an id of its own",
    {},
    ["odradek-admin-1", "odradek-consumer-1", "odradek-consumer-g-2", "odradek-producer-1", "odradek-producer-2"],
  ],
  ["an id that the user set is on the wire as it is", { clientId: "shop" }, ["shop"]],
] as const) {
  test(`two producers, two consumers and an admin of one Kafka: ${what}, and the number tells them apart`, () =>
    inWorld({ topics: { t: 1 }, client: options }, async ({ cluster, kafka, client }) => {
      const log = cluster.recordRequests();
      const producers = [kafka.producer(), kafka.producer()];
      const consumers = [kafka.consumer({ topics: ["t"] }), kafka.consumer({ groupId: "g", topics: ["t"] })];
      for (const producer of producers) await producer.send({ topic: "t", value: "v" });
      for (const consumer of consumers) await take(consumer, 2);
      await kafka.admin().listTopics();
      assert.deepEqual([...new Set(log.entries.map(({ clientId }) => clientId))].sort(), expected);
      const [first, second] = "clientId" in options ? ["shop", "shop"] : ["odradek-producer-1", "odradek-producer-2"];
      assert.deepEqual(
        producers.map((producer) => tagsOf(producer.metrics())),
        [[`${first} 1`], [`${second} 2`]],
      );
      const [alone, member] = "clientId" in options ? ["shop", "shop"] : ["odradek-consumer-1", "odradek-consumer-g-2"];
      assert.deepEqual(
        consumers.map((consumer) => tagsOf(consumer.metrics())),
        [[`${alone} 1`], [`${member} 2`]],
      );
      // Another Kafka begins again: nothing is counted beyond one.
      assert.deepEqual(tagsOf(client().producer().metrics()), [`${first} 1`]);
    }));
}
