// The order of the messages of an idempotent producer (check 20; kafkajs #598, #257: out of sequence).
import { test } from "node:test";
import assert from "node:assert/strict";
import { take, text } from "../client/world.ts";
import { inKafkaJsWorld, type KafkaJsWorld } from "./world.ts";

async function valuesOf({ world }: KafkaJsWorld, topic: string, count: number): Promise<string[]> {
  const consumer = world.kafka.consumer({ topics: [topic] });
  const values = (await take(consumer, count)).map(({ value }) => text(value) ?? "");
  await consumer.close();
  return values;
}

for (const idempotent of [true, false])
  for (const maxInFlightRequests of [undefined, 1, 5])
    test(`restarts, lost answers and requests: calls one after the other are in order (idempotent ${idempotent}, ${maxInFlightRequests ?? "any number"} in flight)`, () =>
      inKafkaJsWorld(
        { brokers: 3, topics: { t: { partitions: 1, replicationFactor: 3 } }, seed: 3, latencyMs: 3 },
        async (w) => {
          const options = maxInFlightRequests === undefined ? {} : { maxInFlightRequests };
          const producer = w.kafka().producer({ idempotent, ...options });
          await producer.connect();
          let requests = 0;
          w.cluster.intercept("Produce", () => {
            requests++;
            if (requests % 4 === 2) return "disconnect-after";
            return requests % 5 === 4 ? "disconnect" : undefined;
          });
          const calls: Promise<unknown>[] = [];
          const sent: string[] = [];
          for (let call = 0; call < 90; call++) {
            if (call % 30 === 10) await w.cluster.stopBroker((call / 10) % 3);
            if (call % 30 === 20) await w.cluster.startBroker(((call - 10) / 10) % 3);
            const messages = [0, 1, 2].map((i) => ({ value: `${call}-${i}` }));
            sent.push(...messages.map(({ value }) => value));
            calls.push(producer.send({ topic: "t", messages })); // it is not awaited: several are under way
            await w.wait(15);
          }
          await Promise.all(calls);
          await producer.disconnect();
          assert.ok(requests > 8, `some were lost: ${requests} requests`);
          assert.deepEqual(await valuesOf(w, "t", sent.length), sent);
          assert.equal(w.cluster.snapshot().topics[0]?.partitions[0]?.highWatermark, sent.length);
        },
      ));
