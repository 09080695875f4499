// Producers send bursts to partitions that are new to them, while topics are created, leaders move and brokers lose
// producer state, with faults from the first millisecond. Invariants: those of a producer (P1 to P6, P8, P9), above all
// the order (P3): a broker accepts any first sequence from a producer that it does not know.
import { KafkaError } from "../errors/kafka-error.ts";
import type { Kafka } from "../kafka.ts";
import type { Producer } from "../index.ts";
import { producerCheckers } from "../simulation/checkers/producer.ts";
import type { FaultKind } from "../simulation/fault-kinds.ts";
import type { Random } from "../simulation/random.ts";
import type { Scenario } from "../simulation/scenario.ts";
import type { SimulatedNode } from "../simulation/simulated-node.ts";
import type { World } from "../simulation/world.ts";
import { clientOn, clientScenario } from "./client-scenario.ts";
import type { ClientScenarioOptions } from "./client-scenario-options.ts";
import { recordLogEntry } from "./record-logs.ts";
import { whenSettled } from "../runtime/when-settled.ts";

const SENDING_MS = 12_000;
const MAX_BLOCK_MS = 30_000;
const DELIVERY_MS = 60_000;
/** The errors of a leader that was just elected, or that lacks a replica. */
const REFUSALS = ["NOT_LEADER_OR_FOLLOWER", "UNKNOWN_TOPIC_OR_PARTITION", "NOT_ENOUGH_REPLICAS"] as const;

/**
 * If a leader that lost its producer state gets a late request, it writes the batch a second time. Kafka does so too.
 */
const GHOSTS: readonly FaultKind[] = ["ghost", "broker-ghost", "half-open"];
const KINDS: readonly FaultKind[] = [
  "partition",
  "slow-link",
  "reset",
  "cut",
  "half-open",
  "refuse",
  "ghost",
  "broker-down",
  "leader-move",
  "lost-reply",
  "lost-request",
  "hang",
  "slow-broker",
  "produce-error",
  "broker-ghost",
  "partition-error",
  "stall",
  "lagging-follower",
  "stale-metadata",
  "broker-join",
];

interface Sent {
  readonly topics: Set<string>;
  /** The number of unsettled records of each topic. */
  readonly pending: Map<string, number>;
  readonly settled: Promise<void>[];
}

/** The options of {@link newPartitionsScenario}. */
export interface NewPartitionsScenarioOptions extends ClientScenarioOptions {
  /**
   * Whether leaders lose the state of producers that have no record with an unknown outcome, as Kafka does after a day.
   */
  readonly forgets: boolean;
}

/**
 * Producers that send bursts to partitions that are new to them. The checkers are those of a producer, P1 to P6, P8 and
 * P9.
 */
export function newPartitionsScenario(options: NewPartitionsScenarioOptions): Scenario {
  const { forgets } = options;
  return clientScenario(options, {
    topics: { warm: 3 },
    autoCreateTopics: true,
    numPartitions: 2,
    replicaLagTimeMaxMs: 1000,
    faults: { fromMs: 0, untilMs: SENDING_MS, kinds: KINDS.filter((kind) => !forgets || !GHOSTS.includes(kind)) },
    limitMs: 600_000,
    checkers: producerCheckers,
    run: async (world, Client) => {
      const sent: Sent = { topics: new Set(["warm"]), pending: new Map(), settled: [] };
      for (const name of ["producer-0", "producer-1"])
        world.node(name).start((node) => produce(world, node, Client, sent));
      await unsettle(world, sent, forgets);
      await world.healed();
      await Promise.all(sent.settled);
      await readLogs(world, [...sent.topics]);
    },
  });
}

/** Brokers create topics, refuse the first batches for a new partition, and lose producer state. */
async function unsettle(world: World, { topics, pending }: Sent, forgets: boolean): Promise<void> {
  const { cluster } = world;
  const random = world.random("unsettle");
  for (let count = 0; world.nowMs < SENDING_MS; count++) {
    await world.sleep(random.between(20, 600));
    const topic = `created-${count}`;
    cluster.createTopic(topic, random.between(1, 4));
    topics.add(topic);
    const all = cluster
      .snapshot()
      .topics.flatMap(({ topic, partitions }) => partitions.map(({ partition }) => ({ topic, partition })));
    for (const { topic, partition } of all) {
      const isNew = topic === `created-${count}` && random.below(3) === 0;
      if (isNew)
        cluster.failPartition(
          "Produce",
          topic,
          partition,
          Array.from(
            { length: random.between(1, 2) },
            () => REFUSALS[random.below(REFUSALS.length)] ?? "NOT_ENOUGH_REPLICAS",
          ),
        );
      // Kafka forgets producers that wrote nothing for a day: none of these has a record with an unknown outcome.
      if (forgets && (pending.get(topic) ?? 0) === 0 && random.below(4) === 0)
        cluster.forgetProducers(topic, partition);
    }
  }
}

async function produce(world: World, node: SimulatedNode, Client: typeof Kafka, sent: Sent): Promise<void> {
  const random = world.random(node.name);
  const kafka = clientOn(node, { onLog: () => undefined, retryBackoffMs: 20, requestTimeoutMs: 3000 }, Client);
  const producer = kafka.producer({
    batchSize: 150,
    deliveryTimeoutMs: DELIVERY_MS,
    maxBlockMs: MAX_BLOCK_MS,
    ...(random.below(2) === 0 ? { lingerMs: 0 } : {}),
  });
  let order = 0;
  const send = (topic: string, partition: number | undefined): void => {
    sent.topics.add(topic);
    const count = (by: number): Map<string, number> => sent.pending.set(topic, (sent.pending.get(topic) ?? 0) + by);
    count(1);
    sent.settled.push(whenSettled(record(world, node, producer, topic, partition, order++), () => count(-1)));
  };
  for (let count = 0; world.nowMs < SENDING_MS; count++) {
    const topic = topicOf(random, node, count, sent);
    const partition = random.below(3) === 0 ? undefined : 0;
    for (let burst = random.between(1, 40); burst > 0; burst--) send(topic, partition);
    if (random.below(2) === 0) send("warm", random.below(3));
    await node.sleep(random.between(1, 300));
  }
  sent.settled.push(Promise.allSettled([...sent.settled]).then(() => kafka.close()));
}

/** A topic that this send creates, one that an admin has just created, or a known one. */
function topicOf(random: Random, node: SimulatedNode, count: number, { topics }: Sent): string {
  const choice = random.below(4);
  if (choice === 0) return `auto-${node.name}-${count}`;
  return choice === 1 ? "warm" : ([...topics].at(-1 - random.below(Math.min(3, topics.size))) ?? "warm");
}

async function record(
  world: World,
  node: SimulatedNode,
  producer: Producer,
  topic: string,
  partition: number | undefined,
  order: number,
): Promise<void> {
  const id = `${node.name}/${order}`;
  const nowMs = world.nowMs;
  const at = (): { readonly atMs: number; readonly node: string; readonly id: string } => ({
    atMs: world.nowMs,
    node: node.name,
    id,
  });
  world.record({
    type: "send",
    ...at(),
    producer: node.name,
    order,
    topic,
    digest: id,
    deadlineMs: nowMs + MAX_BLOCK_MS + DELIVERY_MS,
    roomByMs: nowMs + MAX_BLOCK_MS,
  });
  try {
    const { offset, timestamp, ...where } = await producer.send({
      topic,
      value: id,
      ...(partition === undefined ? {} : { partition }),
    });
    world.record({ type: "ack", ...at(), ...where, offset, timestamp });
  } catch (error) {
    const { outcome, kind, retriable } = KafkaError.from(error);
    world.record({ type: "fail", ...at(), outcome, kind, retriable });
  }
}

async function readLogs(world: World, topics: readonly string[]): Promise<void> {
  const node = world.node("verifier");
  const kafka = clientOn(node);
  let left = world.cluster
    .snapshot()
    .topics.reduce(
      (sum, { partitions }) => sum + partitions.reduce((ends, { highWatermark }) => ends + highWatermark, 0),
      0,
    );
  const existing = new Set(world.cluster.snapshot().topics.map(({ topic }) => topic));
  if (left > 0) {
    for await (const each of kafka.consumer({ topics: topics.filter((topic) => existing.has(topic)) })) {
      recordLogEntry(world, each);
      if (--left === 0) break;
    }
  }
  await kafka.close();
}
