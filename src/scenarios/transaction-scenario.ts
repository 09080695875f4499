// A bank in the simulator: two instances with one transactional id move money. The second fences the first, and is
// fenced in turn. Invariants:
//     T1  a transaction is in both topics or in neither, as read_committed readers see them;
//     T2  committed records exist, once; aborted records do not;
//     T5  the committed offset of the group belongs to a committed transaction;
//     T6  the transactions of one instance keep their order;
//     T7  none stays open: the last stable offset reaches the end of the partition.
import { KafkaError } from "../errors/kafka-error.ts";
import type { Kafka } from "../kafka.ts";
import type { Scenario } from "../simulation/scenario.ts";
import type { SimulatedNode } from "../simulation/simulated-node.ts";
import type { World } from "../simulation/world.ts";
import { clientOn, clientScenario } from "./client-scenario.ts";
import type { ClientScenarioOptions } from "./client-scenario-options.ts";
import { recordId } from "./record-id.ts";

const WORKING_MS = 15_000;
const TIMEOUT_MS = 20_000;
const TOPICS = ["debits", "credits"] as const;

/** The outcome of each transaction, by its value. */
type Fate = "committed" | "aborted" | "unknown";

/** The options of {@link transactionScenario}. */
export interface TransactionScenarioOptions extends ClientScenarioOptions {
  /** The transaction protocol of the brokers; 2 is that of KIP-890. */
  readonly transactionVersion: 1 | 2;
}

/**
 * A bank under faults: two instances with one transactional id move money, and fence each other. The invariants are T1,
 * T2, and T5 to T7.
 */
export function transactionScenario(options: TransactionScenarioOptions): Scenario {
  const { transactionVersion } = options;
  return clientScenario(options, {
    topics: { debits: 1, credits: 2 },
    transactionVersion,
    transactionMarkerDelayMs: 5,
    faults: {
      untilMs: WORKING_MS,
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
        "lagging-follower",
        "stale-metadata",
      ],
    },
    limitMs: 600_000,
    run: async (world, Client) => {
      const fates = new Map<string, Fate>();
      for (const name of ["bank-a", "bank-b"]) world.node(name).start((node) => program(world, node, fates, Client));
      await world.sleep(WORKING_MS);
      await world.healed();
      await world.sleep(TIMEOUT_MS * 2 + 130_000); // the transaction timeout aborts open transactions
      await audit(world, fates);
    },
  });
}

/**
 * Runs transactions one after the other until another instance fences this one. Then it waits, and fences the other in
 * turn.
 */
async function program(
  world: World,
  node: SimulatedNode,
  fates: Map<string, Fate>,
  Client: typeof Kafka,
): Promise<void> {
  const random = world.random(`${node.name}-${world.nowMs}`);
  const life = `${node.name}@${Math.round(world.nowMs)}`;
  const kafka = clientOn(node, { onLog: () => undefined, retryBackoffMs: 20 }, Client);
  const nap = (ms: number): Promise<void> => node.sleep(ms);
  if (node.name === "bank-b") await nap(random.between(1000, 6000));
  for (let count = 0; world.nowMs < WORKING_MS;) {
    const producer = kafka.producer({
      transactionalId: "bank",
      transactionTimeoutMs: TIMEOUT_MS,
      maxBlockMs: 10_000,
      deliveryTimeoutMs: 30_000,
      requestTimeoutMs: 2000,
      lingerMs: random.between(0, 10),
    });
    let isOver = false;
    while (!isOver && world.nowMs < WORKING_MS) {
      const value = `${life}/${count++}`;
      fates.set(value, "unknown");
      try {
        await producer.transaction(async (tx) => {
          tx.enqueue({ topic: "debits", value });
          await tx.send({ topic: "credits", partition: count % 2, value });
          await tx.sendOffsets([{ topic: "debits", partition: 0, offset: count }], { groupId: "bank" });
          if (random.between(0, 5) === 0) throw new KafkaError("abortable", "no money: this transaction is aborted");
        });
        fates.set(value, "committed");
      } catch (error) {
        const isKnown = !KafkaError.is(error) || (error.kind === "abortable" && error.outcome !== "indefinite");
        if (isKnown) fates.set(value, "aborted");
        isOver = KafkaError.is(error) && error.kind !== "abortable";
      }
      await nap(random.between(1, 200));
    }
    await producer.close().catch(() => undefined);
    await nap(random.between(1000, 5000)); // the turn of the other instance
  }
  await kafka.close().catch(() => undefined);
}

async function audit(world: World, fates: ReadonlyMap<string, Fate>): Promise<void> {
  for (const { topic, partitions } of world.cluster.snapshot().topics) {
    for (const { partition, lastStableOffset, highWatermark } of partitions)
      if (lastStableOffset !== highWatermark)
        world.violate(
          "T7",
          `${topic}-${partition} is stable up to ${lastStableOffset} of ${highWatermark}: a transaction stayed open`,
        );
  }
  const seen = new Map<string, string[]>();
  for (const topic of TOPICS) seen.set(topic, await readCommitted(world, topic));
  const [debits = [], credits = []] = TOPICS.map((topic) => seen.get(topic) ?? []);
  for (const [topic, values] of seen)
    if (new Set(values).size !== values.length)
      world.violate(
        "T2",
        `${topic} has a transaction twice: ${values.find((value, i) => values.indexOf(value) !== i) ?? ""}`,
      );
  for (const [value, fate] of fates) {
    const [inDebits, inCredits] = [debits.includes(value), credits.includes(value)];
    if (inDebits !== inCredits)
      world.violate("T1", `${value} (${fate}) is in ${inDebits ? "debits" : "credits"} alone`);
    if (fate === "committed" && !inDebits) world.violate("T2", `${value} was committed, but is not in the topics`);
    if (fate === "aborted" && inDebits) world.violate("T2", `${value} was aborted, but is in the topics`);
  }
  const offset = world.cluster.snapshot().groups.find(({ groupId }) => groupId === "bank")?.offsets[0]?.offset;
  const possible = [...fates]
    .filter(([, fate]) => fate !== "aborted")
    .map(([value]) => Number(value.split("/")[1]) + 1);
  if (offset !== undefined && !possible.includes(offset))
    world.violate("T5", `the group is at ${offset}, which only aborted transactions have sent`);
  const counts = new Map<string, number>();
  for (const value of debits) {
    const [life = "", count] = value.split("/");
    if (Number(count) < (counts.get(life) ?? -1))
      world.violate("T6", `${value} came after ${counts.get(life) ?? -1} of the same instance`);
    counts.set(life, Number(count));
  }
}

async function readCommitted(world: World, topic: string): Promise<string[]> {
  const node = world.node("auditor");
  const kafka = clientOn(node);
  const consumer = kafka.consumer({ topics: [topic], isolationLevel: "read_committed" });
  const values: string[] = [];
  const stop = world.sleep(5000).then(() => kafka.close());
  try {
    for await (const record of consumer) values.push(recordId(record.value));
  } catch (error) {
    if (!KafkaError.is(error) || error.kind !== "closed") throw error;
  }
  await stop;
  return values;
}
