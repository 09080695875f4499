// A commit of the application's own that is under way while its partitions go to another member.
import { test } from "node:test";
import assert from "node:assert/strict";
import { sleep as sleepOn } from "../../src/runtime/sleep.ts";
import { inWorld } from "./world.ts";

test(
  "a commit that is tried again while its partitions are given back comes to its end before another has them: it " +
    "never goes behind what that one commits",
  () =>
    inWorld(
      { topics: { t: 2 }, groups: { consumerAssignmentIntervalMs: 0, consumerHeartbeatIntervalMs: 100 } },
      async ({ kafka, cluster, platform }) => {
        const sleep = (ms: number): Promise<void> => sleepOn({ runtime: platform.runtime, clock: platform.clock }, ms);
        const producer = kafka.producer();
        for (const partition of [0, 1]) await producer.send({ topic: "t", partition, value: "v" });
        const told: string[] = [];
        const options = { groupId: "g", groupProtocol: "consumer", topics: ["t"], enableAutoCommit: false } as const;
        const first = kafka.consumer({ ...options, onRevoked: () => void told.push("revoked") });
        let read = 0;
        const reading = (async (): Promise<void> => {
          for await (const _ of first)
            if (++read === 2)
              first.commit().then(
                () => told.push("committed"),
                () => told.push("refused"),
              );
        })().catch(() => undefined);
        let isLoading = true;
        cluster.intercept("OffsetCommit", ({ message }) =>
          isLoading
            ? {
                answer: {
                  topics: message.topics.map(({ name, topicId, partitions }) => ({
                    name,
                    topicId,
                    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 14 })),
                  })),
                },
              }
            : undefined,
        ); // COORDINATOR_LOAD_IN_PROGRESS
        await sleep(2000);
        const second = kafka.consumer({ ...options, onAssigned: () => void told.push("another has it") });
        const also = (async (): Promise<void> => {
          for await (const _ of second);
        })().catch(() => undefined);
        await sleep(5000);
        assert.deepEqual(told, ["revoked"]);
        isLoading = false;
        await sleep(5000);
        assert.deepEqual(told, ["revoked", "committed", "another has it"]);
        await first.close();
        await second.close();
        await Promise.all([reading, also, producer.close()]);
      },
    ),
);

test(
  "a commit that is tried again after its topic was made anew is none of the new topic: nothing of that is taken " +
    "for done",
  () =>
    inWorld({ topics: { t: 1 }, autoCreateTopics: false }, async ({ client, cluster, platform }) => {
      const sleep = (ms: number): Promise<void> => sleepOn({ runtime: platform.runtime, clock: platform.clock }, ms);
      const kafka = client({ metadataMaxAgeMs: 500 });
      const producer = kafka.producer();
      for (const value of ["0", "1", "2"]) await producer.send({ topic: "t", value });
      const consumer = kafka.consumer({
        groupId: "g",
        groupProtocol: "classic",
        topics: ["t"],
        enableAutoCommit: false,
      });
      let committing: Promise<unknown> | undefined;
      let read = 0;
      const reading = (async (): Promise<void> => {
        for await (const _ of consumer)
          if (++read === 3)
            committing = sleep(100)
              .then(() => consumer.commit())
              .catch(() => undefined);
      })().catch(() => undefined);
      let isLoading = true;
      cluster.intercept("OffsetCommit", ({ message }) =>
        isLoading
          ? {
              answer: {
                topics: message.topics.map(({ name, topicId, partitions }) => ({
                  name,
                  topicId,
                  partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 14 })),
                })),
              },
            }
          : undefined,
      ); // COORDINATOR_LOAD_IN_PROGRESS
      await sleep(8000);
      assert.ok(committing !== undefined);
      cluster.deleteTopic("t");
      cluster.createTopic("t", 1);
      await sleep(3000); // the consumer knows of it
      isLoading = false;
      await committing;
      assert.deepEqual(cluster.snapshot().groups[0]?.offsets, []);
      await consumer.close();
      await Promise.all([reading, producer.close()]);
    }),
);
