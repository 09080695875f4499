import assert from "node:assert/strict";
import { test } from "node:test";
import { type RawClient, batchOf, produceTo, withCluster } from "../../../test/embedded/raw-client.ts";
import { fetchApi } from "../../protocol/messages/fetch.ts";
import { produceApi } from "../../protocol/messages/produce.ts";
import * as at from "../../records/batch-layout.ts";
import { portableCodecs } from "../../records/compression.ts";
import { readBatches } from "../../records/read-batches.ts";
import { crc32c } from "../../wire/crc32c.ts";

/** length, attributes, timestamp and offset delta, no key, value "x", no headers. */
const RECORD = [14, 0, 0, 0, 1, 2, 120, 0];

/** A batch of these bytes, with the right CRC. */
function batchWith(
  payload: readonly number[] | Uint8Array,
  codec = 0,
  change: (view: DataView) => void = () => undefined,
): Uint8Array {
  const bytes = Uint8Array.from([...batchOf().subarray(0, at.HEADER_BYTES), ...payload]);
  const view = new DataView(bytes.buffer);
  view.setInt32(at.BATCH_LENGTH, bytes.length - at.LOG_OVERHEAD);
  view.setInt16(at.ATTRIBUTES, codec);
  change(view);
  view.setUint32(at.CRC, crc32c(bytes, at.ATTRIBUTES, bytes.length));
  return bytes;
}

const gzip = (payload: readonly number[]): Uint8Array => portableCodecs().gzip.compress(Uint8Array.from(payload));

function withTopic(configs: Record<string, string>, body: (client: RawClient) => Promise<void>): Promise<void> {
  return withCluster({ topics: { t: { partitions: 2, configs } } }, async ({ connect }) => body(await connect()));
}

async function codesOf(client: RawClient, batches: readonly Uint8Array[]): Promise<number[]> {
  const codes: number[] = [];
  for (const records of batches) codes.push((await produceTo(client, records)).errorCode);
  return codes;
}

test("a broker looks at values and headers of records too", () =>
  withTopic({}, async (client) => {
    const bad = [
      [14, 0, 0, 0, 1, 40, 120, 0],
      [14, 0, 0, 0, 1, 2, 120, 1],
      [14, 0, 0, 0, 1, 2, 120, 2],
      [18, 0, 0, 0, 1, 2, 120, 2, 1, 1],
      [12, ...RECORD.slice(1)],
    ];
    assert.deepEqual(
      await codesOf(
        client,
        bad.map((payload) => batchWith(payload)),
      ),
      bad.map(() => 87),
    );
    assert.deepEqual(
      await codesOf(
        client,
        [RECORD, [14, 0, 0, 0, 3, 2, 120, 0], [20, 0, 0, 0, 1, 2, 120, 2, 2, 107, 1]].map((payload) =>
          batchWith(payload),
        ),
      ),
      [0, 0, 0],
    );
  }));

test("of compressed records the length counts for nothing, and their offsets follow each other", () =>
  withTopic({}, async (client) => {
    const two = (second: number): Uint8Array =>
      batchWith(gzip([...RECORD, 14, 0, 0, second, 1, 2, 120, 0]), 1, (view) => {
        view.setInt32(at.RECORD_COUNT, 2);
        view.setInt32(at.LAST_OFFSET_DELTA, 1);
      });
    assert.deepEqual(
      await codesOf(client, [
        batchWith(gzip(RECORD), 1),
        batchWith(gzip([16, ...RECORD.slice(1)]), 1),
        two(2),
        two(0),
        batchWith(gzip([...RECORD, 0]), 1),
      ]),
      [0, 0, 0, -1, 87],
    );
  }));

test("what cannot be decompressed fails within the broker", () =>
  withTopic({}, async (client) => {
    assert.deepEqual(
      await codesOf(client, [batchWith(RECORD, 1), batchWith([], 3), batchWith(RECORD, 5), batchWith([], 4)]),
      [-1, -1, -1, 87],
    );
  }));

test("the size and the magic of a batch are told where they cannot be", () =>
  withTopic({}, async (client) => {
    const short = await produceTo(
      client,
      batchWith(RECORD, 0, (view) => view.setInt32(at.BATCH_LENGTH, 13)),
    );
    const magic = await produceTo(
      client,
      batchWith(RECORD, 0, (view) => view.setInt8(at.MAGIC, -1)),
    );
    assert.deepEqual(
      [short.errorCode, short.errorMessage, magic.errorCode, magic.errorMessage],
      [2, "Record size 13 is less than the minimum record overhead (14)", 2, "Invalid magic found in record: -1"],
    );
    assert.equal(
      (
        await produceTo(
          client,
          batchWith(RECORD, 0, (view) => view.setInt32(at.BATCH_LENGTH, 2_147_483_647)),
        )
      ).errorCode,
      -1,
    );
  }));

test("of a partition that is there twice in a request the last is taken", () =>
  withTopic({}, async (client) => {
    const name = "t";
    const { responses } = await client.request(
      produceApi,
      {
        acks: -1,
        topicData: [
          { name, partitionData: [{ index: 0, records: batchOf() }] },
          { name: "empty", partitionData: [] },
          {
            name,
            partitionData: [
              { index: 0, records: batchOf({ values: ["a", "b"] }) },
              { index: 1, records: batchOf() },
            ],
          },
        ],
      },
      12,
    );
    assert.deepEqual(
      responses.map((topic) => [
        topic.name,
        topic.partitionResponses.map(({ index, errorCode }) => [index, errorCode]),
      ]),
      [
        [
          "t",
          [
            [0, 0],
            [1, 0],
          ],
        ],
      ],
    );
    assert.equal((await produceTo(client, batchOf())).baseOffset, 2);
  }));

test("no more replicas than there are need be in sync", () =>
  withTopic({ "min.insync.replicas": "2" }, async (client) => {
    assert.equal((await produceTo(client, batchOf())).errorCode, 0);
  }));

test("records that a producer says the broker stamped are shown in the refusal", () =>
  withTopic({ "message.timestamp.type": "LogAppendTime" }, async (client) => {
    const { recordErrors } = await produceTo(client, batchWith(RECORD, at.LOG_APPEND_TIME));
    assert.match(
      recordErrors[0]?.batchIndexErrorMessage ?? "",
      /^Invalid timestamp type in message DefaultRecord\(offset=0, timestamp=\d+, key=0 bytes, value=1 bytes\)\. /,
    );
  }));

for (const [compressionType, codec] of [
  ["uncompressed", "none"],
  ["gzip", "gzip"],
  ["lz4", "lz4"],
] as const) {
  test(`a topic whose compression.type is ${compressionType} keeps batches so, whatever their producer chose`, () =>
    withTopic({ "compression.type": compressionType }, async (client) => {
      assert.deepEqual(await codesOf(client, [batchWith(RECORD), batchWith(gzip(RECORD), 1)]), [0, 0]);
      const { responses } = await client.request(
        fetchApi,
        { maxBytes: 1 << 20, topics: [{ topic: "t", partitions: [{ partition: 0, partitionMaxBytes: 1 << 20 }] }] },
        12,
      );
      const batches = [...readBatches(responses[0]?.partitions[0]?.records ?? new Uint8Array(0))];
      assert.deepEqual(
        batches.map((batch) => [batch.codec, [...batch.records].map(({ offset }) => offset)]),
        [
          [codec, [0]],
          [codec, [1]],
        ],
      );
    }));
}
