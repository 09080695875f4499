// Right arguments of the calls about topics, and those that a broker refuses. They build on each other: one changes
// what the next one sees. Topics: "orders" and "pay", of two partitions each, on two brokers.
import type { Kafka, SeekEntry } from "kafkajs";
import { type AdminCall, call, sorted } from "./admin-call.ts";

/** Calls that look at topics and change them. */
export const TOPIC_CALLS: readonly AdminCall[] = [
  call("listTopics()", async (admin) => (await admin.listTopics()).sort()),
  call("createTopics of a new one", (admin) => admin.createTopics({ topics: [{ topic: "a", numPartitions: 2 }] })),
  call("createTopics of one that exists", (admin) => admin.createTopics({ topics: [{ topic: "a" }] })),
  call("createTopics of an old and a new one", (admin) =>
    admin.createTopics({ topics: [{ topic: "a" }, { topic: "b" }] }),
  ),
  call("createTopics([])", (admin) => admin.createTopics({ topics: [] })),
  call("createTopics with members as text", (admin) =>
    admin.createTopics({ topics: [{ topic: "text", numPartitions: "2", replicationFactor: "1" } as never] }),
  ),
  call("createTopics with settings, replicas, a limit", (admin) =>
    admin.createTopics({
      topics: [
        { topic: "c", configEntries: [{ name: "cleanup.policy", value: "compact" }], numPartitions: 1 },
        {
          topic: "d",
          replicaAssignment: [
            { partition: 0, replicas: [1] },
            { partition: 1, replicas: [0] },
          ],
        },
      ],
      timeout: 3000,
      waitForLeaders: false,
    }),
  ),
  call("createTopics that only checks", (admin) =>
    admin.createTopics({ topics: [{ topic: "e", numPartitions: 1 }], validateOnly: true, waitForLeaders: false }),
  ),
  call(
    "createTopics that only checks, and waits by default",
    (admin) => admin.createTopics({ topics: [{ topic: "e", numPartitions: 1 }], validateOnly: true }),
    "kafkajs waits for leaders of a topic that is not created, and rejects with UNKNOWN_TOPIC_OR_PARTITION",
  ),
  call("createTopics with wrong names, numbers, settings", (admin) =>
    admin.createTopics({
      topics: [
        { topic: "z z" },
        { topic: "many", numPartitions: 1, replicationFactor: 9 },
        { topic: "none", numPartitions: 0 },
        { topic: "set", configEntries: [{ name: "unheard.of", value: "1" }] },
        { topic: "", numPartitions: 1 },
      ],
    }),
  ),
  call(
    "createTopics with a number that is none",
    (admin) => admin.createTopics({ topics: [{ topic: "nan", numPartitions: "x" } as never] }),
    "kafkajs sends 0",
  ),
  call("createPartitions", (admin) => admin.createPartitions({ topicPartitions: [{ topic: "a", count: 4 }] })),
  call("createPartitions with replicas", (admin) =>
    admin.createPartitions({ topicPartitions: [{ topic: "a", count: 6, assignments: [[1], [0]] }] }),
  ),
  call("createPartitions with too few replicas", (admin) =>
    admin.createPartitions({ topicPartitions: [{ topic: "a", count: 9, assignments: [[1]] }] }),
  ),
  call("createPartitions that only checks", (admin) =>
    admin.createPartitions({ topicPartitions: [{ topic: "a", count: 8 }], validateOnly: true, timeout: 1000 }),
  ),
  call("createPartitions: fewer", (admin) => admin.createPartitions({ topicPartitions: [{ topic: "a", count: 1 }] })),
  call("createPartitions of unknown topics", (admin) =>
    admin.createPartitions({
      topicPartitions: [
        { topic: "y", count: 1 },
        { topic: "a", count: 1 },
      ],
    }),
  ),
  call("fetchTopicMetadata of two", async (admin) =>
    sorted((await admin.fetchTopicMetadata({ topics: ["a", "d"] })).topics, ({ name }) => name).map((one) => ({
      ...one,
      partitions: sorted(one.partitions, ({ partitionId }) => partitionId).map(
        ({ leader, replicas, isr, ...rest }) => ({
          ...rest,
          leads: replicas.includes(leader),
          isr: isr.length,
        }),
      ),
    })),
  ),
  call("fetchTopicMetadata of an unknown topic", (admin) => admin.fetchTopicMetadata({ topics: ["orders", "y"] })),
  call("fetchTopicMetadata with a wrong name", (admin) => admin.fetchTopicMetadata({ topics: ["y y"] })),
  call("fetchTopicMetadata()", async (admin) =>
    (await admin.fetchTopicMetadata()).topics.map(({ name }) => name).sort(),
  ),
  call("fetchTopicMetadata({})", async (admin) =>
    (await admin.fetchTopicMetadata({} as never)).topics
      .map(({ name, partitions }) => [name, partitions.length])
      .sort(),
  ),
  call("deleteTopics", (admin) => admin.deleteTopics({ topics: ["b", "c"] })),
  call("deleteTopics([])", (admin) => admin.deleteTopics({ topics: [] })),
  call("deleteTopics of unknown ones", (admin) => admin.deleteTopics({ topics: ["b"], timeout: 1000 })),
  call("listTopics() afterwards", async (admin) => (await admin.listTopics()).sort()),
];

/** Sends messages to partition 0, with the real kafkajs. */
export async function send(kafka: Kafka, topic: string, timestamps: readonly number[]): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({
    topic,
    messages: timestamps.map((timestamp) => ({ partition: 0, value: "v", timestamp: String(timestamp) })),
  });
  await producer.disconnect();
}

const byPartition = (offsets: readonly SeekEntry[]): SeekEntry[] => sorted(offsets, ({ partition }) => partition);

/** Calls about the offsets and records of the topic `orders`, which begin with its messages. */
export const OFFSET_CALLS: readonly AdminCall[] = [
  call("messages of three times", (_, kafka) => send(kafka, "orders", [1000, 2000, 3000])),
  call(
    "deleteTopicRecords is the first call for a topic",
    (admin) => admin.deleteTopicRecords({ topic: "pay", partitions: [{ partition: 0, offset: "0" }] }),
    "kafkajs does not find the leader of a topic that this admin has not looked at",
  ),
  call("fetchTopicOffsets", async (admin) => byPartition(await admin.fetchTopicOffsets("orders"))),
  call("fetchTopicOffsets of an unknown topic", (admin) => admin.fetchTopicOffsets("y")),
  call("fetchTopicOffsets with a wrong name", (admin) => admin.fetchTopicOffsets("y y")),
  call("fetchTopicOffsetsByTimestamp of an unknown topic", (admin) => admin.fetchTopicOffsetsByTimestamp("y", 5)),
  ...[0, 1000, 1500, 2000, 9000, undefined, null, -1, -2, "1500"].map((timestamp) =>
    call(`fetchTopicOffsetsByTimestamp("orders", ${JSON.stringify(timestamp)})`, async (admin) =>
      byPartition(await admin.fetchTopicOffsetsByTimestamp("orders", timestamp as number)),
    ),
  ),
  call("deleteTopicRecords", (admin) =>
    admin.deleteTopicRecords({ topic: "orders", partitions: [{ partition: 0, offset: "2" }] }),
  ),
  call("fetchTopicOffsets afterwards", async (admin) => byPartition(await admin.fetchTopicOffsets("orders"))),
  call("deleteTopicRecords below the beginning", (admin) =>
    admin.deleteTopicRecords({ topic: "orders", partitions: [{ partition: 0, offset: "1" }] }),
  ),
  call("deleteTopicRecords beyond the end", (admin) =>
    admin.deleteTopicRecords({
      topic: "orders",
      partitions: [
        { partition: 0, offset: "99" },
        { partition: 1, offset: "-1" },
      ],
    }),
  ),
  call("deleteTopicRecords of partitions that do not exist", (admin) =>
    admin.deleteTopicRecords({
      topic: "orders",
      partitions: [
        { partition: 7, offset: "1" },
        { partition: 0, offset: "1" },
        { partition: 8, offset: "2" },
      ],
    }),
  ),
  call("deleteTopicRecords of an unknown topic", (admin) =>
    admin.deleteTopicRecords({ topic: "y", partitions: [{ partition: 0, offset: "1" }] }),
  ),
  call("deleteTopicRecords of all", (admin) =>
    admin.deleteTopicRecords({ topic: "orders", partitions: [{ partition: 0, offset: "-1" }] }),
  ),
  call("fetchTopicOffsets of nothing left", async (admin) => byPartition(await admin.fetchTopicOffsets("orders"))),
];
