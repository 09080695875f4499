// Errors in the records of a Produce request, and in the request around them.
import { gzipSync } from "node:zlib";
import { initProducerIdApi } from "../../../src/protocol/messages/init-producer-id.ts";
import { type ProduceRequest, produceApi } from "../../../src/protocol/messages/produce.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import * as at from "../../../src/records/batch-layout.ts";
import { crc32c } from "../../../src/wire/crc32c.ts";
import type { BatchSpec } from "../../embedded/raw-client.ts";
import { type Case, UNKNOWN_ID, batch, create, fetchOf, now, produce, range, tampered } from "./asking.ts";
import { fetchApi } from "../../../src/protocol/messages/fetch.ts";

type TopicData = Input<ProduceRequest["topicData"][number]>;

const DAY = 86_400_000;

/** A batch with a payload of one's own behind its header. */
function withPayload(
  payload: readonly number[] | Uint8Array,
  count: number,
  change: (view: DataView) => void = () => undefined,
): Uint8Array {
  const bytes = Uint8Array.from([...batch().subarray(0, at.HEADER_BYTES), ...payload]);
  const view = new DataView(bytes.buffer);
  view.setInt32(at.BATCH_LENGTH, bytes.length - at.LOG_OVERHEAD);
  view.setInt32(at.LAST_OFFSET_DELTA, count - 1);
  view.setInt32(at.RECORD_COUNT, count);
  change(view);
  view.setUint32(at.CRC, crc32c(bytes, at.ATTRIBUTES, bytes.length));
  return bytes;
}

/**
 * One record without key and headers, its parts as bytes: attributes, timestamp and offset delta, key, value, headers.
 */
const RECORD = [14, 0, 0, 0, 1, 2, 120, 0];
const SECOND = [14, 0, 0, 2, 1, 2, 120, 0];

const compressed = (codec: number, payload: Uint8Array | readonly number[], count = 1): Uint8Array =>
  withPayload(payload, count, (view) => view.setInt16(at.ATTRIBUTES, codec));

const headers: Case = {
  name: "batches whose header is wrong",
  run: async (side) => {
    await create(side, "headed");
    const setters: readonly (readonly [BatchSpec, (view: DataView) => void])[] = [
      ...[-1, 0, 1, 3, 127].map((magic) => [{}, (view: DataView) => view.setInt8(at.MAGIC, magic)] as const),
      ...[0, 1, 13, 48, 49, 60, 1000, -1, 2_147_483_647].map(
        (length) => [{}, (view: DataView) => view.setInt32(at.BATCH_LENGTH, length)] as const,
      ),
      ...[-1, 0, 1, 3, 1000, 2_147_483_647].map(
        (count) => [{ values: ["a", "b"] }, (view: DataView) => view.setInt32(at.RECORD_COUNT, count)] as const,
      ),
      ...[-1, 0, 2, 2_147_483_647].map(
        (delta) => [{ values: ["a", "b"] }, (view: DataView) => view.setInt32(at.LAST_OFFSET_DELTA, delta)] as const,
      ),
      [
        { values: ["a", "b"] },
        (view) => {
          view.setInt32(at.RECORD_COUNT, 3);
          view.setInt32(at.LAST_OFFSET_DELTA, 2);
        },
      ],
      [
        { values: ["a", "b"] },
        (view) => {
          view.setInt32(at.RECORD_COUNT, 1);
          view.setInt32(at.LAST_OFFSET_DELTA, 0);
        },
      ],
      [
        { values: ["a"] },
        (view) => {
          view.setInt32(at.RECORD_COUNT, 0);
          view.setInt32(at.LAST_OFFSET_DELTA, -1);
        },
      ],
      ...[1, 7, -1].map((base) => [{}, (view: DataView) => at.writeInt64(view, at.BASE_OFFSET, base)] as const),
      ...[0, 5, -7].map((epoch) => [{}, (view: DataView) => view.setInt32(at.PARTITION_LEADER_EPOCH, epoch)] as const),
      ...[
        5,
        6,
        7,
        at.LOG_APPEND_TIME,
        at.CONTROL,
        at.TRANSACTIONAL,
        at.TRANSACTIONAL | at.CONTROL,
        at.DELETE_HORIZON,
        0x80,
        0x4000,
      ].map((attributes) => [{}, (view: DataView) => view.setInt16(at.ATTRIBUTES, attributes)] as const),
      ...[0, -1, now + 999_999_999].map(
        (time) => [{}, (view: DataView) => at.writeInt64(view, at.MAX_TIMESTAMP, time)] as const,
      ),
      ...[-1, 0, now - 400 * DAY, now + DAY].map(
        (time) =>
          [
            {},
            (view: DataView) => {
              at.writeInt64(view, at.BASE_TIMESTAMP, time);
              at.writeInt64(view, at.MAX_TIMESTAMP, time);
            },
          ] as const,
      ),
      [{}, (view) => at.writeInt64(view, at.PRODUCER_ID, 700_001)],
      [{}, (view) => view.setInt16(at.PRODUCER_EPOCH, 3)],
      [{}, (view) => view.setInt32(at.BASE_SEQUENCE, 3)],
      [
        {},
        (view) => {
          at.writeInt64(view, at.PRODUCER_ID, 700_002);
          view.setInt16(at.PRODUCER_EPOCH, 0);
        },
      ],
      [
        {},
        (view) => {
          at.writeInt64(view, at.PRODUCER_ID, 700_003);
          view.setInt32(at.BASE_SEQUENCE, 0);
        },
      ],
      [
        {},
        (view) => {
          at.writeInt64(view, at.PRODUCER_ID, 700_004);
          view.setInt16(at.PRODUCER_EPOCH, 0);
          view.setInt32(at.BASE_SEQUENCE, 9);
        },
      ],
      [
        {},
        (view) => {
          at.writeInt64(view, at.PRODUCER_ID, -5);
          view.setInt16(at.PRODUCER_EPOCH, 0);
          view.setInt32(at.BASE_SEQUENCE, 0);
        },
      ],
    ];
    for (const [spec, change] of setters) await produce(side, tampered(spec, change), { topic: "headed" });
    for (const length of [0, 1, 11, 12, 16, 17, 60, 61, 62])
      await produce(side, batch().subarray(0, length), { topic: "headed" });
    await produce(side, Uint8Array.from([...batch(), 0, 0, 0]), { topic: "headed" });
    await produce(side, Uint8Array.from([...batch(), ...batch().subarray(0, 40)]), { topic: "headed" });
    await produce(side, new Uint8Array(100), { topic: "headed" });
    await produce(side, new Uint8Array(100).fill(255), { topic: "headed" });
    await side.ask(fetchApi, fetchOf("headed", {}), 12);
  },
};

const payloads: Case = {
  name: "records that are malformed",
  run: async (side) => {
    await create(side, "malformed");
    const all: readonly (readonly [readonly number[], number])[] = [
      [RECORD, 1],
      [[...RECORD, ...SECOND], 2],
      [[...RECORD, ...RECORD], 2],
      [[...SECOND, ...RECORD], 2],
      [SECOND, 1],
      [[], 1],
      [[0], 1],
      [[1], 1],
      [[...RECORD, 0], 1],
      [RECORD.slice(0, -1), 1],
      [[12, ...RECORD.slice(1)], 1],
      [[16, ...RECORD.slice(1)], 1],
      [[14, 9, 0, 0, 1, 2, 120, 0], 1], // attributes
      [[14, 0, 0, 0, 3, 2, 120, 0], 1], // a key of -2 bytes
      [[14, 0, 0, 0, 40, 2, 120, 0], 1], // a key beyond the end
      [[14, 0, 0, 0, 1, 3, 120, 0], 1], // a value of -2 bytes
      [[14, 0, 0, 0, 1, 40, 120, 0], 1], // a value beyond the end
      [[14, 0, 0, 0, 1, 2, 120, 1], 1], // -1 headers
      [[14, 0, 0, 0, 1, 2, 120, 2], 1], // a header that is missing
      [[20, 0, 0, 0, 1, 2, 120, 2, 2, 107, 1], 1], // a header without a value
      [[18, 0, 0, 0, 1, 2, 120, 2, 1, 1], 1], // a header without a key
      [[12, 0, 0, 0, 1, 1, 0], 1], // neither key nor value
      [[255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], 1],
    ];
    for (const [payload, count] of all) await produce(side, withPayload(payload, count), { topic: "malformed" });
    for (const codec of range(1, 5))
      for (const payload of [[], RECORD, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]])
        await produce(side, compressed(codec, payload), { topic: "malformed" });
    for (const [payload, count] of all)
      await produce(side, compressed(1, gzipSync(Uint8Array.from(payload)), count), { topic: "malformed" });
    await produce(side, compressed(1, gzipSync(Uint8Array.from(RECORD)).subarray(0, -6)), { topic: "malformed" });
    for (const version of [3, 6, 7])
      await produce(side, compressed(4, [40, 181, 47, 253, 4, 0, 65, 0, 0, ...RECORD]), {
        topic: "malformed",
        version,
      });
    // The assigned offsets are reported, and the records that are there.
    await side.ask(fetchApi, fetchOf("malformed", { fetchOffset: 0, partitionMaxBytes: 400 }), 12);
  },
};

const limits: Case = {
  name: "records that a topic's configs refuse",
  run: async (side) => {
    await create(side, "strict", {
      "message.timestamp.before.max.ms": "60000",
      "message.timestamp.after.max.ms": "60000",
      "cleanup.policy": "compact",
    });
    for (const timestamp of [now, now - DAY, now + DAY, 0, -1])
      for (const key of [null, "k", ""]) await produce(side, batch({ timestamp, key }), { topic: "strict" });
    await produce(side, batch({ key: null, values: ["1", "2", "3", "4", "5"] }), { topic: "strict" });
    await produce(side, batch({ timestamp: now - DAY, key: "k", values: ["1", "2", "3", "4", "5"] }), {
      topic: "strict",
      version: 8,
    });
    for (const version of [3, 7, 8, 9, 13])
      await produce(side, batch({ key: null }), { topic: "strict", version, topicId: await side.topicId("strict") });
    await create(side, "both", { "cleanup.policy": "compact,delete" });
    await produce(side, batch({ key: null }), { topic: "both" });
    const size = batch({ values: ["x".repeat(100)] }).length;
    await create(side, "small", { "max.message.bytes": String(size) });
    for (const length of [99, 100, 101])
      await produce(side, batch({ values: ["x".repeat(length)] }), { topic: "small" });
    await produce(
      side,
      tampered({ values: ["x".repeat(101)] }, (view) => view.setInt8(at.MAGIC, 1)),
      { topic: "small" },
    );
    await create(side, "recompressed", { "compression.type": "uncompressed" });
    await produce(side, compressed(1, gzipSync(Uint8Array.from(RECORD))), { topic: "recompressed" });
    await side.ask(fetchApi, fetchOf("recompressed", {}), 12);
    await create(side, "arrived", { "message.timestamp.type": "LogAppendTime" });
    for (const timestamp of [now, 0, -1, now + DAY]) await produce(side, batch({ timestamp }), { topic: "arrived" });
    await produce(
      side,
      tampered({}, (view) => view.setInt16(at.ATTRIBUTES, at.LOG_APPEND_TIME)),
      { topic: "arrived" },
    );
    await produce(
      side,
      withPayload(gzipSync(Uint8Array.from(RECORD)), 1, (view) => view.setInt16(at.ATTRIBUTES, at.LOG_APPEND_TIME | 1)),
      { topic: "arrived" },
    );
    await create(side, "two", { "min.insync.replicas": "2" });
    for (const acks of [-1, 1]) await produce(side, batch(), { topic: "two", acks });
  },
};

const requests: Case = {
  name: "Produce requests that are wrong",
  run: async (side) => {
    const topicId = await create(side, "asked-for", {}, 2);
    const other = await create(side, "other");
    const ask = (
      topicData: readonly TopicData[],
      version: number,
      more: Input<ProduceRequest> = {},
    ): Promise<unknown> => side.ask(produceApi, { acks: -1, timeoutMs: 5000, topicData, ...more }, version);
    for (const version of range(3, 13)) {
      const named = version >= 13 ? { topicId } : { name: "asked-for" };
      const second = version >= 13 ? { topicId: other } : { name: "other" };
      const unknown = version >= 13 ? { topicId: UNKNOWN_ID } : { name: "nowhere" };
      await ask([], version);
      await ask([{ ...named, partitionData: [] }], version);
      await ask(
        [
          {
            ...named,
            partitionData: [
              { index: 0, records: batch() },
              { index: 1, records: batch() },
            ],
          },
          { ...second, partitionData: [{ index: 0, records: batch() }] },
        ],
        version,
      );
      await ask(
        [
          {
            ...named,
            partitionData: [
              { index: 0, records: batch() },
              { index: 9, records: batch() },
              { index: -1, records: batch() },
            ],
          },
        ],
        version,
      );
      await ask(
        [
          {
            ...named,
            partitionData: [
              { index: 0, records: batch() },
              { index: 0, records: batch({ values: ["a", "b"] }) },
            ],
          },
        ],
        version,
      );
      await ask(
        [
          { ...named, partitionData: [{ index: 0, records: batch() }] },
          {
            ...named,
            partitionData: [
              { index: 0, records: batch({ values: ["a", "b"] }) },
              { index: 1, records: batch() },
            ],
          },
        ],
        version,
      );
      await ask([{ ...unknown, partitionData: [{ index: 0, records: batch() }] }], version);
      await ask([{ ...named, partitionData: [{ index: 0, records: new Uint8Array(0) }] }], version);
      for (const acks of [-2, 2, 100])
        await ask([{ ...named, partitionData: [{ index: 0, records: batch() }] }], version, { acks });
      await ask([{ ...named, partitionData: [{ index: 0, records: batch() }] }], version, { timeoutMs: 0 });
      await ask([{ ...named, partitionData: [{ index: 0, records: batch() }] }], version, { timeoutMs: -1 });
    }
    await ask([{ name: "", partitionData: [{ index: 0, records: batch() }] }], 12);
    await ask([{ name: "bad name!", partitionData: [{ index: 0, records: batch() }] }], 12);
    await ask([{ topicId: "AAAAAAAAAAAAAAAAAAAAAA", partitionData: [{ index: 0, records: batch() }] }], 13);
    // acks 0: there is no answer, and the next request is the one that is answered.
    await side.tell(
      produceApi,
      { acks: 0, timeoutMs: 5000, topicData: [{ name: "asked-for", partitionData: [{ index: 1, records: batch() }] }] },
      12,
    );
    await side.ask(
      fetchApi,
      fetchOf("asked-for", { partition: 1, fetchOffset: 11, partitionMaxBytes: 1 }, { minBytes: 1, maxWaitMs: 2000 }),
      12,
    );
    for (const bad of [
      { name: "nowhere", partitionData: [{ index: 0, records: batch() }] },
      { name: "asked-for", partitionData: [{ index: 0, records: batch().fill(1, 30, 40) }] },
    ]) {
      await side.tell(produceApi, { acks: 0, timeoutMs: 5000, topicData: [bad] }, 12);
      await side.ask(fetchApi, fetchOf("asked-for", { fetchOffset: 0, partitionMaxBytes: 1 }), 12);
    }
  },
};

const idempotence: Case = {
  name: "sequences and epochs of idempotent producers",
  run: async (side) => {
    await create(side, "numbered", {}, 2);
    await side.until(
      async (ask) =>
        (await ask(initProducerIdApi, { transactionalId: null, transactionTimeoutMs: 1000 }, 0)).errorCode === 0,
    );
    for (const version of range(0, 5)) {
      await side.ask(
        initProducerIdApi,
        { transactionalId: null, transactionTimeoutMs: version === 0 ? -1 : 0 },
        version,
      );
      await side.ask(initProducerIdApi, { transactionalId: "", transactionTimeoutMs: 1000 }, version);
      if (version >= 3)
        for (const [producerId, producerEpoch] of [
          [5, -1],
          [-1, 5],
          [5, 5],
          [-2, -1],
        ] as const)
          await side.ask(
            initProducerIdApi,
            { transactionalId: null, transactionTimeoutMs: 1000, producerId, producerEpoch },
            version,
          );
    }
    const producerId = 40_000_000;
    const send = (
      baseSequence: number,
      values: readonly string[],
      producerEpoch = 0,
      id = producerId,
      partition = 0,
    ): Promise<void> =>
      produce(side, batch({ producerId: id, producerEpoch, baseSequence, values }), { topic: "numbered", partition });
    await send(7, ["an unknown producer, not from 0"]);
    await send(8, ["b", "c"]);
    await send(8, ["b"]);
    await send(8, ["b", "c", "d"]);
    await send(9, ["c"]);
    await send(7, ["an unknown producer, not from 0"]);
    await send(11, ["d"]);
    await send(10, ["d"]);
    await send(0, ["again"], 0);
    await send(11, ["e"], 3);
    await send(0, ["e"], 3);
    await send(1, ["f"], 2);
    await send(1, ["f"], 3);
    await send(0, ["e"], 3);
    await send(0, ["a"], 32_767);
    await send(1, ["b"], 32_767);
    const wrapping = producerId + 1;
    await send(2_147_483_646, ["a"], 0, wrapping);
    await send(2_147_483_647, ["b"], 0, wrapping);
    await send(0, ["c"], 0, wrapping);
    await send(2_147_483_647, ["b"], 0, wrapping);
    await send(1, ["d", "e"], 0, wrapping);
    const across = producerId + 2;
    await send(2_147_483_647, ["a", "b", "c"], 0, across);
    await send(2, ["d"], 0, across);
    await send(2_147_483_647, ["a", "b", "c"], 0, across);
    // Each partition remembers by itself.
    await send(0, ["a"], 0, producerId + 3, 0);
    await send(0, ["a"], 0, producerId + 3, 1);
    await send(1, ["b"], 0, producerId + 3, 1);
    await send(2, ["b"], 0, producerId + 3, 0);
    // A duplicate that is malformed too, and one of another size.
    await produce(
      side,
      batch({ producerId: producerId + 3, producerEpoch: 0, baseSequence: 0, values: ["a longer value"] }),
      { topic: "numbered" },
    );
    await produce(
      side,
      batch({ producerId: producerId + 3, producerEpoch: 0, baseSequence: 0, values: ["a"], timestamp: now + 2 * DAY }),
      { topic: "numbered" },
    );
    await produce(
      side,
      batch({ producerId: producerId + 3, producerEpoch: 0, baseSequence: 1, values: ["a"], timestamp: now - DAY }),
      { topic: "numbered" },
    );
    await produce(
      side,
      batch({ producerId: producerId + 3, producerEpoch: 0, baseSequence: 1, values: ["a"], timestamp: now - DAY }),
      { topic: "numbered" },
    );
    await side.ask(fetchApi, fetchOf("numbered", { fetchOffset: 0, partitionMaxBytes: 10_000 }), 12);
  },
};

export const recordEdges: readonly Case[] = [headers, payloads, limits, requests, idempotence];
