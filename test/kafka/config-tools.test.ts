// Kafka's own tools for configs and records print the same for a real Kafka and for the embedded cluster.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { runJava } from "./jars.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let real: KafkaCluster;
let embedded: EmbeddedCluster;
const folder = mkdtempSync(join(tmpdir(), "odradek-config-tools-"));
const offsets = join(folder, "offsets.json");

before(async () => {
  writeFileSync(offsets, JSON.stringify({ partitions: [{ topic: "t", partition: 0, offset: 0 }], version: 1 }));
  real = await startKafka({ firstNodeId: 0 });
  embedded = await EmbeddedCluster.start({ ports: [0] });
});

after(async () => {
  await embedded.close();
  await real.stop();
  rmSync(folder, { recursive: true });
});

const of = (type: string, name?: string): readonly string[] => [
  "--entity-type",
  type,
  ...(name === undefined ? [] : ["--entity-name", name]),
];
const configs = (...args: readonly string[]): readonly string[] => ["ConfigCommand", ...args];

/** The commands, one after the other: later ones show what earlier ones did. */
const COMMANDS: readonly (readonly string[])[] = [
  ["TopicCommand", "--create", "--topic", "t", "--partitions", "1", "--config", "retention.ms=5000"],
  configs("--describe", ...of("topics", "t")),
  configs(
    "--alter",
    ...of("topics", "t"),
    "--add-config",
    "cleanup.policy=[compact,delete],retention.bytes=10",
    "--delete-config",
    "retention.ms",
  ),
  configs("--describe", ...of("topics", "t")),
  configs("--alter", ...of("topics", "t"), "--add-config", "retention.ms=x"),
  configs("--alter", ...of("brokers", "0"), "--add-config", "log.retention.ms=7777777"),
  configs("--describe", ...of("brokers", "0")),
  configs("--alter", ...of("brokers"), "--entity-default", "--add-config", "log.retention.ms=7777778"),
  configs("--describe", ...of("brokers"), "--entity-default"),
  configs("--alter", ...of("groups", "g"), "--add-config", "consumer.session.timeout.ms=50000"),
  configs("--describe", ...of("groups", "g")),
  configs("--alter", ...of("client-metrics", "m"), "--add-config", "interval.ms=5000"),
  configs("--alter", ...of("broker-loggers", "0"), "--add-config", "root=DEBUG"),
  ["DeleteRecordsCommand", "--offset-json-file", offsets],
  ["ClientMetricsCommand", "--describe"],
  ["ClientMetricsCommand", "--list"],
];

test("Kafka's tools print the same for both", async () => {
  const [theirs, ours] = await Promise.all(
    [real, embedded].map(async ({ bootstrapServers }) => {
      const printed: unknown[] = [];
      for (const [tool = "", ...args] of COMMANDS) {
        const { code, stdout } = await runJava(`org.apache.kafka.tools.${tool}`, [
          "--bootstrap-server",
          bootstrapServers,
          ...args,
        ]);
        printed.push({ command: [tool, ...args].join(" "), code, stdout });
      }
      return printed;
    }),
  );
  assert.deepEqual(ours, theirs);
  assert.equal(theirs?.filter((one) => (one as { code: number }).code === 0).length, COMMANDS.length - 1);
});
