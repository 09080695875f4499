// Logins as the whole client sees them: sessions that end, refusals, and secrets, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { KafkaBaseOptions } from "../../src/kafka.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { SaslOptions } from "../../src/security/sasl-options.ts";
import { LoginConnector } from "./login-connector.ts";
import { slowNetwork } from "./slow-network.ts";
import { inWorld, take, text, type World } from "./world.ts";

const ALICE: SaslOptions = { mechanism: "PLAIN", username: "alice", password: "alice-secret" };
const WRONG: SaslOptions = { mechanism: "PLAIN", username: "alice", password: "wrong-secret" };

interface SecuredWorld extends World {
  readonly connector: LoginConnector;
  readonly lines: string[];
  secured(sasl?: SaslOptions, more?: KafkaBaseOptions): World["kafka"];
}

function inSecuredWorld(
  options: { readonly brokers?: number; readonly partitions?: number; readonly latencyMs?: number },
  body: (world: SecuredWorld) => Promise<void>,
): Promise<void> {
  const { brokers = 3, partitions = 3, latencyMs = 0 } = options;
  return inWorld({ brokers, topics: { t: partitions }, latencyMs }, async (world) => {
    world.cluster.intercept("ApiVersions", {
      respond: (r) => ({
        ...r,
        apiKeys: [
          ...r.apiKeys,
          { apiKey: 17, minVersion: 0, maxVersion: 1 },
          { apiKey: 36, minVersion: 0, maxVersion: 2 },
        ],
      }),
    });
    const inner = latencyMs === 0 ? world.platform : slowNetwork(world.platform, latencyMs);
    const connector = new LoginConnector(inner.connector, world.platform.clock);
    const lines: string[] = [];
    const onLog: KafkaBaseOptions["onLog"] = ({ level, message }) => {
      if (level !== "debug") lines.push(`${level}: ${message}`);
    };
    const secured = (sasl: SaslOptions = ALICE, more: KafkaBaseOptions = {}): World["kafka"] =>
      world.client({
        cluster: { bootstrapServers: world.cluster.bootstrapServers, connector },
        sasl,
        onLog,
        ...more,
      });
    await body({ ...world, connector, lines, secured });
    assert.deepEqual(connector.violations, []);
  });
}

const isRefused = (error: unknown): boolean => {
  assert.ok(KafkaError.is(error), String(error));
  assert.deepEqual([error.kind, error.retriable], ["authentication", false], error.message);
  assert.match(
    error.message,
    /the broker refused the authentication of user "alice" by SASL PLAIN: Authentication fail/,
  );
  assert.doesNotMatch(inspect(error, { depth: Infinity, showHidden: true }), /-secret/);
  return true;
};

for (const groupProtocol of ["classic", "consumer"] as const)
  test(`${groupProtocol}: sessions of 5 s under load: each record is read once and in order, over the same connections`, () =>
    inSecuredWorld({ latencyMs: 3 }, async ({ platform, connector, secured }) => {
      connector.rules.lifetimeMs = 5000;
      const kafka = secured();
      const producer = kafka.producer();
      const consumer = kafka.consumer({ groupId: "g", groupProtocol, topics: ["t"] });
      const toAll = (value: string): Promise<unknown> =>
        Promise.all([0, 1, 2].map((partition) => producer.send({ topic: "t", partition, value })));
      let sent = 0;
      const sending = (async () => {
        while (platform.clock.monotonic() < 60_000) {
          await toAll(`${sent++}`);
          if (sent === 200) connector.connections.length = 0; // all are open by now
          await sleep(platform, 20);
        }
        await toAll("end");
      })();
      const seen: number[][] = [[], [], []];
      let ends = 0;
      for await (const { partition, value } of consumer) {
        if (text(value) !== "end") seen[partition]?.push(Number(text(value)));
        else if (++ends === 3) break;
      }
      await sending;
      for (const one of seen)
        assert.deepEqual(
          one,
          Array.from({ length: sent }, (_, i) => i),
        );
      assert.deepEqual(connector.connections, [], "no connection was opened again");
      assert.ok(connector.logins.filter(({ isAgain }) => isAgain).length >= 5 * 12);
    }));

test("a wrong password: each client says so at once, and a client that asks again connects once a second", () =>
  inSecuredWorld({}, async ({ platform, connector, secured }) => {
    const kafka = secured(WRONG);
    const { clock } = platform;
    const calls: readonly (() => Promise<unknown>)[] = [
      () => kafka.producer().send({ topic: "t", value: "x" }),
      () => take(kafka.consumer({ topics: ["t"] }), 1),
      () => take(kafka.consumer({ groupId: "g", topics: ["t"] }), 1),
      () => kafka.admin().listTopics(),
    ];
    for (const call of calls) {
      const fromMs = clock.monotonic();
      await assert.rejects(call(), isRefused);
      assert.ok(clock.monotonic() - fromMs < 1100, `${clock.monotonic() - fromMs} ms`);
    }
    connector.connections.length = 0;
    const admin = kafka.admin();
    const fromMs = clock.monotonic();
    while (clock.monotonic() - fromMs < 20_000) await assert.rejects(admin.listTopics(), isRefused);
    for (const port of new Set(connector.connections)) {
      const attempts = connector.connections.filter((one) => one === port).length;
      assert.ok(attempts <= 21, `${attempts} attempts at port ${port} in 20 s`);
    }
  }));

test("many clients with a wrong password share one attempt a second at a broker", () =>
  inSecuredWorld({ brokers: 1 }, async ({ platform, connector, secured }) => {
    const kafka = secured(WRONG);
    const admins = Array.from({ length: 10 }, () => kafka.admin());
    await Promise.all(admins.map((admin) => assert.rejects(admin.listTopics(), isRefused)));
    connector.connections.length = 0;
    const fromMs = platform.clock.monotonic();
    await Promise.all(
      admins.map(async (admin) => {
        while (platform.clock.monotonic() - fromMs < 10_000) await assert.rejects(admin.listTopics(), isRefused);
      }),
    );
    assert.ok(connector.connections.length <= 12, `${connector.connections.length} attempts in 10 s`);
  }));

test("one broker of three refuses: records for the others are written, and those for it fail", () =>
  inSecuredWorld({}, async ({ cluster, connector, platform, secured }) => {
    const leaders = cluster.snapshot().topics[0]?.partitions.map(({ leaderId }) => leaderId) ?? [];
    const ports = new Map(cluster.bootstrapServers.split(",").map((one, i) => [i, Number(one.split(":")[1])]));
    connector.rules.refusing.add(ports.get(leaders[1] ?? -1) ?? -1);
    const producer = secured().producer();
    for (let round = 0; round < 3; round++) {
      const results = await Promise.allSettled(
        leaders.map((_, partition) => producer.send({ topic: "t", partition, value: `${round}` })),
      );
      assert.deepEqual(
        results.map(({ status }) => status),
        leaders.map((leader) => (leader === leaders[1] ? "rejected" : "fulfilled")),
      );
      const [failed] = results.filter((one) => one.status === "rejected");
      isRefused((failed as PromiseRejectedResult).reason);
    }
    connector.rules.refusing.clear();
    await sleep(platform, 1000);
    await Promise.all(leaders.map((_, partition) => producer.send({ topic: "t", partition, value: "again" })));
  }));

test("a member of a group whose login is refused reports it once, and can be iterated again when it is right", () =>
  inSecuredWorld({}, async ({ connector, kafka: open, secured, platform }) => {
    await open.producer().send({ topic: "t", partition: 0, value: "a" });
    let password = "alice-secret";
    const consumer = secured({ mechanism: "PLAIN", username: "alice", password: () => password }).consumer({
      groupId: "g",
      topics: ["t"],
    });
    assert.deepEqual(
      (await take(consumer, 1)).map(({ value }) => text(value)),
      ["a"],
    );
    password = "wrong-secret";
    connector.cut();
    for (let i = 0; i < 3; i++) {
      await assert.rejects(take(consumer, 1), isRefused);
      await sleep(platform, 1500);
    }
    password = "alice-secret";
    await sleep(platform, 1000);
    await open.producer().send({ topic: "t", partition: 0, value: "b" });
    assert.deepEqual(
      (await take(consumer, 1)).map(({ value }) => text(value)),
      ["b"],
    );
  }));

test("other credentials for another user: connections are replaced, and no call fails", () =>
  inSecuredWorld({ latencyMs: 3 }, async ({ connector, lines, platform, secured }) => {
    connector.rules.passwords.set("bob", "bob-secret");
    connector.rules.lifetimeMs = 5000;
    let user = "alice";
    const kafka = secured({ mechanism: "PLAIN", username: () => user, password: () => `${user}-secret` });
    const producer = kafka.producer();
    const consumer = kafka.consumer({ groupId: "g", topics: ["t"] });
    const reading = take(consumer, 600);
    for (let i = 0; i < 600; i++) {
      if (i === 200) user = "bob";
      if (i === 400) user = "alice";
      await producer.send({ topic: "t", partition: 0, value: `${i}` });
      await sleep(platform, 50);
    }
    assert.deepEqual(
      (await reading).map(({ value }) => text(value)),
      Array.from({ length: 600 }, (_, i) => `${i}`),
    );
    assert.match(lines.join("\n"), /info: a new connection replaces that to .*: the user .* was alice and is bob now/);
    assert.doesNotMatch(lines.join("\n"), /-secret/);
  }));

test("a password without TLS is warned of once, and one with a safer mechanism is not", () =>
  inSecuredWorld({}, async ({ lines, secured }) => {
    const kafka = secured();
    await kafka.producer().send({ topic: "t", value: "x" });
    await kafka.admin().listTopics();
    assert.equal(lines.filter((line) => /warn: SASL PLAIN without TLS/.test(line)).length, 1);
    lines.length = 0;
    secured({ mechanism: "SCRAM-SHA-256", username: "alice", password: "alice-secret" }).producer();
    assert.deepEqual(lines, []);
  }));

test("no secret can be read from a client that is printed", () =>
  inSecuredWorld({}, async ({ secured }) => {
    const kafka = secured();
    const producer = kafka.producer();
    await producer.send({ topic: "t", value: "x" });
    for (const one of [kafka, producer]) {
      assert.doesNotMatch(inspect(one, { depth: Infinity, showHidden: true }), /-secret/);
      assert.doesNotMatch(JSON.stringify(one), /-secret/);
    }
  }));

test("a mechanism that the platform cannot do is an error at the first connection, of kind unsupported", () =>
  inSecuredWorld({}, async ({ platform: whole, secured }) => {
    const { crypto: _crypto, ...platform } = whole;
    const sasl: SaslOptions = { mechanism: "SCRAM-SHA-256", username: "alice", password: "alice-secret" };
    const kafka = secured(sasl, { platform });
    await assert.rejects(
      kafka.admin().listTopics(),
      (error: unknown) =>
        KafkaError.is(error) && error.kind === "unsupported" && /needs a platform with crypto/.test(error.message),
    );
  }));

test("a wrong option is a config error, of new Kafka or of the first call, and shows no value", () =>
  inSecuredWorld({ brokers: 1 }, async ({ connector, secured }) => {
    const isConfig =
      (says: RegExp) =>
      (error: unknown): boolean => {
        assert.ok(KafkaError.is(error) && error.kind === "config" && !error.retriable);
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /x-secret/);
        return true;
      };
    const user = { username: "alice", password: "x-secret" };
    const atOnce: readonly (readonly [unknown, RegExp])[] = [
      [{ mechanism: "plain", ...user }, /Kafka: sasl needs mechanism: did you mean "PLAIN"\?/],
      [{ mechanism: "GSSAPI", ...user }, /Kafka: sasl needs mechanism: PLAIN, SCRAM-SHA-256.*or an object/],
      [user, /Kafka: sasl needs mechanism: PLAIN/],
      ["x-secret", /Kafka: sasl needs mechanism: PLAIN/],
      [{ mechanism: "PLAIN", username: "alice" }, /Kafka: sasl needs password, and was given mechanism, username$/],
      [
        { mechanism: "PLAIN", user: "alice", password: "x-secret" },
        /sasl needs username, and was given mechanism, user, pass/,
      ],
    ];
    for (const [sasl, says] of atOnce) assert.throws(() => secured(sasl as SaslOptions), isConfig(says));
    const later: readonly (readonly [unknown, RegExp])[] = [
      [{ mechanism: "PLAIN", ...user, user: "alice" }, /sasl has no option "user"; did you mean username/],
      [{ mechanism: "OAUTHBEARER" }, /sasl needs token, a function that returns a token, or oidc/],
    ];
    for (const [sasl, says] of later)
      await assert.rejects(
        secured(sasl as SaslOptions)
          .producer()
          .send({ topic: "t", value: "x" }),
        isConfig(says),
      );
    assert.deepEqual(connector.connections, [], "nothing was sent");
  }));
