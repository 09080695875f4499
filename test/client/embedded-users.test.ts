// The client and the embedded cluster's users, sessions and rights: both halves of each mechanism are Odradek's here;
// the clusters of test/kafka are the judges of each.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EmbeddedCluster } from "../../src/embedded.ts";
import type { AuthenticationEvent } from "../../src/embedded/security/authentication-event.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka } from "../../src/node.ts";
import type { SaslOptions } from "../../src/security/sasl-options.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text } from "./world.ts";

const users = { alice: { password: "alice-secret" }, admin: { password: "admin-secret" } };
const as = (username: string, password = `${username}-secret`): SaslOptions => ({
  mechanism: "PLAIN",
  username,
  password,
});
const fails =
  (kind: string, message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(KafkaError.is(error), String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    return true;
  };

test("sessions of 2 s: a producer and a group go on over many sessions, and no request is refused", async () => {
  const events: AuthenticationEvent[] = [];
  await inWorld(
    {
      brokers: 2,
      topics: { t: 2 },
      users,
      sasl: { sessionLifetimeMs: 2000 },
      onAuthentication: (event) => void events.push(event),
    },
    async ({ client, platform }) => {
      const kafka = client({ sasl: as("alice") });
      const producer = kafka.producer();
      const consumer = kafka.consumer({ groupId: "g", topics: ["t"] });
      const sending = (async () => {
        for (let i = 0; i < 300; i++) {
          await producer.send({ topic: "t", partition: 0, value: `${i}` });
          await sleep(platform, 100);
        }
      })();
      const values = (await take(consumer, 300)).map(({ value }) => text(value));
      await sending;
      assert.deepEqual(
        values,
        Array.from({ length: 300 }, (_, i) => `${i}`),
      );
    },
  );
  const renewals = events.filter((event) => event.kind === "authenticated" && event.isRenewal);
  assert.ok(renewals.length > 20, `${renewals.length} sessions were renewed`);
  const wrong = events.filter(
    (event) => event.kind === "refused" || (event.kind === "request" && event.fate !== "served"),
  );
  assert.deepEqual(wrong, []);
});

test("a wrong password, and a client without a login, are refused by the embedded cluster", () =>
  inWorld({ topics: { t: 1 }, users, sasl: { mechanisms: ["PLAIN"] } }, async ({ client }) => {
    const send = (sasl: SaslOptions): Promise<unknown> =>
      client({ sasl, onLog: () => undefined })
        .producer()
        .send({ topic: "t", value: "v" });
    await assert.rejects(send(as("alice", "x-secret")), fails("authentication", /Invalid username or password/));
    await assert.rejects(
      send({
        mechanism: "OAUTHBEARER",
        token: () => ({ value: "a.b.c", lifetimeMs: 1e6, principalName: "a" }),
      } as never),
      fails("authentication", /PLAIN/),
    );
    assert.equal(((await send(as("alice"))) as { offset: number }).offset, 0);
  }));

test("denied topics and groups fail with kind authorization and their name, and other topics go on", () =>
  inWorld(
    {
      topics: { t: 1, u: 1 },
      users,
      superUsers: ["admin"],
      acls: [
        { resourceType: "TOPIC", name: "t", principal: "User:alice", operation: "ALL" },
        { resourceType: "GROUP", name: "shop-", patternType: "PREFIXED", principal: "User:alice", operation: "ALL" },
      ],
    },
    async ({ client }) => {
      const kafka = client({ sasl: as("alice"), onLog: () => undefined });
      const producer = kafka.producer();
      await assert.rejects(producer.send({ topic: "u", value: "v" }), fails("authorization", /\bu\b/));
      await producer.send({ topic: "t", value: "v" });
      const [record] = await take(kafka.consumer({ groupId: "shop-1", topics: ["t"] }), 1);
      assert.equal(text(record?.value ?? null), "v");
      await assert.rejects(
        take(kafka.consumer({ groupId: "other", topics: ["t"] }), 1),
        fails("authorization", /other/),
      );
      assert.deepEqual(await kafka.admin().listTopics(), ["t"]);
      const all = await client({ sasl: as("admin") })
        .admin()
        .listTopics();
      assert.deepEqual([...all].sort(), ["__consumer_offsets", "t", "u"]);
    },
  ));

test("on Node, SCRAM and tokens log in to an embedded cluster", async () => {
  const cluster = await EmbeddedCluster.start({
    topics: { t: 1 },
    users,
    sasl: { validateToken: ({ value }) => (value === "good" ? { user: "robot" } : undefined) },
  });
  const logins: readonly SaslOptions[] = [
    { mechanism: "SCRAM-SHA-256", username: "alice", password: "alice-secret" },
    { mechanism: "SCRAM-SHA-512", username: "alice", password: "alice-secret" },
    { mechanism: "OAUTHBEARER", token: () => "good" },
  ];
  for (const [i, sasl] of logins.entries()) {
    const kafka = new Kafka({ cluster, sasl });
    assert.equal((await kafka.producer().send({ topic: "t", value: "v" })).offset, i);
    await kafka.close();
  }
  const refused: readonly SaslOptions[] = [
    { mechanism: "SCRAM-SHA-256", username: "alice", password: "x" },
    { mechanism: "OAUTHBEARER", token: () => "bad" },
  ];
  for (const sasl of refused) {
    const kafka = new Kafka({ cluster, sasl, onLog: () => undefined });
    await assert.rejects(kafka.producer().send({ topic: "t", value: "v" }), fails("authentication", /refused/));
    await kafka.close();
  }
  await cluster.close();
});

test("the admin's rules, passwords and tokens have an effect on the embedded cluster at once", async () => {
  const cluster = await EmbeddedCluster.start({ topics: { t: 1 }, users, superUsers: ["admin"] });
  const opened: Kafka[] = [];
  const clientAs = (sasl: SaslOptions): Kafka => {
    const kafka = new Kafka({ cluster, sasl, onLog: () => undefined });
    opened.push(kafka);
    return kafka;
  };
  const send = (kafka: Kafka): Promise<unknown> => kafka.producer().send({ topic: "t", value: "v" });
  const admin = clientAs(as("admin")).admin();
  const alice = clientAs(as("alice"));
  await assert.rejects(send(alice), fails("authorization", /./));
  const rule = { resourceType: "TOPIC", name: "t", principal: "User:alice", operation: "WRITE" } as const;
  (await admin.createAcls([rule])).orThrow();
  await send(clientAs(as("alice")));
  const token = await alice.admin().createDelegationToken();
  await send(
    clientAs({ mechanism: "SCRAM-SHA-256", username: token.tokenId, password: token.hmac.reveal(), tokenAuth: true }),
  );
  (await admin.alterUserScramCredentials([{ user: "alice", mechanism: "SCRAM-SHA-512", password: "new" }])).orThrow();
  await send(clientAs({ mechanism: "SCRAM-SHA-512", username: "alice", password: "new" }));
  (await admin.deleteAcls([{ name: "t" }])).orThrow();
  await assert.rejects(send(clientAs(as("alice"))), fails("authorization", /./));
  assert.deepEqual(await admin.describeAcls(), []);
  for (const kafka of opened) await kafka.close();
  await cluster.close();
});
