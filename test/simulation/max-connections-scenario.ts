// A client of eight brokers with at most six connections, under faults: a producer and a member of a group share them.
// Invariants:
//     - at no time are seven connections open or being opened;
//     - each record that `send` accepted is in its partition once, in order, and the member reads each at least once.
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { KafkaRecord } from "../../src/index.ts";
import type { Kafka } from "../../src/kafka.ts";
import type { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import type { Scenario } from "../../src/simulation/scenario.ts";
import type { World } from "../../src/simulation/world.ts";
import { clientOn } from "../../src/scenarios/client-scenario.ts";
import { countingConnector } from "../client/counting-connector.ts";
import { text } from "../client/world.ts";

const BROKERS = 8;
const PARTITIONS = 16;
const MOST = 6;
const RECORDS = 100;
const FAULTS_MS = 12_000;

/** `limit` is the option `maxConnections`; a test plants a larger one. */
export function maxConnectionsScenario(limit: number = MOST): Scenario {
  return {
    brokers: BROKERS,
    topics: { t: PARTITIONS },
    replicaLagTimeMaxMs: 1000,
    groups: { initialRebalanceDelayMs: 100 },
    faults: {
      fromMs: 0,
      untilMs: FAULTS_MS,
      kinds: [
        "partition",
        "slow-link",
        "reset",
        "cut",
        "half-open",
        "refuse",
        "broker-down",
        "leader-move",
        "lost-reply",
        "lost-request",
        "hang",
        "slow-broker",
        "stall",
        "stale-metadata",
      ],
    },
    limitMs: 600_000,
    run: async (world) => {
      const node = world.node("client");
      const { connector, most } = countingConnector(node.kafkaOptions.cluster.connector);
      const kafka = clientOn(node, {
        cluster: { bootstrapServers: world.cluster.bootstrapServers, connector },
        ...{ maxConnections: limit, requestTimeoutMs: 3000 },
      });
      const consumed = consume(kafka);
      await produce(world, kafka);
      await world.healed();
      await consumed;
      await kafka.close();
      if (most() > MOST) world.violate("max-connections", `${most()} connections were open, the limit is ${MOST}`);
      await checkLog(world);
    },
  };
}

const valuesOf = (partition: number): readonly string[] =>
  Array.from({ length: RECORDS }, (_, i) => `${partition}-${i}`);

/** Sends all records, those of a partition in order, in bursts while faults come and go. */
async function produce(world: World, kafka: Kafka<SimulatedRuntime>): Promise<void> {
  const random = world.random("bursts");
  const producer = kafka.producer({ deliveryTimeoutMs: 300_000, maxBlockMs: 120_000 });
  const sent: Promise<void>[] = [];
  for (let i = 0; i < RECORDS; i++) {
    for (let partition = 0; partition < PARTITIONS; partition++)
      sent.push(
        producer.send({ topic: "t", partition, value: `${partition}-${i}` }).then(
          () => undefined,
          (error: unknown) => world.violate("lost-record", `${partition}-${i}: ${KafkaError.from(error).message}`),
        ),
      );
    if (i % 10 === 0) await world.sleep(random.between(100, 2000));
  }
  await Promise.all(sent);
}

/** Reads until it has seen every record. */
async function consume(kafka: Kafka<SimulatedRuntime>): Promise<void> {
  const consumer = kafka.consumer({ topics: ["t"], groupId: "g", startOffset: "earliest" });
  const seen = new Set<string>();
  for await (const record of consumer) if (seen.add(text(record.value) ?? "").size === PARTITIONS * RECORDS) break;
}

/** A client without faults reads the log. */
async function checkLog(world: World): Promise<void> {
  const kafka = clientOn(world.node("verifier"));
  const found = new Map<number, string[]>();
  const add = ({ partition, value }: KafkaRecord): void => {
    found.set(partition, [...(found.get(partition) ?? []), text(value) ?? ""]);
  };
  const stop = world.sleep(20_000).then(() => kafka.close());
  try {
    for await (const record of kafka.consumer({ topics: ["t"], startOffset: "earliest" })) add(record);
  } catch (error) {
    if (!KafkaError.is(error) || error.kind !== "closed") throw error;
  }
  await stop;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const log = (found.get(partition) ?? []).join(" ");
    if (log !== valuesOf(partition).join(" ")) world.violate("log", `partition ${partition} has ${log}`);
  }
}
