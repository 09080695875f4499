// Retention and compaction: a real Kafka and the embedded cluster get the same records, and keep the same.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { nodeConnector } from "../../src/platform/node/connector.ts";
import { createTopicsApi } from "../../src/protocol/messages/create-topics.ts";
import { fetchApi } from "../../src/protocol/messages/fetch.ts";
import { incrementalAlterConfigsApi } from "../../src/protocol/messages/incremental-alter-configs.ts";
import { listOffsetsApi } from "../../src/protocol/messages/list-offsets.ts";
import * as at from "../../src/records/batch-layout.ts";
import { readBatches } from "../../src/records/read-batches.ts";
import { readSettings } from "../../src/records/read-settings.ts";
import { type BatchSpec, RawClient, batchOf, produceTo } from "../embedded/raw-client.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

const OFTEN = { "log.retention.check.interval.ms": "300", "log.cleaner.backoff.ms": "300" };
const now = Date.now();
const MB = 1_048_576;

let real: KafkaCluster;
let embedded: EmbeddedCluster;

before(async () => {
  real = await startKafka({ firstNodeId: 0, properties: { ...OFTEN, "log.initial.task.delay.ms": "300" } });
  embedded = await EmbeddedCluster.start({ ports: [0], configs: OFTEN });
});

after(async () => {
  await embedded.close();
  await real.stop();
});

/** A batch that is left, without its size: the integers in it depend on when it was compacted. */
interface LeftBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly attributes: number;
  readonly maxTimestamp: number;
  readonly records: readonly unknown[];
}

/** A topic on one of the clusters. */
class Log {
  readonly #client: RawClient;
  readonly #topic: string;

  constructor(client: RawClient, topic: string) {
    this.#client = client;
    this.#topic = topic;
  }

  async create(configs: Record<string, string>): Promise<void> {
    const list = Object.entries(configs).map(([name, value]) => ({ name, value }));
    const topics = [{ name: this.#topic, numPartitions: 1, replicationFactor: 1, configs: list }];
    const answer = await this.#client.request(createTopicsApi, { timeoutMs: 10_000, topics }, 7);
    assert.equal(answer.topics[0]?.errorCode, 0);
    await this.#until(async () => (await this.offset(-1)) === 0);
  }

  async alter(configs: Record<string, string>): Promise<void> {
    const list = Object.entries(configs).map(([name, value]) => ({ name, configOperation: 0, value }));
    const resources = [{ resourceType: 2, resourceName: this.#topic, configs: list }];
    const { responses } = await this.#client.request(incrementalAlterConfigsApi, { resources }, 1);
    assert.equal(responses[0]?.errorCode, 0);
  }

  async write(spec: BatchSpec): Promise<void> {
    const { errorCode } = await produceTo(this.#client, batchOf({ timestamp: now, ...spec }), { topic: this.#topic });
    assert.equal(errorCode, 0);
  }

  async offset(timestamp: number): Promise<number> {
    const topics = [{ name: this.#topic, partitions: [{ partitionIndex: 0, timestamp }] }];
    const answer = await this.#client.request(listOffsetsApi, { replicaId: -1, topics }, 7);
    return answer.topics[0]?.partitions[0]?.offset ?? -1;
  }

  /** Every batch that is left, with the keys and values of its records. */
  async batches(): Promise<readonly LeftBatch[]> {
    const left: LeftBatch[] = [];
    const end = await this.offset(-1);
    // A real broker reads one segment at a time.
    for (let fetchOffset = await this.offset(-2); fetchOffset < end;) {
      const found = await this.#fetch(fetchOffset);
      left.push(...found);
      fetchOffset = (found.at(-1)?.lastOffset ?? fetchOffset) + 1;
    }
    return left;
  }

  async #fetch(fetchOffset: number): Promise<readonly LeftBatch[]> {
    const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: MB }];
    const { responses } = await this.#client.request(
      fetchApi,
      { maxWaitMs: 1, maxBytes: MB, topics: [{ topic: this.#topic, partitions }] },
      12,
    );
    const bytes = responses[0]?.partitions[0]?.records ?? new Uint8Array(0);
    return [...readBatches(bytes, readSettings({ topic: this.#topic, partition: 0 }))].map((batch) => ({
      baseOffset: batch.baseOffset,
      lastOffset: batch.lastOffset,
      attributes: new DataView(batch.bytes.buffer, batch.bytes.byteOffset).getInt16(at.ATTRIBUTES),
      maxTimestamp: batch.maxTimestamp,
      records: [...batch.records].map(({ offset, timestamp, key, value }) => [
        offset,
        timestamp,
        text(key),
        text(value),
      ]),
    }));
  }

  async untilLeft(count: number): Promise<void> {
    await this.#until(async () => {
      const batches = await this.batches();
      return batches.reduce((sum, { records }) => sum + records.length, 0) === count;
    });
  }

  async untilStart(isReached: (offset: number) => boolean): Promise<void> {
    await this.#until(async () => isReached(await this.offset(-2)));
  }

  async #until(isTrue: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 600 && !(await isTrue()); tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : new TextDecoder().decode(bytes));

/** Runs the same on both; its results must be equal. */
function sameOnBoth(name: string, body: (log: Log) => Promise<unknown>): void {
  test(name, async () => {
    const results: unknown[] = [];
    for (const { bootstrapServers } of [real, embedded]) {
      const client = await RawClient.connect(nodeConnector(), bootstrapServers);
      results.push(await body(new Log(client, name.replaceAll(/\W+/g, "-"))));
      client.close();
    }
    assert.deepEqual(results[1], results[0]);
  });
}

sameOnBoth("retention.ms deletes a log whose records are all too old", async (log) => {
  await log.create({});
  for (let i = 0; i < 5; i++) await log.write({ values: ["a", "b"], timestamp: now - 60_000 });
  await log.alter({ "retention.ms": "30000" });
  await log.untilStart((offset) => offset > 0);
  await log.write({ values: ["new"] });
  return [await log.offset(-2), await log.offset(-1), await log.batches()];
});

sameOnBoth("retention.ms keeps a segment with one record that is new", async (log) => {
  await log.create({ "segment.ms": "1000" });
  for (const ageMs of [90_000, 80_000, 70_000, 500, 50_000, 40_000])
    await log.write({ values: ["a", "b"], timestamp: now - ageMs });
  await log.alter({ "retention.ms": "30000" });
  await log.untilStart((offset) => offset > 0);
  return [await log.offset(-2), await log.offset(-1), await log.batches()];
});

sameOnBoth("retention.bytes deletes whole segments", async (log) => {
  await log.create({ "segment.bytes": String(MB) });
  for (let i = 0; i < 35; i++) await log.write({ values: ["x".repeat(100_000)] });
  const before = await log.offset(-2);
  await log.alter({ "retention.bytes": "1500000" });
  await log.untilStart((offset) => offset > 0);
  return [before, await log.offset(-2), await log.offset(-1)];
});

sameOnBoth("an empty cleanup.policy keeps everything", async (log) => {
  await log.create({ "cleanup.policy": "", "segment.bytes": String(MB), "retention.bytes": "1", "retention.ms": "1" });
  for (let i = 0; i < 15; i++) await log.write({ values: ["x".repeat(100_000)], timestamp: now - 60_000 });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return [await log.offset(-2), await log.offset(-1)];
});

const COMPACT = {
  "cleanup.policy": "compact",
  "segment.ms": "500",
  "min.cleanable.dirty.ratio": "0.01",
  "delete.retention.ms": "1",
};

sameOnBoth("compaction keeps the last record of each key, and a tombstone until it is cleaned again", async (log) => {
  await log.create(COMPACT);
  const write = (i: number, key: string, values: readonly (string | null)[]): Promise<void> =>
    log.write({ key, values, timestamp: now - 60_000 + i * 1000 });
  for (let i = 0; i < 6; i++) await write(i, `k${i % 2}`, [`v${i}`, `w${i}`]);
  await write(6, "k0", [null]);
  await write(7, "z", ["last"]);
  await log.untilLeft(3); // k1, the tombstone of k0, and z in the segment that is written to
  const first = await log.batches();
  await write(8, "z", ["later"]);
  await log.untilLeft(3); // the tombstone is gone
  await write(9, "y", ["y"]);
  await log.untilLeft(3);
  return [first, await log.batches(), await log.offset(-2), await log.offset(now - 60_000), await log.offset(now)];
});

sameOnBoth("compaction keeps an empty batch for the sequence numbers of an idempotent producer", async (log) => {
  await log.create(COMPACT);
  const write = (i: number, key: string, more: BatchSpec): Promise<void> =>
    log.write({ key, values: ["v"], timestamp: now - 60_000 + i * 1000, ...more });
  await write(0, "a", { producerId: 7, producerEpoch: 0, baseSequence: 0 });
  await write(1, "a", { producerId: 7, producerEpoch: 0, baseSequence: 1 });
  await write(2, "a", {});
  await write(3, "b", {});
  await log.untilLeft(2);
  await write(4, "c", { producerId: 7, producerEpoch: 0, baseSequence: 2 });
  return log.batches();
});
