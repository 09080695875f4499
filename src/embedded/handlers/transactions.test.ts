import assert from "node:assert/strict";
import { test } from "node:test";
import { type RawClient, type RawWorld, withCluster } from "../../../test/embedded/raw-client.ts";
import {
  TRANSACTIONAL_ID as ID,
  TransactionalProducer as Producer,
} from "../../../test/embedded/transactional-producer.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { apiVersionsApi } from "../../protocol/messages/api-versions.ts";
import { type FetchResponse, fetchApi } from "../../protocol/messages/fetch.ts";
import { listOffsetsApi } from "../../protocol/messages/list-offsets.ts";
import { offsetCommitApi } from "../../protocol/messages/offset-commit.ts";
import { offsetFetchApi } from "../../protocol/messages/offset-fetch.ts";
import { txnOffsetCommitApi } from "../../protocol/messages/txn-offset-commit.ts";

async function committed(
  client: RawClient,
  fetchOffset = 0,
  maxWaitMs = 0,
): Promise<FetchResponse["responses"][number]["partitions"][number]> {
  const { responses } = await client.request(
    fetchApi,
    {
      isolationLevel: 1,
      maxWaitMs,
      minBytes: 1,
      maxBytes: 1 << 20,
      topics: [{ topic: "t", partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1 << 20 }] }],
    },
    12,
  );
  return responses[0]!.partitions[0]!;
}

const stateOf = ({ cluster }: RawWorld): string =>
  cluster.snapshot().transactions.find(({ transactionalId }) => transactionalId === ID)?.state ?? "none";
const stableOf = ({ cluster }: RawWorld): readonly number[] =>
  cluster.snapshot().topics[0]!.partitions.map(({ lastStableOffset }) => lastStableOffset);

test("a transaction of version 2 adds its partitions by itself, and is read when it is committed, not before", () =>
  withCluster({ topics: { t: 2 } }, async (world) => {
    const p = await Producer.begin(world);
    assert.deepEqual([await p.produce("a", 0), await p.produce("b", 1), await p.produce("c", 0, 1)], [0, 0, 0]);
    const before = await committed(p.leader);
    assert.deepEqual([before.highWatermark, before.lastStableOffset, before.records?.length ?? 0], [2, 0, 0]);
    const epoch = p.epoch;
    assert.equal(await p.end(true), ErrorCode.NONE);
    assert.equal(p.epoch, epoch + 1, "each transaction ends with an epoch of its own");
    await p.pause(5);
    const after = await committed(p.leader);
    assert.deepEqual([after.highWatermark, after.lastStableOffset, after.abortedTransactions], [3, 3, []]);
    assert.ok(after.records !== null && after.records.length > 0);
    assert.deepEqual(stableOf(world), [3, 2]);
  }));

test("markers come after EndTxn was answered: until then the next transaction has to wait", () =>
  withCluster({ topics: { t: 1 }, transactionMarkerDelayMs: 500 }, async (world) => {
    const p = await Producer.begin(world);
    await p.produce("a", 0);
    assert.equal(await p.end(true), ErrorCode.NONE);
    assert.deepEqual([stateOf(world), stableOf(world)], ["PrepareCommit", [0]]);
    assert.equal(await p.init(), ErrorCode.CONCURRENT_TRANSACTIONS);
    assert.equal(await p.add(), ErrorCode.CONCURRENT_TRANSACTIONS);
    const asked = world.platform.clock.monotonic();
    assert.equal(await p.produce("b", 0), ErrorCode.CONCURRENT_TRANSACTIONS);
    assert.ok(world.platform.clock.monotonic() - asked >= 100, "the broker waits a little for the markers itself");
    assert.equal(await p.produce("b", 0, 0, 11), ErrorCode.NOT_ENOUGH_REPLICAS, "older producers know nothing of it");
    await p.pause(500);
    assert.deepEqual([stateOf(world), stableOf(world)], ["CompleteCommit", [2]]);
    assert.equal(await p.produce("b", 0), ErrorCode.NONE);
  }));

test("a broker waits for markers that come soon, so that the producer sees no error", () =>
  withCluster({ topics: { t: 1 }, transactionMarkerDelayMs: 50 }, async (world) => {
    const p = await Producer.begin(world);
    await p.produce("a", 0);
    await p.end(true);
    assert.equal(await p.produce("b", 0), ErrorCode.NONE);
  }));

test("who waits for what is committed is woken by the marker", () =>
  withCluster({ topics: { t: 1 }, transactionMarkerDelayMs: 50 }, async (world) => {
    const p = await Producer.begin(world);
    await p.produce("a", 0);
    const reader = await world.connect();
    const waiting = committed(reader, 0, 10_000);
    await p.end(false);
    const asked = world.platform.clock.monotonic();
    const { abortedTransactions, lastStableOffset, records } = await waiting;
    assert.ok(world.platform.clock.monotonic() - asked < 1000);
    assert.deepEqual([abortedTransactions, lastStableOffset], [[{ producerId: p.producerId, firstOffset: 0 }], 2]);
    assert.ok((records?.length ?? 0) > 0, "aborted records are read, and told to be such");
  }));

test("a transaction that takes too long is aborted, and its producer fenced", () =>
  withCluster({ topics: { t: 1 } }, async (world) => {
    const p = await Producer.begin(world, 1000);
    await p.produce("a", 0);
    await p.pause(900);
    await p.produce("b", 1);
    assert.equal(stateOf(world), "Ongoing");
    await p.pause(200);
    assert.deepEqual([stateOf(world), stableOf(world)], ["CompleteAbort", [3]]);
    assert.equal(await p.produce("c", 2), ErrorCode.INVALID_PRODUCER_EPOCH);
    assert.equal(await p.end(true, 4), ErrorCode.PRODUCER_FENCED);
    assert.equal(await p.init(), ErrorCode.NONE);
    await p.produce("d", 0);
    assert.equal(await p.end(true), ErrorCode.NONE);
    await p.pause(2000);
    assert.equal(stateOf(world), "CompleteCommit", "a transaction that is over does not run out of time");
  }));

test("a coordinator that stops after EndTxn was answered is followed by one that writes the markers", () =>
  withCluster(
    { brokers: 3, topics: { t: { partitions: 2, replicationFactor: 3 } }, transactionMarkerDelayMs: 100 },
    async (world) => {
      const p = await Producer.begin(world);
      await p.produce("a", 0);
      assert.equal(await p.end(true), ErrorCode.NONE);
      const [old] = world.cluster.snapshot().transactions;
      assert.ok(old);
      await world.cluster.stopBroker(old.coordinatorId);
      const [now] = world.cluster.snapshot().transactions;
      assert.ok(now && now.coordinatorId !== old.coordinatorId);
      assert.equal(now.state, "PrepareCommit");
      await p.pause(500);
      assert.equal(stateOf(world), "CompleteCommit");
      assert.equal(stableOf(world)[0], 2, "one marker, of the new coordinator");
      p.coordinator = await world.connect(now.coordinatorId);
      p.epoch -= 1;
      assert.equal(await p.end(true), ErrorCode.NONE, "the retry of who got no answer");
      p.epoch -= 1;
      assert.equal(await p.end(false), ErrorCode.INVALID_TXN_STATE, "but it was a commit");
    },
  ));

test("a coordinator that moves reads for a while what is written, and the old one sends clients away", () =>
  withCluster({ brokers: 2, topics: { t: 1 } }, async (world) => {
    const p = await Producer.begin(world);
    const [{ coordinatorId } = { coordinatorId: -1 }] = world.cluster.snapshot().transactions;
    const other = await world.connect(1 - coordinatorId);
    world.cluster.moveCoordinator("transaction", ID, 1 - coordinatorId);
    const old = p.coordinator;
    // Ask both at once, while the new one is still loading.
    p.coordinator = other;
    const loading = p.end(false);
    p.coordinator = old;
    assert.deepEqual(
      [await loading, await p.end(false)],
      [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ErrorCode.NOT_COORDINATOR],
    );
    await p.pause(5);
    p.coordinator = other;
    assert.equal(await p.end(false), ErrorCode.NONE);
  }));

test("transactions go on after all brokers were down, those that are over time too", () =>
  withCluster({ brokers: 1, topics: { t: 1 } }, async (world) => {
    const p = await Producer.begin(world, 1000);
    await p.produce("a", 0);
    await world.cluster.stopBroker(0);
    await p.pause(3000);
    assert.equal(stateOf(world), "Ongoing", "nobody is there to abort it");
    await world.cluster.startBroker(0);
    await p.pause(50);
    assert.deepEqual([stateOf(world), stableOf(world)], ["CompleteAbort", [2]]);
  }));

test("a partition without a leader gets its marker when it has one, and the transaction is not over before", () =>
  withCluster({ brokers: 2, topics: { t: { partitions: 2, replicationFactor: 1 } } }, async (world) => {
    const p = await Producer.begin(world);
    const [{ coordinatorId } = { coordinatorId: -1 }] = world.cluster.snapshot().transactions;
    const far = world.cluster.snapshot().topics[0]!.partitions.find(({ leaderId }) => leaderId !== coordinatorId);
    assert.ok(far);
    assert.equal(await p.add([0, 1]), ErrorCode.NONE);
    await world.cluster.stopBroker(far.leaderId);
    assert.equal(await p.end(true, 4), ErrorCode.NONE);
    await p.pause(5000);
    assert.equal(stateOf(world), "PrepareCommit");
    await world.cluster.startBroker(far.leaderId);
    await p.pause(5);
    assert.equal(stateOf(world), "CompleteCommit");
  }));

test("the level of transaction.version is told to clients, and may change", () =>
  withCluster({ transactionVersion: 1 }, async ({ cluster, connect }) => {
    const client = await connect();
    const told = async (): Promise<unknown> => {
      const { finalizedFeatures, finalizedFeaturesEpoch } = await client.request(
        apiVersionsApi,
        { clientSoftwareName: "a", clientSoftwareVersion: "1" },
        4,
      );
      return [
        finalizedFeatures.find(({ name }) => name === "transaction.version")?.maxVersionLevel,
        finalizedFeaturesEpoch,
      ];
    };
    assert.deepEqual(await told(), [1, 1]);
    cluster.setTransactionVersion(2);
    assert.deepEqual(await told(), [2, 2]);
    cluster.setTransactionVersion(0);
    assert.deepEqual(await told(), [undefined, 3]);
    assert.throws(() => cluster.setTransactionVersion(3 as 2), /transactionVersion takes a whole number from 0 to 2/);
  }));

test(
  "on version 1 a batch needs its partition to be added first, and a late one is not taken into the next " +
    "transaction",
  () =>
    withCluster({ topics: { t: 1 }, transactionVersion: 1 }, async (world) => {
      const p = await Producer.begin(world);
      assert.equal(await p.produce("a", 0, 0, 11), ErrorCode.TRANSACTION_ABORTABLE);
      assert.equal(await p.produce("a", 0, 0, 9), ErrorCode.INVALID_TXN_STATE);
      await p.add();
      assert.equal(await p.produce("a", 0, 0, 11), ErrorCode.NONE);
      assert.equal(await p.end(true, 4), ErrorCode.NONE);
      await p.pause(5);
      assert.equal(await p.produce("late", 1, 0, 11), ErrorCode.TRANSACTION_ABORTABLE);
      assert.deepEqual(stableOf(world), [2]);
    }),
);

test("offsets of a transaction count when it commits, and are unstable before", () =>
  withCluster({ topics: { t: 2 } }, async (world) => {
    const p = await Producer.begin(world);
    const commit = async (offset: number, partitionIndex = 0): Promise<number> => {
      const { topics } = await p.leader.request(
        txnOffsetCommitApi,
        {
          transactionalId: ID,
          groupId: "g",
          producerId: p.producerId,
          producerEpoch: p.epoch,
          topics: [{ name: "t", partitions: [{ partitionIndex, committedOffset: offset, committedMetadata: null }] }],
        },
        5,
      );
      return topics[0]!.partitions[0]!.errorCode;
    };
    const read = async (requireStable: boolean): Promise<unknown> => {
      const { groups } = await p.leader.request(
        offsetFetchApi,
        { groups: [{ groupId: "g", topics: [{ name: "t", partitionIndexes: [0] }] }], requireStable },
        9,
      );
      const [partition] = groups[0]!.topics[0]!.partitions;
      return [partition!.errorCode, partition!.committedOffset];
    };
    assert.equal(await commit(5), ErrorCode.NONE);
    assert.deepEqual(
      [await read(false), await read(true)],
      [
        [0, -1],
        [ErrorCode.UNSTABLE_OFFSET_COMMIT, -1],
      ],
    );
    await p.end(true);
    await p.pause(5);
    assert.deepEqual(
      [await read(false), await read(true)],
      [
        [0, 5],
        [0, 5],
      ],
    );
    await commit(6);
    await p.end(false);
    await p.pause(5);
    assert.deepEqual(await read(true), [0, 5]);
    // An offset that was committed later, outside of the transaction, is not undone by its end.
    await commit(7);
    await p.leader.request(
      offsetCommitApi,
      {
        groupId: "g",
        topics: [{ name: "t", partitions: [{ partitionIndex: 0, committedOffset: 9, committedMetadata: null }] }],
      },
      9,
    );
    await p.end(true);
    await p.pause(5);
    assert.deepEqual(await read(true), [0, 9]);
    assert.deepEqual(
      world.cluster.snapshot().groups.map(({ groupId, offsets }) => [groupId, offsets.map(({ offset }) => offset)]),
      [["g", [9]]],
    );
  }));

test("offsets that read_committed asks for end where the first open transaction began", () =>
  withCluster({ topics: { t: 1 } }, async (world) => {
    const p = await Producer.begin(world);
    await p.produce("a", 0);
    const at = async (isolationLevel: number, timestamp: number): Promise<number> =>
      (
        await p.leader.request(
          listOffsetsApi,
          { replicaId: -1, isolationLevel, topics: [{ name: "t", partitions: [{ partitionIndex: 0, timestamp }] }] },
          7,
        )
      ).topics[0]!.partitions[0]!.offset;
    assert.deepEqual(
      [await at(0, -1), await at(1, -1), await at(0, 0), await at(1, 0), await at(1, -3)],
      [1, 0, 0, -1, -1],
    );
    await p.end(true);
    await p.pause(5);
    assert.deepEqual([await at(0, -1), await at(1, -1), await at(1, 0)], [2, 2, 0]);
  }));

test("a retry of one of the last five batches is none, an older one is out of order", () =>
  withCluster({ topics: { t: 1 } }, async (world) => {
    const p = await Producer.begin(world);
    for (let i = 0; i < 6; i++) assert.equal(await p.produce(`v${i}`, i), ErrorCode.NONE);
    for (let i = 1; i < 6; i++) assert.equal(await p.produce(`v${i}`, i), ErrorCode.NONE);
    assert.equal(await p.produce("v0", 0), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert.equal(world.cluster.snapshot().topics[0]!.partitions[0]!.highWatermark, 6);
  }));
