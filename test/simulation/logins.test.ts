// Sessions that end, in the simulator: how long a connection pauses to log in again, and what becomes of the requests
// that wait for it.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka } from "../../src/node.ts";
import type { Connection } from "../../src/network/connection.ts";
import { openConnection } from "../../src/network/open-connection.ts";
import { saslAuthenticator } from "../../src/network/sasl-login.ts";
import { metadataApi } from "../../src/protocol/messages/metadata.ts";
import { DeadlineWheel } from "../../src/runtime/deadline-wheel.ts";
import { TaskGroup } from "../../src/runtime/task-group.ts";
import { plain } from "../../src/security/plain.ts";
import { type HistoryEvent, type World, checkHistory, simulate } from "../../src/simulation.ts";

const [PRODUCE, HANDSHAKE, TOKEN] = [0, 17, 36];
const SESSION_MS = 3000;
const LATENCY_MS = 20;
/** Each way takes the same time, however many bytes there are: only round trips count. */
const link = { latencyUs: [LATENCY_MS * 1000, LATENCY_MS * 1000], bytesPerMs: 1e9 } as const;
const users = { alice: { password: "alice-secret" } };
const cluster = { brokers: 1, users, sasl: { mechanisms: ["PLAIN"], sessionLifetimeMs: SESSION_MS }, link } as const;

type RequestEvent = Extract<HistoryEvent, { readonly type: "request" }>;

/** The requests of each connection. */
function requestsOf(history: readonly HistoryEvent[]): readonly (readonly RequestEvent[])[] {
  const found = new Map<number, RequestEvent[]>();
  for (const event of history)
    if (event.type === "request") found.set(event.connection, [...(found.get(event.connection) ?? []), event]);
  return [...found.values()];
}

for (const credentialsMs of [0, 250])
  test(`a connection pauses for the two round trips of PLAIN, also if the password takes ${credentialsMs} ms`, async () => {
    const { history } = await simulate({ seed: 1, topics: { t: 1 }, ...cluster }, async (world) => {
      const node = world.node("shop");
      const password = async (): Promise<string> => {
        if (credentialsMs > 0) await node.sleep(credentialsMs);
        return users.alice.password;
      };
      const sasl = { mechanism: "PLAIN", username: "alice", password } as const;
      const kafka = new Kafka({ ...node.kafkaOptions, sasl });
      const producer = kafka.producer({ lingerMs: 0, batchSize: 1 });
      const sent: Promise<unknown>[] = [];
      for (let i = 0; i < 4000; i++) {
        sent.push(producer.send({ topic: "t", value: `${i}` }));
        await world.sleep(5);
      }
      await Promise.all(sent);
      await kafka.close();
    });
    assert.deepEqual(checkHistory(history), []);
    const producing = requestsOf(history).filter((requests) => requests.some(({ apiKey }) => apiKey === PRODUCE));
    assert.equal(producing.length, 1, "all sessions are of one connection");
    const requests = producing[0] ?? [];
    const pauses = requests.flatMap(({ apiKey, atMs }, i) => {
      if (apiKey !== HANDSHAKE || !requests.slice(0, i).some((earlier) => earlier.apiKey === PRODUCE)) return [];
      assert.deepEqual(
        requests.slice(i + 1, i + 3).map((next) => next.apiKey),
        [TOKEN, PRODUCE],
      );
      return [(requests[i + 2]?.atMs ?? 0) - atMs];
    });
    assert.ok(pauses.length >= 5, `${pauses.length} logins`);
    for (const pauseMs of pauses)
      assert.ok(Math.abs(pauseMs - 4 * LATENCY_MS) < 0.1, `${pauseMs} ms instead of ${4 * LATENCY_MS}`);
  });

test("requests that wait for a login keep their order, and each has its own time limit", async () => {
  const { history, value } = await simulate({ seed: 1, ...cluster }, async (world) => {
    const { connection, end } = await connected(world);
    await world.sleep(SESSION_MS - 100);
    world.cluster.intercept("SaslAuthenticate", { delayMs: 1500 });
    const settled: string[] = [];
    const ask = async (name: string, timeoutMs: number): Promise<void> => {
      const fromMs = world.nowMs;
      try {
        await connection.request(metadataApi, { topics: [{ name }] }, { timeoutMs });
        settled.push(name);
      } catch (error) {
        assert.ok(KafkaError.is(error) && error.kind === "timeout" && error.outcome === "notWritten", String(error));
        settled.push(`${name} failed after ${Math.round(world.nowMs - fromMs)} ms`);
      }
    };
    const all: Promise<void>[] = [];
    for (const [name, timeoutMs] of [
      ["starts the login", 5000],
      ["a", 5000],
      ["b", 500],
      ["c", 5000],
      ["d", 700],
      ["e", 4000],
    ] as const) {
      all.push(ask(name, timeoutMs));
      await world.sleep(100);
    }
    await Promise.all(all);
    await end();
    return settled;
  });
  assert.deepEqual(value, ["starts the login", "b failed after 500 ms", "d failed after 700 ms", "a", "c", "e"]);
  assert.deepEqual(checkHistory(history), []);
});

/** A connection to the only broker, whose user is alice. */
async function connected(
  world: World,
): Promise<{ readonly connection: Connection; readonly end: () => Promise<void> }> {
  const { runtime, clock, cluster: address } = world.node("shop").kafkaOptions;
  const [tasks, deadlines] = [new TaskGroup(runtime), new DeadlineWheel({ runtime, clock })];
  const [host = "", port] = address.bootstrapServers.split(":");
  const authenticator = saslAuthenticator(plain({ username: "alice", password: users.alice.password }));
  const connection = await openConnection({
    ...{ host, port: Number(port), connector: address.connector, runtime, clock, deadlines, tasks },
    ...{ clientId: "shop", requestTimeoutMs: 10_000, setupTimeoutMs: 10_000, maxIdleMs: 600_000, maxFrameBytes: 1e6 },
    login: () => Promise.resolve(authenticator),
  });
  const end = async (): Promise<void> => {
    connection.close();
    deadlines.close();
    await tasks.close();
  };
  return { connection, end };
}
