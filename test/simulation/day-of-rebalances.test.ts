// A day of virtual time in which members of three groups come, go, crash, stall and hang, each in its own process,
// which stays alive. At the end there are no more tasks, timers, connections or memory than after four hours. Takes
// about 18 s of one core.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { Kafka } from "../../src/kafka.ts";
import { type SimulatedNode, type World, simulate } from "../../src/simulation.ts";
import { nodeProbes } from "../runtimes/node-probes.ts";
import { text } from "../client/world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SESSION_MS = 30_000;
const MAX_POLL_MS = MINUTE;
/**
 * Nothing reads while the resources are counted: the consumers are closed, their clients are not. Unused connections
 * end after nine minutes.
 */
const QUIET_MS = 20 * MINUTE;
const COUNTED_AT_HOURS = [4, 24];
const MEMBERS = 3;
/**
 * Half of the 2 to 3 MB is code that the engine compiled meanwhile. The rest are 600 records of the topics, and fetch
 * sessions, of which brokers keep a thousand each. Between the two counts 540 consumers came and went: if one stayed in
 * memory, that would be more than 10 kB each.
 */
const MOST_GROWTH = 5_000_000;
/** The number of records that are written while nothing reads, before the end. */
const UNREAD = 11;

const classic = { groupProtocol: "classic", sessionTimeoutMs: SESSION_MS, heartbeatIntervalMs: 10_000 } as const;
const GROUPS = {
  consumer: { groupProtocol: "consumer" },
  cooperative: { ...classic, partitionAssignmentStrategy: ["cooperative-sticky"] },
  eager: { ...classic, partitionAssignmentStrategy: ["range"] },
} as const satisfies Readonly<Record<string, Partial<ConsumerOptions>>>;

/** Counts of live resources, and the used memory. */
interface Count {
  readonly tasks: number;
  readonly delays: number;
  readonly connections: number;
  readonly bytes: number;
}

/** Counts of what happened: a day without events proves nothing. */
interface Told {
  readonly got: Map<string, Set<string>>;
  readonly hooks: { assigned: number; revoked: number; lost: number };
  consumers: number;
}

const isQuiet = (world: World): boolean =>
  COUNTED_AT_HOURS.some((hour) => world.nowMs > hour * HOUR - QUIET_MS && world.nowMs < hour * HOUR + MINUTE);

async function read(world: World, node: SimulatedNode, consumer: Consumer, got: Set<string>): Promise<void> {
  const random = world.random(`work/${node.name}/${world.nowMs}`);
  for await (const { value } of consumer) {
    got.add(text(value) ?? "");
    // The member leaves the group without it.
    if (!isQuiet(world) && random.below(30) === 0) await node.sleep(MAX_POLL_MS + random.between(5000, 60_000));
  }
}

/** One consumer after the other of one client: leaked resources of a consumer stay in the client. */
async function program(world: World, node: SimulatedNode, groupId: keyof typeof GROUPS, told: Told): Promise<void> {
  const random = world.random(`${node.name}/${node.lives}`);
  const kafka = new Kafka({ ...node.kafkaOptions }, node.platform);
  const count = (what: keyof Told["hooks"]) => (): void => {
    told.hooks[what]++;
  };
  const got = told.got.get(groupId) ?? new Set();
  told.got.set(groupId, got);
  for (;;) {
    const consumer = kafka.consumer({
      ...GROUPS[groupId],
      groupId,
      topics: ["t"],
      maxPollIntervalMs: MAX_POLL_MS,
      autoCommitIntervalMs: MINUTE,
      fetchMaxWaitMs: 20_000,
      ...(random.below(4) === 0 ? { groupInstanceId: node.name } : {}),
      onAssigned: count("assigned"),
      onRevoked: count("revoked"),
      onLost: count("lost"),
    });
    told.consumers++;
    const reading = read(world, node, consumer, got).catch((error: unknown) => node.note(String(error)));
    for (let left = random.between(1, 40); left > 0 && !isQuiet(world); left--) await node.sleep(MINUTE);
    await consumer.close();
    await reading;
    do await node.sleep(random.between(1000, 2 * MINUTE));
    while (isQuiet(world));
  }
}

/** At random times a process crashes, or stalls for longer than a session timeout, or a coordinator moves. */
async function trouble(world: World, nodes: readonly SimulatedNode[]): Promise<void> {
  const random = world.random("trouble");
  for (;;) {
    await world.sleep(random.between(MINUTE, 12 * MINUTE));
    world.history.length = 0; // the memory of the world itself, and the log lines of nodes
    for (const { logged } of world.nodes) logged.length = 0;
    const node = nodes[random.below(nodes.length)];
    if (isQuiet(world) || node === undefined) continue;
    const what = random.below(3);
    if (what === 0) {
      node.crash();
      await world.sleep(random.between(1000, 2 * SESSION_MS));
      node.restart();
    } else if (what === 1) node.stall(random.between(SESSION_MS, 3 * SESSION_MS));
    else world.cluster.moveCoordinator("group", Object.keys(GROUPS)[random.below(3)] ?? "", random.below(2));
  }
}

/** The fewest that are alive at a time within a minute: work in progress comes on top. */
async function countWhatLives(world: World, heapUsed: () => number): Promise<Count> {
  const least = {
    tasks: Number.POSITIVE_INFINITY,
    delays: Number.POSITIVE_INFINITY,
    connections: Number.POSITIVE_INFINITY,
  };
  for (let i = 0; i < 600; i++) {
    await world.sleep(100);
    const sum = (of: (node: SimulatedNode) => number): number => world.nodes.reduce((all, node) => all + of(node), 0);
    least.tasks = Math.min(
      least.tasks,
      sum(({ runtime }) => runtime.tasks),
    );
    least.delays = Math.min(
      least.delays,
      sum(({ runtime }) => runtime.delays),
    );
    least.connections = Math.min(least.connections, world.network.connections.length);
  }
  world.history.length = 0;
  for (const { logged } of world.nodes) logged.length = 0;
  // Another thread releases buffers, and it may be late on a busy host: collected memory is free after the next
  // collection, or the one after.
  const bytes = Math.min(...Array.from({ length: 5 }, () => heapUsed() + process.memoryUsage().arrayBuffers));
  return { ...least, bytes };
}

test("after 24 hours of rebalances there is no more of anything than after four", async (t) => {
  const { heapUsed } = nodeProbes();
  const told: Told = { got: new Map(), hooks: { assigned: 0, revoked: 0, lost: 0 }, consumers: 0 };
  let sent = 0;
  const groups = { consumerSessionTimeoutMs: SESSION_MS, consumerHeartbeatIntervalMs: 10_000 };
  const { value: counts } = await simulate(
    { seed: 24, brokers: 2, topics: { t: 6 }, groups, maxEvents: 1e9 },
    async (world) => {
      const nodes = (Object.keys(GROUPS) as (keyof typeof GROUPS)[]).flatMap((groupId) =>
        Array.from({ length: MEMBERS }, (_, i) => {
          const node = world.node(`${groupId}-${i}`);
          node.start((self) => program(world, self, groupId, told));
          return node;
        }),
      );
      const writer = world.node("writer");
      writer.start(async () => {
        const producer = new Kafka({ ...writer.kafkaOptions }, writer.platform).producer();
        for (;;) {
          await writer.sleep(2 * MINUTE);
          await producer.send({ topic: "t", partition: sent % 6, value: `r-${sent++}` });
        }
      });
      void trouble(world, nodes);
      const all: Count[] = [];
      for (const hour of COUNTED_AT_HOURS) {
        await world.sleep(hour * HOUR - world.nowMs);
        all.push(await countWhatLives(world, heapUsed));
      }
      return all;
    },
  );
  t.diagnostic(
    JSON.stringify({ counts, sent, ...told, got: [...told.got].map(([groupId, got]) => `${groupId}: ${got.size}`) }),
  );
  const [early, late] = counts;
  assert.ok(early !== undefined && late !== undefined);
  assert.deepEqual({ ...late, bytes: 0 }, { ...early, bytes: 0 });
  assert.ok(late.bytes - early.bytes < MOST_GROWTH, `${early.bytes} bytes became ${late.bytes}`);
  for (const [groupId, got] of told.got)
    assert.ok(got.size >= sent - UNREAD, `group ${groupId} got ${got.size} of ${sent} records`);
  assert.ok(told.consumers > 500 && told.hooks.lost > 100 && told.hooks.revoked > 500, "the members came and went");
});
