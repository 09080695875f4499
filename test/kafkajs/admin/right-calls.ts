// Right arguments of each call of an admin, and those that a broker refuses. They build on each other: one changes what
// the next one sees.
import type { Kafka, SeekEntry } from "kafkajs";
import type { AdminCall } from "./admin-call.ts";

/** Sorts an answer whose order kafkajs leaves to chance. */
function sorted<T>(list: readonly T[], keyOf: (one: T) => string | number): T[] {
  return [...list].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function call(what: string, run: AdminCall["run"], differs?: string): AdminCall {
  return differs === undefined ? { what, run } : { what, run, differs };
}

const TOPICS: readonly AdminCall[] = [
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
  call(
    "createTopics with null members",
    (admin) =>
      admin.createTopics({ topics: [{ topic: "nulls", configEntries: null, replicaAssignment: [] } as never] }),
    "kafkajs throws a TypeError of its encoder",
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

async function send(kafka: Kafka, topic: string, timestamps: readonly number[]): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({
    topic,
    messages: timestamps.map((timestamp) => ({ partition: 0, value: "v", timestamp: String(timestamp) })),
  });
  await producer.disconnect();
}

const byPartition = (offsets: readonly SeekEntry[]): SeekEntry[] => sorted(offsets, ({ partition }) => partition);

const OFFSETS: readonly AdminCall[] = [
  call("fetchTopicOffsets of an empty topic", async (admin) => byPartition(await admin.fetchTopicOffsets("orders"))),
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

const GROUP_OFFSETS: readonly AdminCall[] = [
  call("fetchOffsets of an unknown group", (admin) => admin.fetchOffsets({ groupId: "g" })),
  call("fetchOffsets of an unknown group, one topic", (admin) => admin.fetchOffsets({ groupId: "g", topics: ["pay"] })),
  call("fetchOffsets, unknown topic", (admin) => admin.fetchOffsets({ groupId: "g", topics: ["y"] })),
  call("setOffsets", (admin) =>
    admin.setOffsets({ groupId: "g", topic: "pay", partitions: [{ partition: 0, offset: "2" }] }),
  ),
  call("fetchOffsets afterwards", (admin) => admin.fetchOffsets({ groupId: "g", topics: ["pay"] })),
  call("fetchOffsets of all topics", (admin) => admin.fetchOffsets({ groupId: "g" })),
  call("fetchOffsets of all topics by []", (admin) => admin.fetchOffsets({ groupId: "g", topics: [] })),
  call("setOffsets of an unknown topic", (admin) =>
    admin.setOffsets({ groupId: "g", topic: "y", partitions: [{ partition: 0, offset: "2" }] }),
  ),
  call(
    "setOffsets of a partition that does not exist",
    (admin) => admin.setOffsets({ groupId: "g", topic: "pay", partitions: [{ partition: 7, offset: "2" }] }),
    "kafkajs resolves, and nothing is committed",
  ),
  call("resetOffsets", (admin) => admin.resetOffsets({ groupId: "g", topic: "pay" } as never)),
  call("fetchOffsets after resetOffsets", (admin) => admin.fetchOffsets({ groupId: "g", topics: ["pay"] })),
  call("resetOffsets to the beginning", (admin) => admin.resetOffsets({ groupId: "g", topic: "pay", earliest: true })),
  call("fetchOffsets after resetOffsets to the beginning", (admin) =>
    admin.fetchOffsets({ groupId: "g", topics: ["pay"] }),
  ),
  call("fetchOffsets with resolveOffsets", (admin) =>
    admin.fetchOffsets({ groupId: "g", topics: ["pay"], resolveOffsets: true }),
  ),
  call("fetchOffsets after resolveOffsets", (admin) => admin.fetchOffsets({ groupId: "g", topics: ["pay"] })),
  call("resetOffsets of an unknown topic", (admin) => admin.resetOffsets({ groupId: "g", topic: "y", earliest: true })),
  call("fetchOffsets with resolveOffsets, after nothing", (admin) =>
    admin.fetchOffsets({ groupId: "g2", topics: ["pay"], resolveOffsets: true }),
  ),
];

/** Runs something while a group has a member. */
async function whileConsuming<T>(kafka: Kafka, groupId: string, body: () => Promise<T>): Promise<T> {
  const consumer = kafka.consumer({ groupId });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.connect();
  await consumer.subscribe({ topic: "pay", fromBeginning: true });
  await consumer.run({ eachMessage: async () => await Promise.resolve() });
  await joined;
  try {
    return await body();
  } finally {
    await consumer.disconnect();
  }
}

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return await promise.catch((error: unknown) => error);
}

const GROUPS: readonly AdminCall[] = [
  call("listGroups()", async (admin) => sorted((await admin.listGroups()).groups, ({ groupId }) => groupId)),
  call("describeGroups([])", (admin) => admin.describeGroups([])),
  call("describeGroups of a resting and an unknown one", async (admin) =>
    sorted((await admin.describeGroups(["g", "unknown"])).groups, ({ groupId }) => groupId),
  ),
  call("describeGroups of nothing", (admin) => admin.describeGroups([""])),
  call("deleteGroups([])", (admin) => admin.deleteGroups([])),
  call("deleteGroups of an unknown one", (admin) => admin.deleteGroups(["unknown"])),
  call("deleteGroups", (admin) => admin.deleteGroups(["g"])),
  call("deleteGroups of an old and an unknown one", (admin) => admin.deleteGroups(["g2", "unknown"])),
  call("listGroups() afterwards", (admin) => admin.listGroups()),
];

/** Calls while a group has members: the consumers are kafkajs's on both sides. */
export const LIVE_GROUP_CALLS: readonly AdminCall[] = [
  call("the calls of a live group", (admin, kafka) =>
    whileConsuming(kafka, "live", async () => {
      const { groups } = await admin.describeGroups(["live"]);
      return {
        groups: groups.map((group) => ({
          ...group,
          members: group.members.map((member) => ({
            ...member,
            buffers: [Buffer.isBuffer(member.memberMetadata), Buffer.isBuffer(member.memberAssignment)],
          })),
        })),
        listed: await admin.listGroups(),
        set: await outcome(
          admin.setOffsets({ groupId: "live", topic: "pay", partitions: [{ partition: 0, offset: "1" }] }),
        ),
        reset: await outcome(admin.resetOffsets({ groupId: "live", topic: "pay", earliest: true })),
        deleted: await outcome(admin.deleteGroups(["live"])),
      };
    }),
  ),
];

const TOPIC = { type: 2, name: "orders" };

function settings(
  resources: readonly { readonly configEntries: readonly { readonly configName: string }[] }[],
): unknown {
  return resources.map((one) => ({ ...one, configEntries: sorted(one.configEntries, ({ configName }) => configName) }));
}

const CONFIGS: readonly AdminCall[] = [
  call("describeConfigs of a topic", async (admin) =>
    settings((await admin.describeConfigs({ resources: [TOPIC], includeSynonyms: false })).resources),
  ),
  call("describeConfigs with synonyms, some names", async (admin) =>
    settings(
      (
        await admin.describeConfigs({
          resources: [{ ...TOPIC, configNames: ["cleanup.policy", "retention.ms", "unheard.of"] }],
          includeSynonyms: true,
        })
      ).resources,
    ),
  ),
  call("describeConfigs: members of the answer", async (admin) =>
    Object.keys(await admin.describeConfigs({ resources: [TOPIC], includeSynonyms: false })),
  ),
  call("describeConfigs of a broker and a topic", async (admin) =>
    sorted(
      (
        await admin.describeConfigs({
          resources: [
            { type: 4, name: "1", configNames: ["log.retention.ms", "num.partitions"] },
            { type: 4, name: "0", configNames: [] },
            { ...TOPIC, configNames: ["retention.ms"] },
          ],
          includeSynonyms: true,
        })
      ).resources,
      ({ resourceName }) => resourceName,
    ).map(({ resourceName, resourceType, configEntries }) => ({
      ...{ resourceName, resourceType },
      configEntries: resourceName === "0" ? configEntries.length > 100 : settings([{ configEntries }]),
    })),
  ),
  call("describeConfigs of loggers", async (admin) =>
    (await admin.describeConfigs({ resources: [{ type: 8, name: "1" }], includeSynonyms: false })).resources.map(
      ({ resourceType, resourceName }) => [resourceType, resourceName],
    ),
  ),
  call("describeConfigs of an unknown topic", (admin) =>
    admin.describeConfigs({ resources: [TOPIC, { type: 2, name: "y" }], includeSynonyms: false }),
  ),
  call("describeConfigs of an unknown broker", (admin) =>
    admin.describeConfigs({ resources: [{ type: 4, name: "9" }], includeSynonyms: false }),
  ),
  call("describeConfigs of type 0", (admin) =>
    admin.describeConfigs({ resources: [{ type: 0, name: "x" }], includeSynonyms: false }),
  ),
  call("alterConfigs", (admin) =>
    admin.alterConfigs({
      resources: [{ ...TOPIC, configEntries: [{ name: "retention.ms", value: "5000" }] }],
      validateOnly: false,
    }),
  ),
  call("alterConfigs replaces all", (admin) =>
    admin.alterConfigs({ resources: [{ ...TOPIC, configEntries: [{ name: "segment.ms", value: "6000" }] }] } as never),
  ),
  call("alterConfigs that only checks", (admin) =>
    admin.alterConfigs({
      resources: [{ ...TOPIC, configEntries: [{ name: "segment.ms", value: "7000" }] }],
      validateOnly: true,
    }),
  ),
  call("describeConfigs afterwards", async (admin) =>
    (
      await admin.describeConfigs({
        resources: [{ ...TOPIC, configNames: ["retention.ms", "segment.ms"] }],
        includeSynonyms: false,
      })
    ).resources.map(({ configEntries }) => sorted(configEntries, ({ configName }) => configName)),
  ),
  call("alterConfigs with a wrong name", (admin) =>
    admin.alterConfigs({
      resources: [{ ...TOPIC, configEntries: [{ name: "unheard.of", value: "5000" }] }],
      validateOnly: false,
    }),
  ),
  call("alterConfigs of an unknown topic", (admin) =>
    admin.alterConfigs({ resources: [{ type: 2, name: "y", configEntries: [] }], validateOnly: false }),
  ),
  call("alterConfigs of a broker", (admin) =>
    admin.alterConfigs({
      resources: [{ type: 4, name: "1", configEntries: [{ name: "log.cleaner.threads", value: "2" }] }],
      validateOnly: false,
    }),
  ),
  call("alterConfigs of an unknown broker", (admin) =>
    admin.alterConfigs({ resources: [{ type: 4, name: "9", configEntries: [] }], validateOnly: false }),
  ),
];

const CLUSTER: readonly AdminCall[] = [
  call("describeCluster()", async (admin) => {
    const { brokers, controller, ...rest } = await admin.describeCluster();
    return { brokers: sorted(brokers, ({ nodeId }) => nodeId), controller: typeof controller, ...rest };
  }),
];

const REASSIGNMENTS: readonly AdminCall[] = [
  call("listPartitionReassignments of none", (admin) => admin.listPartitionReassignments({})),
  call("alterPartitionReassignments([])", (admin) => admin.alterPartitionReassignments({ topics: [] })),
  call("alterPartitionReassignments of unknown ones", (admin) =>
    admin.alterPartitionReassignments({
      topics: [
        { topic: "y", partitionAssignment: [{ partition: 0, replicas: [0] }] },
        {
          topic: "orders",
          partitionAssignment: [
            { partition: 7, replicas: [0] },
            { partition: 0, replicas: [9] },
          ],
        },
      ],
    }),
  ),
  call("alterPartitionReassignments without replicas", (admin) =>
    admin.alterPartitionReassignments({
      topics: [{ topic: "pay", partitionAssignment: [{ partition: 0, replicas: [] }] }],
    }),
  ),
  call("alterPartitionReassignments, and its list", async (admin) => {
    const [{ partitions = [] } = {}] = (await admin.fetchTopicMetadata({ topics: ["pay"] })).topics;
    const [at] = partitions.find(({ partitionId }) => partitionId === 0)?.replicas ?? [];
    const to = at === 0 ? 1 : 0;
    const altered = await admin.alterPartitionReassignments({
      topics: [{ topic: "pay", partitionAssignment: [{ partition: 0, replicas: [to] }] }],
      timeout: 3000,
    });
    const { topics } = await admin.listPartitionReassignments({ timeout: 3000 });
    const some = await admin.listPartitionReassignments({ topics: [{ topic: "pay", partitions: [1] }] });
    const moving = JSON.stringify(topics).replaceAll(`[${to}]`, "[to]").replaceAll(`[${at}]`, "[at]");
    return { altered, moving: moving.replace(/\[[01],[01]\]/, "[both]"), some };
  }),
  call("listPartitionReassignments of an unknown topic", (admin) =>
    admin.listPartitionReassignments({ topics: [{ topic: "y", partitions: [0] }] }),
  ),
];

/** Calls that need no records: the topics are "orders" and "pay", of two partitions each. */
export const RIGHT_CALLS: readonly AdminCall[] = [
  ...TOPICS,
  call("messages of three times", async (_, kafka) => {
    await send(kafka, "orders", [1000, 2000, 3000]);
    await send(kafka, "pay", [1000, 2000, 3000]);
  }),
  ...OFFSETS,
  ...GROUP_OFFSETS,
  ...GROUPS,
  ...CONFIGS,
  ...CLUSTER,
  ...REASSIGNMENTS,
];

const RULE = {
  resourceType: 2,
  resourceName: "orders",
  resourcePatternType: 3,
  principal: "User:me",
  host: "*",
  operation: 3,
  permissionType: 3,
};
const ANY = { resourceType: 1, resourcePatternType: 1, operation: 1, permissionType: 1 };

/** Access rules, for a cluster with an authorizer. Without one each rejects. */
export const ACL_CALLS: readonly AdminCall[] = [
  call("describeAcls of none", (admin) => admin.describeAcls({ ...ANY, principal: "User:me" })),
  call("createAcls", (admin) => admin.createAcls({ acl: [RULE, { ...RULE, operation: 4, permissionType: 2 }] })),
  call("createAcls of another topic, by prefix", (admin) =>
    admin.createAcls({ acl: [{ ...RULE, resourceName: "pay", resourcePatternType: 4 }] }),
  ),
  call("createAcls that a broker refuses", (admin) => admin.createAcls({ acl: [{ ...RULE, principal: "me" }] })),
  call("createAcls with ANY", (admin) => admin.createAcls({ acl: [{ ...RULE, operation: 1 }] })),
  call("describeAcls", async (admin) =>
    sorted(
      (await admin.describeAcls({ ...ANY, principal: "User:me" })).resources,
      ({ resourceName }) => resourceName,
    ).map((one) => ({ ...one, acls: sorted(one.acls, ({ operation }) => operation) })),
  ),
  call("describeAcls: members of the answer", async (admin) => Object.keys(await admin.describeAcls(ANY))),
  call("describeAcls of one topic", (admin) =>
    admin.describeAcls({ ...ANY, resourceType: 2, resourceName: "pay", resourcePatternType: 4 }),
  ),
  call("describeAcls of type 0", (admin) => admin.describeAcls({ ...ANY, operation: 0 })),
  call("deleteAcls", (admin) =>
    admin.deleteAcls({
      filters: [
        { ...ANY, resourceName: "pay" },
        { ...ANY, principal: "User:nobody" },
      ],
    }),
  ),
  call("deleteAcls of type 0", (admin) => admin.deleteAcls({ filters: [{ ...ANY, resourceType: 0 }] })),
  call("deleteAcls of the rest", async (admin) => {
    const [found] = (await admin.deleteAcls({ filters: [{ ...ANY, principal: "User:me" }] })).filterResponses;
    return sorted(found?.matchingAcls ?? [], ({ operation }) => operation);
  }),
];
