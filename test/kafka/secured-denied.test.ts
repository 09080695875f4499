// Requests that a real Kafka's rules deny: the error names the resource, and everything else goes on.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { take, text } from "../client/world.ts";
import { SecureKafka, USERS } from "./secure/secure-cluster.ts";
import { isExpected, WatchedClient } from "./secure/watched-client.ts";

let secure: SecureKafka;
before(async () => {
  secure = await SecureKafka.start();
});
after(() => secure.stop());

/** Runs a test as a user. */
async function as(username: string, body: (client: WatchedClient) => Promise<void>): Promise<void> {
  const client = new WatchedClient({
    bootstrapServers: secure.at("SASL"),
    sasl: { mechanism: "SCRAM-SHA-256", username, password: USERS[username] ?? "" },
  });
  try {
    await body(client);
  } finally {
    await client.kafka.close().catch(() => undefined);
  }
}

const denied = (codeName: string, says: RegExp, topic?: string) => {
  const isRight = isExpected({ kind: "authorization", says });
  return (error: unknown): boolean => {
    isRight(error);
    assert.ok(KafkaError.is(error));
    assert.deepEqual([error.codeName, error.topic], [codeName, topic]);
    return true;
  };
};
const topicDenied = (topic: string): ((error: unknown) => boolean) =>
  denied("TOPIC_AUTHORIZATION_FAILED", new RegExp(`\\b${topic}\\b`), topic);

test("a topic that a user may not see: its records fail, and those for others are written", () =>
  as("alice", async ({ kafka }) => {
    const producer = kafka.producer();
    const [secret, own] = await Promise.allSettled([
      producer.send({ topic: "secret", value: "x" }),
      producer.send({ topic: "alice-1", value: "x" }),
    ]);
    assert.ok(secret.status === "rejected" && topicDenied("secret")(secret.reason));
    assert.equal(own.status, "fulfilled");
    await producer.send({ topic: "alice-1", value: "y" });
  }));

test("a topic that a user may read but not write: its records fail, and those for others are written", () =>
  as("alice", async ({ kafka }) => {
    const producer = kafka.producer();
    const [readOnly, own] = await Promise.allSettled([
      producer.send({ topic: "alice-readonly", value: "x" }),
      producer.send({ topic: "alice-1", value: "x" }),
    ]);
    assert.ok(readOnly.status === "rejected" && topicDenied("alice-readonly")(readOnly.reason));
    assert.equal(own.status, "fulfilled");
    await producer.send({ topic: "alice-1", value: "y" });
  }));

test("a topic that is not writable within a transaction: the transaction is aborted, and the next one is committed", () =>
  as("alice", async ({ kafka }) => {
    const producer = kafka.producer({ transactionalId: "alice-denied" });
    const both = producer.transaction(async (tx) => {
      await tx.send({ topic: "alice-1", value: "never" });
      await tx.send({ topic: "alice-readonly", value: "x" });
    });
    await assert.rejects(both, topicDenied("alice-readonly"));
    await producer.transaction((tx) => tx.send({ topic: "alice-1", partition: 2, value: "committed" }));
    const reader = kafka.consumer({
      assign: [{ topic: "alice-1", partition: 2 }],
      isolationLevel: "read_committed",
    });
    const values: (string | null)[] = [];
    for await (const { value } of reader) {
      values.push(text(value));
      if (values.at(-1) === "committed") break;
    }
    assert.ok(!values.includes("never"));
  }));

test("an idempotent producer without any right to write gets no id; without idempotence the topic is named", () =>
  as("mallory", async ({ kafka }) => {
    await assert.rejects(
      kafka.producer().send({ topic: "shared", value: "x" }),
      denied("CLUSTER_AUTHORIZATION_FAILED", /cannot get a producer id.*needs WRITE on at least one topic/, "shared"),
    );
    const producer = kafka.producer({ enableIdempotence: false });
    await assert.rejects(producer.send({ topic: "shared", value: "x" }), topicDenied("shared"));
  }));

for (const groupProtocol of ["classic", "consumer"] as const) {
  test(`${groupProtocol}: a topic that a user may see but not read ends the loop, and the loop can start again`, () =>
    as("mallory", async ({ kafka }) => {
      const consumer = kafka.consumer({ groupId: "mallory-1", groupProtocol, topics: ["shared"] });
      for (let i = 0; i < 2; i++) await assert.rejects(take(consumer, 1), topicDenied("shared"));
    }));

  test(`${groupProtocol}: a topic that a user may not see ends the loop with its name`, () =>
    as("alice", async ({ kafka }) => {
      const consumer = kafka.consumer({ groupId: `alice-${groupProtocol}`, groupProtocol, topics: ["secret"] });
      await assert.rejects(take(consumer, 1), isExpected({ kind: "authorization", says: /\bsecret\b/ }));
    }));

  test(`${groupProtocol}: a group that a user may not use ends the loop with its name`, () =>
    as("alice", async ({ kafka }) => {
      const consumer = kafka.consumer({ groupId: "other-group", groupProtocol, topics: ["alice-1"] });
      for (let i = 0; i < 2; i++)
        await assert.rejects(take(consumer, 1), denied("GROUP_AUTHORIZATION_FAILED", /\bother-group\b/));
    }));
}

test("a topic that a user may not read without a group ends the loop", () =>
  as("mallory", async ({ kafka }) => {
    await assert.rejects(take(kafka.consumer({ topics: ["shared"] }), 1), topicDenied("shared"));
  }));

test("a transactional id that a user may not use is named", () =>
  as("alice", async ({ kafka }) => {
    const producer = kafka.producer({ transactionalId: "other-tx" });
    await assert.rejects(
      producer.transaction((tx) => tx.send({ topic: "alice-1", value: "x" })),
      denied("TRANSACTIONAL_ID_AUTHORIZATION_FAILED", /\bother-tx\b/),
    );
  }));

test("the group of a transaction's offsets is denied: the group is named, and the next transaction is committed", () =>
  as("alice", async ({ kafka }) => {
    const producer = kafka.producer({ transactionalId: "alice-offsets" });
    await assert.rejects(
      producer.transaction(async (tx) => {
        await tx.send({ topic: "alice-1", value: "x" });
        await tx.sendOffsets([{ topic: "alice-1", partition: 0, offset: 1 }], { groupId: "other-group" });
      }),
      denied("GROUP_AUTHORIZATION_FAILED", /\bother-group\b/),
    );
    await producer.transaction((tx) => tx.send({ topic: "alice-1", value: "y" }));
  }));

test("topics that a user may not create, delete or describe are named", () =>
  as("alice", async ({ kafka }) => {
    const admin = kafka.admin();
    await assert.rejects(
      admin.createTopics([{ topic: "other" }]).then((results) => results.orThrow()),
      topicDenied("other"),
    );
    await assert.rejects(
      admin.deleteTopics(["secret"]).then((results) => results.orThrow()),
      topicDenied("secret"),
    );
    await assert.rejects(
      admin.describeTopics(["secret"]).then((results) => results.orThrow()),
      topicDenied("secret"),
    );
    assert.ok((await admin.describeTopics(["alice-1"])).orThrow().length === 1, "the client goes on");
  }));
