// Confluent's client by its KafkaJS-like interface.
import { main, requireFrom, versionOf } from "./main.mjs";

const { KafkaJS } = requireFrom("confluent")("@confluentinc/kafka-javascript");
const connect = (bootstrap) =>
  new KafkaJS.Kafka({
    kafkaJS: { clientId: "bench", brokers: bootstrap.split(","), logLevel: KafkaJS.logLevel.ERROR },
  });

await main({
  name: "confluent-kjs",
  version: versionOf("confluent", "@confluentinc/kafka-javascript"),
  async producer({ bootstrap, topic, compression = "none", linger, size }) {
    const producer = connect(bootstrap).producer({
      kafkaJS: { idempotent: true, acks: -1, compression },
      "linger.ms": linger,
      "batch.size": 1_000_000,
      "batch.num.messages": 100_000,
      "queue.buffering.max.messages": 1_000_000,
      "queue.buffering.max.kbytes": 1_048_576,
    });
    await producer.connect();
    const arraySize = size > 2000 ? 100 : 1000;
    return {
      arraySize,
      concurrency: 8,
      shape: `arrays of ${arraySize}, 8 at a time, linger ${linger}, idempotent`,
      singleShape: `linger ${linger}, idempotent`,
      message: (value, key) => (key === undefined ? { value } : { key, value }),
      sendArray: (messages) => producer.send({ topic, messages }),
      send: (value) => producer.send({ topic, messages: [{ value }] }),
      close: () => producer.disconnect(),
    };
  },
  async consume({ bootstrap, topic, group, mode, onRecord }) {
    // By default a full queue is looked at again after a second.
    const consumer = connect(bootstrap).consumer({
      kafkaJS: { groupId: group, fromBeginning: true, autoCommit: true },
      "fetch.queue.backoff.ms": 10,
      "js.consumer.max.batch.size": -1,
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    const eachMessage = async ({ message }) => onRecord(message.value);
    const eachBatch = async ({ batch }) => {
      for (const message of batch.messages) onRecord(message.value);
    };
    consumer.run(mode === "each" ? { eachMessage } : { eachBatch });
    return { shape: mode === "each" ? "eachMessage" : "eachBatch", close: () => consumer.disconnect() };
  },
});
