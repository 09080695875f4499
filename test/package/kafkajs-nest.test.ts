// NestJS's transport for Kafka on the packed drop-in: the quick part of test/ecosystem/nest.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { embeddedBrokers, makeTopics } from "../ecosystem/brokers.ts";
import { Installation, packBoth } from "../ecosystem/installation.ts";
import { nestPackages } from "../ecosystem/nest-packages.ts";

test("NestJS 11 on the alias: 100 requests and their replies", async () => {
  const tarballs = packBoth();
  const brokers = await embeddedBrokers();
  const installation = new Installation({ client: "@odradek/kafkajs", tarballs, packages: nestPackages(11) });
  try {
    const names = ["sum", "who", "again", "fails", "event"];
    await makeTopics(
      brokers,
      [...names, ...names.map((name) => `${name}.reply`)].map((name) => `nest-${name}`),
    );
    const args = [brokers.bootstrapServers, "nest", "100", "requests"];
    assert.deepEqual(await installation.result("nest.mjs", args), { requests: 100 });
  } finally {
    installation.remove();
    tarballs.remove();
    await brokers.stop();
  }
});
