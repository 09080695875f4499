// Assigners of the user's own, as NestJS has one, and those of Odradek by name (checks 40, 41).
import { test } from "node:test";
import assert from "node:assert/strict";
import type { AssignerFactory } from "../../packages/kafkajs/src/consumer/assignor-of.ts";
import { AssignerProtocol } from "../../packages/kafkajs/src/assigners/assigner-protocol.ts";
import { eventsOf, until, write } from "./consumer-world.ts";
import { inKafkaJsWorld } from "./world.ts";

const { MemberMetadata, MemberAssignment } = AssignerProtocol;

/** Gives the partitions of a topic to the member that asks for them in its user data, like NestJS's assigner. */
function wishes(log: unknown[], wish: () => number[]): AssignerFactory {
  return ({ cluster, groupId, logger }) => {
    log.push(["made", groupId, typeof logger.info]);
    return {
      name: "Wishes",
      version: 1,
      protocol({ topics }) {
        log.push(["protocol", topics]);
        const userData = Buffer.from(JSON.stringify(wish()));
        return { name: this.name, metadata: MemberMetadata.encode({ version: 1, topics, userData }) };
      },
      async assign({ members, topics }) {
        await Promise.resolve();
        const known = cluster.findTopicPartitionMetadata("orders").map(({ partitionId }) => partitionId);
        log.push(["assign", topics, known, members.map((member) => Object.keys(member))]);
        return members.map(({ memberId, memberMetadata }) => {
          const { userData } = MemberMetadata.decode(memberMetadata);
          const orders = (JSON.parse(String(userData)) as number[]).filter((n) => known.includes(n));
          return { memberId, memberAssignment: MemberAssignment.encode({ version: 1, assignment: { orders } }) };
        });
      },
    };
  };
}

test("an async assigner with user data and fresh metadata; protocol is called at every join", () =>
  inKafkaJsWorld({ topics: { orders: 3 } }, async (world) => {
    const log: unknown[][] = [];
    const kafka = world.kafka();
    const assignments: unknown[] = [];
    const consumers = [[2], [0, 1]].map((wish) =>
      kafka.consumer({ groupId: "g", partitionAssigners: [wishes(log, () => wish) as never] }),
    );
    for (const [n, consumer] of consumers.entries()) {
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        assignments[n] = [payload.memberAssignment, payload.groupProtocol];
      });
      await consumer.subscribe({ topic: "orders", fromBeginning: true });
      await consumer.run({ eachMessage: async () => undefined });
    }
    await world.wait(1000);
    assert.deepEqual(assignments, [
      [{ orders: [2] }, "Wishes"],
      [{ orders: [0, 1] }, "Wishes"],
    ]);
    assert.deepEqual(log.slice(0, 2), [
      ["made", "g", "function"],
      ["made", "g", "function"],
    ]);
    assert.ok(log.filter(([what]) => what === "protocol").length >= 3);
    assert.deepEqual(
      log.find(([what]) => what === "assign"),
      ["assign", ["orders"], [0, 1, 2], [["memberId", "groupInstanceId", "memberMetadata"]]],
    );
    for (const consumer of consumers) await consumer.disconnect();
  }));

test("an assigner that throws crashes the consumer with its own error; run resolves", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async (world) => {
    for (const method of ["assign", "protocol"] as const) {
      const boom = new RangeError("no assignment");
      const factory: AssignerFactory = (parts) => {
        const whole = wishes([], () => [0])(parts);
        return {
          ...whole,
          [method]: () => {
            throw boom;
          },
        };
      };
      const consumer = world.kafka().consumer({ groupId: method, partitionAssigners: [factory as never] });
      const crashes: unknown[] = [];
      consumer.on(consumer.events.CRASH, ({ payload }) => void crashes.push(payload.error, payload.restart));
      await consumer.subscribe({ topic: "orders" });
      await consumer.run({ eachMessage: async () => undefined });
      assert.deepEqual(crashes, [boom, false]);
      await consumer.disconnect();
    }
  }));

test("members of different topics get only what they subscribe to", () =>
  inKafkaJsWorld({ topics: { a: 2, b: 2 } }, async (world) => {
    const kafka = world.kafka();
    const seen: Record<string, string[]> = { a: [], b: [] };
    const strays: string[] = [];
    const consumers = ["a", "b"].map((topic) => {
      const consumer = kafka.consumer({ groupId: "g" });
      consumer.on(consumer.events.RECEIVED_UNSUBSCRIBED_TOPICS, () => void strays.push(topic));
      return consumer;
    });
    for (const [n, topic] of ["a", "b"].entries()) {
      await write(world, topic, 0, 1);
      await write(world, topic, 1, 1);
      const consumer = consumers[n];
      await consumer?.subscribe({ topic, fromBeginning: true });
      await consumer?.run({
        eachMessage: async ({ topic: of, partition }) => void seen[topic]?.push(`${of}${partition}`),
      });
    }
    await until(world, () => seen["a"]?.length === 2 && seen["b"]?.length === 2);
    assert.deepEqual([seen["a"]?.sort(), seen["b"]?.sort(), strays], [["a0", "a1"], ["b0", "b1"], []]);
    for (const consumer of consumers) await consumer.disconnect();
  }));

test("a static member, the protocol of KIP-848, and a cooperative assignor, by option", async () => {
  const options: [object, string][] = [
    [{ groupInstanceId: "one" }, "RoundRobinAssigner"],
    [{ groupProtocol: "consumer" }, ""],
    [{ partitionAssigners: ["cooperative-sticky"] }, "cooperative-sticky"],
  ];
  for (const [option, assignor] of options)
    await inKafkaJsWorld({ topics: { orders: 2 } }, async (world) => {
      await write(world, "orders", 1, 3);
      const consumer = world.kafka().consumer({ groupId: "g", ...option });
      const events = eventsOf(consumer);
      const seen: string[] = [];
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        assert.deepEqual(payload.memberAssignment, { orders: [0, 1] });
        assert.equal(payload.groupProtocol, assignor);
      });
      await consumer.subscribe({ topic: "orders", fromBeginning: true });
      await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.offset) });
      assert.ok(events.includes("GROUP_JOIN"));
      await until(world, () => seen.length === 3);
      await consumer.disconnect();
      assert.ok(!events.includes("CRASH"));
    });
});
