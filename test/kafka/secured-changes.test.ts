// Passwords, users, rules and certificates that change on a real Kafka while clients run.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import type { Producer } from "../../src/producer/producer.ts";
import type { Pem } from "../../src/runtime/byte-stream.ts";
import { take, text } from "../client/world.ts";
import { rightsTo, SecureKafka } from "./secure/secure-cluster.ts";
import { isExpected, WatchedClient } from "./secure/watched-client.ts";

let secure: SecureKafka;
before(async () => {
  // A member that is refused cannot leave: its partitions are free when its session ends.
  secure = await SecureKafka.start({
    "group.consumer.session.timeout.ms": "6000",
    "group.consumer.min.session.timeout.ms": "6000",
    "group.consumer.heartbeat.interval.ms": "1000",
    "group.consumer.min.heartbeat.interval.ms": "1000",
  });
});
after(() => secure.stop());

const SCRAM = "SCRAM-SHA-256";

/** A new user of SCRAM who may use names that begin with alice-. */
async function newUser(user: string, password: string): Promise<void> {
  await secure.rules.allow(...rightsTo("alice-*", user));
  await secure.rules.setPassword(SCRAM, user, password);
  await secure.untilAccepted(user, password);
}

/** Sends records one after the other while the condition holds. */
async function sendWhile(producer: Producer, condition: () => boolean): Promise<void> {
  while (condition()) await producer.send({ topic: "alice-1", value: "x" });
}

const refused = (user: string): ((error: unknown) => boolean) =>
  isExpected({
    kind: "authentication",
    says: new RegExp(`refused the authentication of user "${user}" by SASL SCRAM-SHA-256`),
  });

test("a password changes: sessions are renewed with the new one; a client with the old one says so", async () => {
  await newUser("rotating", "first-secret");
  let asked = 0;
  let current: string | Promise<string> = "first-secret";
  const password = (): string | Promise<string> => {
    asked++;
    return current;
  };
  const change = async (next: string): Promise<string> => {
    await secure.rules.setPassword(SCRAM, "rotating", next);
    await secure.untilAccepted("rotating", next);
    return next;
  };
  const client = new WatchedClient({
    bootstrapServers: secure.at("SHORT"),
    sasl: { mechanism: SCRAM, username: "rotating", password },
  });
  try {
    const producer = client.kafka.producer();
    await producer.send({ topic: "alice-1", value: "x" });
    current = change("second-secret");
    await current;
    const { attempts } = client;
    const before = asked;
    await sendWhile(producer, () => asked < before + 2);
    assert.equal(client.attempts, attempts, "the sessions of the open connections were renewed");
    // This time the client keeps the old one.
    await change("third-secret");
    await assert.rejects(
      sendWhile(producer, () => true),
      refused("rotating"),
    );
    current = "third-secret";
    await producer.send({ topic: "alice-1", value: "x" });
  } finally {
    await client.kafka.close();
  }
});

test("a user is deleted: its producer and its group member say so when their sessions end, and can go on later", async () => {
  await newUser("leaving", "leaving-secret");
  const client = new WatchedClient({
    bootstrapServers: secure.at("SHORT"),
    sasl: { mechanism: SCRAM, username: "leaving", password: "leaving-secret" },
  });
  try {
    const producer = client.kafka.producer();
    const consumer = client.kafka.consumer({
      groupId: "alice-leaving",
      topics: ["alice-1"],
      autoOffsetReset: "earliest",
    });
    await producer.send({ topic: "alice-1", value: "x" });
    await take(consumer, 1);
    await secure.rules.deleteUser(SCRAM, "leaving");
    const reading = (async () => {
      for await (const { offset } of consumer) assert.ok(offset >= 0);
    })();
    await Promise.all([
      assert.rejects(reading, refused("leaving")),
      assert.rejects(
        sendWhile(producer, () => true),
        refused("leaving"),
      ),
    ]);
    await secure.rules.setPassword(SCRAM, "leaving", "leaving-secret");
    await secure.untilAccepted("leaving", "leaving-secret");
    await producer.send({ topic: "alice-1", value: "x" });
    await take(consumer, 1);
  } finally {
    await client.kafka.close();
  }
});

test("rights are revoked: a producer and a group member say so, and go on when they are given again", async () => {
  await newUser("revoked", "revoked-secret");
  const rules = rightsTo("alice-*", "revoked");
  const client = new WatchedClient({
    bootstrapServers: secure.at("SASL"),
    sasl: { mechanism: SCRAM, username: "revoked", password: "revoked-secret" },
  });
  try {
    const producer = client.kafka.producer();
    const consumer = client.kafka.consumer({
      groupId: "alice-revoked",
      topics: ["alice-1"],
      autoOffsetReset: "earliest",
    });
    const read = async (): Promise<void> => {
      for await (const { offset } of consumer) assert.ok(offset >= 0);
    };
    await producer.send({ topic: "alice-1", value: "x" });
    await take(consumer, 1);
    for (const [lost, says] of [
      [rules.filter(({ resource }) => resource === "topic"), /alice-1/],
      [rules.filter(({ resource }) => resource === "group"), /alice-revoked/],
    ] as const) {
      const denied = isExpected({ kind: "authorization", says });
      const reading = assert.rejects(read(), denied);
      await secure.rules.revoke(...lost);
      if (lost[0]?.resource === "topic")
        await assert.rejects(
          sendWhile(producer, () => true),
          denied,
        );
      else await producer.send({ topic: "alice-1", value: "x" });
      await reading;
      await secure.rules.allow(...lost);
      await producer.send({ topic: "alice-1", value: "x" });
      // Each of the three partitions may have been refused before, and says so once.
      let isRead = false;
      for (let left = 2; !isRead; left--) {
        isRead = await take(consumer, 1).then(
          ([record]) => record !== undefined,
          (error: unknown) => {
            assert.ok(left > 0 && denied(error));
            return false;
          },
        );
      }
    }
    assert.equal(client.said(/could not authenticate|replaced/).length, 0);
  } finally {
    await client.kafka.close();
  }
});

test("a client's certificate changes: new connections use it, and open ones keep theirs", async () => {
  const { certificates } = secure;
  let mine = certificates.client("alice");
  const client = new WatchedClient({
    bootstrapServers: secure.at("MUTUAL"),
    tls: {
      ca: () => Promise.resolve(certificates.ca),
      cert: () => mine.cert,
      key: async () => Promise.resolve(mine.key),
    },
  });
  try {
    const asAlice = client.kafka.admin();
    const ofAlice = ["alice-1", "alice-readonly", "shared"];
    assert.deepEqual(await asAlice.listTopics(), ofAlice);
    mine = certificates.client("mallory");
    assert.deepEqual(await client.kafka.admin().listTopics(), ["shared"]);
    mine = certificates.client("alice", { isExpired: true });
    const late = client.kafka.admin();
    const expired = isExpected({ kind: "authentication", says: /refused the client certificate of .*it has expired/ });
    await assert.rejects(late.listTopics(), expired);
    assert.deepEqual(await asAlice.listTopics(), ofAlice, "its connection is open");
    mine = certificates.client("alice");
    assert.deepEqual(await late.listTopics(), ofAlice, "the same client has the new certificate");
  } finally {
    await client.kafka.close();
  }
});

test("the broker's certificate is of another authority: open connections go on, and a new list of authorities is used", async () => {
  const { ca, other } = secure.certificates;
  let trusted: Pem = ca;
  const client = new WatchedClient({ bootstrapServers: secure.at("SSL"), tls: { ca: () => trusted } });
  try {
    const producer = client.kafka.producer();
    await producer.send({ topic: "alice-1", value: "x" });
    await secure.rules.setConfigs(1, { "listener.name.ssl.ssl.keystore.location": secure.certificates.renewed() });
    const unknown = isExpected({
      kind: "authentication",
      says: /its authority \(.*Other Root.*\) is not among those of tls\.ca/,
    });
    const untilUnknown = async (): Promise<void> => {
      for (;;) await client.kafka.admin().listTopics(); // each has connections of its own
    };
    await assert.rejects(untilUnknown(), unknown);
    await producer.send({ topic: "alice-1", value: "x" });
    trusted = [ca, other.cert];
    assert.ok((await client.kafka.admin().listTopics()).includes("alice-1"));
  } finally {
    await client.kafka.close();
  }
});

test("a broker restarts: a client with TLS and SASL goes on, and no call fails", async () => {
  const client = new WatchedClient({
    bootstrapServers: secure.at("SASL_TLS"),
    tls: { ca: secure.certificates.ca },
    sasl: { mechanism: SCRAM, username: "alice", password: "alice-secret" },
  });
  try {
    const { kafka } = client;
    (await kafka.admin().createTopics([{ topic: "alice-restart", numPartitions: 1 }])).orThrow();
    const producer = kafka.producer();
    let isUp = true;
    let sent = 0;
    const sending = (async () => {
      do await producer.send({ topic: "alice-restart", value: `${sent++}` });
      while (!isUp || sent < 200);
      await producer.send({ topic: "alice-restart", value: "end" });
    })();
    const restarting = (async () => {
      isUp = false;
      await secure.broker.restart();
      isUp = true;
    })();
    const consumer = kafka.consumer({
      groupId: "alice-restart",
      topics: ["alice-restart"],
      autoOffsetReset: "earliest",
    });
    const seen = new Set<string>();
    for await (const { value } of consumer) {
      if (text(value) === "end") break;
      seen.add(text(value) ?? "");
    }
    await Promise.all([sending, restarting]);
    assert.deepEqual(
      [...seen],
      Array.from({ length: sent }, (_, i) => `${i}`),
    );
    assert.equal(client.said(/probably/).length, 0, "nothing was blamed on the options");
  } finally {
    await client.kafka.close();
  }
});
