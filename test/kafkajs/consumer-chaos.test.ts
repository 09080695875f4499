// Members that come and go, handlers that are slow or fail, pauses, brokers that restart, in random order: every
// message is handled at least once, a partition is with one handler at a time, and no commit passes a message that was
// not handled.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Consumer } from "../../packages/kafkajs/src/api.ts";
import { Random } from "../../src/simulation/random.ts";
import { until, write } from "./consumer-world.ts";
import { inKafkaJsWorld, type KafkaJsWorld } from "./world.ts";

const PARTITIONS = 4;
const EACH = 60;

interface Facts {
  /** The messages whose handlers have ended well, by partition. */
  readonly handled: Set<number>[];
  readonly wrongs: string[];
  crashes: number;
}

async function member(world: KafkaJsWorld, random: Random, facts: Facts, atWork: Set<string>): Promise<Consumer> {
  const below = (n: number): number => Math.floor(random.fraction() * n);
  const consumer = world.kafka().consumer({
    groupId: "g",
    sessionTimeout: 6000,
    heartbeatInterval: 500,
    rebalanceTimeout: 20_000,
    retry: { retries: 8, initialRetryTime: 50 },
  });
  consumer.on(consumer.events.CRASH, () => {
    facts.crashes++;
  });
  const handle = async (partition: number, offset: number, heartbeat: () => Promise<void>): Promise<void> => {
    const key = `${partition}`;
    if (atWork.has(key)) facts.wrongs.push(`partition ${partition} is with two handlers at ${offset}`);
    atWork.add(key);
    try {
      const kind = below(20);
      if (kind === 0) await world.wait(below(3000));
      else if (kind < 8) await world.wait(below(40));
      if (kind === 1) throw new Error("now and then");
      await heartbeat();
      facts.handled[partition]?.add(offset);
    } finally {
      atWork.delete(key);
    }
  };
  await consumer.subscribe({ topic: "orders", fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: 1 + below(3),
    ...(below(2) === 0 ? { autoCommitThreshold: 3 } : {}),
    ...(below(2) === 0
      ? {
          eachMessage: async ({ partition, message, heartbeat, pause }) => {
            await handle(partition, Number(message.offset), heartbeat);
            if (below(30) > 0) return;
            const resume = pause();
            void world.wait(500).then(() => resume());
          },
        }
      : {
          eachBatch: async ({ batch, heartbeat, resolveOffset, isRunning, isStale }) => {
            for (const { offset } of batch.messages) {
              if (!isRunning() || isStale()) break;
              await handle(batch.partition, Number(offset), heartbeat);
              resolveOffset(offset);
            }
          },
          eachBatchAutoResolve: false,
        }),
  });
  return consumer;
}

async function check(world: KafkaJsWorld, { handled, wrongs }: Facts): Promise<void> {
  const tool = world.world.kafka.consumer({ groupId: "g", assign: [] });
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: "orders", partition }));
  for (const [partition, found] of (await tool.committed(partitions)).entries())
    for (let offset = 0; offset < (found?.offset ?? 0); offset++)
      if (handled[partition]?.has(offset) !== true) wrongs.push(`${partition}:${offset} is committed and not handled`);
  await tool.close();
}

for (const seed of [1, 2, 3, 4, 5, 6])
  test(`seed ${seed}`, () =>
    inKafkaJsWorld({ seed, brokers: 3, topics: { orders: PARTITIONS } }, async (world) => {
      const random = Random.keyed(seed, "chaos");
      const facts: Facts = {
        handled: Array.from({ length: PARTITIONS }, () => new Set<number>()),
        wrongs: [],
        crashes: 0,
      };
      const atWork = new Set<string>();
      const members: Consumer[] = [await member(world, random, facts, atWork)];
      for (let step = 0; step < 12; step++) {
        for (let n = 0; n < PARTITIONS; n++) await write(world, "orders", n, EACH / 12, (step * EACH) / 12);
        const kind = Math.floor(random.fraction() * 4);
        if (kind === 0 && members.length < 4) members.push(await member(world, random, facts, atWork));
        else if (kind === 1 && members.length > 1) await members.shift()?.disconnect();
        else if (kind === 2) {
          await world.cluster.stopBroker(step % 3);
          await world.wait(1000);
          await world.cluster.startBroker(step % 3);
        }
        await world.wait(2000 * random.fraction());
        await check(world, facts);
      }
      await until(world, () => facts.handled.every(({ size }) => size === EACH), `all messages of seed ${seed}`);
      for (const consumer of members) await consumer.disconnect();
      await check(world, facts);
      await world.wait(1000); // pauses that are not resumed yet
      assert.deepEqual(facts.wrongs, []);
      assert.equal(facts.crashes, 0);
    }));
