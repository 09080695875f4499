// Sessions that end (KIP-368): a connection authenticates again, and no request is lost, reordered or sent out of turn.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../../src/errors/kafka-error.ts";
import type { Connection } from "../../../src/network/connection.ts";
import type { ConnectionOptions } from "../../../src/network/connection-options.ts";
import { metadataApi } from "../../../src/protocol/messages/metadata.ts";
import { produceApi } from "../../../src/protocol/messages/produce.ts";
import { sleep } from "../../../src/runtime/sleep.ts";
import type { SaslOptions } from "../../../src/security/sasl-options.ts";
import type { SimulatedPlatform } from "../../../src/simulation/simulated-platform.ts";
import { inVirtualTime } from "../../runtime/virtual.ts";
import { SecuredBroker, type SecuredBrokerOptions } from "./secured-broker.ts";

const ALICE = { username: "alice", password: "alice-secret" };
const PLAIN: SaslOptions = { mechanism: "PLAIN", ...ALICE };

interface Scene {
  readonly broker: SecuredBroker;
  readonly platform: SimulatedPlatform;
  readonly connection: Connection;
  /** Asks for metadata of a topic; the answer names the topic of the request that it belongs to. */
  ask(topic: string, timeoutMs?: number): Promise<string | undefined>;
}

function withConnection(
  options: SecuredBrokerOptions,
  sasl: SaslOptions,
  body: (scene: Scene) => Promise<void>,
  more: Partial<ConnectionOptions> = {},
): Promise<void> {
  return inVirtualTime(async (platform) => {
    const broker = new SecuredBroker(platform, options);
    await broker.start();
    const connection = await broker.connect(sasl, more);
    const ask = async (topic: string, timeoutMs = 1000): Promise<string | undefined> => {
      const { topics } = await connection.request(metadataApi, { topics: [{ name: topic }] }, { timeoutMs });
      return topics[0]?.name ?? undefined;
    };
    await body({ broker, platform, connection, ask });
    assert.deepEqual([broker.violations, broker.faults], [[], []]);
    connection.close();
    await broker.stop();
  });
}

const isOf =
  (kind: string, says: RegExp, outcome = "notWritten") =>
  (error: unknown): boolean => {
    assert.ok(KafkaError.is(error), String(error));
    assert.deepEqual([error.kind, error.retriable, error.outcome], [kind, true, outcome], error.message);
    assert.match(error.message, says);
    return true;
  };

const LOGIN = ["ApiVersions", "ApiVersions", "SaslHandshake", "SaslAuthenticate"];
const AGAIN = ["SaslHandshake", "SaslAuthenticate"];

test("under load a connection authenticates again before each end of its session: none is lost, all are in order", () =>
  withConnection({ lifetimeMs: 5000, saslMs: 30 }, PLAIN, async ({ broker, platform, connection, ask }) => {
    broker.answerMs = 2;
    const answers: number[] = [];
    const running: Promise<unknown>[] = [];
    let sent = 0;
    while (platform.clock.monotonic() < 60_000) {
      const number = sent++;
      running.push(
        ask(`t${number}`).then((topic) => {
          assert.equal(topic, `t${number}`);
          answers.push(number);
        }),
      );
      await sleep(platform, sent % 7 === 0 ? 23 : 3);
    }
    await Promise.all(running);
    assert.deepEqual(
      answers,
      Array.from({ length: sent }, (_, i) => i),
    );
    assert.equal(broker.connections, 1);
    const logins = broker.seen.filter(({ name }) => name === "SaslHandshake").map(({ atMs }) => atMs);
    assert.ok(logins.length >= 12 && logins.length <= 15, `${logins.length} logins`);
    for (const [i, atMs] of logins.entries()) {
      const gapMs = atMs - (logins[i - 1] ?? atMs - 4500);
      assert.ok(gapMs >= 0.85 * 5000 && gapMs <= 0.95 * 5000 + 150, `${gapMs} ms`);
    }
    assert.deepEqual(broker.exchange(1).slice(0, 6), [...LOGIN, ...AGAIN], "ApiVersions is not sent again");
    assert.equal(connection.isUsable, true);
  }));

for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-512"] as const)
  test(`${mechanism} again: the whole exchange is sent, and requests wait until its end`, () =>
    withConnection({ lifetimeMs: 5000, saslMs: 30 }, { mechanism, ...ALICE }, async ({ broker, platform, ask }) => {
      await sleep(platform, 5001);
      assert.deepEqual(await Promise.all(["a", "b", "c"].map((topic) => ask(topic))), ["a", "b", "c"]);
      assert.deepEqual(broker.seen.map(({ name }) => name).slice(-6), [
        "SaslHandshake",
        "SaslAuthenticate",
        "SaslAuthenticate",
        "Metadata",
        "Metadata",
        "Metadata",
      ]);
    }));

test("an idle connection does nothing; it authenticates again when it is used, long after the end of its session", () =>
  withConnection({ lifetimeMs: 5000 }, PLAIN, async ({ broker, platform, ask }) => {
    await sleep(platform, 60_000);
    assert.deepEqual(broker.exchange(1), LOGIN);
    assert.deepEqual(await Promise.all([ask("a"), ask("b")]), ["a", "b"]);
    assert.deepEqual(broker.exchange(1), [...LOGIN, ...AGAIN]);
    assert.equal(broker.connections, 1);
  }));

test("requests that were sent before are answered first; those that arrive meanwhile wait, in order", () =>
  withConnection({ lifetimeMs: 50_000, saslMs: 50 }, PLAIN, async ({ broker, platform, ask }) => {
    await sleep(platform, 47_900);
    broker.answerMs = 400;
    const settled: string[] = [];
    const note = (topic: string): Promise<unknown> => ask(topic, 3000).then((answer) => settled.push(answer ?? ""));
    const all = [note("before-1"), note("before-2")];
    await sleep(platform, 1); // the credentials are there, and SaslHandshake is sent behind the first two
    all.push(note("after-1"), note("after-2"));
    await sleep(platform, 60);
    all.push(note("after-3"));
    await Promise.all(all);
    assert.deepEqual(settled, ["before-1", "before-2", "after-1", "after-2", "after-3"]);
    assert.deepEqual(broker.seen.map(({ name }) => name).slice(-7), [
      "Metadata",
      "Metadata",
      "SaslHandshake",
      "SaslAuthenticate",
      "Metadata",
      "Metadata",
      "Metadata",
    ]);
  }));

test("two renewals in a row under load lose none of the requests that waited for the first", () =>
  withConnection({ lifetimeMs: 1000, saslMs: 200 }, PLAIN, async ({ broker, platform, ask }) => {
    const answers: string[] = [];
    const all: Promise<unknown>[] = [];
    for (let i = 0; i < 400; i++) {
      all.push(ask(`t${i}`, 5000).then((topic) => answers.push(topic ?? "")));
      await sleep(platform, 10);
    }
    await Promise.all(all);
    assert.deepEqual(
      answers,
      Array.from({ length: 400 }, (_, i) => `t${i}`),
    );
    assert.equal(broker.connections, 1);
    assert.ok(broker.exchange(1).filter((name) => name === "SaslHandshake").length >= 3);
  }));

for (const lifetimeMs of [1, 200, -5000])
  test(`a session of ${lifetimeMs} ms: at most one authentication a second, and requests wait for it`, () =>
    withConnection({ lifetimeMs }, PLAIN, async ({ broker, platform, ask }) => {
      for (let i = 0; i < 20; i++) {
        assert.equal(await ask(`t${i}`, 3000), `t${i}`);
        await sleep(platform, 100);
      }
      const logins = broker.seen.filter(({ name }) => name === "SaslHandshake").map(({ atMs }) => atMs);
      for (const [i, atMs] of logins.slice(1).entries()) assert.ok(atMs - (logins[i] ?? 0) >= 1000, `${atMs}`);
      assert.equal(broker.connections, 1);
    }));

test("a broker without a limit for sessions gets one authentication", () =>
  withConnection({ lifetimeMs: 0 }, PLAIN, async ({ broker, platform, ask }) => {
    await sleep(platform, 500_000);
    await ask("a");
    assert.deepEqual(broker.exchange(1), LOGIN);
  }));

test("the longest lifetime arms no timer that is too long", () =>
  withConnection({ lifetimeMs: 2 ** 53 - 1 }, PLAIN, async ({ ask }) => {
    assert.equal(await ask("a"), "a");
  }));

test("a request whose time is over while it waits is rejected and never sent; the time counts from its arrival", () =>
  withConnection({ lifetimeMs: 5000, saslMs: 400 }, PLAIN, async ({ broker, platform, connection, ask }) => {
    await sleep(platform, 6000);
    const fromMs = platform.clock.monotonic();
    const short = assert.rejects(ask("short", 300), isOf("timeout", /Metadata to broker:9092: not sent within 300 ms/));
    const long = ask("long", 3000);
    await short;
    assert.equal(platform.clock.monotonic() - fromMs, 300);
    assert.equal(await long, "long");
    assert.equal(connection.isUsable, true, "the connection stays");
    await sleep(platform, 1000);
    assert.equal(broker.seen.filter(({ name }) => name === "Metadata").length, 1);
  }));

test("requests that a throttle would delay until after the end of the session wait for a new login, in order", () => {
  const throttle = { untilMs: 0 };
  return withConnection(
    { lifetimeMs: 5000 },
    PLAIN,
    async ({ broker, platform, connection, ask }) => {
      await sleep(platform, 4000);
      throttle.untilMs = platform.clock.monotonic() + 500;
      assert.equal(await ask("in time"), "in time");
      assert.equal(broker.exchange(1).length, LOGIN.length, "the session lasts until the request leaves");
      const untilMs = (throttle.untilMs = platform.clock.monotonic() + 2000);
      const answers = await Promise.all(["a", "b"].map((topic) => ask(topic)));
      assert.deepEqual(answers, ["a", "b"]);
      const later = broker.seen.filter(({ atMs }) => atMs >= untilMs).map(({ name }) => name);
      assert.deepEqual(later, [...AGAIN, "Metadata", "Metadata"]);
      assert.deepEqual([broker.connections, connection.isUsable], [1, true]);
    },
    { throttle },
  );
});

test("a throttle that grows after requests were delayed: they left after the end of the session; now they wait too", () => {
  const throttle = { untilMs: 0 };
  return withConnection(
    { lifetimeMs: 5000 },
    PLAIN,
    async ({ broker, platform, connection, ask }) => {
      await sleep(platform, 4000);
      throttle.untilMs = platform.clock.monotonic() + 500;
      const fromMs = platform.clock.monotonic();
      const answers = Promise.all(["a", "b"].map((topic) => ask(topic, 5000)));
      const hurried = ask("hurried", 100);
      await sleep(platform, 200);
      // As another response does, on this or on another connection to the broker.
      throttle.untilMs = platform.clock.monotonic() + 2000;
      assert.deepEqual([await answers, await hurried, await ask("c")], [["a", "b"], "hurried", "c"]);
      const later = broker.seen.filter(({ atMs }) => atMs >= fromMs).map(({ name }) => name);
      assert.deepEqual(later, [...AGAIN, "Metadata", "Metadata", "Metadata", "Metadata"]);
      assert.deepEqual([broker.connections, connection.isUsable, connection.inFlight], [1, true, 0]);
    },
    { throttle },
  );
});

test("a request without a response waits too, in its place", () =>
  withConnection({ lifetimeMs: 5000, saslMs: 50 }, PLAIN, async ({ broker, platform, connection, ask }) => {
    await sleep(platform, 6000);
    const first = ask("a");
    const produce = connection.request(
      produceApi,
      { acks: 0, timeoutMs: 1000, topicData: [] },
      { noResponse: true, timeoutMs: 1000 },
    );
    await Promise.all([first, produce, ask("b")]);
    await sleep(platform, 10);
    assert.deepEqual(broker.seen.map(({ name }) => name).slice(-5), [
      "SaslHandshake",
      "SaslAuthenticate",
      "Metadata",
      "Produce",
      "Metadata",
    ]);
    await sleep(platform, 6000);
    await connection.request(produceApi, { acks: 0, timeoutMs: 1000, topicData: [] }, { noResponse: true });
    await sleep(platform, 10);
    assert.deepEqual(broker.seen.map(({ name }) => name).slice(-3), [...AGAIN, "Produce"]);
  }));

test("refreshing the features waits like any request, so ApiVersions is never sent within the exchange", () =>
  withConnection({ lifetimeMs: 5000, saslMs: 50 }, PLAIN, async ({ broker, platform, connection, ask }) => {
    await sleep(platform, 6000);
    await Promise.all([ask("a"), connection.refreshFeatures()]);
    assert.deepEqual(broker.seen.map(({ name }) => name).slice(-4), [
      "SaslHandshake",
      "SaslAuthenticate",
      "Metadata",
      "ApiVersions",
    ]);
  }));

test("the credentials are fetched while requests go on, and a source that is down leaves the session as it is", () => {
  let isDown = false;
  let calls = 0;
  const password = async (): Promise<string> => {
    calls++;
    if (isDown) throw new Error("the vault is sealed");
    return Promise.resolve("alice-secret");
  };
  const sasl: SaslOptions = { mechanism: "PLAIN", username: "alice", password };
  return withConnection({ lifetimeMs: 100_000 }, sasl, async ({ broker, platform, ask }) => {
    await sleep(platform, 95_000);
    isDown = true;
    for (let i = 0; i < 20; i++) {
      await ask(`t${i}`);
      await sleep(platform, 200);
    }
    assert.ok(calls >= 4 && calls <= 6, `${calls} calls in 4 s`);
    assert.equal(broker.log.filter((line) => line.startsWith("warn")).length, 1, broker.log.join("\n"));
    assert.match(broker.log[0] ?? "", /cannot authenticate again: .*sasl: password failed.*its session ends in \d s/);
    isDown = false;
    await sleep(platform, 1000);
    await ask("again");
    assert.deepEqual(broker.exchange(1), [...LOGIN, ...AGAIN]);
    assert.doesNotMatch(broker.log.join(), /alice-secret/);
  });
});

test("no credentials when the session has ended: the connection closes, and what waited can be sent on another", () => {
  let isDown = false;
  const password = (): string => {
    if (isDown) throw new Error("the vault is sealed");
    return "alice-secret";
  };
  const sasl: SaslOptions = { mechanism: "PLAIN", username: "alice", password };
  return withConnection({ lifetimeMs: 5000 }, sasl, async ({ platform, connection, ask }) => {
    await sleep(platform, 6000);
    isDown = true;
    await assert.rejects(
      ask("a"),
      isOf("connection", /the connection is replaced: its session has ended.*password failed/),
    );
    assert.equal(connection.isClosed, true);
  });
});

test("a source of credentials that hangs: what waits goes to another connection when the limit is over", () => {
  let isHanging = false;
  const password = (): string | Promise<string> => (isHanging ? new Promise<never>(() => undefined) : "alice-secret");
  const sasl: SaslOptions = { mechanism: "PLAIN", username: "alice", password };
  return withConnection({ lifetimeMs: 5000 }, sasl, async ({ platform, connection, ask }) => {
    await sleep(platform, 6000);
    isHanging = true;
    const fromMs = platform.clock.monotonic();
    await assert.rejects(ask("a", 60_000), isOf("connection", /session has ended.*took too long/));
    assert.ok(platform.clock.monotonic() - fromMs <= 2001);
    assert.equal(connection.isClosed, true);
  });
});

test("other credentials: requests go to a new connection, and the old one closes after its last response", () => {
  let user = "alice";
  const sasl: SaslOptions = { mechanism: "PLAIN", username: () => user, password: () => `${user}-secret` };
  return withConnection({ lifetimeMs: 5000 }, sasl, async ({ broker, platform, connection, ask }) => {
    await sleep(platform, 4000);
    broker.answerMs = 900;
    const under = ask("under way", 3000);
    await sleep(platform, 800);
    user = "admin";
    const waits = ask("waits", 3000);
    // The session has not ended, so the request is still sent on this connection.
    assert.deepEqual(await Promise.all([under, waits]), ["under way", "waits"]);
    await sleep(platform, 10);
    assert.equal(connection.isClosed, true);
    assert.deepEqual(broker.exchange(1), LOGIN, "no authentication as another user is tried on this connection");
    assert.match(
      broker.log.join(),
      /info: a new connection replaces that to broker:9092: the user .* was alice and is admin/,
    );
    const other = await broker.connect(sasl);
    other.close();
  });
});

test("other credentials when the session has ended: what waits is not sent, and can be sent on another connection", () => {
  let user = "alice";
  const sasl: SaslOptions = { mechanism: "PLAIN", username: () => user, password: () => `${user}-secret` };
  return withConnection({ lifetimeMs: 5000 }, sasl, async ({ platform, connection, ask }) => {
    await sleep(platform, 6000);
    user = "admin";
    await assert.rejects(ask("a"), isOf("connection", /the connection is replaced: the user .* is admin now/));
    assert.equal(connection.isUsable, false);
    await assert.rejects(ask("b"), isOf("connection", /closed/));
  });
});

test("a role that only the broker knows has changed: it refuses, and a new connection is tried", () => {
  const tokens = ["good.token.one", "good.token.two"];
  const sasl: SaslOptions = { mechanism: "OAUTHBEARER", token: () => ({ value: tokens.shift() ?? "" }) };
  return withConnection({ lifetimeMs: 5000 }, sasl, async ({ broker, platform, connection, ask }) => {
    broker.accounts.tokens.set("good.token.two", "another role");
    await sleep(platform, 6000);
    await assert.rejects(ask("a"), isOf("connection", /could not authenticate again:.*Cannot change principals/));
    assert.equal(connection.isClosed, true);
    assert.match(broker.log.join(), /warn: .*could not authenticate again.*It is tried once on a new connection/);
  });
});

test("a broker that hangs up during a renewal: what was not sent can be retried", () =>
  withConnection({ lifetimeMs: 5000 }, PLAIN, async ({ broker, platform, ask }) => {
    await sleep(platform, 6000);
    broker.hangsUpOnce = true;
    const says = /the broker closed the connection during the authentication/;
    await Promise.all(["a", "b"].map((topic) => assert.rejects(ask(topic), isOf("connection", says))));
  }));

test("a broker that answers no renewal: its time limit closes the connection, and what waits can be sent elsewhere", () =>
  withConnection({ lifetimeMs: 5000 }, PLAIN, async ({ broker, platform, connection, ask }) => {
    await sleep(platform, 6000);
    broker.isSilent = true;
    await assert.rejects(ask("a", 60_000), isOf("timeout", /no response within 1000 ms \(SaslHandshake\)/));
    assert.equal(connection.isClosed, true);
  }));

test("a client that closes its connection during a renewal leaves nothing behind", () =>
  withConnection({ lifetimeMs: 5000, saslMs: 500 }, PLAIN, async ({ platform, connection, ask }) => {
    await sleep(platform, 6000);
    const waiting = assert.rejects(ask("a"), (error: unknown) => KafkaError.is(error) && error.kind === "closed");
    await sleep(platform, 100);
    connection.close();
    await waiting;
  }));
