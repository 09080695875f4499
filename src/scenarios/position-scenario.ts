// Consumers without a group, whose partitions are truncated by unclean elections and lose their oldest records. They
// seek, pause, and begin again. Invariants: C8 and C9, by the events of consumers and the requests to brokers.
import type { Consumer, KafkaRecord } from "../index.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Kafka } from "../kafka.ts";
import { positionCheckers } from "./checkers/positions.ts";
import { buffersAreBounded } from "../simulation/checkers/producer.ts";
import type { Random } from "../simulation/random.ts";
import type { Scenario } from "../simulation/scenario.ts";
import type { SimulatedNode } from "../simulation/simulated-node.ts";
import type { World } from "../simulation/world.ts";
import { clientOn, clientScenario } from "./client-scenario.ts";
import type { ClientScenarioOptions } from "./client-scenario-options.ts";
import { recordId } from "./record-id.ts";
import { recordLogs } from "./record-logs.ts";

const TOPIC = "t";
const PARTITIONS = 3;
const FAULTS_MS = 25_000;
const WRITING_MS = FAULTS_MS + 12_000;
const END_MS = WRITING_MS + 40_000;
const BUFFER_BYTES = 3000;
const BATCH_BYTES = 600;
const ASSIGNED = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition, offset: 0 }));
const LEAVES = "the application leaves its loop";

/**
 * Consumers without a group that seek, pause and begin again, while unclean elections truncate partitions and their
 * oldest records are deleted. Its checkers are those of C8 and C9.
 */
export function positionScenario(options: ClientScenarioOptions = {}): Scenario {
  return clientScenario(options, {
    topics: { [TOPIC]: PARTITIONS },
    replicaLagTimeMaxMs: 1000,
    faults: {
      untilMs: FAULTS_MS,
      kinds: [
        "partition",
        "slow-link",
        "reset",
        "cut",
        "refuse",
        "broker-down",
        "leader-move",
        "lost-reply",
        "lost-request",
        "slow-broker",
        "stall",
        "partition-error",
        "lagging-follower",
        "stale-metadata",
        "unclean-election",
      ],
    },
    limitMs: 600_000,
    checkers: [...positionCheckers, buffersAreBounded],
    run: async (world, Client) => {
      recordFetches(world);
      const random = world.random("retention");
      const isDeleting = random.below(2) === 0;
      const ends = new Map<string, Map<number, number>>();
      for (const name of ["reader-0", "reader-1"]) world.node(name).start((node) => read(world, node, Client, ends));
      world.node("writer").start((node) => write(world, node));
      while (isDeleting && world.nowMs < FAULTS_MS) {
        await world.sleep(random.between(1000, 6000));
        deleteSome(world, random);
      }
      await world.healed();
      await world.sleep(Math.max(0, END_MS - world.nowMs));
      await recordLogs(world, { topics: [TOPIC], durationMs: 6000 });
      for (const { partition, highWatermark } of world.cluster.snapshot().topics[0]?.partitions ?? []) {
        for (const [name, positions] of ends)
          if ((positions.get(partition) ?? 0) < highWatermark)
            world.violate(
              "C9",
              `${name} is at ${positions.get(partition) ?? 0} of ${TOPIC}-${partition}, which ends at ` +
                `${highWatermark}`,
              { node: name },
            );
      }
    },
  });
}

async function write(world: World, node: SimulatedNode): Promise<void> {
  const random = world.random("writer");
  const kafka = clientOn(node, { retryBackoffMs: 20, requestTimeoutMs: 3000 });
  const producer = kafka.producer({ lingerMs: 0, deliveryTimeoutMs: 10_000 });
  for (let count = 0; world.nowMs < WRITING_MS;) {
    for (let i = random.between(1, 6); i > 0; i--) {
      const id = `r-${count++}`;
      world.record({
        type: "send",
        atMs: world.nowMs,
        node: node.name,
        producer: "writer",
        order: count,
        id,
        topic: TOPIC,
        digest: id,
        deadlineMs: Number.POSITIVE_INFINITY,
      });
      void producer.send({ topic: TOPIC, partition: random.below(PARTITIONS), value: id }).catch(() => undefined);
    }
    await node.sleep(random.between(10, 300));
  }
  await producer.close();
  await kafka.close();
}

/** Reads all records, and moves positions as an application may. */
async function read(
  world: World,
  node: SimulatedNode,
  Client: typeof Kafka,
  ends: Map<string, Map<number, number>>,
): Promise<void> {
  const random = world.random(node.name);
  const leaves = world.random(`${node.name} leaves`);
  const at = (): { readonly atMs: number; readonly node: string; readonly consumer: string } => ({
    atMs: world.nowMs,
    node: node.name,
    consumer: node.name,
  });
  const kafka = clientOn(node, { retryBackoffMs: 20, requestTimeoutMs: 3000, metadataMaxAgeMs: 2000 }, Client);
  const policy = random.below(3) === 0 ? "latest" : "earliest";
  const maxPartitionFetchBytes = random.below(2) === 0 ? 150 : 1_048_576;
  const positions = new Map<number, number>();
  /** Partitions that were sought or reset after their last record. */
  const moved = new Set<number>();
  ends.set(node.name, positions);
  const consumer = kafka.consumer({
    assign: ASSIGNED,
    autoOffsetReset: policy,
    fetchMaxWaitMs: 200,
    fetchBufferBytes: BUFFER_BYTES,
    maxPartitionFetchBytes,
    onPositionReset: (reset) => {
      positions.set(reset.partition, reset.to);
      moved.add(reset.partition);
      world.record({ type: "reset", ...at(), ...reset, policy });
    },
  });
  for (const { topic, partition } of ASSIGNED) world.record({ type: "seek", ...at(), topic, partition, to: 0 });
  const stop = node.sleep(END_MS - 2000 - world.nowMs).then(() => kafka.close());
  void meddle(world, node, consumer, random, positions, moved);
  while (!consumer.isClosed) {
    try {
      for await (const record of consumer) {
        const { topic, partition, offset, value } = record;
        const id = recordId(value);
        moved.delete(partition);
        world.record({
          type: "buffer",
          ...at(),
          what: "consumer",
          bytes: consumer.bufferedBytes,
          limit: BUFFER_BYTES + PARTITIONS * Math.max(maxPartitionFetchBytes, BATCH_BYTES),
        });
        world.record({ type: "deliver", ...at(), id, topic, partition, offset, digest: id });
        positions.set(partition, offset + 1);
        if (random.below(10) === 0) await node.sleep(random.below(100));
        world.record({ type: "done", ...at(), topic, partition, offset });
        if (random.below(200) > 0) continue;
        if (leaves.below(2) === 0) consumer.markProcessed(record);
        else if (!moved.has(partition)) givenBack(world, node, record, positions);
        if (leaves.below(2) === 0) throw new KafkaError("abortable", LEAVES);
        break;
      }
      continue; // nothing else changes a position
    } catch (error) {
      const { kind, message } = KafkaError.from(error);
      if (kind === "closed") break;
      if (message === LEAVES) continue;
      node.note(`reading fails: ${message}`);
      await node.sleep(100);
    }
    for (const { topic, partition } of ASSIGNED) world.record({ type: "seek", ...at(), topic, partition });
  }
  await stop;
}

/** The loop was left within a batch: the record in progress comes again. */
function givenBack(
  world: World,
  { name }: SimulatedNode,
  { topic, partition, offset }: KafkaRecord,
  positions: Map<number, number>,
): void {
  positions.set(partition, offset);
  const at = { atMs: world.nowMs, node: name, consumer: name };
  world.record({ type: "seek", ...at, topic, partition, to: offset, isGivenBack: true });
}

/** Pauses, resumes and seeks at random times, until some time before the end. */
async function meddle(
  world: World,
  node: SimulatedNode,
  consumer: Consumer,
  random: Random,
  positions: ReadonlyMap<number, number>,
  moved: Set<number>,
): Promise<void> {
  while (world.nowMs < WRITING_MS) {
    await node.sleep(random.between(1000, 6000));
    const partition = { topic: TOPIC, partition: random.below(PARTITIONS) };
    const event = { atMs: world.nowMs, node: node.name, consumer: node.name, ...partition };
    if (random.below(3) === 0) {
      const to = random.below(1 + (positions.get(partition.partition) ?? 0));
      consumer.seek(partition, to);
      moved.add(partition.partition);
      world.record({ type: "seek", ...event, to });
    } else {
      consumer.pause([partition]);
      world.record({ type: "pause", ...event, isPaused: true });
      await node.sleep(random.between(100, 9000));
      world.record({ type: "pause", ...event, atMs: world.nowMs, isPaused: false });
      consumer.resume([partition]);
    }
  }
}

/**
 * Records the partitions that a fetch asks for: those that it names, and those of its session (KIP-227). There is one
 * topic.
 */
function recordFetches(world: World): void {
  const sessions = new Map<string, Set<number>>();
  world.cluster.intercept("Fetch", ({ message, clientId, nodeId }) => {
    const key = `${clientId ?? ""}@${nodeId}`;
    const asked = message.sessionEpoch > 0 ? (sessions.get(key) ?? new Set<number>()) : new Set<number>();
    for (const { partitions } of message.forgottenTopicsData)
      for (const partition of partitions) asked.delete(partition);
    for (const { partitions } of message.topics) for (const { partition } of partitions) asked.add(partition);
    sessions.set(key, asked);
    for (const partition of asked)
      world.record({ type: "fetch", atMs: world.nowMs, node: clientId ?? "", topic: TOPIC, partition });
    return undefined;
  });
}

/** Deletes some of the first records of a partition. */
function deleteSome(world: World, random: Random): void {
  const found = world.cluster.snapshot().topics[0]?.partitions[random.below(PARTITIONS)];
  if (found === undefined || found.highWatermark <= found.logStartOffset) return;
  const toOffset = random.between(found.logStartOffset + 1, found.highWatermark);
  world.cluster.deleteRecords(TOPIC, found.partition, toOffset);
  world.record({
    type: "retention",
    atMs: world.nowMs,
    node: "world",
    topic: TOPIC,
    partition: found.partition,
    toOffset,
  });
}
