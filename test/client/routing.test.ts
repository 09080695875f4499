// Questions for many brokers at once, on a client and an embedded cluster in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cluster } from "../../src/cluster/cluster.ts";
import { ClusterClient } from "../../src/cluster/cluster-client.ts";
import { Coordinators } from "../../src/cluster/coordinators.ts";
import { answersOf, ask, type Question } from "../../src/cluster/routing/ask.ts";
import type { Route } from "../../src/cluster/routing/route.ts";
import type { KeyResult } from "../../src/cluster/routing/route-plan.ts";
import { done, refusal, type Verdict } from "../../src/cluster/routing/verdict.ts";
import type { TopicPartition } from "../../src/cluster/topic-partition.ts";
import { brokerError } from "../../src/errors/broker-error.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { describeGroupsApi } from "../../src/protocol/messages/describe-groups.ts";
import { metadataApi } from "../../src/protocol/messages/metadata.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type World, inWorld } from "./world.ts";

const LIMIT = { timeoutMs: 5000 };

async function withClient({ platform, cluster }: World, body: (client: ClusterClient) => Promise<void>): Promise<void> {
  const options = { ...platform, bootstrapServers: cluster.bootstrapServers };
  const client = new ClusterClient(new Cluster(options), "admin");
  await body(client);
  await client.close();
}

/** A request that any broker answers; `verdictOf` says what comes of each key, given how often it was sent. */
function question<K>(
  keys: readonly K[],
  route: Route<K>,
  verdictOf: (key: K, times: number, address: string) => Verdict<string> = (_key, _times, address) => done(address),
): Question<K, string> & { readonly sent: (readonly [address: string, keys: readonly K[]])[] } {
  const times = new Map<K, number>();
  const sent: (readonly [string, readonly K[]])[] = [];
  return {
    what: "cannot ask",
    keys,
    route,
    sent,
    send: async (connection, asked) => {
      sent.push([connection.address, asked]);
      await connection.request(metadataApi, { topics: [], allowAutoTopicCreation: false });
      return asked.map((key) => {
        times.set(key, (times.get(key) ?? 0) + 1);
        return verdictOf(key, times.get(key) ?? 0, connection.address);
      });
    },
  };
}

const partitions = (topic: string, count: number): readonly TopicPartition[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }));
const toLeader: Route<TopicPartition> = { to: "leader", partition: (one) => one };
const errors = (results: readonly KeyResult<unknown>[]): readonly string[] =>
  results.map(({ error }) => (error === undefined ? "" : (error.codeName ?? error.kind)));

test("each leader gets one request with all of its partitions, and answers come in the order of the keys", () =>
  inWorld({ brokers: 3, topics: { t: 6 } }, (world) =>
    withClient(world, async (client) => {
      const asked = question(partitions("t", 6), toLeader);
      const answers = answersOf(await ask(client, asked, LIMIT));
      const addressOf = ({ topic, partition }: TopicPartition): string => {
        const node = client.snapshot.brokers.get(
          client.snapshot.topics.get(topic)?.partitions[partition]?.leaderId ?? -1,
        );
        return `${node?.host ?? ""}:${node?.port ?? 0}`;
      };
      assert.deepEqual(answers, asked.keys.map(addressOf));
      assert.equal(asked.sent.length, 3);
      assert.deepEqual(await ask(client, question([], toLeader), LIMIT), []);
    }),
  ));

test("only partitions that were refused are sent again, to the leader that newer metadata names", () =>
  inWorld({ brokers: 3, topics: { t: 3 } }, (world) =>
    withClient(world, async (client) => {
      const asked = question(partitions("t", 3), toLeader, ({ partition }, times, address) => {
        if (partition !== 1 || times > 1) return done(address);
        world.cluster.moveLeader("t", 1, 2);
        return refusal(brokerError(6, "cannot ask t-1"));
      });
      const [, moved] = answersOf(await ask(client, asked, LIMIT));
      assert.deepEqual(
        asked.sent.slice(3).map(([address, keys]) => [address, keys]),
        [[moved, [{ topic: "t", partition: 1 }]]],
      );
      assert.equal(moved, `${client.snapshot.brokers.get(2)?.host ?? ""}:${client.snapshot.brokers.get(2)?.port ?? 0}`);
    }),
  ));

test("a broker that hangs fails its own partitions at the deadline; the others have their answers and their retries", () =>
  inWorld({ brokers: 3, topics: { t: 3 } }, (world) =>
    withClient(world, async (client) => {
      const { platform } = world;
      const doneAt = new Map<number, number>();
      const asked = question(partitions("t", 3), toLeader, ({ partition }, times) => {
        if (partition === 2 && times < 3) return refusal(brokerError(14, "cannot ask t-2"));
        doneAt.set(partition, platform.clock.monotonic());
        return done("ok");
      });
      const { send } = asked;
      const hangs: Question<TopicPartition, string> = {
        ...asked,
        send: (connection, keys, limit) =>
          keys.some(({ partition }) => partition === 0) ? new Promise(() => undefined) : send(connection, keys, limit),
      };
      const fromMs = platform.clock.monotonic();
      const results = await ask(client, hangs, { timeoutMs: 3000 });
      const took = platform.clock.monotonic() - fromMs;
      assert.ok(took >= 3000 && took < 3010, `${took} ms`);
      assert.deepEqual(errors(results), ["timeout", "", ""]);
      assert.match(results[0]?.error?.message ?? "", /cannot ask: not done in time, in try 1.*timeout 3000 ms/);
      assert.ok((doneAt.get(2) ?? Infinity) - fromMs < 1000, "its retries did not wait for the broker that hangs");
    }),
  ));

test("what does not exist is reported after one fresh Metadata; with awaitsAbsent it is waited for", () =>
  inWorld({ brokers: 1, topics: { t: 1 }, autoCreateTopics: false, latencyMs: 1 }, (world) =>
    withClient(world, async (client) => {
      const { cluster, platform } = world;
      await ask(client, question(partitions("t", 1), toLeader), LIMIT);
      cluster.growTopic("t", 2);
      const grown = [{ topic: "t", partition: 1 }];
      assert.deepEqual(errors(await ask(client, question(grown, toLeader), LIMIT)), [""], "old metadata is no proof");
      await sleep(platform, 1000);
      const metadata = cluster.intercept("Metadata", () => undefined);
      const keys = [
        { topic: "t", partition: 0 },
        { topic: "t", partition: 7 },
        { topic: "nope", partition: 0 },
      ];
      const fromMs = platform.clock.monotonic();
      const asked = question(keys, toLeader);
      const results = await ask(client, asked, LIMIT);
      assert.deepEqual(errors(results), ["", "UNKNOWN_TOPIC_OR_PARTITION", "UNKNOWN_TOPIC_OR_PARTITION"]);
      assert.equal(results[1]?.error?.retriable, false);
      assert.match(results[1]?.error?.message ?? "", /t-7 \(the topic has 2 partitions\)/);
      const took = platform.clock.monotonic() - fromMs;
      assert.ok(took < 200, `after ${took} ms and ${metadata.calls} requests`);
      assert.equal(metadata.calls - asked.sent.length, 1);

      const late = ask(
        client,
        question([{ topic: "later", partition: 0 }], { ...toLeader, awaitsAbsent: true }),
        LIMIT,
      );
      await sleep(platform, 1500);
      (await world.kafka.admin().createTopics([{ topic: "later", numPartitions: 1 }])).orThrow();
      assert.deepEqual(errors(await late), [""]);
    }),
  ));

test("partitions whose leader is known do not wait for the Metadata of others", () =>
  inWorld({ brokers: 1, topics: { t: 1, u: 1 } }, (world) =>
    withClient(world, async (client) => {
      await ask(client, question(partitions("t", 1), toLeader), LIMIT);
      const isAboutU = (topics: readonly { readonly name: string | null }[] | null): boolean =>
        topics?.some(({ name }) => name === "u") === true;
      world.cluster.intercept("Metadata", ({ message }) => (isAboutU(message.topics) ? "hang" : undefined));
      const results = await ask(client, question([...partitions("t", 1), ...partitions("u", 1)], toLeader), {
        timeoutMs: 1000,
      });
      assert.deepEqual(errors(results), ["", "timeout"]);
    }),
  ));

test("a group's coordinators are looked up in one request, or one by one at an older broker; a refused name fails alone", () =>
  inWorld({ brokers: 3 }, async (world) => {
    for (const most of [undefined, 3]) {
      const lower = world.cluster.intercept("ApiVersions", {
        respond: (response) => ({
          ...response,
          apiKeys: response.apiKeys.map((one) =>
            one.apiKey === 10 && most !== undefined ? { ...one, maxVersion: most } : one,
          ),
        }),
      });
      await withClient(world, async (client) => {
        const finds = world.cluster.intercept("FindCoordinator", () => undefined);
        const route: Route<string> = {
          to: "coordinator",
          coordinators: new Coordinators(client),
          kind: "group",
          name: (group) => group,
        };
        const groups = ["a", "b", "c", "d", "e", "f"];
        const described: Question<string, string> = {
          what: "cannot describe groups",
          keys: groups,
          route,
          send: async (connection, names) => {
            const response = await connection.request(describeGroupsApi, { groups: names });
            return response.groups.map(({ errorCode, groupId, groupState }) =>
              errorCode === 0 || errorCode === 69 ? done(groupState) : refusal(brokerError(errorCode, groupId)),
            );
          },
        };
        assert.equal(answersOf(await ask(client, described, LIMIT)).length, groups.length);
        assert.equal(finds.calls, most === undefined ? 1 : groups.length);
        answersOf(await ask(client, described, LIMIT));
        assert.equal(finds.calls, most === undefined ? 1 : groups.length, "coordinators are remembered");
        finds();
      });
      lower();
    }
  }));

test("lookups of a coordinator back off, and a coordinator that moved is looked up again", () =>
  inWorld({ brokers: 1 }, (world) =>
    withClient(world, async (client) => {
      const absent = world.cluster.intercept(
        "FindCoordinator",
        {
          respond: (response) => ({
            ...response,
            coordinators: response.coordinators.map((one) => ({ ...one, errorCode: 15 })),
          }),
        },
        { times: 1000 },
      );
      const route: Route<string> = {
        to: "coordinator",
        coordinators: new Coordinators(client),
        kind: "group",
        name: (group) => group,
      };
      const results = await ask(client, question(["g"], route), { timeoutMs: 5000 });
      assert.deepEqual(errors(results), ["timeout"]);
      assert.match(results[0]?.error?.message ?? "", /COORDINATOR_NOT_AVAILABLE/);
      assert.ok(absent.calls > 3 && absent.calls < 20, `${absent.calls} lookups in 5 s`);
      absent();
      const finds = world.cluster.intercept("FindCoordinator", () => undefined);
      const asked = question(["g"], route, (_key, times) =>
        times === 1 ? refusal(brokerError(16, "cannot ask g")) : done("ok"),
      );
      assert.deepEqual(answersOf(await ask(client, asked, LIMIT)), ["ok"]);
      assert.equal(finds.calls, 2);
    }),
  ));

test("any broker, the controller, given brokers: one that does not exist fails alone, after one fresh Metadata", () =>
  inWorld({ brokers: 3 }, (world) =>
    withClient(world, async (client) => {
      assert.equal(answersOf(await ask(client, question(["k"], { to: "any" }), LIMIT)).length, 1);
      const [controller] = answersOf(await ask(client, question(["k"], { to: "controller" }), LIMIT));
      const node = client.snapshot.brokers.get(client.snapshot.controllerId);
      assert.equal(controller, `${node?.host ?? ""}:${node?.port ?? 0}`);
      const asked = question([0, 1, 77, 2], { to: "broker", nodeId: (id) => id });
      const results = await ask(client, asked, LIMIT);
      assert.deepEqual(errors(results), ["", "", "connection", ""]);
      assert.match(results[2]?.error?.message ?? "", /broker 77 is not in the metadata/);
      assert.equal(asked.sent.length, 3);
    }),
  ));

test("a request has at most keysPerRequest keys, and each fails or goes again by itself", () =>
  inWorld({ brokers: 1 }, (world) =>
    withClient(world, async (client) => {
      const asked = question(["a", "b", "c", "d", "e"], { to: "any" }, (key, times) =>
        key === "c" && times === 1 ? refusal(brokerError(14, "cannot ask c")) : done(key),
      );
      const results = await ask(client, { ...asked, keysPerRequest: () => 2 }, LIMIT);
      assert.deepEqual(answersOf(results), ["a", "b", "c", "d", "e"]);
      assert.deepEqual(
        asked.sent.map(([, keys]) => keys),
        [["a", "b"], ["c", "d"], ["e"], ["c"]],
      );
    }),
  ));

test("a signal, and the client's close, end every key that is left with an error that says so", () =>
  inWorld({ brokers: 1 }, (world) =>
    withClient(world, async (client) => {
      const busy = (): Question<string, string> =>
        question(["a", "b"], { to: "any" }, (key) =>
          key === "a" ? done("a") : refusal(brokerError(14, "cannot ask b")),
        );
      const controller = new AbortController();
      const cancelled = ask(client, busy(), { timeoutMs: Infinity, signal: controller.signal });
      await sleep(world.platform, 700);
      controller.abort();
      assert.deepEqual(errors(await cancelled), ["", "cancelled"]);
      const closed = ask(client, busy(), { timeoutMs: Infinity });
      await sleep(world.platform, 700);
      await client.close();
      const results = await closed;
      assert.deepEqual(errors(results), ["", "closed"]);
      assert.match(results[1]?.error?.message ?? "", /cannot ask: the client was closed/);
      assert.deepEqual(errors(await ask(client, busy(), LIMIT)), ["closed", "closed"]);
    }),
  ));

test("`refused` ends a call before its next request, and all or nothing ends it with the first failure", () =>
  inWorld({ brokers: 1 }, (world) =>
    withClient(world, async (client) => {
      let isOver = false;
      const asked = question(["a", "b"], { to: "any" }, () => {
        isOver = true;
        return refusal(brokerError(14, "cannot ask"));
      });
      const over = (): KafkaError | undefined => (isOver ? new KafkaError("fenced", "over") : undefined);
      assert.deepEqual(errors(await ask(client, { ...asked, refused: over }, LIMIT)), ["fenced", "fenced"]);
      assert.equal(asked.sent.length, 1);

      const failing = question(["a", "b", "c"], { to: "any" }, (key) => {
        if (key === "a") return done("a");
        return refusal(brokerError(key === "b" ? 29 : 14, `cannot ask ${key}`));
      });
      const results = await ask(client, { ...failing, isAllOrNothing: true }, LIMIT);
      assert.deepEqual(errors(results), ["", "TOPIC_AUTHORIZATION_FAILED", "TOPIC_AUTHORIZATION_FAILED"]);
      assert.throws(() => answersOf(results), /cannot ask b/);
    }),
  ));

test("a call that is over sends nothing any more, also to a broker that it was still connecting to", () =>
  inWorld({ brokers: 2, topics: { t: 2 } }, (world) =>
    withClient(world, async (client) => {
      client.wantTopics(["t"]);
      await client.awaitMetadata(({ topics }) => topics.has("t"), { deadlineMs: Infinity, what: "metadata" });
      const slow = client.snapshot.topics.get("t")?.partitions.find(({ leaderId }) => leaderId !== 0)?.partition;
      world.cluster.intercept("ApiVersions", ({ nodeId }) => (nodeId === 0 ? undefined : { delayMs: 500 }));
      const asked = question(partitions("t", 2), toLeader, ({ partition }) =>
        partition === slow ? done("ok") : refusal(brokerError(29, "cannot ask")),
      );
      const results = await ask(client, { ...asked, isAllOrNothing: true }, LIMIT);
      assert.deepEqual(errors(results), ["TOPIC_AUTHORIZATION_FAILED", "TOPIC_AUTHORIZATION_FAILED"]);
      await sleep(world.platform, 2000);
      assert.equal(asked.sent.length, 1);
    }),
  ));
