import { test } from "node:test";
import assert from "node:assert/strict";
import {
  type RawClient,
  type BatchSpec,
  NOW,
  batchOf,
  produceTo,
  withCluster,
} from "../../../test/embedded/raw-client.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { encodeRequest } from "../../protocol/headers.ts";
import { initProducerIdApi } from "../../protocol/messages/init-producer-id.ts";
import { fetchApi } from "../../protocol/messages/fetch.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { produceApi } from "../../protocol/messages/produce.ts";
import * as at from "../../records/batch-layout.ts";
import { readBatches } from "../../records/read-batches.ts";
import { crc32c } from "../../wire/crc32c.ts";

/** A batch whose bytes were changed after it was sealed, with the CRC updated. */
function tampered(spec: BatchSpec, change: (view: DataView) => void): Uint8Array {
  const bytes = batchOf(spec);
  const view = new DataView(bytes.buffer);
  change(view);
  view.setUint32(at.CRC, crc32c(bytes, at.ATTRIBUTES, bytes.length));
  return bytes;
}

async function readBack(
  client: RawClient,
  topic = "t",
): Promise<
  readonly {
    readonly offset: number;
    readonly timestamp: number;
    readonly timestampType: string;
    readonly value: string;
    readonly leaderEpoch: number;
  }[]
> {
  const response = await client.request(
    fetchApi,
    { maxBytes: 1 << 20, topics: [{ topic, partitions: [{ partition: 0, partitionMaxBytes: 1 << 20 }] }] },
    12,
  );
  const bytes = response.responses[0]?.partitions[0]?.records ?? new Uint8Array(0);
  return [...readBatches(bytes)].flatMap((batch) =>
    [...batch.records].map((r) => ({
      offset: r.offset,
      timestamp: r.timestamp,
      timestampType: r.timestampType,
      value: Buffer.from(r.valueBytes ?? []).toString(),
      leaderEpoch: batch.partitionLeaderEpoch,
    })),
  );
}

test("every version appends, numbers and answers; what is read back has its offset, leader epoch and a fitting CRC", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect, cluster }) => {
    const client = await connect();
    for (let version = 3; version <= 12; version++) {
      const answer = await produceTo(client, batchOf({ values: [`a${version}`, `b${version}`] }), { version });
      assert.deepEqual(
        [answer.errorCode, answer.baseOffset, answer.logAppendTimeMs],
        [ErrorCode.NONE, (version - 3) * 2, -1],
        `version ${version}`,
      );
    }
    const { topics } = await client.request(metadataApi, { topics: [{ name: "t" }] });
    const topicId = topics[0]?.topicId ?? "";
    const byId = await client.request(
      produceApi,
      { acks: 1, timeoutMs: 1, topicData: [{ topicId, partitionData: [{ index: 0, records: batchOf() }] }] },
      13,
    );
    assert.deepEqual(
      [
        byId.responses[0]?.topicId,
        byId.responses[0]?.partitionResponses[0]?.errorCode,
        byId.responses[0]?.partitionResponses[0]?.baseOffset,
      ],
      [topicId, 0, 20],
    );
    const records = await readBack(client);
    assert.deepEqual(
      records.map((r) => r.offset),
      Array.from({ length: 21 }, (_, i) => i),
    );
    assert.deepEqual(records[3], {
      offset: 3,
      timestamp: NOW,
      timestampType: "CreateTime",
      value: "b4",
      leaderEpoch: 0,
    });
    assert.equal(cluster.snapshot().topics[0]?.partitions[0]?.highWatermark, 21);
  }));

const refusals: readonly (readonly [what: string, code: number, records: () => Uint8Array | null, version?: number])[] =
  [
    ["no records", ErrorCode.INVALID_RECORD, () => null],
    ["empty records", ErrorCode.INVALID_RECORD, () => new Uint8Array(0)],
    ["a batch that is cut off", ErrorCode.INVALID_RECORD, () => batchOf().subarray(0, -1)],
    ["two batches", ErrorCode.INVALID_RECORD, () => Uint8Array.from([...batchOf(), ...batchOf()])],
    ["an old magic", ErrorCode.INVALID_RECORD, () => tampered({}, (view) => view.setInt8(at.MAGIC, 1))],
    ["a wrong CRC", ErrorCode.CORRUPT_MESSAGE, () => batchOf().fill(7, 21, 22)],
    [
      "a length below the header's",
      ErrorCode.CORRUPT_MESSAGE,
      () => tampered({}, (view) => view.setInt32(at.BATCH_LENGTH, 10)),
    ],
    ["a base offset other than 0", ErrorCode.INVALID_RECORD, () => tampered({}, (view) => view.setInt32(4, 7))],
    [
      "a control batch",
      ErrorCode.INVALID_RECORD,
      () => tampered({}, (view) => view.setInt16(at.ATTRIBUTES, at.CONTROL)),
    ],
    [
      "a count that does not fit the offsets",
      ErrorCode.INVALID_RECORD,
      () => tampered({ values: ["a", "b"] }, (view) => view.setInt32(at.LAST_OFFSET_DELTA, 4)),
    ],
    [
      "a count that does not fit the records",
      ErrorCode.INVALID_RECORD,
      () =>
        tampered({ values: ["a", "b"] }, (view) => {
          view.setInt32(at.LAST_OFFSET_DELTA, 2);
          view.setInt32(at.RECORD_COUNT, 3);
        }),
    ],
    [
      "no record",
      ErrorCode.INVALID_RECORD,
      () =>
        tampered({}, (view) => {
          view.setInt32(at.LAST_OFFSET_DELTA, -1);
          view.setInt32(at.RECORD_COUNT, 0);
        }),
    ],
    [
      "a record that is longer than the batch",
      ErrorCode.INVALID_RECORD,
      () => tampered({}, (view) => view.setInt8(at.HEADER_BYTES, 126)),
    ],
    [
      "a producer id without a sequence",
      ErrorCode.INVALID_RECORD,
      () => batchOf({ producerId: 5, producerEpoch: 0, baseSequence: -1 }),
    ],
    [
      "zstd before version 7",
      ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
      () => tampered({}, (view) => view.setInt16(at.ATTRIBUTES, 4)),
      6,
    ],
    [
      "gzip that is none",
      ErrorCode.UNKNOWN_SERVER_ERROR,
      () => tampered({}, (view) => view.setInt16(at.ATTRIBUTES, 1)),
    ],
    [
      "a transactional batch",
      ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
      () => batchOf({ producerId: 5, producerEpoch: 0, baseSequence: 0, isTransactional: true }),
    ],
    ["a record from tomorrow", ErrorCode.INVALID_TIMESTAMP, () => batchOf({ timestamp: NOW + 86_400_000 })],
    [
      "a batch beyond max.message.bytes",
      ErrorCode.MESSAGE_TOO_LARGE,
      () => batchOf({ values: ["x".repeat(1_048_588)] }),
    ],
  ];

for (const [what, code, records, version] of refusals) {
  test(`refused: ${what}`, () =>
    withCluster({ topics: { t: 1 } }, async ({ connect, cluster, logged }) => {
      const client = await connect();
      const answer = await produceTo(client, records(), version === undefined ? {} : { version });
      assert.deepEqual([answer.errorCode, answer.baseOffset], [code, -1]);
      assert.equal(cluster.snapshot().topics[0]?.partitions[0]?.highWatermark, 0, "nothing was appended");
      assert.equal((await produceTo(client, batchOf())).errorCode, ErrorCode.NONE, "and the connection goes on");
      assert.deepEqual(logged, []);
    }));
}

test("what is cut off behind a whole batch is dropped, as in Kafka", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    assert.equal(
      (await produceTo(client, Uint8Array.from([...batchOf({ values: ["whole"] }), ...batchOf().subarray(0, 40)])))
        .errorCode,
      ErrorCode.NONE,
    );
    assert.deepEqual(
      (await readBack(client)).map((r) => r.value),
      ["whole"],
    );
  }));

test("unknown topics, partitions and topic ids; acks that there are not", () =>
  withCluster({ topics: { t: 1 }, autoCreateTopics: false }, async ({ connect }) => {
    const client = await connect();
    assert.equal(
      (await produceTo(client, batchOf(), { topic: "nowhere" })).errorCode,
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    );
    assert.equal(
      (await produceTo(client, batchOf(), { partition: 7 })).errorCode,
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    );
    assert.equal((await produceTo(client, batchOf(), { acks: 2 })).errorCode, ErrorCode.INVALID_REQUIRED_ACKS);
    const unknown = await client.request(
      produceApi,
      {
        acks: 1,
        timeoutMs: 1,
        topicData: [{ topicId: "AAAAAAAAAAAAAAAAAAAAAQ", partitionData: [{ index: 0, records: batchOf() }] }],
      },
      13,
    );
    assert.equal(unknown.responses[0]?.partitionResponses[0]?.errorCode, ErrorCode.UNKNOWN_TOPIC_ID);
  }));

test("acks 0: no answer, the next request is answered; an error cuts the connection", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect, cluster }) => {
    const client = await connect();
    const silent = (topic: string, id: number): Uint8Array[] =>
      encodeRequest(
        produceApi,
        { acks: 0, timeoutMs: 1, topicData: [{ name: topic, partitionData: [{ index: 0, records: batchOf() }] }] },
        9,
        id,
        null,
      );
    await client.send(silent("t", 77));
    assert.equal((await produceTo(client, batchOf())).baseOffset, 1);
    assert.equal(await client.exchange(silent("nowhere", 2)), undefined, "hung up");
    assert.equal(cluster.snapshot().topics[0]?.partitions[0]?.highWatermark, 2);
  }));

test("the ids of producers begin at 0, as in a new cluster of Kafka", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    const fresh = { transactionalId: null, transactionTimeoutMs: 1000, producerId: -1, producerEpoch: -1 };
    for (const producerId of [0, 1]) {
      const given = await client.request(initProducerIdApi, fresh, 5);
      assert.deepEqual([given.producerId, given.producerEpoch], [producerId, 0]);
      const sent = batchOf({ values: ["v"], producerId, producerEpoch: 0, baseSequence: 0 });
      for (let again = 0; again < 2; again++) assert.equal((await produceTo(client, sent)).baseOffset, producerId);
    }
  }));

test(
  "a retry of one of the last five batches gets the original offset; an older one, a gap and an old epoch get " +
    "errors",
  () =>
    withCluster({ topics: { t: 1 } }, async ({ connect, cluster }) => {
      const client = await connect();
      const { producerId, producerEpoch } = await client.request(
        initProducerIdApi,
        { transactionalId: null, transactionTimeoutMs: 1000, producerId: -1, producerEpoch: -1 },
        5,
      );
      const send = (baseSequence: number, count = 2, epoch = producerEpoch): ReturnType<typeof produceTo> =>
        produceTo(
          client,
          batchOf({ values: Array.from({ length: count }, () => "v"), producerId, producerEpoch: epoch, baseSequence }),
        );
      for (let i = 0; i < 7; i++) assert.deepEqual([(await send(i * 2)).baseOffset], [i * 2]);
      for (let i = 2; i < 7; i++) {
        const again = await send(i * 2);
        assert.deepEqual(
          [again.errorCode, again.baseOffset, again.logAppendTimeMs],
          [ErrorCode.NONE, i * 2, NOW],
          `batch ${i}: the original offset, and its timestamp, as Kafka answers`,
        );
      }
      assert.equal((await send(2)).errorCode, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, "forgotten");
      assert.equal(
        (await send(12, 1)).errorCode,
        ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
        "a part of a known batch is no retry of it",
      );
      assert.equal((await send(16)).errorCode, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, "a gap");
      assert.equal(
        (await send(3, 2, producerEpoch + 1)).errorCode,
        ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
        "a new epoch begins with 0",
      );
      assert.equal((await send(0, 2, producerEpoch + 1)).baseOffset, 14);
      assert.equal((await send(14)).errorCode, ErrorCode.INVALID_PRODUCER_EPOCH, "the old epoch is fenced");
      assert.equal(cluster.snapshot().topics[0]?.partitions[0]?.highWatermark, 16);
    }),
);

test("InitProducerId: each call another id; half ids and empty ones are refused", () =>
  withCluster({}, async ({ connect }) => {
    const client = await connect();
    const init = (
      transactionalId: string | null,
      producerId = -1,
      producerEpoch = -1,
    ): Promise<{ readonly errorCode: number; readonly producerId: number; readonly producerEpoch: number }> =>
      client.request(initProducerIdApi, { transactionalId, transactionTimeoutMs: 1000, producerId, producerEpoch }, 5);
    const [a, b, c] = [await init(null), await init(null), await init(null, 1000, 3)];
    assert.deepEqual(
      [a, b, c].map((r) => [r.errorCode, r.producerEpoch]),
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    );
    assert.equal(new Set([a, b, c].map((r) => r.producerId)).size, 3);
    assert.equal((await init("tx")).errorCode, ErrorCode.NONE);
    assert.equal((await init("")).errorCode, ErrorCode.INVALID_REQUEST);
    assert.equal((await init(null, 5, -1)).errorCode, ErrorCode.INVALID_REQUEST);
  }));

test("LogAppendTime: the broker's time in the answer and in every record, and the CRC fits", () =>
  withCluster(
    { topics: { t: { partitions: 1, configs: { "message.timestamp.type": "LogAppendTime" } } } },
    async ({ connect, platform }) => {
      const client = await connect();
      const now = platform.clock.now();
      const answer = await produceTo(client, batchOf({ values: ["a", "b"], timestamp: 5 }));
      assert.deepEqual([answer.errorCode, answer.logAppendTimeMs], [ErrorCode.NONE, now]);
      assert.deepEqual(
        (await readBack(client)).map((r) => [r.timestamp, r.timestampType]),
        [
          [now, "LogAppendTime"],
          [now, "LogAppendTime"],
        ],
      );
      const set = await produceTo(
        client,
        tampered({}, (view) => view.setInt16(at.ATTRIBUTES, at.LOG_APPEND_TIME)),
      );
      assert.equal(set.errorCode, ErrorCode.INVALID_TIMESTAMP, "producers do not say LogAppendTime");
    },
  ));

test("the broker corrects a maximum timestamp that does not fit the records", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    const lying = tampered({ timestamp: NOW - 500 }, (view) => at.writeInt64(view, at.MAX_TIMESTAMP, NOW - 9999));
    assert.equal((await produceTo(client, lying)).errorCode, ErrorCode.NONE);
    const response = await client.request(
      fetchApi,
      { maxBytes: 1 << 20, topics: [{ topic: "t", partitions: [{ partition: 0, partitionMaxBytes: 1 << 20 }] }] },
      12,
    );
    const [batch] = readBatches(response.responses[0]?.partitions[0]?.records ?? new Uint8Array(0));
    assert.deepEqual([batch?.maxTimestamp, batch?.isValid], [NOW - 500, true]);
  }));

test("a compacted topic refuses records without a key, and names them; the others of the batch are refused with them", () =>
  withCluster({ topics: { t: { partitions: 1, configs: { "cleanup.policy": "compact" } } } }, async ({ connect }) => {
    const client = await connect();
    const answer = await produceTo(client, batchOf({ values: ["a", "b"] }));
    assert.equal(answer.errorCode, ErrorCode.INVALID_RECORD);
    assert.deepEqual(
      answer.recordErrors.map((e) => [e.batchIndex, e.batchIndexErrorMessage]),
      [0, 1].map((i) => [i, "Compacted topic cannot accept message without key in topic partition t-0"]),
    );
    assert.match(answer.errorMessage ?? "", /rejected due to 2 record errors/);
    assert.equal((await produceTo(client, batchOf({ key: "k" }))).errorCode, ErrorCode.NONE);
    assert.equal((await produceTo(client, batchOf({ key: "" }))).errorCode, ErrorCode.NONE, "an empty key is one");
  }));

test("max.message.bytes of the topic counts, to the byte", () => {
  const fits = batchOf({ values: ["x".repeat(500)] });
  return withCluster(
    { topics: { t: { partitions: 1, configs: { "max.message.bytes": String(fits.length) } } } },
    async ({ connect }) => {
      const client = await connect();
      assert.equal((await produceTo(client, fits)).errorCode, ErrorCode.NONE);
      assert.equal(
        (await produceTo(client, batchOf({ values: ["x".repeat(501)] }))).errorCode,
        ErrorCode.MESSAGE_TOO_LARGE,
      );
    },
  );
});

test("not the leader: refused in every version, with the new leader and its address since version 10", () =>
  withCluster({ brokers: 3, topics: { t: { partitions: 1, replicationFactor: 2 } } }, async ({ connect, cluster }) => {
    const leader = cluster.snapshot().topics[0]?.partitions[0]?.leaderId ?? -1;
    for (const nodeId of [0, 1, 2].filter((id) => id !== leader)) {
      const client = await connect(nodeId);
      for (let version = 3; version <= 12; version++) {
        const response = await client.request(
          produceApi,
          { acks: 1, timeoutMs: 1, topicData: [{ name: "t", partitionData: [{ index: 0, records: batchOf() }] }] },
          version,
        );
        const answer = response.responses[0]?.partitionResponses[0];
        assert.equal(answer?.errorCode, ErrorCode.NOT_LEADER_OR_FOLLOWER);
        if (version >= 10) {
          assert.deepEqual([answer.currentLeader.leaderId, answer.currentLeader.leaderEpoch], [leader, 0]);
          assert.deepEqual(
            response.nodeEndpoints.map((node) => `${node.host}:${node.port}`),
            [cluster.bootstrapServers.split(",")[leader]],
          );
        }
      }
    }
  }));

test("min.insync.replicas: refused with acks all when too few brokers are up, accepted with acks 1", () =>
  withCluster(
    { brokers: 2, topics: { t: { partitions: 1, replicationFactor: 2, configs: { "min.insync.replicas": "2" } } } },
    async ({ connect, cluster }) => {
      const client = await connect(0);
      assert.equal((await produceTo(client, batchOf())).errorCode, ErrorCode.NONE);
      await cluster.stopBroker(1);
      assert.equal((await produceTo(client, batchOf())).errorCode, ErrorCode.NOT_ENOUGH_REPLICAS);
      assert.equal((await produceTo(client, batchOf(), { acks: 1 })).errorCode, ErrorCode.NONE);
    },
  ));
