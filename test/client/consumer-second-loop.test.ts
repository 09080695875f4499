// A loop after one that threw what its group answered: it must not wait for ever.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { InterceptHandle } from "../../src/embedded/intercepts/intercept-handle.ts";
import { type World, inWorld, take } from "./world.ts";

const GROUP_AUTHORIZATION_FAILED = 30;
const FENCED_INSTANCE_ID = 82;

for (const groupProtocol of ["classic", "consumer"] as const) {
  const refuse = (cluster: World["cluster"], errorCode: number): InterceptHandle =>
    groupProtocol === "classic"
      ? cluster.intercept("JoinGroup", { respond: (response) => ({ ...response, errorCode }) })
      : cluster.intercept("ConsumerGroupHeartbeat", { respond: (response) => ({ ...response, errorCode }) });

  test(`${groupProtocol}: a group that refused may be joined by the next loop: that one had waited for ever`, () =>
    inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
      await kafka.producer().send({ topic: "t", value: "1" });
      const consumer = kafka.consumer({ topics: ["t"], groupId: "g", groupProtocol });
      const refusal = refuse(cluster, GROUP_AUTHORIZATION_FAILED);
      for (let i = 0; i < 2; i++)
        await assert.rejects(
          take(consumer, 1),
          (error: unknown) => KafkaError.is(error) && error.kind === "authorization",
        );
      refusal();
      assert.equal((await take(consumer, 1)).length, 1);
    }));

  test(
    `${groupProtocol}: who was fenced is told so by each loop, and joins no more: the second loop had waited for ` +
      "ever",
    () =>
      inWorld({ topics: { t: 1 } }, async ({ kafka, cluster }) => {
        const consumer = kafka.consumer({ topics: ["t"], groupId: "g", groupProtocol, groupInstanceId: "i" });
        const refusal = refuse(cluster, FENCED_INSTANCE_ID);
        await assert.rejects(take(consumer, 1), { kind: "fenced" });
        refusal();
        let asked = 0;
        cluster.intercept("JoinGroup", () => {
          asked++;
          return undefined;
        });
        cluster.intercept("ConsumerGroupHeartbeat", () => {
          asked++;
          return undefined;
        });
        for (let i = 0; i < 2; i++) await assert.rejects(take(consumer, 1), { kind: "fenced" });
        assert.equal(asked, 0);
      }),
  );
}
