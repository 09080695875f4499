// One tree with kafkajs and the alias, and tracing agents where pnpm has put the alias. test/package/kafkajs.test.ts
// tests the names, the folders, and packages that depend on kafkajs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { nodeBinary } from "../package/site.ts";
import { AGENTS } from "./agents.ts";
import { type Brokers, embeddedBrokers, makeTopics } from "./brokers.ts";
import { EXPECTED } from "./expected-spans.ts";
import { Installation, KAFKAJS, type Tarballs, packBoth } from "./installation.ts";
import { shapeOf } from "./spans.ts";
import { tracesOf } from "./traces.ts";

let tarballs: Tarballs;
let brokers: Brokers;

before(async () => {
  tarballs = packBoth();
  brokers = await embeddedBrokers();
});

after(async () => {
  await brokers.stop();
  tarballs.remove();
});

for (const tool of ["npm", "pnpm"] as const)
  test(`${tool}: kafkajs and the alias in one process, under two names, both work; an error of one is none of the other's`, async () => {
    const topic = `both-${tool}`;
    await makeTopics(brokers, [topic], 1);
    const installation = new Installation({
      ...{ client: "@odradek/kafkajs", tarballs, tool },
      dependencies: { "kafkajs-original": `npm:kafkajs@${KAFKAJS}` },
    });
    try {
      assert.deepEqual(await installation.result("both.mjs", [brokers.bootstrapServers, topic]), {
        ...{ read: { ours: ["ours", "theirs"], theirs: ["ours", "theirs"] }, crosswise: false, registry: false },
      });
    } finally {
      installation.remove();
    }
  });

for (const agent of AGENTS)
  test(`${agent.name} traces the alias where pnpm has put it`, async () => {
    const installation = new Installation({
      ...{ client: "@odradek/kafkajs", tarballs, tool: "pnpm", packages: agent.packages[24] },
      node: nodeBinary("24.21.0"),
    });
    try {
      const prefix = `pnpm-${AGENTS.indexOf(agent)}`;
      const { spans } = await tracesOf(agent, installation, brokers, prefix);
      assert.deepEqual(shapeOf(spans), EXPECTED[agent.name]);
    } finally {
      installation.remove();
    }
  });
