// The topics in which Kafka keeps the state of its coordinators.
import { consumerGroupHeartbeatApi } from "../../../src/protocol/messages/consumer-group-heartbeat.ts";
import { describeConfigsApi } from "../../../src/protocol/messages/describe-configs.ts";
import { describeTopicPartitionsApi } from "../../../src/protocol/messages/describe-topic-partitions.ts";
import { findCoordinatorApi } from "../../../src/protocol/messages/find-coordinator.ts";
import { listOffsetsApi } from "../../../src/protocol/messages/list-offsets.ts";
import { metadataApi } from "../../../src/protocol/messages/metadata.ts";
import { type Case, batch, create, produce } from "./asking.ts";
import type { Side } from "./side.ts";

const INTERNAL = ["__consumer_offsets", "__transaction_state"];
const KEYS = [
  "cleanup.policy",
  "compression.type",
  "min.insync.replicas",
  "segment.bytes",
  "unclean.leader.election.enable",
];

async function describe(side: Side): Promise<void> {
  const named = INTERNAL.map((name) => ({ name }));
  for (const topics of [null, named]) {
    const answer = await side.ask(metadataApi, { topics, allowAutoTopicCreation: false }, 12);
    side.transcript.pop();
    // How many partitions they have is configured.
    side.transcript.push(
      answer?.topics
        .filter(({ name }) => INTERNAL.includes(name ?? ""))
        .map((one) => [one.name, one.isInternal, one.errorCode, one.partitions[0]?.leaderId])
        .sort(),
    );
  }
  const answer = await side.ask(describeTopicPartitionsApi, { topics: named, responsePartitionLimit: 1000 }, 0);
  side.transcript.pop();
  side.transcript.push(
    answer?.topics.map((one) => [one.name, one.isInternal, one.errorCode, one.partitions.length > 0]),
  );
}

/** The topics of coordinators, before and after a client asks for a coordinator. */
export const internalTopics: Case = {
  name: "the topics of coordinators",
  run: async (side) => {
    await describe(side);
    for (const keyType of [0, 1]) {
      await side.until(async (ask) => {
        const { coordinators } = await ask(findCoordinatorApi, { keyType, coordinatorKeys: ["any"] }, 4);
        return coordinators[0]?.errorCode === 0;
      });
      await describe(side);
      const resources = INTERNAL.slice(0, keyType + 1).map((resourceName) => ({
        resourceType: 2,
        resourceName,
        configurationKeys: KEYS,
      }));
      await side.ask(describeConfigsApi, { resources }, 4);
    }
    for (const topic of INTERNAL) {
      await produce(side, batch(), { topic });
      const topics = [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }];
      await side.ask(listOffsetsApi, { replicaId: -1, topics }, 7);
    }
  },
};

/** A pattern that matches an internal topic and another one. */
export const internalPatterns: Case = {
  name: "a group of KIP-848 whose pattern matches a topic of coordinators",
  run: async (side) => {
    await create(side, "matched");
    const member = { groupId: "internal-patterns", memberId: "m" };
    let memberEpoch = 0;
    const found = new Set<string>();
    await side.until(async (ask) => {
      const { errorCode, assignment, ...answer } = await ask(
        consumerGroupHeartbeatApi,
        memberEpoch > 0
          ? { ...member, memberEpoch }
          : {
              ...member,
              memberEpoch,
              rebalanceTimeoutMs: 60_000,
              subscribedTopicNames: [],
              subscribedTopicRegex: "matched|__consumer_offsets",
              topicPartitions: [],
            },
        1,
      );
      if (errorCode === 0) memberEpoch = answer.memberEpoch;
      for (const { topicId, partitions } of assignment?.topicPartitions ?? [])
        if (partitions.length > 0) found.add(topicId);
      return found.size > 0;
    });
    const { topics } = (await side.ask(metadataApi, { topics: null }, 12)) ?? { topics: [] };
    side.transcript.pop();
    side.transcript.push(
      topics
        .filter(({ topicId }) => found.has(topicId))
        .map(({ name }) => name)
        .sort(),
    );
    await side.ask(consumerGroupHeartbeatApi, { ...member, memberEpoch: -1 }, 1);
    for (let i = 0; i < 8; i++) await side.ask(metadataApi, { topics: [] }, 12);
  },
};
