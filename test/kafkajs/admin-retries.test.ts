// When an admin's calls are tried again, what they wait for, and how they end.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Admin } from "../../packages/kafkajs/src/api.ts";
import { inKafkaJsWorld, type KafkaJsWorld } from "./world.ts";

type Failure = Error & {
  readonly type?: string;
  readonly retryCount?: number;
  readonly retriable?: boolean;
  readonly errors?: readonly Failure[];
};

async function failure(call: Promise<unknown>): Promise<Failure> {
  return await call.then(
    () => assert.fail("it resolved"),
    (error: unknown) => error as Failure,
  );
}

/** Runs a test with one admin, which is disconnected at the end. */
function withAdmin(
  body: (world: KafkaJsWorld & { readonly admin: Admin }) => Promise<void>,
  options: Parameters<typeof inKafkaJsWorld>[0] = {},
): Promise<void> {
  return inKafkaJsWorld({ topics: { orders: 2 }, autoCreateTopics: false, ...options }, async (world) => {
    const admin = world.kafka().admin();
    await body({ ...world, admin });
    await admin.disconnect();
  });
}

const NOT_CONTROLLER = 41;

test("createTopics is tried again at a controller that has moved; kafkajs gives up", () =>
  withAdmin(async ({ admin, cluster, logged }) => {
    const seen = cluster.intercept(
      "CreateTopics",
      ({ message }) => ({
        answer: { topics: message.topics.map(({ name }) => ({ name, errorCode: NOT_CONTROLLER })) },
      }),
      { times: 2 },
    );
    assert.equal(await admin.createTopics({ topics: [{ topic: "new", numPartitions: 1 }] }), true);
    assert.equal(seen.calls, 2);
    const warnings = logged.filter(({ log }) => log.message === "Could not create topics");
    assert.deepEqual(
      warnings.map(({ namespace, log }) => [namespace, (log as { retryCount?: number }).retryCount]),
      [
        ["Admin", 0],
        ["Admin", 1],
      ],
    );
  }));

test("a controller that never comes: KafkaJSNumberOfRetriesExceeded after kafkajs's waits", () =>
  withAdmin(async ({ admin, cluster, host }) => {
    cluster.intercept("DescribeAcls", () => ({ answer: { errorCode: NOT_CONTROLLER } }));
    const began = host.clock.monotonic();
    const any = { resourceType: 1, resourcePatternType: 1, operation: 1, permissionType: 1 };
    const error = await failure(admin.describeAcls(any));
    assert.equal(error.name, "KafkaJSNumberOfRetriesExceeded");
    assert.equal(error.retryCount, 5);
    assert.equal((error.cause as Failure).type, "NOT_CONTROLLER");
    const waitedMs = host.clock.monotonic() - began;
    assert.ok(waitedMs > 4000 && waitedMs < 25_000, `${waitedMs} ms`);
  }));

test("createTopics waits for leaders: 10 s, or its timeout", () =>
  withAdmin(async ({ admin, cluster, host }) => {
    cluster.intercept("Metadata", ({ message }) =>
      (message.topics ?? []).length === 0
        ? undefined
        : { answer: { topics: (message.topics ?? []).map(({ name }) => ({ name, errorCode: 5 })) } },
    );
    for (const [timeout, ms] of [
      [undefined, 10_000],
      [3000, 3000],
    ] as const) {
      const began = host.clock.monotonic();
      const limit = timeout === undefined ? {} : { timeout };
      const topics = [{ topic: `new-${ms}`, numPartitions: 1 }];
      const error = await failure(admin.createTopics({ topics, ...limit }));
      assert.deepEqual([error.name, error.message], ["KafkaJSTimeout", "Timed out while waiting for topic leaders"]);
      const waitedMs = host.clock.monotonic() - began;
      assert.ok(waitedMs >= ms - 200 && waitedMs <= ms + 200, `${waitedMs} ms`);
    }
    const began = host.clock.monotonic();
    assert.equal(await admin.createTopics({ topics: [{ topic: "unseen" }], waitForLeaders: false }), true);
    assert.ok(host.clock.monotonic() - began < 100);
  }));

test("an unknown topic is looked for again: it may be new", () =>
  withAdmin(async ({ admin, world, wait }) => {
    const offsets = admin.fetchTopicOffsets("late");
    await wait(500);
    (await world.kafka.admin().createTopics([{ topic: "late", numPartitions: 1 }])).orThrow();
    assert.deepEqual(await offsets, [{ partition: 0, offset: "0", high: "0", low: "0" }]);
  }));

test("a leader that moves while offsets are fetched or records deleted is followed; kafkajs gives up", () =>
  withAdmin(async ({ admin, cluster, world }) => {
    await world.kafka.producer().send({ topic: "orders", partition: 0, value: "v" });
    const moved = (api: "ListOffsets" | "DeleteRecords"): void =>
      void cluster.intercept(
        api,
        ({ message }) => ({
          answer: {
            topics: message.topics.map(({ name, partitions }) => ({
              name,
              partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 6 })),
            })),
          },
        }),
        { times: 1 },
      );
    moved("ListOffsets");
    assert.equal((await admin.fetchTopicOffsets("orders"))[0]?.high, "1");
    moved("DeleteRecords");
    await admin.deleteTopicRecords({ topic: "orders", partitions: [{ partition: 0, offset: "1" }] });
    assert.equal((await admin.fetchTopicOffsets("orders"))[0]?.low, "1");
  }));

test("a coordinator that moves is followed; kafkajs gives up", () =>
  withAdmin(async ({ admin, cluster }) => {
    const partitions = [{ partition: 0, offset: "7" }];
    cluster.intercept(
      "OffsetCommit",
      ({ message }) => ({
        answer: {
          topics: message.topics.map((topic) => ({
            name: topic.name,
            partitions: topic.partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 16 })),
          })),
        },
      }),
      { times: 1 },
    );
    await admin.setOffsets({ groupId: "g", topic: "orders", partitions });
    cluster.intercept("OffsetFetch", () => ({ answer: { errorCode: 14 } }), { times: 1 });
    const [one] = await admin.fetchOffsets({ groupId: "g" });
    assert.deepEqual(one?.partitions, [{ partition: 0, offset: "7", metadata: null }]);
    cluster.intercept(
      "DeleteGroups",
      ({ message }) => ({ answer: { results: message.groupsNames.map((groupId) => ({ groupId, errorCode: 16 })) } }),
      { times: 1 },
    );
    assert.deepEqual(await admin.deleteGroups(["g"]), [{ groupId: "g", errorCode: 0 }]);
  }));

test("a request that only reads is sent again when its connection is lost; one that changes something is not", () =>
  withAdmin(async ({ admin, cluster }) => {
    await admin.connect();
    cluster.intercept("Metadata", "disconnect-after", { times: 1 });
    assert.deepEqual(await admin.listTopics(), ["orders"]);
    cluster.intercept("DeleteTopics", "disconnect-after", { times: 1 });
    const error = await failure(admin.deleteTopics({ topics: ["orders"] }));
    assert.deepEqual([error.name, error.message], ["KafkaJSConnectionClosedError", "Closed connection"]);
    assert.deepEqual(await admin.listTopics(), []);
  }));

test("calls connect by themselves, and again after a disconnect; they emit no CONNECT", () =>
  withAdmin(async ({ admin }) => {
    const events: string[] = [];
    admin.on(admin.events.CONNECT, ({ type }) => void events.push(type));
    admin.on(admin.events.DISCONNECT, ({ type }) => void events.push(type));
    const { listTopics, disconnect, connect } = admin;
    assert.deepEqual(await listTopics(), ["orders"]);
    await disconnect();
    assert.deepEqual(await listTopics(), ["orders"]);
    await connect();
    await disconnect();
    await disconnect();
    assert.deepEqual(events, ["admin.disconnect", "admin.connect", "admin.disconnect", "admin.disconnect"]);
  }));

test("a disconnect ends a call that is being tried again, and nothing connects any more", () =>
  withAdmin(async ({ admin, wait }) => {
    const call = failure(admin.fetchTopicOffsets("unknown"));
    await wait(100);
    await admin.disconnect();
    assert.equal((await call).type, "UNKNOWN_TOPIC_OR_PARTITION");
  }));

test("a disconnect ends a call whose request is not answered", () =>
  withAdmin(async ({ admin, cluster, wait }) => {
    await admin.connect();
    cluster.intercept("DescribeGroups", "hang");
    const call = failure(admin.describeGroups(["g"]));
    await wait(100);
    await admin.disconnect();
    const error = await call;
    assert.equal(error.name, "KafkaJSError");
    assert.match(error.message, /closed/);
  }));

test("a request without an answer: KafkaJSRequestTimeoutError after requestTimeout", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async ({ kafka, cluster, host }) => {
    const admin = kafka({ requestTimeout: 2000 }).admin();
    await admin.connect();
    cluster.intercept("CreateTopics", "hang");
    const began = host.clock.monotonic();
    const error = await failure(admin.createTopics({ topics: [{ topic: "new" }] }));
    assert.equal(error.name, "KafkaJSRequestTimeoutError");
    assert.equal(host.clock.monotonic() - began, 2000);
    await admin.disconnect();
  }));

test("REQUEST is emitted for every API of the calls", () =>
  withAdmin(async ({ admin }) => {
    const seen = new Set<string>();
    admin.on(admin.events.REQUEST, ({ payload }) => void seen.add(payload.apiName));
    await admin.fetchTopicOffsets("orders");
    await admin.setOffsets({ groupId: "g", topic: "orders", partitions: [{ partition: 0, offset: "1" }] });
    await admin.fetchOffsets({ groupId: "g" });
    await admin.listGroups();
    await admin.deleteGroups(["g"]);
    await admin.describeConfigs({ resources: [{ type: 2, name: "orders" }], includeSynonyms: false });
    assert.deepEqual([...seen].sort(), [
      ...["ApiVersions", "DeleteGroups", "DescribeConfigs", "DescribeGroups", "GroupCoordinator", "ListGroups"],
      ...["ListOffsets", "Metadata", "OffsetCommit", "OffsetFetch"],
    ]);
  }));

test("after resetOffsets a consumer begins where it was told, and the offsets still say -2 and -1", () =>
  withAdmin(async ({ admin, world, wait }) => {
    const producer = world.kafka.producer();
    await producer.send({ topic: "orders", partition: 0, value: "old" });
    for (const [earliest, offset, first] of [
      [true, "-2", "old"],
      [false, "-1", "new"],
    ] as const) {
      const groupId = `g${offset}`;
      await admin.resetOffsets({ groupId, topic: "orders", earliest });
      const [committed] = await admin.fetchOffsets({ groupId, topics: ["orders"] });
      assert.deepEqual(
        committed?.partitions.map((one) => [one.offset, one.metadata]),
        [
          [offset, null],
          [offset, null],
        ],
      );
      // The opposite of what was committed, for groups without offsets.
      const autoOffsetReset = earliest ? "latest" : "earliest";
      const consumer = world.kafka.consumer({ groupId, topics: ["orders"], autoOffsetReset });
      const records = consumer[Symbol.asyncIterator]();
      const next = records.next();
      if (!earliest) {
        await wait(10_000);
        await producer.send({ topic: "orders", partition: 0, value: "new" });
      }
      const { value } = (await next) as { readonly value: { readonly value: Uint8Array } };
      assert.equal(Buffer.from(value.value).toString(), first);
      await consumer.close();
    }
  }));

test("setOffsets refuses a group of the new protocol that has members", () =>
  withAdmin(async ({ admin, world }) => {
    const consumer = world.kafka.consumer({ groupId: "new", topics: ["orders"], groupProtocol: "consumer" });
    const records = consumer[Symbol.asyncIterator]();
    const next = records.next();
    await world.kafka.producer().send({ topic: "orders", partition: 0, value: "v" });
    await next;
    const partitions = [{ partition: 0, offset: "0" }];
    const error = await failure(admin.setOffsets({ groupId: "new", topic: "orders", partitions }));
    assert.equal(error.message, "The consumer group must have no running instances, current state: Stable");
    await consumer.close();
  }));
