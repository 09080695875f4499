// Groups of kafkajs and of the drop-in: either leads, and a group moves there and back under load (check 42).
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Consumer } from "kafkajs";
import { shipped, theirs } from "./real-kafkajs.ts";
import { type Module, onTcp, type TcpWorld, until } from "./tcp-cluster.ts";

interface Member {
  readonly consumer: Consumer;
  readonly seen: string[];
  readonly joins: { readonly isLeader: boolean; readonly memberAssignment: Record<string, number[]> }[];
}

async function member(world: TcpWorld, module: Module): Promise<Member> {
  const consumer = world.kafka(module).consumer({
    groupId: "mixed",
    maxWaitTimeInMs: 50,
    heartbeatInterval: 100,
    sessionTimeout: 10_000,
  });
  const seen: string[] = [];
  const joins: Member["joins"] = [];
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => void joins.push(payload as never));
  consumer.on(consumer.events.CRASH, ({ payload }) => assert.fail(payload.error));
  await consumer.connect();
  await consumer.subscribe({ topic: "orders", fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
  return { consumer, seen, joins };
}

const sorted = (members: readonly Member[]): string[] =>
  members.flatMap(({ seen }) => seen).sort((a, b) => Number(a) - Number(b));
const upTo = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

for (const [name, first, second] of [
  ["kafkajs leads", theirs, shipped],
  ["the drop-in leads", shipped, theirs],
] as const)
  test(`two members, ${name}: each has its half, and each message comes once`, () =>
    onTcp(4, async (world) => {
      const members = [await member(world, first), await member(world, second)];
      const halves = (): number[] => members.map(({ joins }) => joins.at(-1)?.memberAssignment["orders"]?.length ?? 0);
      await until(() => halves().every((count) => count === 2));
      assert.deepEqual(
        members.map(({ joins }) => joins.at(-1)?.isLeader),
        [true, false],
      );
      for (let partition = 0; partition < 4; partition++) await world.send(partition, 10);
      await until(() => sorted(members).length >= 40);
      assert.deepEqual(sorted(members), upTo(40));
      assert.ok(members.every(({ seen }) => seen.length === 20));
      for (const { consumer } of members) await consumer.disconnect();
    }));

test("a group moves from kafkajs to the drop-in and back, member by member, while messages are written", () =>
  onTcp(4, async (world) => {
    const all: Member[] = [];
    let sent = 0;
    let isOver = false;
    const writing = (async () => {
      for (let n = 0; !isOver; n++) {
        await world.send(n % 4, 5);
        sent += 5;
      }
    })();
    let now = [await member(world, theirs), await member(world, theirs)];
    all.push(...now);
    for (const to of [shipped, theirs])
      for (let i = 0; i < 2; i++) {
        const joined = await member(world, to);
        all.push(joined);
        await now[0]?.consumer.disconnect();
        now = [...now.slice(1), joined];
        const at = sent;
        await until(() => sorted(all).length > at);
      }
    isOver = true;
    await writing;
    await until(() => new Set(sorted(all)).size === sent);
    for (const { consumer } of now) await consumer.disconnect();
    assert.deepEqual([...new Set(sorted(all))], upTo(sent));
  }));
