// Unreadable data on a real Kafka: a value that the serde cannot read, and a batch that was damaged on its way.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { committed } from "../client/committed.ts";
import { Kafka, deadLetter, json } from "../../src/node.ts";
import { nodeConnector } from "../../src/platform/node/connector.ts";
import type { Connector } from "../../src/runtime/byte-stream.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

const MARK = Buffer.from('"to be damaged"');

let cluster: KafkaCluster;
let kafka: Kafka;

before(async () => {
  cluster = await startKafka();
  kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers });
});

after(async () => {
  await kafka.close();
  await cluster.stop();
});

/** Turns a bit of each MARK that comes in. */
function damaging(inner: Connector): Connector {
  return {
    connect: (target, sink, options) =>
      inner.connect(
        target,
        {
          buffer: () => sink.buffer(),
          filled: (view) => {
            const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
            for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1))
              bytes.writeUInt8(bytes.readUInt8(at + 1) ^ 1, at + 1);
            return sink.filled(view);
          },
          closed: (error) => sink.closed(error),
        },
        options,
      ),
  };
}

test("dead letters of a record and of a batch, and a group that goes on behind them", async () => {
  (
    await kafka.admin().createTopics([
      { topic: "orders", numPartitions: 1 },
      { topic: "orders.dead", numPartitions: 1 },
    ])
  ).orThrow();
  const producer = kafka.producer();
  for (const value of ["1", "no json", "3", MARK, "5"])
    await producer.send({ topic: "orders", key: "k", value, headers: { from: "shop" } });
  const reader = new Kafka({ bootstrapServers: cluster.bootstrapServers, connector: damaging(nodeConnector()) });
  const make = () =>
    reader.consumer({
      groupId: "g",
      topics: ["orders"],
      value: json<number>(),
      onPoison: deadLetter(producer, { topic: "orders.dead" }),
    });
  const first = make();
  const values: (number | null)[] = [];
  for await (const { value } of first) if (values.push(value) === 3) break;
  assert.deepEqual(values, [1, 3, 5]);
  assert.equal(first.counters.poison, 2);
  await first.close();
  assert.deepEqual(
    await committed(make(), [{ topic: "orders", partition: 0 }]),
    [4],
    "the record in hand when the loop was left is the next again; what was poison is behind it",
  );
  const letters: { readonly value: Buffer; readonly headers: Record<string, string> }[] = [];
  for await (const { value, headers } of kafka.consumer({ topics: ["orders.dead"] })) {
    const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString();
    letters.push({
      value: Buffer.from(value ?? []),
      headers: Object.fromEntries(headers.map(([name, bytes]) => [name.replace("__odradek.errors.", ""), text(bytes)])),
    });
    if (letters.length === 2) break;
  }
  const [record, batch] = letters;
  assert.ok(record !== undefined && batch !== undefined);
  assert.equal(record.value.toString(), "no json");
  assert.deepEqual(
    [record.headers["from"], record.headers["offset"], record.headers["what"], record.headers["kind"]],
    ["shop", "1", "record", "serialization"],
  );
  assert.deepEqual(
    [batch.headers["offset"], batch.headers["last.offset"], batch.headers["what"], batch.headers["kind"]],
    ["3", "3", "batch", "corrupt"],
  );
  assert.ok(batch.value.includes('"uo be damaged"'), "the batch as it came");
  await reader.close();
});
