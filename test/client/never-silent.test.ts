// Whatever is waited for in vain is logged after 2, 4, 8, … seconds, and the final error has the reason, in virtual
// time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { KafkaBaseOptions } from "../../src/kafka.ts";
import type { LogEntry } from "../../src/runtime/platform.ts";
import type { Connector } from "../../src/runtime/byte-stream.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type World, inWorld, take } from "./world.ts";

/** The warnings of a client, with the second in which each came. */
function listening(
  { client, platform }: World,
  options: KafkaBaseOptions = {},
): { readonly kafka: World["kafka"]; readonly warnings: string[]; readonly seconds: number[] } {
  const warnings: string[] = [];
  const seconds: number[] = [];
  const fromMs = platform.clock.monotonic();
  const onLog = ({ level, message }: LogEntry): void => {
    if (level !== "warn" && level !== "error") return;
    warnings.push(message);
    seconds.push(Math.floor((platform.clock.monotonic() - fromMs) / 1000));
  };
  return { kafka: client({ ...options, onLog }), warnings, seconds };
}

const error =
  (kind: string, says: RegExp, cause?: RegExp) =>
  (e: unknown): boolean => {
    assert.ok(KafkaError.is(e), String(e));
    assert.equal(e.kind, kind, e.message);
    assert.match(e.message, says);
    if (cause !== undefined) assert.match(String((e.cause as Error | undefined)?.message), cause, e.message);
    return true;
  };
const NOWHERE = { bootstrapServers: "nobody:9092", cluster: undefined } as never;

test("a send to a dead bootstrap blamed the topic: it names the address and the reason, and each warning comes once", () =>
  inWorld({}, async (world) => {
    const { kafka, warnings, seconds } = listening(world, NOWHERE);
    await assert.rejects(
      kafka.producer({ maxBlockMs: 20_000 }).send({ topic: "hello", value: "x" }),
      error("timeout", /nobody:9092.*refused/, /nobody:9092.*refused/),
    );
    assert.deepEqual(seconds, [2, 4, 8, 16], warnings.join("\n"));
    for (const warning of warnings)
      assert.match(warning, /topic hello.*still waiting after \d+ s and \d+ tries.*nobody:9092.*refused/);
  }));

test("calls to a dead bootstrap say why they wait", () =>
  inWorld({}, async (world) => {
    const { kafka, warnings, seconds } = listening(world, NOWHERE);
    await assert.rejects(
      kafka.admin().listTopics({ timeoutMs: 9000 }),
      error("timeout", /nobody:9092.*refused/, /nobody:9092.*refused/),
    );
    assert.deepEqual(seconds, [2, 4, 8], warnings.join("\n"));
    const producer = kafka.producer({ transactionalId: "x" });
    await assert.rejects(
      producer.begin({ timeoutMs: 3000 }),
      error("timeout", /transaction.*nobody:9092.*refused/, /nobody:9092.*refused/),
    );
    const sending = kafka.producer();
    void sending.send({ topic: "t", value: "x" }).catch(() => undefined);
    await assert.rejects(
      sending.flush({ timeoutMs: 3000 }),
      error("timeout", /cannot flush in time.*nobody:9092.*refused/, /nobody:9092.*refused/),
    );
    const full = kafka.producer({ bufferMemory: 100, maxBlockMs: 3000 });
    const both = await Promise.allSettled([
      full.send({ topic: "t", value: "x" }),
      full.send({ topic: "t", value: "y".repeat(50) }),
    ]);
    for (const one of both)
      assert.ok(
        one.status === "rejected" && /nobody:9092.*refused/.test((one.reason as Error).message),
        JSON.stringify(one),
      );
  }));

const readers: readonly (readonly [string, ConsumerOptions<never, never>])[] = [
  ["a group", { groupId: "g", topics: ["orders"] }],
  ["a classic group", { groupId: "c", groupProtocol: "classic", topics: ["orders"] }],
  ["a subscription", { topics: ["orders"] }],
  ["a pattern", { topics: [/^ord/] }],
  ["an assignment", { assign: [{ topic: "orders", partition: 0 }] }],
];
for (const [name, options] of readers) {
  test(`a consumer (${name}) whose brokers advertise an address that cannot be reached waited without a word`, () =>
    inWorld({ topics: { orders: 1 } }, async (world) => {
      const { cluster, platform } = world;
      const there = { host: "kafka.invalid", port: 9092 };
      cluster.intercept("Metadata", {
        respond: (r) => ({ ...r, brokers: r.brokers.map((b) => ({ ...b, ...there })) }),
      });
      cluster.intercept("FindCoordinator", {
        respond: (r) => ({ ...r, coordinators: r.coordinators.map((c) => ({ ...c, ...there })) }),
      });
      const { kafka, warnings, seconds } = listening(world);
      const consumer = kafka.consumer(options);
      const reading = take(consumer, 1).catch(() => undefined);
      await sleep(platform, 17_000);
      assert.deepEqual([...new Set(seconds)].slice(0, 4), [2, 4, 8, 16], warnings.join("\n"));
      assert.ok(warnings.length <= 6, warnings.join("\n"));
      for (const warning of warnings) assert.match(warning, /kafka\.invalid:9092/);
      await consumer.close();
      await reading;
    }));
}

test(
  "a subscribed topic that does not exist, and a misspelt one in send, are told in time and end with the broker's " +
    "answer",
  () =>
    inWorld({ autoCreateTopics: false }, async (world) => {
      for (const run of [
        (kafka: World["kafka"]) => take(kafka.consumer({ topics: ["nope"], defaultApiTimeoutMs: 9000 }), 1),
        (kafka: World["kafka"]) =>
          take(kafka.consumer({ groupId: "g", topics: ["nope"], defaultApiTimeoutMs: 9000 }), 1),
        (kafka: World["kafka"]) => kafka.producer({ maxBlockMs: 9000 }).send({ topic: "nope", value: "x" }),
        (kafka: World["kafka"]) =>
          kafka.consumer({ topics: ["nope"] }).beginningOffsets([{ topic: "nope", partition: 0 }], { timeoutMs: 9000 }),
      ]) {
        const { kafka, warnings, seconds } = listening(world);
        await assert.rejects(
          run(kafka),
          error("timeout", /nope.*UNKNOWN_TOPIC_OR_PARTITION/, /UNKNOWN_TOPIC_OR_PARTITION/),
        );
        assert.deepEqual(seconds, [2, 4, 8], warnings.join("\n"));
        for (const warning of warnings) assert.match(warning, /nope.*UNKNOWN_TOPIC_OR_PARTITION/);
      }
    }),
);

test("a partition that does not exist is told in time", () =>
  inWorld({ topics: { t: 3 } }, async (world) => {
    const { kafka, warnings, seconds } = listening(world);
    await assert.rejects(
      take(kafka.consumer({ assign: [{ topic: "t", partition: 9 }], defaultApiTimeoutMs: 9000 }), 1),
      error("timeout", /t-9.*the topic has 3 partitions/, /UNKNOWN_TOPIC_OR_PARTITION/),
    );
    assert.deepEqual(seconds, [2, 4, 8], warnings.join("\n"));
    for (const warning of warnings) assert.match(warning, /cannot read t-9: still .*the topic has 3 partitions/);
  }));

test(
  "a listener that closes connections after ApiVersions, as one with SASL does, was taken for a topic that does " +
    "not exist, and then retried until the time limit",
  () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      world.cluster.intercept("Metadata", "disconnect");
      const { kafka, warnings } = listening(world);
      await assert.rejects(
        kafka.producer({ maxBlockMs: 5000 }).send({ topic: "t", value: "x" }),
        error("authentication", /Metadata.*closed the connection instead of answering.*5 times.*requires SASL/, /SASL/),
      );
      assert.ok(world.platform.clock.monotonic() < 3000);
      assert.equal(warnings.filter((line) => /2 times in a row.*requires SASL/.test(line)).length, 1);
    }),
);

/** A connector to a port that closes each TLS handshake, and refuses connections at each `refuses`th attempt. */
function closingHandshakes(refuses: number): { readonly connector: Connector; readonly attempts: () => number } {
  let attempts = 0;
  const connect: Connector["connect"] = ({ host, port }) => {
    const why = ++attempts % refuses === 0 ? "refused" : "the other end closed the connection during the TLS handshake";
    return Promise.reject(
      new KafkaError("connection", `cannot connect to ${host}:${port}: ${why}`, { retriable: true }),
    );
  };
  return { connector: { connect }, attempts: () => attempts };
}

test("TLS to a port without it was retried until the time limit: the fifth close in a row is the error", () =>
  inWorld({ brokers: 1, topics: { t: 1 } }, async (world) => {
    const { connector, attempts } = closingHandshakes(Number.POSITIVE_INFINITY);
    const location = { cluster: { bootstrapServers: world.cluster.bootstrapServers, connector }, tls: true } as const;
    const { kafka, warnings } = listening(world, location);
    const says = /closed the connection during the TLS handshake, 5 times in a row.*not speak TLS/;
    await assert.rejects(kafka.admin().listTopics(), error("connection", says));
    assert.equal(attempts(), 5);
    assert.equal(warnings.filter((line) => /2 times in a row/.test(line)).length, 1, warnings.join("\n"));
    await assert.rejects(kafka.producer().send({ topic: "t", value: "x" }), error("connection", /5 times in a row/));
  }));

test("a balancer in front of a broker that restarts closes handshakes for long: a client that has worked goes on", () =>
  inWorld({ brokers: 1, topics: { t: 1 } }, async (world) => {
    const { connector: inner } = world.platform;
    let closes = 0;
    const connect: Connector["connect"] = ({ host, port }, sink, options) => {
      if (closes-- <= 0) return inner.connect({ host, port }, sink, options);
      const why = `${host}:${port}: the other end closed the connection during the TLS handshake`;
      return Promise.reject(new KafkaError("connection", why, { retriable: true }));
    };
    const location = { cluster: { bootstrapServers: world.cluster.bootstrapServers, connector: { connect } } };
    const { kafka, warnings } = listening(world, { ...location, tls: true });
    const producer = kafka.producer();
    await producer.send({ topic: "t", value: "a" });
    world.cluster.intercept("Produce", "disconnect", { times: 9 });
    closes = 12;
    await producer.send({ topic: "t", value: "b" });
    assert.doesNotMatch(warnings.join("\n"), /in a row/);
  }));

test("a broker that restarts closes handshakes and refuses connections: no call fails before its time", () =>
  inWorld({ brokers: 1, topics: { t: 1 } }, async (world) => {
    const { connector } = closingHandshakes(4);
    const location = { cluster: { bootstrapServers: world.cluster.bootstrapServers, connector }, tls: true } as const;
    await assert.rejects(
      listening(world, location).kafka.admin().listTopics({ timeoutMs: 60_000 }),
      error("timeout", /cannot list topics/),
    );
  }));

for (const api of ["Metadata", "ApiVersions", "Produce"] as const) {
  test(`a broker that never answers ${api} is named after 2 s, though nothing has failed yet`, () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      world.cluster.intercept(api, "hang");
      const { kafka, warnings, seconds } = listening(world);
      const sent = kafka
        .producer({ deliveryTimeoutMs: 60_000 })
        .send({ topic: "t", value: "x" })
        .catch(() => undefined);
      await sleep(world.platform, 5000);
      assert.deepEqual(seconds, [2, 4], warnings.join("\n"));
      for (const warning of warnings) assert.ok(warning.includes(world.cluster.bootstrapServers), warning);
      await kafka.close({ timeoutMs: 1 }).catch(() => undefined);
      await sent;
    }));
}

test("a broker that never answers Fetch is named, and one that waits for records or for members is not", () =>
  inWorld({ topics: { t: 1 }, groups: { initialRebalanceDelayMs: 8000 } }, async (world) => {
    const quiet = listening(world);
    const consumer = quiet.kafka.consumer({
      groupId: "c",
      groupProtocol: "classic",
      topics: ["t"],
      fetchMaxWaitMs: 5000,
    });
    const reading = take(consumer, 1);
    await sleep(world.platform, 30_000);
    assert.deepEqual(quiet.warnings, []);
    world.cluster.intercept("Fetch", "hang");
    await sleep(world.platform, 15_000);
    assert.match(quiet.warnings.join("\n"), /to answer Fetch/);
    await consumer.close();
    await reading;
  }));

test("a partition without a leader: its records are told of, and the error of the delivery timeout names the reason", () =>
  inWorld({ brokers: 1, topics: { t: 1 } }, async (world) => {
    const { kafka, warnings, seconds } = listening(world);
    const producer = kafka.producer({ deliveryTimeoutMs: 9000, requestTimeoutMs: 1000 });
    await producer.send({ topic: "t", value: "x" });
    world.cluster.intercept("Metadata", {
      respond: (r) => ({
        ...r,
        topics: r.topics.map((t) => ({
          ...t,
          partitions: t.partitions?.map((p) => ({ ...p, leaderId: -1, leaderEpoch: 7, errorCode: 5 })) ?? [],
        })),
      }),
    });
    world.cluster.intercept("Produce", ({ message }) => ({
      answer: {
        responses: (message.topicData ?? []).map(({ topicId, partitionData }) => ({
          topicId,
          partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: 6, baseOffset: -1 })),
        })),
      },
    }));
    await assert.rejects(
      producer.send({ topic: "t", value: "y" }),
      error("timeout", /deliveryTimeoutMs.*NOT_LEADER/, /NOT_LEADER/),
    );
    assert.deepEqual(seconds, [2, 4, 8], warnings.join("\n"));
    for (const warning of warnings) assert.match(warning, /cannot write 1 record of topic t: still waiting/);
  }));

test("automatic commits that nobody answers are not logged every five seconds", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const { kafka, warnings, seconds } = listening(world);
    await kafka.producer().send({ topic: "t", value: "x" });
    const consumer = kafka.consumer({ groupId: "g", topics: ["t"] });
    await take(consumer, 1);
    world.cluster.intercept("OffsetCommit", ({ message }) => ({
      answer: {
        topics: message.topics.map(({ topicId, partitions }) => ({
          topicId,
          partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 15 })),
        })),
      },
    }));
    const reading = take(consumer, 1);
    await sleep(world.platform, 60_000);
    assert.equal(seconds.length, 5, warnings.join("\n"));
    for (const warning of warnings)
      assert.match(
        warning,
        /automatic commits of group g: still waiting after \d+ s and \d+ tries.*COORDINATOR_NOT_AVAILABLE/,
      );
    await consumer.close({ timeoutMs: 0 });
    await reading;
  }));

test("nothing is logged of a pattern that finds nothing, of a topic that is being created, and of its first election", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const { kafka, warnings } = listening(world);
    const pattern = kafka.consumer({ topics: [/^nothing/] });
    const group = kafka.consumer({ groupId: "g", topics: [/^nothing/] });
    const reading = [take(pattern, 1), take(group, 1)];
    let isCreating = true;
    world.cluster.intercept("Metadata", {
      respond: (r) => ({
        ...r,
        topics: r.topics.map((t) =>
          isCreating && t.name === "created" && t.errorCode === 0
            ? { ...t, errorCode: 5, partitions: [] }
            : isCreating && t.name === "elected"
              ? {
                  ...t,
                  partitions: t.partitions?.map((p) => ({ ...p, leaderId: -1, leaderEpoch: 0, errorCode: 5 })) ?? [],
                }
              : t,
        ),
      }),
    });
    const created = [
      kafka
        .admin()
        .createTopics([{ topic: "elected", numPartitions: 1 }])
        .then((results) => results.orThrow()),
      kafka.producer().send({ topic: "created", value: "x" }),
    ];
    await sleep(world.platform, 500);
    const sent = [
      kafka.producer().send({ topic: "elected", value: "x" }),
      take(kafka.consumer({ topics: ["elected"], autoOffsetReset: "earliest" }), 1),
    ];
    await sleep(world.platform, 20_000);
    isCreating = false;
    await Promise.all([...created, ...sent]);
    await pattern.close();
    await group.close();
    await Promise.all(reading);
    assert.deepEqual(warnings, []);
  }));

test(
  "describeTopics asked 61 times for a topic that does not exist: the first answer is the answer, unless it was " +
    "created just now",
  () =>
    inWorld({ topics: { t: 1 }, autoCreateTopics: false }, async ({ cluster, kafka, platform }) => {
      const admin = kafka.admin();
      const asked = cluster.intercept("DescribeTopicPartitions", () => undefined);
      const isUnknown = (e: unknown): boolean =>
        KafkaError.is(e) &&
        e.kind === "broker" &&
        e.codeName === "UNKNOWN_TOPIC_OR_PARTITION" &&
        !e.retriable &&
        e.topic === "nope";
      await assert.rejects(
        admin.describeTopics(["t", "nope"]).then((results) => results.orThrow()),
        isUnknown,
      );
      assert.equal(asked.calls, 1);
      (await admin.createTopics([{ topic: "fresh", numPartitions: 1 }])).orThrow();
      const behind = cluster.intercept(
        "DescribeTopicPartitions",
        { respond: (r) => ({ ...r, topics: r.topics.map((t) => ({ errorCode: 3, name: t.name })) }) },
        { times: 3 },
      );
      assert.equal((await admin.describeTopics(["fresh"])).orThrow()[0]?.partitions.length, 1);
      assert.equal(behind.calls, 3);
      await sleep(platform, 6000);
      (await admin.deleteTopics(["fresh"])).orThrow();
      await assert.rejects(
        admin.describeTopics(["fresh"]).then((results) => results.orThrow()),
        /fresh.*UNKNOWN_TOPIC_OR_PARTITION/,
      );
    }),
);
