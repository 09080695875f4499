// Produces and consumes through a proxy, in a process of its own: a process reads NODE_EXTRA_CA_CERTS once, when it
// starts. Its argument is JSON; it prints how many records came back, or the error.
import { Kafka, type KafkaBaseOptions, KafkaError } from "../../src/node.ts";

const {
  value: bytes,
  count,
  ...options
} = JSON.parse(process.argv[2] ?? "") as KafkaBaseOptions & {
  readonly bootstrapServers: string;
  readonly value: number;
  readonly count: number;
};

const kafka = new Kafka({ ...options, onLog: () => undefined });
try {
  const producer = kafka.producer({ maxBlockMs: 5000 });
  const value = new Uint8Array(bytes).fill(7);
  for (let i = 0; i < count; i++) await producer.send({ topic: "t", value });
  let seen = 0;
  for await (const record of kafka.consumer({ topics: ["t"], groupId: "g", startOffset: "earliest" }))
    if (record.value?.length === bytes && ++seen === count) break;
  console.log(JSON.stringify({ seen }));
} catch (error) {
  console.log(JSON.stringify({ error: KafkaError.from(error).message }));
} finally {
  await kafka.close();
}
