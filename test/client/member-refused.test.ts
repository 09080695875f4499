// A group member whose requests a broker refuses for a while: it ends its loop with the error and stays in the group.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Consumer } from "../../src/consumer/consumer.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import * as ErrorCode from "../../src/errors/error-code.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text } from "./world.ts";

const SESSION_MS = 45_000;

for (const groupProtocol of ["classic", "consumer"] as const)
  for (const members of [1, 2])
    test(`${groupProtocol}, ${members} members: one that was refused joins again at once; it waited for its old session`, () =>
      inWorld({ topics: { t: 4 } }, async ({ kafka, cluster, client, platform }) => {
        const producer = client().producer({ lingerMs: 0 });
        const open = (): Consumer =>
          client({ clientId: "member" }).consumer({ groupId: "g", topics: ["t"], groupProtocol });
        const refused = kafka.consumer({ groupId: "g", topics: ["t"], groupProtocol });
        const seen = new Set<string>();
        const running: Promise<void>[] = [];
        const others = Array.from({ length: members - 1 }, open);
        for (const other of others)
          running.push(
            (async () => {
              for await (const { value } of other) seen.add(text(value) ?? "");
            })(),
          );
        const write = async (from: number): Promise<void> => {
          for (let i = from; i < from + 8; i++) await producer.send({ topic: "t", value: `${i}`, partition: i % 4 });
        };
        const first = take(refused, 1);
        await sleep(platform, 12_000); // the group has come to rest
        await write(0);
        await first;
        const heartbeat = groupProtocol === "classic" ? "Heartbeat" : "ConsumerGroupHeartbeat";
        const allowed = cluster.intercept(heartbeat, ({ clientId }) =>
          clientId === "member" ? undefined : { answer: { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED } },
        );
        await assert.rejects(take(refused, 100), (error) => KafkaError.is(error) && error.kind === "authorization");
        allowed();
        const fromMs = platform.clock.monotonic();
        running.push(
          (async () => {
            for await (const { value } of refused) seen.add(text(value) ?? "");
          })(),
        );
        await write(8);
        while ([8, 9, 10, 11, 12, 13, 14, 15].some((i) => !seen.has(`${i}`))) await sleep(platform, 20);
        const tookMs = platform.clock.monotonic() - fromMs;
        assert.ok(tookMs < SESSION_MS / 4, `it took ${tookMs} ms`);
        await Promise.all([refused, ...others].map((consumer) => consumer.close()));
        await Promise.all(running);
      }));
