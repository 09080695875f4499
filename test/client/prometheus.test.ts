// odradek/prometheus: the texts, the registry of prom-client, and clients that come and go.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Registry } from "prom-client";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { AnyKafka } from "../../src/kafka.ts";
import { DEFAULT_BUCKETS, Histogram } from "../../src/prometheus/histogram.ts";
import { prometheusExporter, type PrometheusOptions } from "../../src/prometheus.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { readExposition, valueOf } from "./exposition.ts";
import { inWorld, type World } from "./world.ts";

const TOPICS = { t: { partitions: 3, replicationFactor: 3 }, u: { partitions: 1 } };
const WORLD = { brokers: 3, topics: TOPICS };

/** Records of both topics, read by a group. */
async function traffic(kafka: AnyKafka, groupId = "g"): Promise<void> {
  const producer = kafka.producer();
  for (let i = 0; i < 10; i++) await producer.send({ topic: i < 7 ? "t" : "u", key: `${i}`, value: "value" });
  const consumer = kafka.consumer({ topics: ["t", "u"], groupId, startOffset: "earliest" });
  let count = 0;
  for await (const { offset } of consumer) if (offset >= 0 && ++count === 10) break;
  await consumer.commit();
}

test("the text has every metric of metrics(), with types, help and labels", () =>
  inWorld(WORLD, async ({ kafka, platform }) => {
    const exporter = prometheusExporter({ clients: kafka });
    await traffic(kafka);
    await sleep(platform, 10_000);
    const families = readExposition(await exporter.text());
    assert.equal(exporter.contentType, "text/plain; version=0.0.4; charset=utf-8");
    const producer = { client_id: "odradek-producer-1", client_number: "1" };
    const consumer = { client_id: "odradek-consumer-g-1", client_number: "1", group_id: "g" };
    assert.equal(valueOf(families, "kafka_producer_record_send_total", producer), 10);
    assert.equal(valueOf(families, "kafka_producer_topic_record_send_total", { ...producer, topic: "t" }), 7);
    assert.equal(valueOf(families, "kafka_consumer_records_consumed_total", consumer), 10);
    assert.equal(valueOf(families, "kafka_consumer_topic_records_consumed_total", { ...consumer, topic: "u" }), 3);
    assert.equal(valueOf(families, "kafka_consumer_partition_records_lag", { topic: "u", partition: "0" }), 0);
    assert.ok(valueOf(families, "kafka_consumer_rebalance_total", consumer) >= 1);
    const nodes = families.get("kafka_producer_node_request_total")?.samples ?? [];
    assert.equal(
      nodes.reduce((sum, { value }) => sum + value, 0) <= valueOf(families, "kafka_producer_request_total", producer),
      true,
    );
    assert.ok(nodes.every(({ labels }) => /^\d+$/.test(labels["node_id"] ?? "")));
    for (const [name, { help, samples }] of families) {
      assert.ok(!help.startsWith("Java's"), `${name} has no description`);
      assert.ok(samples.length > 0, name);
    }
    exporter.close();
  }));

test("averages are sums and counts, and times are in seconds", () =>
  inWorld({ ...WORLD, latencyMs: 20 }, async ({ kafka }) => {
    const exporter = prometheusExporter({ clients: [kafka] });
    const producer = kafka.producer();
    for (let i = 0; i < 5; i++) await producer.send({ topic: "u", value: "x" });
    const families = readExposition(await exporter.text());
    const average = producer
      .metrics()
      .find(({ group, name }) => group === "producer-metrics" && name === "request-latency-avg");
    const sum = valueOf(families, "kafka_producer_request_latency_seconds_sum");
    const count = valueOf(families, "kafka_producer_request_latency_seconds_count");
    assert.equal(families.get("kafka_producer_request_latency_seconds")?.type, "summary");
    assert.ok(Math.abs((sum / count) * 1000 - (average?.value ?? 0)) < 1e-6);
    assert.ok(valueOf(families, "kafka_producer_request_latency_max_seconds") < 1);
    exporter.close();
  }));

test("histograms of requests, deliveries and batches count each once, by kind of client and API", () =>
  inWorld({ ...WORLD, latencyMs: 20 }, async ({ kafka }) => {
    const exporter = prometheusExporter({ clients: kafka });
    await traffic(kafka);
    await kafka.admin().describeCluster();
    const families = readExposition(await exporter.text());
    const requests = "kafka_client_request_duration_seconds";
    const produce = { client_kind: "producer", api: "Produce" };
    assert.equal(valueOf(families, `${requests}_count`, produce), 10);
    // There and back takes 40 ms.
    assert.equal(valueOf(families, `${requests}_bucket`, { ...produce, le: "0.025" }), 0);
    assert.equal(valueOf(families, `${requests}_bucket`, { ...produce, le: "0.05" }), 10);
    assert.ok(Math.abs(valueOf(families, `${requests}_sum`, produce) - 0.4) < 0.05);
    assert.ok(valueOf(families, `${requests}_count`, { client_kind: "admin", api: "DescribeCluster" }) >= 1);
    assert.equal(valueOf(families, "kafka_producer_delivery_duration_seconds_count"), 10);
    assert.ok(valueOf(families, "kafka_consumer_batch_duration_seconds_count") > 0);
    const labels = families.get(requests)?.samples.flatMap(({ labels }) => Object.keys(labels)) ?? [];
    assert.deepEqual([...new Set(labels)].sort(), ["api", "client_kind", "le"]);
    exporter.close();
  }));

test("clients with one id have a number each, and one that is closed leaves its totals to the next", () =>
  inWorld({ ...WORLD, client: { clientId: "app" } }, async ({ client, kafka }) => {
    const other = client();
    const exporter = prometheusExporter({ clients: [kafka, other] });
    const sent = async (number: string): Promise<number> =>
      valueOf(readExposition(await exporter.text()), "kafka_producer_record_send_total", { client_number: number });
    const [one, two] = [kafka.producer(), other.producer()];
    for (let i = 0; i < 3; i++) await one.send({ topic: "u", value: "x" });
    await two.send({ topic: "u", value: "x" });
    assert.deepEqual([await sent("1"), await sent("2")], [3, 1]);
    await one.close();
    const families = readExposition(await exporter.text());
    assert.equal(valueOf(families, "kafka_producer_record_send_total", { client_number: "1" }), 3);
    assert.equal(valueOf(families, "kafka_producer_topic_record_send_total", { client_number: "1", topic: "u" }), 3);
    assert.deepEqual(
      families.get("kafka_producer_connection_count")?.samples.map(({ labels }) => labels["client_number"]),
      ["2"],
    );
    const next = other.producer();
    assert.equal(await sent("1"), 3);
    await next.send({ topic: "t", value: "x" });
    assert.equal(await sent("1"), 4);
    const last = kafka.producer();
    await last.send({ topic: "t", value: "x" });
    assert.equal(await sent("3"), 1);
    exporter.close();
  }));

test("no counter goes back while clients come and go", () =>
  inWorld({ ...WORLD, client: { clientId: "app" } }, async ({ kafka }) => {
    const exporter = prometheusExporter({ clients: kafka });
    const before = new Map<string, number>();
    const look = async (): Promise<void> => {
      for (const [, { samples, type }] of readExposition(await exporter.text())) {
        if (type === "gauge") continue;
        for (const { labels, name, value } of samples) {
          const key = JSON.stringify([name, labels]);
          assert.ok(value >= (before.get(key) ?? 0), key);
          before.set(key, value);
        }
      }
    };
    for (let round = 0; round < 4; round++) {
      const [producer, second] = [kafka.producer(), kafka.producer()];
      await producer.send({ topic: "t", value: "x" });
      await look();
      await second.send({ topic: "u", value: "x" });
      await producer.close();
      await look();
      await second.close();
      await look();
    }
    assert.ok(before.size > 50);
    exporter.close();
  }));

test("the totals of the last hundred closed clients with ids of their own are kept, those of others dropped", () =>
  inWorld(WORLD, async ({ kafka }) => {
    const exporter = prometheusExporter({ clients: kafka });
    const open = kafka.producer();
    for (let i = 0; i < 150; i++) await kafka.producer().close();
    const series = readExposition(await exporter.text()).get("kafka_producer_record_send_total")?.samples ?? [];
    const ids = series.map(({ labels }) => labels["client_id"]);
    assert.equal(ids.length, 101);
    assert.ok(ids.includes("odradek-producer-1") && ids.includes("odradek-producer-151"));
    assert.ok(!ids.includes("odradek-producer-2"));
    await open.close();
    exporter.close();
  }));

test("labels are escaped, and labels of the options are on every series", () =>
  inWorld({ ...WORLD, client: { clientId: 'a"b\\c\nd\\n' } }, async ({ kafka }) => {
    const exporter = prometheusExporter({ clients: kafka, labels: { service: 'x"\n' }, prefix: "my_" });
    await traffic(kafka, 'g"\n\\');
    const families = readExposition(await exporter.text());
    for (const [name, { samples }] of families) {
      assert.ok(name.startsWith("my_"));
      for (const { labels } of samples) assert.equal(labels["service"], 'x"\n');
    }
    assert.equal(valueOf(families, "my_consumer_records_consumed_total", { group_id: 'g"\n\\' }), 10);
    const [sample] = families.get("my_producer_record_send_total")?.samples ?? [];
    assert.equal(sample?.labels["client_id"], 'a"b\\c\nd\\n');
    exporter.close();
  }));

test("OpenMetrics: counters without _total in their name, and a mark at the end", () =>
  inWorld(WORLD, async ({ kafka }) => {
    const [text, open] = (["text", "openmetrics"] as const).map((format) =>
      prometheusExporter({ clients: kafka, format }),
    );
    await traffic(kafka);
    assert.equal(open?.contentType, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    const read = readExposition((await open?.text()) ?? "", "openmetrics");
    assert.equal(read.get("kafka_producer_record_send")?.type, "counter");
    assert.equal(valueOf(read, "kafka_producer_record_send_total"), 10);
    assert.equal(read.size, readExposition((await text?.text()) ?? "").size);
    text?.close();
    open?.close();
  }));

const lines = (text: string): readonly string[] =>
  text
    .split("\n")
    .filter((line) => /^[^#]/.test(line))
    .sort();

test("a registry of prom-client has the same series, in both of its formats", () =>
  inWorld(WORLD, async ({ kafka }) => {
    for (const format of ["text", "openmetrics"] as const) {
      const registry: Registry<never> = new Registry();
      if (format === "openmetrics") registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
      const exporter = prometheusExporter({ clients: kafka, registry, format });
      await traffic(kafka, format);
      readExposition(await registry.metrics(), format);
      // Metrics that are new are in the second text.
      const [ours, theirs] = [await exporter.text(), await registry.metrics()];
      readExposition(theirs, format);
      assert.ok(lines(ours).length > 100);
      const changing = /metadata_age|seconds_ago/;
      assert.deepEqual(
        lines(theirs).filter((line) => !changing.test(line)),
        lines(ours).filter((line) => !changing.test(line)),
      );
      exporter.close();
      exporter.close();
      assert.equal(registry.getMetricsAsArray().length, 0);
      await assert.rejects(exporter.text(), { kind: "closed" });
    }
  }));

test("two exporters do not fit into one registry: the second is refused, and leaves the first as it is", () =>
  inWorld(WORLD, async ({ client, kafka }) => {
    const registry = new Registry();
    const exporter = prometheusExporter({ clients: kafka, registry });
    kafka.producer();
    await registry.metrics();
    const count = registry.getMetricsAsArray().length;
    assert.throws(() => prometheusExporter({ clients: client(), registry }), {
      kind: "config",
      message: /^cannot register kafka_client_request_duration_seconds: .* already been registered/,
    });
    assert.equal(registry.getMetricsAsArray().length, count);
    prometheusExporter({ clients: client(), registry, prefix: "other_" }).close();
    assert.equal(registry.getMetricsAsArray().length, count);
    exporter.close();
  }));

test("single clients, clients given twice, and clients that are added", () =>
  inWorld(WORLD, async ({ client, kafka }) => {
    const producer = kafka.producer();
    await producer.send({ topic: "u", value: "x" });
    const exporter = prometheusExporter({ clients: [producer, kafka, producer] });
    assert.equal(valueOf(readExposition(await exporter.text()), "kafka_producer_record_send_total"), 1);
    const other = client();
    exporter.add(other);
    await other.producer().send({ topic: "u", value: "x" });
    assert.equal(readExposition(await exporter.text()).get("kafka_producer_record_send_total")?.samples.length, 2);
    exporter.close();
    assert.throws(() => exporter.add(other), { kind: "closed" });
    await producer.send({ topic: "u", value: "x" }); // nothing of it is left in the client
  }));

test("wrong options are refused by name", () =>
  inWorld(WORLD, async ({ client, kafka }: World) => {
    const wrong: readonly [options: unknown, message: RegExp][] = [
      [undefined, /^prometheusExporter takes an object/],
      [null, /^prometheusExporter takes an object/],
      [{}, /^prometheusExporter needs clients$/],
      [kafka, /^prometheusExporter/],
      [{ clients: null }, /^prometheusExporter: clients takes a Kafka, a producer, a consumer or an admin/],
      [{ clients: [kafka, {}] }, /^prometheusExporter: clients takes a Kafka/],
      [{ clients: kafka, bucket: [1] }, /has no option "bucket"; did you mean buckets/],
      [{ clients: kafka, prefix: "1a" }, /prefix takes letters, digits/],
      [{ clients: kafka, prefix: 1 }, /prefix takes a string/],
      [{ clients: kafka, labels: { le: "x" } }, /labels: the label le is one of the metrics' own/],
      [{ clients: kafka, labels: { "a-b": "x" } }, /labels: a label takes letters/],
      [{ clients: kafka, labels: { __a: "x" } }, /labels: a label takes letters/],
      [{ clients: kafka, labels: { a: 1 } }, /labels\.a takes a string/],
      [{ clients: kafka, labels: ["a"] }, /labels takes an object/],
      ...[[], [1, 1], [2, 1], [0], [NaN], "1", [Infinity], null].map(
        (buckets) => [{ clients: kafka, buckets }, /buckets takes a list of seconds/] as [unknown, RegExp],
      ),
      [{ clients: kafka, format: "json" }, /format takes "text", "openmetrics"/],
      [{ clients: kafka, registry: {} }, /registry takes an object with registerMetric\(\)/],
    ];
    for (const [options, message] of wrong)
      assert.throws(
        () => prometheusExporter(options as PrometheusOptions),
        (error) => KafkaError.is(error) && error.kind === "config" && message.test(error.message),
        String(message),
      );
    const closed = client();
    await closed.close();
    assert.throws(() => prometheusExporter({ clients: [kafka, closed] }), { kind: "closed" });
  }));

test("a histogram counts each time in the first bucket that holds it", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 60_000, noNaN: true })), (times) => {
      const histogram = new Histogram(DEFAULT_BUCKETS);
      for (const ms of times) histogram.record(ms);
      const samples = histogram.samples({ a: "b" });
      for (const [i, bound] of [...DEFAULT_BUCKETS, Infinity].entries())
        assert.equal(samples[i]?.value, times.filter((ms) => ms / 1000 <= bound).length);
      assert.equal(samples.at(-1)?.value, times.length);
      const sum = times.reduce((all, ms) => all + ms / 1000, 0);
      assert.ok(Math.abs((samples.at(-2)?.value ?? NaN) - sum) <= 1e-9 * Math.max(1, sum));
    }),
  );
});
