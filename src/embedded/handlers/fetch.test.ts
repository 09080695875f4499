import { test } from "node:test";
import assert from "node:assert/strict";
import { type RawClient, NOW, batchOf, produceTo, withCluster } from "../../../test/embedded/raw-client.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { encodeRequest } from "../../protocol/headers.ts";
import { type FetchRequest, type FetchResponse, fetchApi } from "../../protocol/messages/fetch.ts";
import { deleteTopicsApi } from "../../protocol/messages/delete-topics.ts";
import type { Input } from "../../protocol/schema.ts";
import { readBatches } from "../../records/read-batches.ts";
import { sleep } from "../../runtime/sleep.ts";

const MAX = 1 << 20;

interface Wanted {
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
  readonly maxBytes?: number;
  readonly epoch?: number;
}

function fetchOf(wanted: readonly Wanted[], rest: Partial<Input<FetchRequest>> = {}): Input<FetchRequest> {
  return {
    maxBytes: MAX,
    ...rest,
    topics: wanted.map(({ topic = "t", partition = 0, offset = 0, maxBytes = MAX, epoch = -1 }) => ({
      topic,
      partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: maxBytes, currentLeaderEpoch: epoch }],
    })),
  };
}

/** Partitions of a response as [partition, error, offsets of the whole batches in it]. */
function seen(
  response: FetchResponse,
): readonly (readonly [partition: number, errorCode: number, offsets: readonly number[]])[] {
  return response.responses.flatMap(({ partitions }) =>
    partitions.map(
      (p) =>
        [
          p.partitionIndex,
          p.errorCode,
          [...readBatches(p.records ?? new Uint8Array(0))].flatMap((batch) => [...batch.records].map((r) => r.offset)),
        ] as const,
    ),
  );
}

const sized = (bytes: number): Uint8Array => batchOf({ values: ["x".repeat(bytes)] });

async function fill(client: RawClient, count: number, partition = 0): Promise<void> {
  for (let i = 0; i < count; i++) await produceTo(client, batchOf({ values: ["v"] }), { partition });
}

test("every version reads; high watermark, last stable offset and log start are told", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect, cluster }) => {
    const client = await connect();
    await fill(client, 3);
    for (let version = 4; version <= 12; version++) {
      const response = await client.request(fetchApi, fetchOf([{ offset: 1 }]), version);
      assert.deepEqual(seen(response), [[0, 0, [1, 2]]], `version ${version}`);
      const partition = response.responses[0]?.partitions[0];
      assert.deepEqual(
        [partition?.highWatermark, partition?.lastStableOffset, partition?.abortedTransactions],
        [3, 3, null],
      );
    }
    const topicId = cluster.snapshot().topics[0]?.topicId ?? "";
    for (let version = 13; version <= 18; version++) {
      const response = await client.request(
        fetchApi,
        {
          maxBytes: MAX,
          isolationLevel: 1,
          topics: [{ topicId, partitions: [{ partition: 0, fetchOffset: 2, partitionMaxBytes: MAX }] }],
        },
        version,
      );
      assert.equal(response.responses[0]?.topicId, topicId);
      assert.deepEqual(seen(response), [[0, 0, [2]]], `version ${version}`);
      assert.deepEqual(
        response.responses[0]?.partitions[0]?.abortedTransactions,
        [],
        "for read_committed there is a list",
      );
    }
  }));

test("a batch is read from any offset in it, and comes whole", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    await produceTo(client, batchOf({ values: ["a", "b", "c"] }));
    await fill(client, 1);
    for (const offset of [0, 1, 2])
      assert.deepEqual(seen(await client.request(fetchApi, fetchOf([{ offset }]), 12)), [[0, 0, [0, 1, 2, 3]]]);
    assert.deepEqual(seen(await client.request(fetchApi, fetchOf([{ offset: 3 }]), 12)), [[0, 0, [3]]]);
  }));

test("errors: unknown topic, partition and id; out of range on both sides; epochs of the past and of the future", () =>
  withCluster({ brokers: 2, topics: { t: 1 } }, async ({ connect, cluster }) => {
    const leader = cluster.snapshot().topics[0]?.partitions[0]?.leaderId ?? -1;
    const client = await connect(leader);
    await fill(client, 2);
    const errorOf = async (wanted: Wanted, version = 12): Promise<number | undefined> =>
      (await client.request(fetchApi, fetchOf([wanted], { maxWaitMs: 60_000, minBytes: 1 }), version)).responses[0]
        ?.partitions[0]?.errorCode;
    assert.equal(await errorOf({ topic: "nowhere" }), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assert.equal(await errorOf({ partition: 9 }), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assert.equal(await errorOf({ offset: 3 }), ErrorCode.OFFSET_OUT_OF_RANGE);
    assert.equal(await errorOf({ offset: -1 }), ErrorCode.OFFSET_OUT_OF_RANGE);
    assert.equal(await errorOf({ epoch: 1 }), ErrorCode.UNKNOWN_LEADER_EPOCH);
    cluster.moveLeader("t", 0, leader);
    assert.equal(await errorOf({ epoch: 0 }), ErrorCode.FENCED_LEADER_EPOCH);
    assert.equal(await errorOf({ epoch: 1 }), ErrorCode.NONE);
    const byId = await client.request(
      fetchApi,
      {
        maxBytes: MAX,
        topics: [{ topicId: "AAAAAAAAAAAAAAAAAAAAAQ", partitions: [{ partition: 0, partitionMaxBytes: MAX }] }],
      },
      17,
    );
    assert.equal(byId.responses[0]?.partitions[0]?.errorCode, ErrorCode.UNKNOWN_TOPIC_ID);
  }));

test(
  "after a move: brokers without a replica name the new leader; the follower fences old epochs, and serves who may " +
    "read from followers",
  () =>
    withCluster(
      { brokers: 3, topics: { t: { partitions: 1, replicationFactor: 2 } } },
      async ({ connect, cluster }) => {
        const partition = (): {
          readonly leaderId: number;
          readonly replicas: readonly number[];
          readonly leaderEpoch: number;
        } => cluster.snapshot().topics[0]!.partitions[0]!;
        const [old = -1, next = -1] = partition().replicas;
        const stranger = [0, 1, 2].find((id) => !partition().replicas.includes(id)) ?? -1;
        await fill(await connect(old), 1);
        cluster.moveLeader("t", 0, next);
        assert.deepEqual([partition().leaderId, partition().leaderEpoch], [next, 1]);
        const topicId = cluster.snapshot().topics[0]?.topicId ?? "";
        const ask = async (nodeId: number, epoch: number, version: number): Promise<FetchResponse> =>
          (await connect(nodeId)).request(
            fetchApi,
            {
              maxBytes: MAX,
              topics: [
                {
                  topic: "t",
                  topicId,
                  partitions: [{ partition: 0, partitionMaxBytes: MAX, currentLeaderEpoch: epoch }],
                },
              ],
            },
            version,
          );
        for (const version of [4, 10, 12, 15])
          assert.equal(
            seen(await ask(stranger, -1, version))[0]?.[1],
            ErrorCode.NOT_LEADER_OR_FOLLOWER,
            `version ${version}`,
          );
        const hinted = await ask(stranger, -1, 16);
        assert.deepEqual(
          [hinted.responses[0]?.partitions[0]?.currentLeader.leaderId, hinted.nodeEndpoints.map((node) => node.nodeId)],
          [next, [next]],
        );
        assert.equal(seen(await ask(old, 0, 17))[0]?.[1], ErrorCode.FENCED_LEADER_EPOCH);
        assert.deepEqual(
          (await ask(old, 0, 17)).nodeEndpoints.map((node) => node.nodeId),
          [next],
        );
        assert.equal(
          seen(await ask(old, -1, 10))[0]?.[1],
          ErrorCode.NOT_LEADER_OR_FOLLOWER,
          "before version 11 only leaders serve",
        );
        assert.deepEqual(seen(await ask(old, 1, 12)), [[0, 0, [0]]]);
      },
    ),
);

test(
  "limits (KIP-74): the first batch of the response comes whole, others only as far as there is room, the last one " +
    "cut off",
  () =>
    withCluster({ topics: { t: 3 } }, async ({ connect }) => {
      const client = await connect();
      const batch = sized(1000);
      for (const partition of [0, 1, 2])
        for (let i = 0; i < 3; i++) await produceTo(client, sized(1000), { partition });
      const sizes = async (rest: Partial<Input<FetchRequest>>, maxBytes: number): Promise<readonly number[]> =>
        (
          await client.request(
            fetchApi,
            fetchOf(
              [0, 1, 2].map((partition) => ({ partition, maxBytes })),
              rest,
            ),
            12,
          )
        ).responses.flatMap((t) => t.partitions.map((p) => p.records?.length ?? -1));
      assert.deepEqual(await sizes({}, 1), [batch.length, 0, 0], "one byte is asked for, one batch comes");
      assert.deepEqual(await sizes({ maxBytes: 1 }, MAX), [batch.length, 0, 0]);
      assert.deepEqual(await sizes({}, batch.length * 2), [batch.length * 2, batch.length * 2, batch.length * 2]);
      assert.deepEqual(
        await sizes({}, batch.length + 100),
        [batch.length + 100, batch.length + 100, batch.length + 100],
        "a slice of the log, wherever it ends",
      );
      assert.deepEqual(await sizes({ maxBytes: batch.length * 4 + 10 }, MAX), [batch.length * 3, batch.length + 10, 0]);
      const cut = await client.request(fetchApi, fetchOf([{ maxBytes: batch.length + 100 }]), 12);
      assert.deepEqual(seen(cut), [[0, 0, [0]]], "a reader leaves the cut batch out");
    }),
);

test("long poll: an append answers at once, too few bytes do not, and the time is kept", () =>
  withCluster({ topics: { t: 2 } }, async ({ connect, platform }) => {
    const client = await connect();
    const producer = await connect();
    const { clock } = platform;
    const started = clock.monotonic();
    const both = [{ partition: 0 }, { partition: 1 }];
    const poll = client.request(fetchApi, fetchOf(both, { maxWaitMs: 500, minBytes: 1 }), 12);
    await sleep(platform, 100);
    await produceTo(producer, batchOf(), { partition: 1 });
    assert.deepEqual(seen(await poll), [
      [0, 0, []],
      [1, 0, [0]],
    ]);
    assert.ok(clock.monotonic() - started < 101, `${clock.monotonic() - started} ms`);

    const again = clock.monotonic();
    const size = batchOf().length;
    const ends = [{ partition: 0 }, { partition: 1, offset: 1 }];
    const large = client.request(fetchApi, fetchOf(ends, { maxWaitMs: 500, minBytes: 2 * size }), 12);
    await sleep(platform, 100);
    await produceTo(producer, batchOf(), { partition: 0 });
    await sleep(platform, 100);
    await produceTo(producer, batchOf(), { partition: 1 });
    assert.deepEqual(
      seen(await large),
      [
        [0, 0, [0]],
        [1, 0, [1]],
      ],
      "bytes of all partitions together",
    );
    assert.ok(clock.monotonic() - again >= 200 && clock.monotonic() - again < 201);

    const idle = clock.monotonic();
    assert.deepEqual(
      seen(await client.request(fetchApi, fetchOf([{ offset: 1 }], { maxWaitMs: 500, minBytes: 1 }), 12)),
      [[0, 0, []]],
    );
    assert.ok(clock.monotonic() - idle >= 500 && clock.monotonic() - idle < 501);
  }));

test(
  "what cuts a long poll short: an error, nothing to wait for, minBytes 0, a moved leader, a deleted topic, the " +
    "end of the connection",
  () =>
    withCluster(
      {
        brokers: 2,
        topics: { t: { partitions: 1, replicationFactor: 2 }, gone: { partitions: 2, replicationFactor: 2 } },
      },
      async ({ connect, cluster, platform }) => {
        const leaderOf = (topic: string): number =>
          cluster.snapshot().topics.find((t) => t.topic === topic)!.partitions[0]!.leaderId;
        const client = await connect(leaderOf("t"));
        const elapsed = async (work: () => Promise<unknown>): Promise<number> => {
          const from = platform.clock.monotonic();
          await work();
          return Math.floor(platform.clock.monotonic() - from);
        };
        const wait = { maxWaitMs: 10_000, minBytes: 1 };
        assert.equal(await elapsed(() => client.request(fetchApi, fetchOf([{ offset: 9 }], wait), 12)), 0);
        assert.equal(await elapsed(() => client.request(fetchApi, fetchOf([], wait), 12)), 0);
        assert.equal(await elapsed(() => client.request(fetchApi, fetchOf([{ topic: "nowhere" }], wait), 12)), 0);
        assert.equal(await elapsed(() => client.request(fetchApi, fetchOf([{}], { ...wait, minBytes: 0 }), 12)), 0);
        assert.equal(
          await elapsed(() => client.request(fetchApi, fetchOf([{ topic: "nowhere" }, {}], wait), 12)),
          10_000,
          "an unknown partition beside a known one does not",
        );
        const moving = client.request(fetchApi, fetchOf([{ epoch: 0 }], wait), 12);
        await sleep(platform, 10);
        cluster.moveLeader("t", 0, 1 - leaderOf("t"));
        assert.equal(
          await elapsed(async () => assert.equal(seen(await moving)[0]?.[1], ErrorCode.FENCED_LEADER_EPOCH)),
          0,
        );
        const other = await connect(leaderOf("gone"));
        const deleting = other.request(fetchApi, fetchOf([{ topic: "gone" }], wait), 12);
        await sleep(platform, 10);
        await client.request(deleteTopicsApi, { topicNames: ["gone"], timeoutMs: 1 }, 5);
        assert.equal(
          await elapsed(async () => assert.equal(seen(await deleting)[0]?.[1], ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)),
          0,
        );
        const cut = client.exchange(
          encodeRequest(fetchApi, fetchOf([{}], { ...wait, maxWaitMs: 1_000_000 }), 12, 999, null),
        );
        await sleep(platform, 10);
        client.close();
        assert.equal(await cut, undefined); // withCluster checks that nothing waits any more
      },
    ),
);

test("sessions (KIP-227): the first answer tells all, later ones what is new; changes, forgotten partitions, the end", () =>
  withCluster({ topics: { t: 3 } }, async ({ connect }) => {
    const client = await connect();
    await fill(client, 2, 0);
    const full = await client.request(
      fetchApi,
      fetchOf([{ partition: 0 }, { partition: 1 }, { partition: 2 }], { sessionEpoch: 0 }),
      12,
    );
    assert.deepEqual(seen(full), [
      [0, 0, [0, 1]],
      [1, 0, []],
      [2, 0, []],
    ]);
    const { sessionId } = full;
    assert.ok(sessionId > 0);
    const next = (
      sessionEpoch: number,
      wanted: readonly Wanted[] = [],
      rest: Partial<Input<FetchRequest>> = {},
    ): Promise<FetchResponse> => client.request(fetchApi, fetchOf(wanted, { sessionId, sessionEpoch, ...rest }), 12);
    const second = await next(1, [{ partition: 0, offset: 2 }]);
    assert.deepEqual([second.sessionId, second.responses], [sessionId, []], "nothing is new");
    await fill(client, 1, 1);
    assert.deepEqual(seen(await next(2)), [[1, 0, [0]]]);
    assert.deepEqual(seen(await next(3, [{ partition: 1, offset: 1 }])), []);
    await fill(client, 1, 2);
    await fill(client, 1, 1);
    assert.deepEqual(seen(await next(4, [], { forgottenTopicsData: [{ topic: "t", partitions: [1] }] })), [
      [2, 0, [0]],
    ]);
    assert.deepEqual(
      seen(await next(5, [{ partition: 0, offset: 77 }]))[0],
      [0, ErrorCode.OFFSET_OUT_OF_RANGE, []],
      "errors are told",
    );
    assert.deepEqual(
      seen(await next(6)).find(([partition]) => partition === 0),
      [0, ErrorCode.OFFSET_OUT_OF_RANGE, []],
      "and told again",
    );
    const wrong = await next(3);
    assert.deepEqual(
      [wrong.errorCode, wrong.sessionId, wrong.responses],
      [ErrorCode.INVALID_FETCH_SESSION_EPOCH, 0, []],
    );
    assert.equal(
      (await client.request(fetchApi, fetchOf([], { sessionId: 4711, sessionEpoch: 1 }), 12)).errorCode,
      ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
    );
    const last = await next(-1, [{ partition: 0 }]);
    assert.deepEqual([last.sessionId, seen(last)], [0, [[0, 0, [0, 1]]]], "epoch -1 ends it, and reads without one");
    assert.equal((await next(8)).errorCode, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
  }));

test("sessions: emptied ones end; ids and names are not mixed; a broker that stopped has forgotten", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect, cluster }) => {
    const client = await connect();
    const { sessionId } = await client.request(fetchApi, fetchOf([{}], { sessionEpoch: 0 }), 12);
    const topicId = cluster.snapshot().topics[0]?.topicId ?? "";
    const mixed = await client.request(
      fetchApi,
      {
        maxBytes: MAX,
        sessionId,
        sessionEpoch: 1,
        topics: [{ topicId, partitions: [{ partition: 0, partitionMaxBytes: MAX }] }],
      },
      13,
    );
    assert.equal(mixed.errorCode, ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
    const emptied = await client.request(
      fetchApi,
      fetchOf([], {
        sessionId,
        sessionEpoch: 1,
        maxWaitMs: 1000,
        minBytes: 1,
        forgottenTopicsData: [{ topic: "t", partitions: [0] }],
      }),
      12,
    );
    assert.deepEqual([emptied.errorCode, emptied.sessionId], [ErrorCode.NONE, 0]);
    assert.equal(
      (await client.request(fetchApi, fetchOf([], { sessionId, sessionEpoch: 2 }), 12)).errorCode,
      ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
    );
    const another = await client.request(fetchApi, fetchOf([{}], { sessionEpoch: 0 }), 12);
    await cluster.stopBroker(0);
    await cluster.startBroker(0);
    const later = await connect();
    assert.equal(
      (await later.request(fetchApi, fetchOf([], { sessionId: another.sessionId, sessionEpoch: 1 }), 12)).errorCode,
      ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
    );
  }));

test("sessions: with a small limit the partitions take turns, so that none starves", () =>
  withCluster({ topics: { t: 3 } }, async ({ connect }) => {
    const client = await connect();
    for (const partition of [0, 1, 2]) for (let i = 0; i < 4; i++) await produceTo(client, sized(1000), { partition });
    let response = await client.request(
      fetchApi,
      fetchOf(
        [0, 1, 2].map((partition) => ({ partition })),
        { sessionEpoch: 0, maxBytes: 1 },
      ),
      12,
    );
    const { sessionId } = response;
    const offsets = [0, 0, 0];
    const order: number[] = [];
    for (let epoch = 1; epoch <= 6; epoch++) {
      const served = seen(response).filter(([, , records]) => records.length > 0);
      assert.equal(served.length, 1);
      const partition = served[0]?.[0] ?? -1;
      order.push(partition);
      offsets[partition] = (offsets[partition] ?? 0) + 1;
      response = await client.request(
        fetchApi,
        fetchOf([{ partition, offset: offsets[partition] ?? 0 }], { sessionId, sessionEpoch: epoch, maxBytes: 1 }),
        12,
      );
    }
    assert.deepEqual(
      order,
      [0, 0, 1, 2, 0, 1],
      "the first, full answer moves nothing to the end: Kafka only does that in a session",
    );
  }));

test("records keep the bytes that their producer sent", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    const sent = batchOf({
      values: ["large ".repeat(9000), null],
      key: "k",
      headers: [
        ["h", new Uint8Array([1])],
        ["h", null],
      ],
      timestamp: NOW,
    });
    await produceTo(client, sent.slice());
    const response = await client.request(fetchApi, fetchOf([{}]), 12);
    const records = response.responses[0]?.partitions[0]?.records ?? new Uint8Array(0);
    assert.deepEqual(
      Buffer.from(records.subarray(16)).equals(Buffer.from(sent.subarray(16))),
      true,
      "all but base offset and leader epoch",
    );
  }));
