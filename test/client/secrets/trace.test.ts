// The history and the picture of a simulation, with a client that logs in.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../../src/errors/kafka-error.ts";
import { Kafka } from "../../../src/node.ts";
import "../late-code.ts";
import { nodeDrain } from "../../../src/platform/node/drain.ts";
import { timelineHtml } from "../../../src/simulation/timeline.ts";
import { simulate } from "../../../src/simulation/world.ts";
import { EchoBroker } from "./echo-broker.ts";
import { foundIn, printed, spellingsOf } from "./secret-search.ts";

const PASSWORD = "planted-password-0123456789";

test("no password is in the history or the picture of a simulation, also if a broker repeats it", async () => {
  const run = await simulate({ seed: 1, detail: true, drain: nodeDrain }, async (world) => {
    const broker = new EchoBroker("secured");
    await broker.start(world.network.listener(() => "secured"));
    const { cluster, ...options } = world.node("client").kafkaOptions;
    for (const echo of spellingsOf(PASSWORD)) {
      broker.text = `wrong: ${echo}`;
      const kafka = new Kafka({
        ...options,
        cluster: { bootstrapServers: "secured:9092", connector: cluster.connector },
        sasl: { mechanism: "PLAIN", username: "alice", password: PASSWORD },
      });
      await assert.rejects(kafka.admin().listTopics(), KafkaError);
      await kafka.close();
    }
    await broker.stop();
    return broker.logins;
  });
  assert.ok(run.value >= spellingsOf(PASSWORD).length);
  assert.ok(
    run.history.some((event) => JSON.stringify(event).includes("authBytes")),
    "the exchange is in the history",
  );
  const { value: _value, ...recorded } = run;
  for (const text of [printed(recorded), timelineHtml({ ...recorded, title: "login" })])
    assert.equal(foundIn(text, [PASSWORD]), undefined);
});
