// A static member that was killed, without a word to its group, and was started again at once: a pod that ran out of
// memory.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { GroupReader } from "./group-reader.ts";
import { inWorld } from "./world.ts";

const ways: readonly (readonly [name: string, options: ConsumerOptions])[] = [
  ["KIP-848: its loop threw UNRELEASED_INSTANCE_ID until the old session was over", { groupProtocol: "consumer" }],
  ["classic", { groupProtocol: "classic" }],
];

for (const [name, options] of ways) {
  test(`a static member that was killed comes back and goes on in one loop (${name})`, () =>
    inWorld({ topics: { t: 1 }, groups: { consumerSessionTimeoutMs: 45_000 } }, async (world) => {
      const group: ConsumerOptions = { groupId: "g", topics: ["t"], groupInstanceId: "pod-0", ...options };
      const producer = world.kafka.producer();
      await producer.send({ topic: "t", value: "0" });
      const first = new GroupReader(world, group);
      await first.until(({ values }) => values.length === 1);
      first.crash();
      const again = new GroupReader(world, group);
      await again.until(({ values }) => values.length === 1);
      assert.equal(again.error, undefined);
      await again.close();
      again.checkHooks();
      await first.close().catch(() => undefined);
    }));
}

test("an instance id that a live member has: the other ends with an error that says so, and the live one goes on", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const group: ConsumerOptions = { groupId: "g", topics: ["t"], groupInstanceId: "pod-0", groupProtocol: "consumer" };
    const first = new GroupReader(world, group);
    await first.until(({ held }) => held.size === 1);
    const second = new GroupReader(world, group);
    await assert.rejects(
      second.until(() => false),
      { codeName: "UNRELEASED_INSTANCE_ID" },
    );
    await world.kafka.producer().send({ topic: "t", value: "0" });
    await first.until(({ values }) => values.length === 1);
    await second.close().catch(() => undefined);
    await first.close();
  }));
