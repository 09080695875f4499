// Kafka's own tools print the same of a real Kafka and of the embedded cluster, after ids, paths, times and sizes are
// replaced by the same words.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka } from "../../src/node.ts";
import { runJava } from "../kafka/jars.ts";
import { type KafkaCluster, startKafka } from "../kafka/kafka-cluster.ts";
import { argumentsOf, classOf, type Command, COMMANDS } from "./commands.ts";

let real: KafkaCluster;
let embedded: EmbeddedCluster;
let folder: string;
const closing: (() => Promise<void>)[] = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "odradek-kafkas-tools-"));
  real = await startKafka({ firstNodeId: 0, properties: { "num.partitions": "1" } });
  embedded = await EmbeddedCluster.start({ brokers: 1, ports: [0], numPartitions: 1 });
  await Promise.all([real.bootstrapServers, embedded.bootstrapServers].map(fill));
});

after(async () => {
  for (const close of closing) await close();
  await embedded.close();
  await real.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Records, a group with offsets, and two transactions, one of them open. */
async function fill(bootstrapServers: string): Promise<void> {
  const kafka = new Kafka({ bootstrapServers, onLog: () => undefined });
  const admin = kafka.admin();
  (
    await admin.createTopics([
      { topic: "read", numPartitions: 3, configs: { "retention.ms": "-1" } },
      { topic: "sent", numPartitions: 1 },
    ])
  ).orThrow();
  const producer = kafka.producer();
  for (let i = 0; i < 30; i++)
    producer.enqueue({ topic: "read", partition: i % 3, value: `${i}`, timestamp: 1_700_000_000_000 + i });
  await producer.close();
  const offsets = [0, 1, 2].map((partition) => ({ topic: "read", partition, offset: 5 }));
  (await admin.alterConsumerGroupOffsets("billing", offsets)).orThrow();
  for (const transactionalId of ["done", "open"]) {
    const transactional = kafka.producer({ transactionalId, transactionTimeoutMs: 600_000 });
    await transactional.begin();
    await transactional.send({ topic: "sent", partition: 0, value: transactionalId });
    if (transactionalId === "done") await transactional.commit();
    closing.push(() => transactional.close({ timeoutMs: 100 }).catch(() => undefined));
  }
  closing.push(() => kafka.close());
}

/** Lines about features that the embedded cluster does not claim to have (docs/embedded.md). */
const UNSERVED = /^Feature: (share|streams|kraft|eligible\.leader\.replicas)\.version /;
/** A stack of Java's classes, and a logger's words about itself, are no message. */
const NOISE = /^\s+at |^Caused by: |^\s*\.\.\. \d+ more$|^SLF4J: |^$/;

/** The lines that a user reads, with the words that differ from run to run replaced. */
function normalised(text: string, { tool, isUnordered = false }: Command): readonly string[] {
  const lines = text
    .replaceAll(/^\[\d{4}-\d\d-\d\d [\d:,]+\] /gm, "")
    .replaceAll(/\b127\.0\.0\.1:\d+\b/g, "ADDRESS")
    .replaceAll(/127\.0\.0\.1(\s+)\d+/g, "127.0.0.1$1PORT")
    .replaceAll(/\/tmp\/[\w./-]+/g, "PATH")
    .replaceAll(/\/odradek\/broker-\d+/g, "PATH")
    .replaceAll(/"size":\d+/g, '"size":SIZE')
    .replaceAll(/\b\d{13}\b/g, "TIME")
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z?\b/g, "TIME")
    .replaceAll(/(?<![\w-])[\w-]{22}(?![\w-])/g, (word) => (/[A-Z]/.test(word) ? "ID" : word))
    .replaceAll(/(Epoch|HighWatermark|LogEndOffset|LastFetchTimestamp|LastCaughtUpTimestamp): *\d+/g, "$1: NUMBER")
    // Producer ids and durations; the length of the log of the metadata.
    .replaceAll(tool === "transactions" || tool === "metadata-quorum" ? /\b\d+\b/g : /$^/g, "NUMBER")
    .split("\n")
    .filter((line) => !NOISE.test(line) && !UNSERVED.test(line))
    .map((line) => line.replaceAll(/\s+/g, " ").trimEnd());
  return isUnordered ? lines.sort() : lines;
}

async function printed(command: Command, bootstrapServers: string): Promise<readonly string[]> {
  const file = join(folder, "input.json");
  writeFileSync(file, command.input === undefined ? "" : JSON.stringify(command.input));
  const { stdout, stderr } = await runJava(classOf(command.tool), argumentsOf(command, bootstrapServers, file));
  return normalised(`${stdout}\n${stderr}`, command);
}

for (const [i, command] of COMMANDS.entries())
  test(`${i + 1}: kafka-${command.tool} ${command.args}`, async () => {
    const [expected, actual] = await Promise.all([
      printed(command, real.bootstrapServers),
      printed(command, embedded.bootstrapServers),
    ]);
    assert.ok(expected.length > 0 || command.args.includes("--"), "nothing was printed");
    assert.deepEqual(actual, expected);
  });
