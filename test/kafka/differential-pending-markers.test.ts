// A transaction's end is decided, and its markers cannot all be written: the leader of one of its partitions does not
// answer. Whatever producers ask meanwhile, by whatever id and epoch, three real brokers and three embedded ones answer
// alike.
import { test } from "node:test";
import assert from "node:assert/strict";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { nodeConnector } from "../../src/platform/node/connector.ts";
import { addPartitionsToTxnApi } from "../../src/protocol/messages/add-partitions-to-txn.ts";
import { createTopicsApi } from "../../src/protocol/messages/create-topics.ts";
import { describeTransactionsApi } from "../../src/protocol/messages/describe-transactions.ts";
import { endTxnApi } from "../../src/protocol/messages/end-txn.ts";
import { findCoordinatorApi } from "../../src/protocol/messages/find-coordinator.ts";
import { metadataApi } from "../../src/protocol/messages/metadata.ts";
import { txnOffsetCommitApi } from "../../src/protocol/messages/txn-offset-commit.ts";
import { range } from "./differential/asking.ts";
import { Side } from "./differential/side.ts";
import { Producer } from "./differential/transaction-edges.ts";
import { startKafka } from "./kafka-cluster.ts";

/** Three brokers, numbered from 0. */
interface Brokers {
  readonly addresses: readonly string[];
  stop(id: number): Promise<void>;
  start(id: number): Promise<void>;
}

const TOPIC = "pending";
/** It leads partition 1, and is stopped. */
const STOPPED = 2;

/**
 * A real broker that stands still is a leader for a minute, and nothing waits for it: of a partition without a leader
 * Kafka writes no marker.
 */
const UNNOTICED = {
  "broker.session.timeout.ms": "60000",
  "transaction.state.log.replication.factor": "1",
  "transaction.state.log.min.isr": "1",
  "offsets.topic.replication.factor": "1",
};

/** One half of the comparison. */
class Half {
  readonly #brokers: Brokers;
  /**
   * Connections to those that are asked: the leader of partition 0, the transaction coordinator, the group's. They may
   * be the same broker.
   */
  readonly #sides: Side[] = [];
  readonly #names = new Map<string, string>();

  constructor(brokers: Brokers) {
    this.#brokers = brokers;
  }

  /**
   * The responses by the role of the broker: the broker's number, and the names that it coordinates, differ between
   * clusters.
   */
  get transcript(): readonly string[] {
    return this.#sides
      .flatMap(({ transcript }) => transcript)
      .map((answer) =>
        [...this.#names].reduce((text, [name, role]) => text.replaceAll(name, role), JSON.stringify(answer)),
      );
  }

  async run(endVersion: number): Promise<void> {
    const leader = await this.#create();
    const found = await this.#coordinator(leader, 1);
    const p = await new Producer(found.side, found.key).ready();
    await p.add(TOPIC, [0, 1]);
    const group = await this.#coordinator(leader, 0);
    await this.#brokers.stop(STOPPED);
    const { producerId, epoch } = p;
    await p.side.ask(
      endTxnApi,
      { transactionalId: p.transactionalId, producerId, producerEpoch: epoch, committed: true },
      endVersion,
    );
    // The marker of partition 0 is written, that of partition 1 cannot be.
    await p.side.until(
      async (ask) =>
        (await ask(describeTransactionsApi, { transactionalIds: [p.transactionalId] }, 0)).transactionStates[0]
          ?.topics[0]?.partitions.length === 1,
    );
    for (const [producerEpoch, id] of [
      [epoch, producerId],
      [epoch + 1, producerId],
      [epoch - 1, producerId],
      [epoch + 2, producerId],
      [0, producerId + 999_999],
    ] as const) {
      for (const version of range(0, 5))
        for (const committed of [true, false])
          await p.side.ask(
            endTxnApi,
            { transactionalId: p.transactionalId, producerId: id, producerEpoch, committed },
            version,
          );
      for (const version of range(0, 3)) await p.add(TOPIC, [0], version, producerEpoch, id);
      for (const verifyOnly of [true, false])
        await p.side.ask(
          addPartitionsToTxnApi,
          {
            transactions: [
              {
                transactionalId: p.transactionalId,
                producerId: id,
                producerEpoch,
                verifyOnly,
                topics: [{ name: TOPIC, partitions: [0] }],
              },
            ],
          },
          5,
        );
      for (const version of range(0, 4)) await p.addOffsets("pending-group", version, producerEpoch, id);
      for (const version of [3, 4, 5]) await p.init(version, { producerId: id, producerEpoch });
      for (const version of range(0, 5))
        await group.side.ask(
          txnOffsetCommitApi,
          {
            transactionalId: p.transactionalId,
            groupId: group.key,
            producerId: id,
            producerEpoch,
            topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: "" }] }],
          },
          version,
        );
    }
    for (const producerEpoch of [epoch, epoch + 1, epoch - 1])
      for (const version of [9, 11, 12]) {
        const at = Object.assign(new Producer(leader, p.transactionalId), { producerId, epoch: producerEpoch });
        await at.produce(TOPIC, at.batch(0), version);
      }
    await p.init(4);
    await p.side.ask(describeTransactionsApi, { transactionalIds: [p.transactionalId] }, 0);
    await this.#brokers.start(STOPPED);
    await p.settled();
    await p.side.ask(
      endTxnApi,
      { transactionalId: p.transactionalId, producerId, producerEpoch: epoch, committed: true },
      endVersion,
    );
    await p.describe();
    for (const side of this.#sides) side.close();
  }

  #connect(id: number): Side {
    const side = new Side(nodeConnector(), this.#brokers.addresses[id] ?? "");
    this.#sides.push(side);
    return side;
  }

  async #create(): Promise<Side> {
    const leader = this.#connect(0);
    await leader.ask(
      createTopicsApi,
      {
        timeoutMs: 10_000,
        topics: [
          {
            name: TOPIC,
            numPartitions: -1,
            replicationFactor: -1,
            assignments: [
              { partitionIndex: 0, brokerIds: [0] },
              { partitionIndex: 1, brokerIds: [STOPPED] },
            ],
            configs: [{ name: "min.insync.replicas", value: "1" }],
          },
        ],
      },
      7,
    );
    for (const side of [leader, ...[1, STOPPED].map((id) => this.#connect(id))])
      await side.until(
        async (ask) =>
          (await ask(metadataApi, { topics: [{ name: TOPIC }] }, 12)).topics[0]?.partitions.filter(
            ({ leaderId }) => leaderId >= 0,
          ).length === 2,
      );
    return leader;
  }

  /** A transactional id or a group whose coordinator will not be stopped. */
  async #coordinator(leader: Side, keyType: 0 | 1): Promise<{ readonly key: string; readonly side: Side }> {
    for (let i = 0; ; i++) {
      const key = `pending-${keyType}-${i}-`;
      let id = -1;
      await leader.until(async (ask) => {
        const [found] = (await ask(findCoordinatorApi, { keyType, coordinatorKeys: [key] }, 4)).coordinators;
        id = found?.nodeId ?? -1;
        return found?.errorCode === 0;
      });
      if (id === STOPPED) continue;
      this.#names.set(key, keyType === 1 ? "<producer>" : "<group>");
      return { key, side: this.#connect(id) };
    }
  }
}

async function onReal(level: number, endVersion: number): Promise<readonly string[]> {
  const cluster = await startKafka({
    brokers: 3,
    firstNodeId: 0,
    features: [`transaction.version=${level}`],
    properties: UNNOTICED,
  });
  try {
    const half = new Half({
      addresses: cluster.bootstrapServers.split(","),
      stop: async (id) => cluster.brokers[id]?.pause(),
      start: async (id) => cluster.brokers[id]?.resume(),
    });
    await half.run(endVersion);
    return half.transcript;
  } finally {
    await cluster.stop();
  }
}

async function onEmbedded(level: 1 | 2, endVersion: number): Promise<readonly string[]> {
  const cluster = await EmbeddedCluster.start({ brokers: 3, ports: [0, 0, 0], transactionVersion: level });
  try {
    const half = new Half({
      addresses: cluster.bootstrapServers.split(","),
      stop: (id) => cluster.stopBroker(id),
      start: (id) => cluster.startBroker(id),
    });
    await half.run(endVersion);
    return half.transcript;
  } finally {
    await cluster.close();
  }
}

for (const [level, endVersion] of [
  [2, 5],
  [1, 4],
] as const) {
  test(`while the markers of a transaction that EndTxn ${endVersion} ended are pending, both answer alike`, async () => {
    const kafka = await onReal(level, endVersion);
    const embedded = await onEmbedded(level, endVersion);
    assert.ok(kafka.length > 150);
    assert.deepEqual(embedded, kafka);
  });
}
