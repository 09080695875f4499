import { randomBytes } from "node:crypto";
import { KafkaError } from "../errors/kafka-error.ts";
import { Kafka } from "../node.ts";
import { type OptionSpecs, type OptionValues, helpText, readOptions } from "./arguments.ts";
import { type BrokerProcess, startBrokerProcess } from "./broker-process.ts";
import { Ledger } from "./ledger.ts";
import { type Progress, showProgress } from "./progress.ts";
import { REACH_OPTIONS, reachOf } from "./reach-options.ts";
import { type Measurement, summary } from "./summary.ts";

const OPTIONS: OptionSpecs = {
  bootstrap: { type: "string", value: "HOST:PORT", about: "a Kafka to use instead of the embedded cluster" },
  ...REACH_OPTIONS,
  records: { type: "number", value: "N", about: "how many records", default: 1_000_000, min: 1, max: 100_000_000 },
  size: {
    type: "number",
    value: "BYTES",
    about: "bytes of a record's value",
    default: 100,
    min: Ledger.minimumBytes,
    max: 900_000,
  },
  partitions: { type: "number", value: "N", about: "partitions of the topic", default: 3, min: 1, max: 1000 },
  brokers: { type: "number", value: "N", about: "brokers of the embedded cluster", default: 3, min: 1, max: 9 },
  topic: {
    type: "string",
    value: "NAME",
    about: "a topic to create and use; by default one of its own, deleted at the end",
  },
  help: { type: "boolean", about: "shows this" },
};

/** A person who runs the demo waits in front of a screen: ten seconds, not the minute of a service. */
const CONNECT_TIMEOUT_MS = 10_000;
/** How many records are made between two turns of the event loop. */
const BURST = 2000;

/** `odradek demo`: sends and reads a million records, with live progress, and prints what that cost. */
export async function demo(argv: readonly string[]): Promise<number> {
  const options = readOptions("demo", OPTIONS, argv);
  const out = process.stdout;
  if (options["help"] === true) {
    out.write(
      helpText(
        "npm start -- [OPTIONS]",
        "Produces records and consumes them at the same time, checks that each came back once and in order, and " +
          "shows what it cost.\nWithout --bootstrap it starts an embedded Kafka cluster in a process of its own.",
        OPTIONS,
      ),
    );
    return 0;
  }
  for (const name of Object.keys(REACH_OPTIONS))
    if (options[name] !== undefined && options["bootstrap"] === undefined)
      throw new KafkaError("config", `--${name} needs --bootstrap: the embedded cluster is on this machine`);
  let embedded: BrokerProcess | undefined;
  let bootstrapServers = options["bootstrap"] as string | undefined;
  if (bootstrapServers === undefined) {
    embedded = await startBrokerProcess(Number(options["brokers"]));
    bootstrapServers = embedded.bootstrapServers;
    out.write(
      `Started an embedded Kafka cluster of ${String(options["brokers"])} brokers in a process of its own: ` +
        `${bootstrapServers}\n`,
    );
  }
  try {
    await run(bootstrapServers, options, out);
  } finally {
    await embedded?.stop();
  }
  return 0;
}

async function run(bootstrapServers: string, options: OptionValues, out: NodeJS.WriteStream): Promise<void> {
  const topic = (options["topic"] as string | undefined) ?? `odradek-demo-${randomBytes(4).toString("hex")}`;
  const partitions = Number(options["partitions"]);
  const kafka = new Kafka({ bootstrapServers, clientId: "odradek-demo", ...reachOf(options) });
  try {
    const admin = kafka.admin();
    if (options["bootstrap"] !== undefined) out.write(`Connecting to ${bootstrapServers} …\n`);
    (await admin.createTopics([{ topic, numPartitions: partitions }], { timeoutMs: CONNECT_TIMEOUT_MS })).orThrow();
    out.write(`Created topic ${topic} with ${partitions} partitions.\n\n`);
    const measurement = await thereAndBack(kafka, topic, options, out);
    if (options["topic"] === undefined) (await admin.deleteTopics([topic])).orThrow();
    out.write(summary(measurement));
  } finally {
    await kafka.close();
  }
}

async function thereAndBack(
  kafka: Kafka,
  topic: string,
  options: OptionValues,
  out: NodeJS.WriteStream,
): Promise<Measurement> {
  const total = Number(options["records"]);
  const size = Number(options["size"]);
  const assign = Array.from({ length: Number(options["partitions"]) }, (_, partition) => ({ topic, partition }));
  const progress: Progress = { total, produced: 0, acknowledged: 0, consumed: 0 };
  const ledger = new Ledger(total);
  const stopProgress = showProgress(progress, out);
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  try {
    const [producedMs, consumedMs] = await Promise.all([
      produce(kafka, topic, total, size, progress),
      consume(kafka, assign, ledger, progress),
    ]);
    const used = process.cpuUsage(cpu);
    stopProgress();
    ledger.check();
    return {
      total,
      size,
      produceSeconds: (producedMs - startMs) / 1000,
      consumeSeconds: (consumedMs - startMs) / 1000,
      cpuMicroseconds: used.user + used.system,
      latencies: ledger.latencies([0.5, 0.99, 0.999]),
    };
  } catch (error) {
    stopProgress();
    throw error;
  }
}

async function produce(kafka: Kafka, topic: string, total: number, size: number, progress: Progress): Promise<number> {
  let failure: KafkaError | undefined;
  const producer = kafka.producer({
    onDelivery: (delivery) => {
      if (delivery.error === undefined) progress.acknowledged += delivery.count;
      else failure ??= delivery.error;
    },
  });
  const value = new Uint8Array(size).fill(0x2e);
  const view = new DataView(value.buffer);
  const record = { topic, value };
  while (progress.produced < total && failure === undefined) {
    const burst = Math.min(total, progress.produced + BURST);
    const nowMs = performance.now();
    while (progress.produced < burst) {
      Ledger.stamp(view, progress.produced, nowMs);
      if (producer.enqueue(record)) progress.produced++;
      else await producer.ready();
    }
    await kafka.runtime.delayFor(0);
  }
  await producer.close();
  if (failure !== undefined) throw failure;
  return performance.now();
}

async function consume(
  kafka: Kafka,
  assign: readonly { topic: string; partition: number }[],
  ledger: Ledger,
  progress: Progress,
): Promise<number> {
  const consumer = kafka.consumer({ assign });
  try {
    for await (const batch of consumer.batches()) {
      const nowMs = performance.now();
      for (const record of batch.records) ledger.receive(batch.partition, record.value, nowMs);
      progress.consumed = ledger.received;
      if (ledger.received >= progress.total) break;
    }
    return performance.now();
  } finally {
    await consumer.close();
  }
}
