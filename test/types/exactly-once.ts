// Types of consumeTransformProduce. Each @ts-expect-error is a negative case.
import { consumeTransformProduce, Kafka, json, string } from "../../src/node.ts";

interface Order {
  readonly id: number;
}

const kafka = new Kafka({ bootstrapServers: "localhost:9092" });
const base = { groupId: "g", topics: ["in"], transactionalId: "tx" };

// Without serdes: bytes in, text or bytes out.
consumeTransformProduce(kafka, {
  ...base,
  transform: (records) => records.map(({ key, value }) => ({ topic: "out", key, value: value ?? "" })),
});

// With serdes both ends are typed, null stays possible.
const pipe = consumeTransformProduce(kafka, {
  ...base,
  consumer: { key: string(), value: json<Order>() },
  producer: { value: json<{ readonly total: number }>() },
  transform: function* (records) {
    for (const { key, value } of records) {
      const name: string | null = key;
      // @ts-expect-error a record's value may be null
      const id: number = value.id;
      yield { topic: "out", value: { total: id }, headers: { name } };
    }
  },
});
const committed: number = pipe.counters.committed;
// @ts-expect-error counters are read
pipe.counters.committed = committed;

consumeTransformProduce(kafka, {
  ...base,
  // @ts-expect-error results are records of the producer's types
  producer: { value: json<Order>() },
  transform: () => [{ topic: "out", value: "text" }],
});
consumeTransformProduce(kafka, {
  ...base,
  // @ts-expect-error exactly once decides it
  consumer: { isolationLevel: "read_uncommitted" },
  transform: () => undefined,
});
// @ts-expect-error exactly once decides it
consumeTransformProduce(kafka, { ...base, producer: { acks: 1 }, transform: () => undefined });
// @ts-expect-error a name for each instance is needed
consumeTransformProduce(kafka, { groupId: "g", topics: ["in"], transform: () => undefined });
