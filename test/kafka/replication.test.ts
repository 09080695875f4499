// The replication of the embedded cluster is a model. Three real brokers, stopped and continued, and three embedded
// ones go through the same steps. Acknowledged, read and lost records, and the report of the loss, must be the same.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { nodeConnector } from "../../src/platform/node/connector.ts";
import { createTopicsApi } from "../../src/protocol/messages/create-topics.ts";
import { describeTopicPartitionsApi } from "../../src/protocol/messages/describe-topic-partitions.ts";
import { fetchApi } from "../../src/protocol/messages/fetch.ts";
import { listOffsetsApi } from "../../src/protocol/messages/list-offsets.ts";
import { metadataApi } from "../../src/protocol/messages/metadata.ts";
import { offsetForLeaderEpochApi } from "../../src/protocol/messages/offset-for-leader-epoch.ts";
import { produceApi } from "../../src/protocol/messages/produce.ts";
import { RawClient, batchOf } from "../embedded/raw-client.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

/** A cluster whose brokers can be stopped in the middle of everything. */
interface Brokers {
  readonly addresses: readonly string[];
  /** The replica has stopped fetching, and the leader has not detected it yet. */
  freeze(id: number): Promise<void>;
  /** It has been noticed: it is down. */
  noticed(id: number): Promise<void>;
  /** It goes on where it was. */
  thaw(id: number): Promise<void>;
}

let real: KafkaCluster;
let embedded: EmbeddedCluster;

before(async () => {
  real = await startKafka({ brokers: 3, firstNodeId: 0, properties: { "auto.create.topics.enable": "false" } });
  embedded = await EmbeddedCluster.start({ brokers: 3, ports: [0, 0, 0], autoCreateTopics: false });
});

after(async () => {
  await embedded.close();
  await real.stop();
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One side of the comparison. */
class Side {
  readonly transcript: unknown[] = [];
  readonly brokers: Brokers;
  readonly #clients = new Map<number, RawClient>();

  constructor(brokers: Brokers) {
    this.brokers = brokers;
  }

  async client(id: number): Promise<RawClient> {
    let client = this.#clients.get(id);
    if (client === undefined || client.isClosed)
      this.#clients.set(id, (client = await RawClient.connect(nodeConnector(), this.brokers.addresses[id] ?? "")));
    return client;
  }

  async create(
    name: string,
    brokerIds: readonly number[],
    configs: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const client = await this.client(2);
    const { topics } = await client.request(createTopicsApi, {
      timeoutMs: 10_000,
      topics: [
        {
          name,
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: 0, brokerIds }],
          configs: Object.entries({ ...configs, "retention.ms": "-1" }).map(([key, value]) => ({ name: key, value })),
        },
      ],
    });
    assert.equal(topics[0]?.errorCode, 0, topics[0]?.errorMessage ?? "");
    await this.until(
      2,
      name,
      (partition) => partition.leaderId === brokerIds[0] && partition.isrNodes.length === brokerIds.length,
    );
    // The leader may hear of it later.
    while ((await this.#latest(brokerIds[0] ?? 0, name)).errorCode !== 0) await pause(20);
  }

  /** Waits until a broker's metadata says so. */
  async until(
    id: number,
    topic: string,
    isSo: (partition: { readonly leaderId: number; readonly isrNodes: readonly number[] }) => boolean,
  ): Promise<void> {
    const client = await this.client(id);
    for (;;) {
      const { topics } = await client.request(metadataApi, {
        topics: [{ name: topic }],
        allowAutoTopicCreation: false,
      });
      const [partition] = topics[0]?.partitions ?? [];
      if (partition !== undefined && isSo(partition)) return;
      await pause(50);
    }
  }

  async produce(id: number, topic: string, acks: number, value: string, timeoutMs = 10_000): Promise<void> {
    const client = await this.client(id);
    const { responses } = await client.request(
      produceApi,
      {
        acks,
        timeoutMs,
        topicData: [{ name: topic, partitionData: [{ index: 0, records: batchOf({ values: [value] }) }] }],
      },
      12,
    );
    this.#write(`produce ${value} to ${id} with acks ${acks}`, responses[0]?.partitionResponses[0]);
  }

  async fetch(
    id: number,
    topic: string,
    fetchOffset: number,
    epochs: { readonly current?: number; readonly last?: number } = {},
  ): Promise<void> {
    const client = await this.client(id);
    const { responses } = await client.request(
      fetchApi,
      {
        maxBytes: 1 << 20,
        minBytes: 0,
        maxWaitMs: 0,
        topics: [
          {
            topic,
            partitions: [
              {
                partition: 0,
                fetchOffset,
                currentLeaderEpoch: epochs.current ?? -1,
                lastFetchedEpoch: epochs.last ?? -1,
                partitionMaxBytes: 1 << 20,
              },
            ],
          },
        ],
      },
      12,
    );
    const [partition] = responses[0]?.partitions ?? [];
    this.#write(`fetch ${fetchOffset} from ${id} ${JSON.stringify(epochs)}`, {
      ...partition,
      records: partition?.records?.length,
    });
  }

  async latest(id: number, topic: string): Promise<void> {
    this.#write(`latest from ${id}`, await this.#latest(id, topic));
  }

  async epochEnd(id: number, topic: string, leaderEpoch: number): Promise<void> {
    const client = await this.client(id);
    const { topics } = await client.request(offsetForLeaderEpochApi, {
      replicaId: -1,
      topics: [{ topic, partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch }] }],
    });
    this.#write(`end of epoch ${leaderEpoch} from ${id}`, topics[0]?.partitions[0]);
  }

  async metadata(id: number, topic: string): Promise<void> {
    const client = await this.client(id);
    const { topics } = await client.request(metadataApi, { topics: [{ name: topic }], allowAutoTopicCreation: false });
    this.#write(`metadata from ${id}`, topics[0]?.partitions[0]);
    const described = await client.request(describeTopicPartitionsApi, { topics: [{ name: topic }] });
    this.#write(`description from ${id}`, described.topics[0]?.partitions[0]);
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
  }

  async #latest(id: number, topic: string): Promise<{ readonly errorCode: number }> {
    const client = await this.client(id);
    const { topics } = await client.request(
      listOffsetsApi,
      { replicaId: -1, topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }] },
      7,
    );
    return topics[0]?.partitions[0] ?? { errorCode: -2 };
  }

  #write(what: string, answer: unknown): void {
    this.transcript.push({ [what]: answer });
  }
}

function realBrokers(): Brokers {
  return {
    addresses: real.bootstrapServers.split(","),
    freeze: (id) => Promise.resolve(real.brokers[id]?.pause()),
    noticed: () => Promise.resolve(), // by the wait for its metadata
    thaw: (id) => Promise.resolve(real.brokers[id]?.resume()),
  };
}

function embeddedBrokers(): Brokers {
  const frozen = new Set<number>();
  const thawed = new Set<number>();
  return {
    addresses: embedded.bootstrapServers.split(","),
    freeze: (id) => {
      frozen.add(id);
      embedded.pauseReplication(id);
      return Promise.resolve();
    },
    noticed: async (id) => {
      frozen.delete(id);
      await embedded.stopBroker(id);
      for (const other of thawed) embedded.resumeReplication(other);
      thawed.clear();
    },
    thaw: async (id) => {
      await embedded.startBroker(id);
      if (frozen.size === 0) embedded.resumeReplication(id);
      else thawed.add(id); // its leader is frozen, and gives it nothing
    },
  };
}

async function compare(scenario: (side: Side) => Promise<void>): Promise<void> {
  const [theirs, ours] = [new Side(realBrokers()), new Side(embeddedBrokers())];
  await scenario(theirs);
  await scenario(ours);
  theirs.close();
  ours.close();
  if (process.env["DIFF"] !== undefined)
    for (const [i, answer] of theirs.transcript.entries())
      console.log(
        JSON.stringify(answer),
        JSON.stringify(answer) === JSON.stringify(ours.transcript[i])
          ? ""
          : `\n  EMBEDDED ${JSON.stringify(ours.transcript[i])}`,
      );
  assert.deepEqual(ours.transcript, theirs.transcript);
}

test("acks while a follower lags, then is out, then is back", () =>
  compare(async (side) => {
    await side.create("acks", [0, 1], { "min.insync.replicas": "2" });
    await side.produce(0, "acks", -1, "a");
    await side.brokers.freeze(1);
    await side.produce(0, "acks", -1, "b", 500); // nothing is committed without it
    await side.fetch(0, "acks", 1);
    await side.fetch(0, "acks", 2);
    await side.fetch(0, "acks", 3);
    await side.latest(0, "acks");
    await side.epochEnd(0, "acks", 0);
    await side.produce(0, "acks", 1, "c");
    const waiting = side.produce(0, "acks", -1, "d", 6000);
    await pause(200); // it is there
    await side.brokers.noticed(1);
    await side.until(2, "acks", ({ isrNodes }) => isrNodes.length === 1);
    await waiting;
    await side.metadata(2, "acks");
    await side.produce(0, "acks", -1, "e");
    await side.produce(0, "acks", 1, "f");
    await side.fetch(0, "acks", 0);
    await side.brokers.thaw(1);
    await side.until(2, "acks", ({ isrNodes }) => isrNodes.length === 2);
    // Broker 2 may learn of it before the leader does, which would still refuse the record: NOT_ENOUGH_REPLICAS.
    await side.until(0, "acks", ({ isrNodes }) => isrNodes.length === 2);
    await pause(200); // the leader knows it from the controller's answer, which it applies just after its metadata
    await side.produce(0, "acks", -1, "g");
    await side.fetch(0, "acks", 0);
    await side.metadata(2, "acks");
  }));

test("what waits for a follower that falls out is committed, where one replica is enough", () =>
  compare(async (side) => {
    await side.create("one", [0, 1], { "min.insync.replicas": "1" });
    await side.brokers.freeze(1);
    const waiting = side.produce(0, "one", -1, "a", 20_000);
    await pause(200);
    await side.brokers.noticed(1);
    await side.until(2, "one", ({ isrNodes }) => isrNodes.length === 1);
    await waiting;
    await side.metadata(2, "one");
    await side.brokers.thaw(1);
    await side.until(2, "one", ({ isrNodes }) => isrNodes.length === 2);
  }));

test("the only one in sync goes: nobody leads, until it is back", () =>
  compare(async (side) => {
    await side.create("alone", [0], {});
    await side.produce(0, "alone", -1, "a");
    await side.brokers.freeze(0);
    await side.brokers.noticed(0);
    await side.until(2, "alone", ({ leaderId }) => leaderId < 0);
    await side.metadata(2, "alone");
    await side.brokers.thaw(0);
    await side.until(2, "alone", ({ leaderId }) => leaderId === 0);
    await side.metadata(2, "alone");
  }));

test("an unclean election: the log is cut off, and the new leader tells where", () =>
  compare(async (side) => {
    await side.create("unclean", [0, 1], { "min.insync.replicas": "1", "unclean.leader.election.enable": "true" });
    await side.produce(0, "unclean", -1, "a");
    await side.produce(0, "unclean", -1, "b");
    await side.brokers.freeze(1);
    await side.brokers.noticed(1);
    await side.until(2, "unclean", ({ isrNodes }) => isrNodes.length === 1);
    for (const value of ["c", "d", "e"]) await side.produce(0, "unclean", -1, value);
    await side.brokers.freeze(0);
    await side.brokers.thaw(1);
    await side.brokers.noticed(0);
    await side.until(2, "unclean", ({ leaderId }) => leaderId === 1);
    await side.until(1, "unclean", ({ leaderId }) => leaderId === 1);
    await side.metadata(2, "unclean");
    await side.latest(1, "unclean");
    await side.produce(1, "unclean", -1, "x");
    await side.fetch(1, "unclean", 5);
    await side.fetch(1, "unclean", 5, { last: 0 });
    await side.fetch(1, "unclean", 3, { last: 0 });
    await side.fetch(1, "unclean", 2, { last: 0 });
    for (const epoch of [0, 1, 2]) await side.epochEnd(1, "unclean", epoch);
    await side.brokers.thaw(0);
    await side.until(1, "unclean", ({ isrNodes }) => isrNodes.length === 2);
    await side.metadata(1, "unclean");
    await side.fetch(1, "unclean", 0, { current: 0 });
    await side.fetch(0, "unclean", 0);
    await side.produce(0, "unclean", -1, "y");
  }));
