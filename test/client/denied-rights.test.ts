// A client whose rights are missing, or come and go, on a cluster with an authorizer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { NewAcl } from "../../src/security/new-acl.ts";
import type { SaslOptions } from "../../src/security/sasl-options.ts";
import { inWorld, take, text } from "./world.ts";

const USER = "User:ANONYMOUS";
const allow = (operation: NewAcl["operation"], resourceType: NewAcl["resourceType"], name?: string): NewAcl => ({
  operation,
  resourceType,
  principal: USER,
  ...(name === undefined ? {} : { name }),
});
const denied =
  (codeName: string, says: RegExp, topic?: string) =>
  (error: unknown): boolean => {
    assert.ok(KafkaError.is(error), String(error));
    assert.deepEqual(
      [error.kind, error.codeName, error.retriable, error.topic],
      ["authorization", codeName, false, topic],
      error.message,
    );
    assert.match(error.message, says);
    return true;
  };
const topics = { own: 1, other: 1 };
const rights = [allow("ALL", "TOPIC", "own"), allow("WRITE", "TRANSACTIONAL_ID", "tx")];

for (const transactionVersion of [2, 1] as const) {
  test(`version ${transactionVersion}: a denied group of a transaction's offsets is of kind authorization, and the transaction can only be aborted`, () =>
    inWorld({ topics, acls: rights, transactionVersion }, async ({ kafka }) => {
      const producer = kafka.producer({ transactionalId: "tx" });
      await producer.begin();
      await producer.send({ topic: "own", value: "lost" });
      const isDenied = denied("GROUP_AUTHORIZATION_FAILED", /\bgroup\b.*\bnot-mine\b/);
      await assert.rejects(
        producer.sendOffsets([{ topic: "own", partition: 0, offset: 1 }], { groupId: "not-mine" }),
        isDenied,
      );
      await assert.rejects(producer.commit(), isDenied);
      await assert.rejects(producer.commit(), denied("GROUP_AUTHORIZATION_FAILED", /right is granted.*call abort\(\)/));
      await producer.abort();
      await producer.transaction((tx) => tx.send({ topic: "own", value: "kept" }));
      const reader = kafka.consumer({ assign: [{ topic: "own", partition: 0 }], isolationLevel: "read_committed" });
      assert.deepEqual(
        (await take(reader, 1)).map(({ value }) => text(value)),
        ["kept"],
      );
    }));

  test(`version ${transactionVersion}: a denied topic of a transaction is named at the send, at the commit and by transaction()`, () =>
    inWorld({ topics, acls: [...rights, allow("READ", "TOPIC", "other")], transactionVersion }, async ({ kafka }) => {
      const producer = kafka.producer({ transactionalId: "tx" });
      const isDenied = denied("TOPIC_AUTHORIZATION_FAILED", /\bother\b/, "other");
      await producer.begin();
      await assert.rejects(producer.send({ topic: "other", value: "x" }), isDenied);
      await assert.rejects(producer.commit(), isDenied);
      await producer.abort();
      const enqueued = producer.transaction((tx) => {
        tx.enqueue({ topic: "other", value: "x" });
        return Promise.resolve();
      });
      await assert.rejects(enqueued, isDenied);
      await producer.transaction((tx) => tx.send({ topic: "own", value: "kept" }));
    }));

  test(`version ${transactionVersion}: offsets of a denied topic are of kind authorization`, () =>
    inWorld({ topics, acls: [...rights, allow("READ", "GROUP", "g")], transactionVersion }, async ({ kafka }) => {
      const producer = kafka.producer({ transactionalId: "tx" });
      const added = producer.transaction((tx) =>
        tx.sendOffsets([{ topic: "other", partition: 0, offset: 1 }], { groupId: "g" }),
      );
      await assert.rejects(added, denied("TOPIC_AUTHORIZATION_FAILED", /\bother\b/, "other"));
      await producer.transaction((tx) => tx.send({ topic: "own", value: "kept" }));
    }));
}

test("a denied transactional id is named", () =>
  inWorld({ topics, acls: rights }, async ({ kafka }) => {
    const producer = kafka.producer({ transactionalId: "not-mine" });
    const isDenied = denied("TRANSACTIONAL_ID_AUTHORIZATION_FAILED", /\bnot-mine\b/);
    await assert.rejects(producer.begin(), isDenied);
  }));

test("an idempotent producer without any right to write learns which right is missing", () =>
  inWorld({ topics, acls: [allow("READ", "TOPIC", "own")] }, async ({ kafka }) => {
    await assert.rejects(
      kafka.producer().send({ topic: "own", value: "x" }),
      denied(
        "CLUSTER_AUTHORIZATION_FAILED",
        /needs WRITE on at least one topic.*IDEMPOTENT_WRITE on the cluster.*enableIdempotence: false/,
        "own",
      ),
    );
  }));

const users = { alice: { password: "alice" }, root: { password: "root" } };
const as = (username: keyof typeof users): { readonly sasl: SaslOptions } => ({
  sasl: { mechanism: "PLAIN", username, password: username },
});
const toAlice = (acl: NewAcl): NewAcl => ({ ...acl, principal: "User:alice" });
const readable = (topic: string): NewAcl => toAlice(allow("READ", "TOPIC", topic));
const GROUP = toAlice(allow("READ", "GROUP", "g"));

for (const groupProtocol of ["classic", "consumer"] as const)
  test(`${groupProtocol}: a regular expression does not find topics that the user may not see, without an error, and finds them once it may`, () =>
    inWorld(
      {
        topics: { "in-1": 1, "in-2": 1, "in-hidden": 1 },
        users,
        superUsers: ["root"],
        acls: [readable("in-1"), readable("in-2"), GROUP],
      },
      async ({ client }) => {
        const root = client(as("root"));
        const producer = root.producer();
        for (const topic of ["in-1", "in-2", "in-hidden"]) await producer.send({ topic, value: topic });
        const consumer = client({ ...as("alice"), metadataMaxAgeMs: 5000 }).consumer({
          groupId: "g",
          groupProtocol,
          topics: /^in-/,
          autoOffsetReset: "earliest",
        });
        const seen = async (count: number): Promise<readonly string[]> =>
          (await take(consumer, count)).map(({ topic }) => topic).sort();
        assert.deepEqual(await seen(2), ["in-1", "in-2"]);
        await producer.send({ topic: "in-1", value: "x" });
        assert.deepEqual(await seen(1), ["in-1"], "no error, and no hidden topic");
        await root.admin().createAcls([readable("in-hidden")]);
        assert.deepEqual(await seen(1), ["in-hidden"]);
      },
    ));

for (const kind of ["READ", "ALL"] as const)
  for (const groupId of [undefined, "g"])
    test(`${kind} rights to two topics return ${groupId === undefined ? "" : "to a group member "}after one refusal was thrown: the next loop does not throw that of the other topic`, () =>
      inWorld(
        {
          brokers: 2,
          topics: { a: 2, b: 2 },
          users,
          superUsers: ["root"],
          acls: [GROUP, ...(kind === "ALL" ? [] : ["a", "b"].map((t) => toAlice(allow("DESCRIBE", "TOPIC", t))))],
        },
        async ({ client, platform }) => {
          const root = client(as("root"));
          const lost = ["a", "b"].map(readable);
          await root.admin().createAcls(lost);
          const producer = root.producer();
          const sendAll = async (): Promise<void> => {
            for (const topic of ["a", "b"])
              for (const partition of [0, 1]) await producer.send({ topic, partition, value: "x" });
          };
          const consumer = client({ ...as("alice"), metadataMaxAgeMs: 3000 }).consumer({
            ...(groupId === undefined ? {} : { groupId }),
            topics: ["a", "b"],
            autoOffsetReset: "earliest",
          });
          await sendAll();
          await take(consumer, 4);
          await root.admin().deleteAcls(
            lost.map(({ resourceType, name, principal, operation }) => ({
              resourceType,
              name: name ?? "",
              principal,
              operation,
            })),
          );
          await assert.rejects(take(consumer, 1), { kind: "authorization", codeName: "TOPIC_AUTHORIZATION_FAILED" });
          // The answers about the other partitions arrive while no loop runs.
          await sleep(platform, 10_000);
          await root.admin().createAcls(lost);
          await sendAll();
          assert.equal((await take(consumer, 4)).length, 4);
        },
      ));
