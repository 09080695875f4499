// admin.resetOffsets, admin.groupLag and admin.waitForTopics against the embedded cluster.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Admin } from "../../src/admin/admin.ts";
import type { ResetOffsetsOptions } from "../../src/admin/offsets/reset-offsets.ts";
import type { OffsetReset } from "../../src/admin/offsets/reset-plan.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { take, inWorld, type World } from "./world.ts";

const at = (partition: number, topic = "orders"): { topic: string; partition: number } => ({ topic, partition });

/** Ten records in each partition, and offset 4 committed in partition 0. */
async function prepared({ kafka }: World): Promise<Admin> {
  const producer = kafka.producer();
  for (let i = 0; i < 20; i++) await producer.send({ ...at(i % 2), value: `${i}`, timestamp: 1000 + i });
  const admin = kafka.admin();
  (await admin.alterConsumerGroupOffsets("billing", [{ ...at(0), offset: 4 }])).orThrow();
  return admin;
}

async function committed(admin: Admin, groupId = "billing"): Promise<readonly (number | undefined)[]> {
  const partitions = [at(0), at(1)];
  const [offsets] = (await admin.listConsumerGroupOffsets([{ groupId, partitions }])).orThrow();
  return partitions.map((place) => (offsets?.get(place) as { offset?: number } | undefined)?.offset);
}

const inWords = ([{ partition }, result]: readonly [{ partition: number }, OffsetReset | KafkaError]): string =>
  KafkaError.is(result)
    ? `${partition}: ${result.codeName ?? result.kind}`
    : `${partition}: ${result.before} -> ${result.after}${result.clampedFrom === undefined ? "" : ` (${result.clampedFrom})`}`;

const rejection = async (call: Promise<unknown>): Promise<KafkaError> =>
  call.then(
    (value) => assert.fail(`it resolved with ${JSON.stringify(value)}`),
    (error: unknown) => (KafkaError.is(error) ? error : assert.fail(String(error))),
  );

test("resetOffsets: every kind, for what is committed, for topics, and for some partitions", () =>
  inWorld({ topics: { orders: 2 }, brokers: 3 }, async (world) => {
    const admin = await prepared(world);
    const table: readonly (readonly [ResetOffsetsOptions, string])[] = [
      [{ to: "latest" }, "0: 4 -> 10"],
      [{ to: "earliest" }, "0: 4 -> 0"],
      [{ to: { timestamp: 1006 } }, "0: 4 -> 3"],
      [{ to: { timestamp: 9_999_999 } }, "0: 4 -> 10"],
      [{ to: { offset: 7 } }, "0: 4 -> 7"],
      [{ to: { offset: 70 } }, "0: 4 -> 10 (70)"],
      [{ to: { shift: -2 } }, "0: 4 -> 2"],
      [{ to: { shift: -5 } }, "0: 4 -> 0 (-1)"],
      [{ to: "latest", topics: ["orders"] }, "0: 4 -> 10, 1: undefined -> 10"],
      [{ to: { shift: 1 }, topics: ["orders"] }, "0: 4 -> 5, 1: config"],
      [{ to: "latest", topics: [{ topic: "orders", partitions: [1] }] }, "1: undefined -> 10"],
      [
        { to: "latest", topics: [{ topic: "orders", partitions: [1, 7] }] },
        "1: undefined -> 10, 7: UNKNOWN_TOPIC_OR_PARTITION",
      ],
      [{ to: "latest", topics: [] }, ""],
    ];
    for (const [options, expected] of table) {
      const results = await admin.resetOffsets("billing", { ...options, dryRun: true });
      assert.equal(results.entries.map(inWords).join(", "), expected, JSON.stringify(options));
      assert.deepEqual(await committed(admin), [4, undefined], "a dry run changes nothing");
    }
    const done = await admin.resetOffsets("billing", { to: { shift: 1 }, topics: ["orders"] });
    assert.equal(done.entries.map(inWords).join(", "), "0: 4 -> 5, 1: config");
    assert.deepEqual(await committed(admin), [5, undefined]);
    const made = await admin.resetOffsets("new", { to: "earliest", topics: ["orders"] });
    assert.equal(made.entries.map(inWords).join(", "), "0: undefined -> 0, 1: undefined -> 0");
    assert.deepEqual(await committed(admin, "new"), [0, 0]);
  }));

for (const groupProtocol of ["classic", "consumer"] as const)
  test(`resetOffsets refuses an active group (${groupProtocol}), and groupLag names its members`, () =>
    inWorld({ topics: { orders: 2 } }, async (world) => {
      const admin = await prepared(world);
      const consumer = world.kafka.consumer({
        topics: ["orders"],
        groupId: "billing",
        groupProtocol,
        startOffset: "latest",
      });
      const reading = consumer[Symbol.asyncIterator]();
      await reading.next();
      const refused = await rejection(admin.resetOffsets("billing", { to: "latest" }));
      assert.deepEqual(
        [refused.kind, refused.codeName, refused.outcome, refused.retriable],
        ["broker", "NON_EMPTY_GROUP", "notWritten", false],
      );
      assert.match(
        refused.message,
        /cannot reset the offsets of group billing: it is active \(state Stable, 1 member\).* stop all its consumers, then call again/,
      );
      const lag = await admin.groupLag("billing");
      assert.deepEqual([lag.type, lag.state, lag.total, lag.maxLagMs], [groupProtocol, "Stable", 6, undefined]);
      assert.deepEqual(
        lag.partitions.orThrow().map((one) => [one.committed, one.end, one.lag, one.member?.clientId !== undefined]),
        [
          [4, 10, 6, true],
          [undefined, 10, undefined, true],
        ],
      );
      await consumer.close({ timeoutMs: 0 });
      assert.equal((await admin.resetOffsets("billing", { to: "latest" })).orThrow()[0]?.after, 10);
    }));

test("resetOffsets rejects for a group and for topics that do not exist", () =>
  inWorld({ topics: { orders: 2 } }, async (world) => {
    const admin = await prepared(world);
    const noGroup = await rejection(admin.resetOffsets("nobody", { to: "latest" }));
    assert.deepEqual([noGroup.kind, noGroup.codeName], ["broker", "GROUP_ID_NOT_FOUND"]);
    assert.match(noGroup.message, /group nobody: there is no such group .*to make it, name `topics`/);
    const noTopic = await rejection(admin.resetOffsets("billing", { to: "latest", topics: ["orders", "nope"] }));
    assert.equal(noTopic.codeName, "UNKNOWN_TOPIC_OR_PARTITION");
    assert.match(noTopic.message, /cannot reset the offsets of group billing: .*nope/);
    assert.deepEqual(await committed(admin), [4, undefined]);
  }));

test("groupLag in time: the age of the next record, of every batch size and compression", () =>
  inWorld({ topics: { orders: 4 }, brokers: 3 }, async ({ kafka, platform }) => {
    const producer = kafka.producer({ compressionType: "gzip" });
    const bornMs = platform.clock.now();
    const big = "x".repeat(100_000);
    // Partition 0: small records. 1 and 2: batches that are larger than a partition's part of a response. 3: read up.
    for (const partition of [0, 1, 2, 3])
      for (let i = 0; i < 4; i++)
        await producer.send({
          ...at(partition),
          value: partition === 1 || partition === 2 ? Array.from({ length: 6000 }, () => Math.random()).join() : big,
          timestamp: bornMs + i * 1000,
        });
    await sleep(platform, 60_000);
    const admin = kafka.admin();
    (
      await admin.alterConsumerGroupOffsets("billing", [
        { ...at(0), offset: 0 },
        { ...at(1), offset: 1 },
        { ...at(2), offset: 2 },
        { ...at(3), offset: 4 },
      ])
    ).orThrow();
    const lag = await admin.groupLag("billing", { inTime: true });
    const nowMs = platform.clock.now();
    const ages = lag.partitions.orThrow().map(({ lagMs }) => lagMs);
    assert.deepEqual(
      ages.map((ms, i) => (i === 3 ? ms : Math.round((nowMs - (ms ?? 0) - bornMs) / 10) * 10)),
      [0, 1000, 2000, 0],
    );
    assert.equal(lag.maxLagMs, ages[0]);
    assert.deepEqual([lag.total, lag.state, lag.type], [4 + 3 + 2, "Empty", "classic"]);
    const unknown = await rejection(admin.groupLag("nobody"));
    assert.deepEqual([unknown.codeName, /lag of group nobody/.test(unknown.message)], ["GROUP_ID_NOT_FOUND", true]);
  }));

test("groupLag in time: records that were deleted, markers of transactions, and an end of read_committed", () =>
  inWorld({ topics: { orders: 2 } }, async ({ kafka, platform, cluster }) => {
    const admin = kafka.admin();
    const plain = kafka.producer();
    const bornMs = platform.clock.now();
    for (let i = 0; i < 5; i++) await plain.send({ ...at(0), value: `${i}`, timestamp: bornMs - 5000 + i * 1000 });
    cluster.deleteRecords("orders", 0, 3);
    const producer = kafka.producer({ transactionalId: "tx" });
    await producer.transaction((tx) => tx.send({ ...at(1), value: "0" }));
    await producer.begin();
    await producer.send({ ...at(1), value: "1" });
    // Partition 0: its records 0 to 2 are gone. Partition 1: a record, a marker, and a record of an open transaction.
    const offsets = [
      { ...at(0), offset: 0 },
      { ...at(1), offset: 1 },
    ];
    (await admin.alterConsumerGroupOffsets("billing", offsets)).orThrow();
    const lag = await admin.groupLag("billing", { inTime: true });
    const [first, second] = lag.partitions.orThrow();
    assert.deepEqual([first?.lag, first?.lagMs, second?.lag], [5, platform.clock.now() - (bornMs - 2000), 2]);
    assert.ok((second?.lagMs ?? -1) >= 0);
    const stable = await admin.groupLag("billing", { inTime: true, isolationLevel: "read_committed" });
    assert.deepEqual([stable.partitions.orThrow()[1]?.end, stable.partitions.orThrow()[1]?.lag], [2, 1]);
    await producer.abort();
  }));

test("waitForTopics: every broker, the number of partitions, and what is missing at the deadline", () =>
  inWorld({ topics: { orders: 2 }, brokers: 3 }, async ({ kafka, cluster, platform }) => {
    const admin = kafka.admin();
    await admin.waitForTopics(["orders"]);
    await admin.waitForTopics([]);
    const late = await rejection(admin.waitForTopics(["orders", "later"], { timeoutMs: 3000 }));
    assert.equal(late.kind, "timeout");
    assert.match(
      late.message,
      /cannot find 2 topics on every broker: not done in time.* each of brokers 0, 1, 2 does not know topic later/,
    );
    const waited = admin.waitForTopics(["later"]);
    await sleep(platform, 5000);
    cluster.createTopic("later", 1);
    await waited;
    const few = await rejection(admin.waitForTopics(["later"], { partitions: 2, timeoutMs: 2000 }));
    assert.match(
      few.message,
      /topic later on every broker.* each of brokers 0, 1, 2 knows 1 partition of topic later, not 2/,
    );
    cluster.freezeMetadata(2);
    cluster.growTopic("later", 2);
    const frozen = await rejection(admin.waitForTopics(["later"], { partitions: 2, timeoutMs: 2000 }));
    assert.match(frozen.message, /error was: broker 2 knows 1 partition of topic later, not 2$/);
    const grown = admin.waitForTopics(["later"], { partitions: 2 });
    cluster.thawMetadata(2);
    await grown;
    const bad = await rejection(admin.waitForTopics(["no such name"]));
    assert.equal(bad.codeName, "INVALID_TOPIC_EXCEPTION");
  }));

test("waitForTopics: a signal and close() end it, also while a broker is down", () =>
  inWorld({ topics: { orders: 2 }, brokers: 3 }, async ({ kafka, cluster, platform }) => {
    const admin = kafka.admin();
    await cluster.stopBroker(2);
    const signal = new AbortController();
    const cancelled = rejection(admin.waitForTopics(["never"], { signal: signal.signal }));
    await sleep(platform, 1000);
    signal.abort();
    assert.equal((await cancelled).kind, "cancelled");
    const closed = rejection(admin.waitForTopics(["never"]));
    await sleep(platform, 1000);
    await admin.close();
    assert.equal((await closed).kind, "closed");
    assert.equal((await rejection(admin.waitForTopics(["orders"]))).kind, "closed");
    assert.equal((await rejection(admin.groupLag("g"))).kind, "closed");
    assert.equal((await rejection(admin.resetOffsets("g", { to: "latest" }))).kind, "closed");
  }));

test("wrong arguments of resetOffsets, groupLag and waitForTopics are refused by name, before anything is sent", () =>
  inWorld({ topics: { orders: 2 } }, async ({ kafka, cluster }) => {
    const admin = kafka.admin();
    const requests = cluster.recordRequests();
    const wrong = (value: unknown): never => value as never;
    const calls: readonly (readonly [() => Promise<unknown>, RegExp])[] = [
      [() => admin.resetOffsets(wrong(null), { to: "latest" }), /^resetOffsets: groupId takes a string .* not null/],
      [() => admin.resetOffsets("", { to: "latest" }), /^resetOffsets: groupId takes a string/],
      [() => admin.resetOffsets(wrong({ groupId: "g", topic: "t" }), wrong(undefined)), /^resetOffsets: groupId takes/],
      [() => admin.resetOffsets("g", wrong(undefined)), /^resetOffsets takes an object with to, .* not undefined/],
      [() => admin.resetOffsets("g", wrong(null)), /^resetOffsets takes an object/],
      [() => admin.resetOffsets("g", wrong({})), /^resetOffsets needs to/],
      [
        () => admin.resetOffsets("g", wrong({ to: "first" })),
        /^resetOffsets: to takes "earliest", "latest", \{ timestamp \}/,
      ],
      [() => admin.resetOffsets("g", wrong({ to: { offset: -1 } })), /^resetOffsets: to takes/],
      [() => admin.resetOffsets("g", wrong({ to: { offset: 1, shift: 1 } })), /^resetOffsets: to takes/],
      [() => admin.resetOffsets("g", wrong({ to: { shift: 1.5 } })), /^resetOffsets: to takes/],
      [() => admin.resetOffsets("g", wrong({ to: 5 })), /^resetOffsets: to takes/],
      [
        () => admin.resetOffsets("g", wrong({ offset: 5 })),
        /no option "offset": to: \{ offset \}\. It has to, topics, dryRun/,
      ],
      [
        () => admin.resetOffsets("g", wrong({ to: "latest", topics: "orders" })),
        /topics takes a list, not "orders": name each/,
      ],
      [
        () => admin.resetOffsets("g", wrong({ to: "latest", topics: [{ topic: "a" }] })),
        /topics\[0\] takes the name of a topic/,
      ],
      [() => admin.resetOffsets("g", { to: "latest", topics: ["a", "a"] }), /topics names a twice/],
      [() => admin.resetOffsets("g", { to: "latest", topics: [{ topic: "a", partitions: [1, 1] }] }), /names 1 twice/],
      [() => admin.resetOffsets("g", wrong({ to: "latest", dryRun: 1 })), /dryRun takes true or false/],
      [() => admin.resetOffsets("g", wrong({ to: "latest", execute: true })), /no option "execute"/],
      [() => admin.resetOffsets("g", { to: "latest", timeoutMs: 0 }), /timeoutMs/],
      [() => admin.groupLag(wrong(undefined)), /^groupLag: groupId takes/],
      [() => admin.groupLag("g", wrong(null)), /^groupLag takes an object/],
      [() => admin.groupLag("g", wrong({ inTime: "yes" })), /inTime takes true or false/],
      [
        () => admin.groupLag("g", wrong({ isolationLevel: "x" })),
        /isolationLevel takes "read_uncommitted", "read_comm/,
      ],
      [() => admin.groupLag("g", wrong({ time: true })), /no option "time"/],
      [() => admin.waitForTopics(wrong("orders")), /^waitForTopics: topics takes a list, not "orders": pass the list/],
      [() => admin.waitForTopics(wrong([1])), /topics\[0\] takes a string/],
      [() => admin.waitForTopics(["a"], wrong({ partitions: 0 })), /partitions takes a whole number from 1/],
      [() => admin.waitForTopics(["a"], wrong({ count: 1 })), /no option "count"/],
      [() => admin.waitForTopics(["a"], wrong(5)), /^waitForTopics takes an object/],
    ];
    for (const [call, message] of calls) {
      const error = await rejection(call());
      assert.deepEqual(
        [error.kind, message.test(error.message)],
        ["config", true],
        `${String(message)}: ${error.message}`,
      );
    }
    assert.equal(requests.entries.length, 0);
  }));

test("a second reset and a reader that comes after it begin at the new offset", () =>
  inWorld({ topics: { orders: 2 } }, async (world) => {
    const admin = await prepared(world);
    const twice = await Promise.all([
      admin.resetOffsets("billing", { to: { offset: 8 } }),
      admin.resetOffsets("billing", { to: { offset: 8 } }),
    ]);
    for (const results of twice) assert.equal(results.orThrow()[0]?.after, 8);
    const consumer = world.kafka.consumer({ topics: ["orders"], groupId: "billing", startOffset: "latest" });
    const read = await take(consumer, 2);
    assert.deepEqual(
      read.map(({ partition, offset }) => [partition, offset]),
      [
        [0, 8],
        [0, 9],
      ],
    );
  }));
