// Elections, reassignments and brokers that leave, asked of three brokers, 0 to 2, while one of them does not
// replicate, is down, or was unregistered.
import assert from "node:assert/strict";
import { alterPartitionReassignmentsApi } from "../../../src/protocol/messages/alter-partition-reassignments.ts";
import { alterReplicaLogDirsApi } from "../../../src/protocol/messages/alter-replica-log-dirs.ts";
import { createPartitionsApi } from "../../../src/protocol/messages/create-partitions.ts";
import { createTopicsApi } from "../../../src/protocol/messages/create-topics.ts";
import { describeLogDirsApi } from "../../../src/protocol/messages/describe-log-dirs.ts";
import { describeQuorumApi } from "../../../src/protocol/messages/describe-quorum.ts";
import { describeTopicPartitionsApi } from "../../../src/protocol/messages/describe-topic-partitions.ts";
import { electLeadersApi } from "../../../src/protocol/messages/elect-leaders.ts";
import { listPartitionReassignmentsApi } from "../../../src/protocol/messages/list-partition-reassignments.ts";
import { type MetadataResponse, metadataApi } from "../../../src/protocol/messages/metadata.ts";
import { unregisterBrokerApi } from "../../../src/protocol/messages/unregister-broker.ts";
import { unregisterControllerApi } from "../../../src/protocol/messages/unregister-controller.ts";
import { batch, produce } from "./asking.ts";
import type { Side } from "./side.ts";

/** A cluster whose brokers can be stopped in the middle of everything. */
export interface ThreeBrokers {
  /** A connection to broker 0, which is never stopped. */
  readonly side: Side;
  /** The broker does not fetch from its leaders any more, and stays in the metadata. */
  freeze(id: number): Promise<void>;
  thaw(id: number): Promise<void>;
  /** It tells the controller, which gives its partitions to others. */
  stop(id: number): Promise<void>;
  /** It ends at once, as one must that the controller does not know any more. */
  kill(id: number): Promise<void>;
  start(id: number): Promise<void>;
}

const timeoutMs = 20_000;
const TOPIC = "placed";
const ASSIGNED = [
  [0, 1],
  [1, 2],
  [2, 0],
  [1, 0],
];

type Partition = MetadataResponse["topics"][number]["partitions"][number];

/** Asks broker 0, and waits until its metadata is as expected before it is written down. */
class Asking {
  readonly #side: Side;

  constructor(side: Side) {
    this.#side = side;
  }

  async create(name: string, assigned: readonly (readonly number[])[]): Promise<void> {
    const assignments = assigned.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds }));
    await this.#side.ask(
      createTopicsApi,
      { timeoutMs, topics: [{ name, numPartitions: -1, replicationFactor: -1, assignments }] },
      7,
    );
    await this.#side.until(async (ask) => {
      const { topics } = await ask(metadataApi, { topics: [{ name }], allowAutoTopicCreation: false }, 12);
      const partitions = topics[0]?.partitions ?? [];
      return (
        partitions.length === assigned.length &&
        partitions.every((one) => one.isrNodes.length === assigned[one.partitionIndex]?.length)
      );
    });
    await this.metadata(name);
  }

  /** Waits until a partition is as expected, then writes the topic's metadata down. */
  async until(partition: number, isSo: (partition: Partition) => boolean, name: string = TOPIC): Promise<void> {
    const topics = [{ name }];
    await this.#side.until(async (ask) => {
      const found = (await ask(metadataApi, { topics, allowAutoTopicCreation: false }, 12)).topics[0]?.partitions.find(
        ({ partitionIndex }) => partitionIndex === partition,
      );
      return found !== undefined && isSo(found);
    });
    await this.metadata(name);
  }

  async metadata(name: string = TOPIC): Promise<void> {
    const answer = await this.#side.ask(metadataApi, { topics: [{ name }], allowAutoTopicCreation: false }, 12);
    this.#side.transcript.pop();
    // The order of an ISR is that in which the replicas came back.
    const partitions = [...(answer?.topics[0]?.partitions ?? [])]
      .map((one) => ({ ...one, isrNodes: [...one.isrNodes].sort(), offlineReplicas: [...one.offlineReplicas].sort() }))
      .sort((a, b) => a.partitionIndex - b.partitionIndex);
    this.#side.transcript.push([answer?.brokers.map(({ nodeId }) => nodeId).sort(), partitions]);
  }

  async reassign(
    partitionIndex: number,
    replicas: readonly number[] | null,
    allowReplicationFactorChange = true,
  ): Promise<void> {
    await this.#side.ask(
      alterPartitionReassignmentsApi,
      {
        timeoutMs,
        allowReplicationFactorChange,
        topics: [{ name: TOPIC, partitions: [{ partitionIndex, replicas }] }],
      },
      1,
    );
  }

  async list(): Promise<void> {
    await this.#side.ask(listPartitionReassignmentsApi, { timeoutMs, topics: null }, 0);
  }

  async elect(electionType: number, partitions: readonly number[] | null, topic: string = TOPIC): Promise<void> {
    await this.#side.ask(
      electLeadersApi,
      { electionType, timeoutMs, topicPartitions: partitions === null ? null : [{ topic, partitions }] },
      2,
    );
  }

  async quorum(): Promise<void> {
    const own = { topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] };
    const answer = await this.#side.ask(describeQuorumApi, { topics: [own] }, 2);
    this.#side.transcript.pop();
    const found = answer?.topics[0]?.partitions[0];
    const { leaderId = -1, leaderEpoch = 0, highWatermark = 0, currentVoters = [], observers } = found ?? {};
    assert.ok(found);
    this.#side.transcript.push([
      answer?.errorCode,
      [0, 1, 2].includes(leaderId),
      leaderEpoch > 0,
      highWatermark > 0,
      observers,
      currentVoters.map((one) => [one.replicaId, one.replicaDirectoryId, one.logEndOffset > 0]).sort(),
      answer?.nodes.map(({ nodeId, listeners }) => [nodeId, listeners.map(({ name, host }) => [name, host])]),
    ]);
  }
}

/** Reassignments that wait for a broker that does not replicate. */
async function reassigning({ side, freeze, thaw }: ThreeBrokers, asking: Asking): Promise<void> {
  await asking.create(TOPIC, ASSIGNED);
  await produce(side, batch(), { topic: TOPIC });
  await asking.quorum();
  await asking.elect(0, null);
  await asking.list();
  for (const brokerIds of [[2], [2, 0]])
    await side.ask(
      createPartitionsApi,
      { timeoutMs, topics: [{ name: TOPIC, count: 5, assignments: [{ brokerIds }] }] },
      3,
    );
  await asking.until(4, ({ leaderId, isrNodes }) => leaderId === 2 && isrNodes.length === 2);
  await asking.reassign(3, [1], false);
  await asking.reassign(3, [1]);
  await asking.until(3, ({ replicaNodes }) => replicaNodes.length === 1);
  await freeze(2);
  await asking.reassign(0, [0, 2]);
  await asking.list();
  await asking.until(0, ({ replicaNodes }) => replicaNodes.length === 3);
  for (const topics of [
    [],
    [{ name: TOPIC, partitionIndexes: [0, 1, 7] }],
    [{ name: TOPIC, partitionIndexes: [] }],
    [{ name: TOPIC, partitionIndexes: [1] }],
    [{ name: "nowhere", partitionIndexes: [0] }],
  ])
    await side.ask(listPartitionReassignmentsApi, { timeoutMs, topics }, 0);
  await asking.reassign(0, [0, 2]);
  await asking.list();
  await asking.reassign(0, [1, 2]);
  await asking.list();
  await asking.reassign(0, [1, 0, 2], false);
  await asking.reassign(0, [1], false);
  await asking.reassign(3, [1, 2], false);
  await asking.reassign(0, [2, 1], false);
  await asking.list();
  await asking.reassign(0, null);
  await asking.list();
  await asking.until(0, ({ replicaNodes }) => !replicaNodes.includes(2));
  await asking.reassign(0, null);
  await asking.reassign(0, [0, 1]);
  await asking.until(0, ({ replicaNodes }) => replicaNodes.join() === "0,1");
  await asking.reassign(0, [1, 0]);
  await asking.until(0, ({ replicaNodes }) => replicaNodes.join() === "1,0");
  await asking.elect(0, [0]);
  await asking.until(0, ({ leaderId }) => leaderId === 1);
  await asking.elect(0, [0]);
  await asking.reassign(3, [2]);
  await asking.list();
  await asking.until(3, ({ replicaNodes }) => replicaNodes.length === 2);
  await asking.elect(0, [3]);
  await asking.until(3, () => true);
  await asking.reassign(3, null);
  await asking.list();
  await asking.until(3, ({ replicaNodes }) => replicaNodes.length === 1);
  await asking.reassign(3, [2]);
  await asking.list();
  await thaw(2);
  await asking.until(3, ({ leaderId, replicaNodes }) => leaderId === 2 && replicaNodes.length === 1);
  await asking.list();
  await asking.reassign(0, [2, 0]);
  await asking.until(0, ({ replicaNodes, isrNodes }) => replicaNodes.join() === "2,0" && isrNodes.length === 2);
  await asking.reassign(0, [1, 2, 0]);
  await asking.until(0, ({ replicaNodes, isrNodes }) => replicaNodes.join() === "1,2,0" && isrNodes.length === 3);
  await asking.reassign(0, [0]);
  await asking.until(0, ({ replicaNodes }) => replicaNodes.join() === "0");
  await asking.reassign(1, [1, 2]);
  await asking.list();
}

/** Elections whose preferred leader is down, and comes back. */
async function electing({ side, stop, start }: ThreeBrokers, asking: Asking): Promise<void> {
  const name = "voted";
  await asking.create("alone", [[1]]);
  await asking.create(name, [
    [1, 0],
    [0, 1],
    [2, 1],
    [1, 2],
  ]);
  await stop(1);
  await asking.until(0, ({ leaderId }) => leaderId === -1, "alone");
  await asking.until(3, ({ leaderId, isrNodes }) => leaderId === 2 && isrNodes.length === 1, name);
  for (const type of [0, 1]) {
    await asking.elect(type, [0, 1, 2, 3, 4], name);
    await asking.elect(type, [0], "alone");
  }
  await asking.elect(0, null);
  await asking.elect(1, null);
  await side.ask(
    alterPartitionReassignmentsApi,
    { timeoutMs, topics: [{ name, partitions: [{ partitionIndex: 2, replicas: [1] }] }] },
    1,
  );
  await asking.list();
  await side.ask(
    alterPartitionReassignmentsApi,
    { timeoutMs, topics: [{ name, partitions: [{ partitionIndex: 2, replicas: null }] }] },
    1,
  );
  await asking.metadata(name);
  await start(1);
  await side.until(async (ask) => {
    const { topics } = await ask(metadataApi, { topics: [{ name }] }, 12);
    return topics[0]?.partitions.every(({ isrNodes }) => isrNodes.length === 2) === true;
  });
  await asking.metadata(name);
  await asking.elect(0, null);
  await asking.until(0, ({ leaderId }) => leaderId === 1, name);
  await asking.until(3, ({ leaderId }) => leaderId === 1, name);
  await asking.elect(0, [0, 1, 2, 3], name);
  // Broker 0 has no replica of partition 2.
  const answer = await side.ask(describeLogDirsApi, { topics: [{ topic: name, partitions: [0, 2] }] }, 5);
  const path = answer?.results[0]?.logDir ?? "";
  side.transcript.pop();
  side.transcript.push(answer?.results[0]?.topics);
  for (const to of [path, "/no/such/dir"])
    await side.ask(alterReplicaLogDirsApi, { dirs: [{ path: to, topics: [{ name, partitions: [0, 2] }] }] }, 2);
}

/** A live broker that is unregistered, and one that is down. */
async function leaving({ side, stop, kill, start }: ThreeBrokers, asking: Asking): Promise<void> {
  const name = "left";
  await asking.create(name, [
    [1, 0],
    [0, 1],
  ]);
  const gone = async (): Promise<void> => {
    await side.until(async (ask) => (await ask(metadataApi, { topics: [] }, 12)).brokers.length === 2);
    await asking.until(0, ({ leaderId, isrNodes }) => leaderId === 0 && isrNodes.length === 1, name);
    await side.ask(describeTopicPartitionsApi, { topics: [{ name }], responsePartitionLimit: 9 }, 0);
    await side.ask(unregisterBrokerApi, { brokerId: 1 }, 0);
    await side.ask(unregisterBrokerApi, { brokerId: 1 }, 0);
    const topics = [
      { name: "n1", numPartitions: 1, replicationFactor: 3 },
      { name: "n2", numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [1] }] },
    ];
    await side.ask(createTopicsApi, { timeoutMs, validateOnly: true, topics }, 7);
    await side.ask(
      alterPartitionReassignmentsApi,
      { timeoutMs, topics: [{ name, partitions: [{ partitionIndex: 0, replicas: [0, 1] }] }] },
      1,
    );
    await asking.elect(0, [0, 1], name);
  };
  const back = async (): Promise<void> => {
    await start(1);
    await side.until(async (ask) => (await ask(metadataApi, { topics: [] }, 12)).brokers.length === 3);
    await asking.until(0, ({ isrNodes }) => isrNodes.length === 2, name);
    await asking.until(1, ({ isrNodes }) => isrNodes.length === 2, name);
  };
  await side.ask(unregisterBrokerApi, { brokerId: 1 }, 0);
  await gone();
  await kill(1);
  await back();
  await asking.elect(0, [0, 1], name);
  await stop(1);
  await gone();
  await back();
  await asking.quorum();
  await side.ask(unregisterControllerApi, { controllerId: 99 }, 0);
  // Any of them may be the active controller, which refuses.
  const answers: unknown[] = [];
  for (const controllerId of [0, 1, 2]) {
    await side.ask(unregisterControllerApi, { controllerId }, 0);
    answers.push(side.transcript.pop());
  }
  side.transcript.push(answers.map((answer) => JSON.stringify(answer)).sort());
}

/** Goes through all of it, on one cluster. */
export async function askThree(brokers: ThreeBrokers): Promise<void> {
  const asking = new Asking(brokers.side);
  await reassigning(brokers, asking);
  await electing(brokers, asking);
  await leaving(brokers, asking);
}
