// Confluent's client by the callback interface that it has from node-rdkafka: one call and one delivery report a
// record.
import { main, requireFrom, versionOf } from "./main.mjs";

const confluent = requireFrom("confluent")("@confluentinc/kafka-javascript");
const QUEUE_FULL = -184;
const connected = (client) =>
  new Promise((resolve, reject) => {
    client.once("ready", resolve);
    client.once("event.error", reject);
    client.once("connection.failure", reject);
    client.connect();
  });
const disconnected = (client) => new Promise((resolve) => client.disconnect(resolve));

await main({
  name: "confluent-cb",
  version: `${versionOf("confluent", "@confluentinc/kafka-javascript")} (librdkafka ${confluent.librdkafkaVersion})`,
  async producer({ bootstrap, topic, compression = "none", linger, kind }) {
    const options = {
      "metadata.broker.list": bootstrap,
      "enable.idempotence": true,
      acks: -1,
      "linger.ms": linger,
      "batch.size": 1_000_000,
      "batch.num.messages": 100_000,
      "queue.buffering.max.messages": 500_000,
      "queue.buffering.max.kbytes": 1_048_576,
      "compression.codec": compression,
    };
    const producer =
      kind === "bulk" ? new confluent.Producer({ ...options, dr_cb: true }) : new confluent.HighLevelProducer(options);
    await connected(producer);
    if (producer.setPollInBackground) producer.setPollInBackground(true);
    else producer.setPollInterval(1);
    return {
      shape: `produce() with delivery reports, linger ${linger}, idempotent`,
      singleShape: `HighLevelProducer, linger ${linger}, idempotent`,
      send: (value) =>
        new Promise((resolve, reject) =>
          producer.produce(topic, null, value, null, null, (error, offset) =>
            error ? reject(error) : resolve(offset),
          ),
        ),
      bulk: (count, values, keys, mask) => bulk(producer, topic, count, values, keys, mask),
      close: () => disconnected(producer),
    };
  },
  async consume({ bootstrap, topic, group, mode, onRecord }) {
    const consumer = new confluent.KafkaConsumer(
      { "metadata.broker.list": bootstrap, "group.id": group, "fetch.wait.max.ms": 100, "fetch.queue.backoff.ms": 10 },
      { "auto.offset.reset": "earliest" },
    );
    await connected(consumer);
    consumer.subscribe([topic]);
    let isClosed = false;
    if (mode === "each") {
      consumer.on("data", (message) => onRecord(message.value));
      consumer.consume();
    } else {
      const next = () =>
        consumer.consume(5000, (error, messages) => {
          if (isClosed) return;
          if (error) throw error;
          for (const message of messages) onRecord(message.value);
          if (messages.length > 0) next();
          else setTimeout(next, 1);
        });
      consumer.setDefaultConsumeTimeout(100);
      next();
    }
    const close = () => {
      isClosed = true;
      return disconnected(consumer);
    };
    return { shape: mode === "each" ? "'data'" : "consume(5000)", close };
  },
});

function bulk(producer, topic, count, values, keys, mask) {
  return new Promise((resolve, reject) => {
    let acked = 0;
    let sent = 0;
    producer.on("delivery-report", (error) => {
      if (error) reject(error);
      else if (++acked === count) resolve();
    });
    const pump = () => {
      for (let burst = 0; burst < 5000 && sent < count; burst++) {
        try {
          producer.produce(topic, null, values[sent & mask], keys === undefined ? null : keys[sent & mask]);
        } catch (error) {
          if (error.code !== QUEUE_FULL) return reject(error);
          return void setTimeout(pump, 1);
        }
        sent++;
      }
      if (sent < count) setImmediate(pump);
    };
    pump();
  });
}
