// KIP-848: the coordinator assigns by topic id, and this client's metadata takes another topic for the one of that
// name.
import { test } from "node:test";
import assert from "node:assert/strict";
import { sleep as sleepOn } from "../../src/runtime/sleep.ts";
import { inWorld, take, text } from "./world.ts";

test(
  "a partition of a topic that was made anew while this member's metadata had none: it begins at what the group " +
    "has committed, not at the reset policy's end",
  () =>
    inWorld(
      {
        topics: { t: 1 },
        autoCreateTopics: false,
        groups: { consumerAssignmentIntervalMs: 0, consumerHeartbeatIntervalMs: 100 },
      },
      async ({ client, cluster, platform }) => {
        const sleep = (ms: number): Promise<void> => sleepOn({ runtime: platform.runtime, clock: platform.clock }, ms);
        const options = { groupId: "g", groupProtocol: "consumer", topics: ["t"], autoOffsetReset: "latest" } as const;
        const send = async (value: string): Promise<void> => {
          const producer = client().producer();
          await producer.send({ topic: "t", value });
          await producer.close();
        };
        const read = (consumer: AsyncIterable<{ readonly value: Uint8Array | null }>): string[] => {
          const values: string[] = [];
          (async () => {
            for await (const { value } of consumer) values.push(text(value) ?? "");
          })().catch(() => undefined);
          return values;
        };
        const slow = client({ metadataMaxAgeMs: 20_000 });
        const knowing = slow.producer();
        await knowing.send({ topic: "t", value: "old" });
        await sleep(17_000);
        cluster.deleteTopic("t");
        await sleep(5000); // metadata is fetched again meanwhile, without the topic
        cluster.createTopic("t", 1);
        await send("read");
        const first = client().consumer({ ...options, autoOffsetReset: "earliest", enableAutoCommit: false });
        assert.equal((await take(first, 1)).length, 1);
        await first.commit([{ topic: "t", partition: 0, offset: 1 }]);
        await first.close();
        await send("while nobody reads");
        const second = slow.consumer(options);
        const values = read(second);
        await sleep(8000);
        assert.deepEqual(values, ["while nobody reads"]);
        await knowing.close();
        await second.close();
      },
    ),
);

test(
  "a member whose topic was made anew reads nothing of the new one before the coordinator has given it that: " +
    "others may have it",
  () =>
    inWorld(
      {
        topics: { t: 1 },
        autoCreateTopics: false,
        groups: { consumerAssignmentIntervalMs: 0, consumerHeartbeatIntervalMs: 500, consumerSessionTimeoutMs: 45_000 },
      },
      async ({ client, cluster, platform }) => {
        const sleep = (ms: number): Promise<void> => sleepOn({ runtime: platform.runtime, clock: platform.clock }, ms);
        const producer = client({ metadataMaxAgeMs: 500 }).producer();
        const member = client({ metadataMaxAgeMs: 500, clientId: "member" }).consumer({
          groupId: "g",
          groupProtocol: "consumer",
          topics: ["t"],
        });
        const values: (string | null)[] = [];
        const reading = (async () => {
          for await (const { value } of member) values.push(text(value));
        })().catch(() => undefined);
        await producer.send({ topic: "t", value: "old" });
        await sleep(3000);
        const away = cluster.intercept("ConsumerGroupHeartbeat", { delayMs: 10_000 }, { clientId: "member" });
        cluster.deleteTopic("t");
        cluster.createTopic("t", 1);
        for (const value of ["new 0", "new 1"]) await producer.send({ topic: "t", value });
        await sleep(5000);
        assert.deepEqual(values, ["old"], "its heartbeats are not answered yet");
        away();
        await sleep(15_000);
        assert.deepEqual(values, ["old", "new 0", "new 1"]);
        await member.close();
        await reading;
        await producer.close();
      },
    ),
);
