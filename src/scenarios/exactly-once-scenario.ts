// Consume, transform, produce in the simulator: the processes of one group read `in` and write `out`, crash, stall, are
// cut off, and rebalance. Invariants: T3, as readers see both topics at the end; T7, no transaction stays open.
import { KafkaError } from "../errors/kafka-error.ts";
import { consumeTransformProduce } from "../index.ts";
import type { Kafka } from "../kafka.ts";
import { madeOf, outputIsExact } from "./checkers/exactly-once.ts";
import { Random } from "../simulation/random.ts";
import type { Scenario } from "../simulation/scenario.ts";
import type { SimulatedNode } from "../simulation/simulated-node.ts";
import type { World } from "../simulation/world.ts";
import { recordId } from "./record-id.ts";
import { recordLogs } from "./record-logs.ts";
import { clientOn, clientScenario } from "./client-scenario.ts";
import type { ClientScenarioOptions } from "./client-scenario-options.ts";
import { groupFaults } from "./group-faults.ts";
import { transactionFaults } from "./transaction-faults.ts";

const GROUP = "pipes";
const FAULTS_MS = 25_000;
const WRITING_MS = FAULTS_MS + 8000;
/** Longer than the sum of a session, a transaction and a transform. */
const DRAIN_MS = 90_000;
const SESSION_MS = 6000;
const PARTITIONS = 4;

/** The options of {@link exactlyOnceScenario}. */
export interface ExactlyOnceScenarioOptions extends ClientScenarioOptions {
  /** The transaction protocol of the brokers; 2 is that of KIP-890. */
  readonly transactionVersion: 1 | 2;
  /** Replaces the function of this name with one that has a planted bug. @internal */
  readonly consumeTransformProduce?: typeof consumeTransformProduce;
}

interface Pipes {
  readonly make: typeof consumeTransformProduce;
  readonly Client: typeof Kafka;
}

/**
 * Consume, transform, produce under faults: two to four processes of one group read topic `in` and write topic `out`.
 * The invariants are T3, each input is in the output once, and T7, no transaction stays open.
 */
export function exactlyOnceScenario(options: ExactlyOnceScenarioOptions): Scenario {
  const { transactionVersion, consumeTransformProduce: make = consumeTransformProduce } = options;
  return clientScenario(options, {
    topics: { in: PARTITIONS, out: 2 },
    transactionVersion,
    transactionMarkerDelayMs: 5,
    groups: {
      initialRebalanceDelayMs: 100,
      consumerSessionTimeoutMs: SESSION_MS,
      consumerHeartbeatIntervalMs: 1000,
      consumerAssignmentIntervalMs: 0,
    },
    faults: {
      untilMs: FAULTS_MS,
      kinds: [
        "partition",
        "one-way-partition",
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
        "broker-ghost",
        "stall",
        "crash",
        "stale-metadata",
      ],
    },
    limitMs: 900_000,
    checkers: [outputIsExact("in", "out")],
    run: async (world, Client) => {
      const random = world.random("pipes");
      const protocol = random.below(3);
      const nodes = Array.from({ length: random.between(2, 4) }, (_, i) => `pipe-${i}`);
      for (const name of nodes) world.node(name).start((node) => pipeProgram(world, node, protocol, { make, Client }));
      const writing = write(world);
      await Promise.all([groupFaults(world, GROUP, FAULTS_MS), transactionFaults(world, nodes, FAULTS_MS)]);
      await world.healed();
      world.cluster.clearIntercepts();
      await writing;
      await world.sleep(DRAIN_MS);
      for (const { topic, partitions } of world.cluster.snapshot().topics) {
        for (const { partition, lastStableOffset, highWatermark } of partitions)
          if (lastStableOffset !== highWatermark)
            world.violate(
              "T7",
              `${topic}-${partition} is stable up to ${lastStableOffset} of ${highWatermark}: a transaction ` +
                "stayed open",
            );
      }
      await recordLogs(world, { topics: ["in", "out"], isolationLevel: "read_committed", durationMs: 8000 });
    },
  });
}

/**
 * Runs one pipe after the other until the world ends. A pipe ends when it is closed or stopped, or by an error that it
 * cannot recover from.
 */
async function pipeProgram(
  world: World,
  node: SimulatedNode,
  protocol: number,
  { make, Client }: Pipes,
): Promise<void> {
  const settings = Random.keyed(world.seed, `settings/${node.name}`);
  const random = world.random(`${node.name}/${node.lives}`);
  const maxPollIntervalMs = settings.below(2) === 0 ? 8000 : 5000;
  const classic = {
    groupProtocol: "classic",
    sessionTimeoutMs: SESSION_MS,
    heartbeatIntervalMs: 1000,
    partitionAssignmentStrategy: [protocol === 1 ? "range" : "cooperative-sticky"],
  } as const;
  const consumer = {
    ...(protocol === 0 ? ({ groupProtocol: "consumer" } as const) : classic),
    maxPollIntervalMs,
    fetchMaxWaitMs: 200,
    maxPartitionFetchBytes: settings.below(2) === 0 ? 300 : 1_048_576,
    ...(settings.below(4) === 0 ? { groupInstanceId: node.name } : {}),
  };
  await node.sleep(random.below(2000));
  for (;;) {
    const kafka = clientOn(node, { retryBackoffMs: 20, requestTimeoutMs: 4000, metadataMaxAgeMs: 2000 }, Client);
    const pipe = make(kafka, {
      groupId: GROUP,
      topics: ["in"],
      transactionalId: node.name,
      consumer,
      maxRecords: settings.between(1, 30),
      maxMs: settings.between(0, 200),
      producer: { transactionTimeoutMs: 10_000, lingerMs: settings.below(10) },
      transform: async (records) => {
        const isEarly = world.nowMs < FAULTS_MS;
        if (isEarly && random.below(60) === 0) await node.sleep(random.between(2000, maxPollIntervalMs + 3000));
        else if (random.below(3) === 0) await node.sleep(random.below(80));
        return records.map(({ topic, partition, offset, value }) => ({
          topic: "out",
          partition: partition % 2,
          value: madeOf({ topic, partition, offset, id: recordId(value) }),
        }));
      },
      onAborted: ({ message }) => node.note(`aborted, and tries again: ${message}`),
    });
    const staysMs = random.below(3) === 0 ? random.between(1000, 9000) : Number.POSITIVE_INFINITY;
    if (world.nowMs + staysMs < FAULTS_MS)
      void node.sleep(staysMs).then(() => (random.below(2) === 0 ? pipe.stop() : pipe.close()));
    await pipe.ended.catch((error: unknown) => node.note(`the pipe ends: ${KafkaError.from(error).message}`));
    await kafka.close().catch(() => undefined);
    await node.sleep(random.between(50, 2000));
  }
}

/** Numbered records, in some seeds in transactions, some of which are aborted. */
async function write(world: World): Promise<void> {
  const node = world.node("writer");
  const random = world.random("writer");
  const isTransactional = random.below(2) === 0;
  let count = 0;
  let isDone = false;
  node.start(async () => {
    const kafka = clientOn(node, { retryBackoffMs: 20, requestTimeoutMs: 4000 });
    while (world.nowMs < WRITING_MS) {
      const producer = kafka.producer({
        lingerMs: 0,
        deliveryTimeoutMs: 20_000,
        ...(isTransactional ? { transactionalId: "writer", transactionTimeoutMs: 10_000 } : {}),
      });
      try {
        while (world.nowMs < WRITING_MS) {
          const records = Array.from({ length: random.between(1, 6) }, () => ({
            topic: "in",
            partition: random.below(PARTITIONS),
            value: `r-${count++}`,
          }));
          if (isTransactional) {
            await producer
              .transaction(async (tx) => {
                for (const each of records) await tx.send(each);
                if (random.below(5) === 0)
                  throw new KafkaError("abortable", "the writer wants this transaction aborted");
              })
              .catch((error: unknown) => {
                if (KafkaError.is(error) && error.kind !== "abortable") throw error;
              });
          } else await Promise.all(records.map((each) => producer.send(each).catch(() => undefined)));
          await node.sleep(random.between(10, 300));
        }
      } catch (error) {
        node.note(`the writer begins again: ${KafkaError.from(error).message}`);
        await node.sleep(200);
      }
      await producer.close().catch(() => undefined);
    }
    isDone = true;
    await kafka.close();
  });
  while (!isDone) await world.sleep(500);
}
