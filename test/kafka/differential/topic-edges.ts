// Errors in requests to create, grow, delete or describe topics.
import { createPartitionsApi } from "../../../src/protocol/messages/create-partitions.ts";
import { type CreateTopicsRequest, createTopicsApi } from "../../../src/protocol/messages/create-topics.ts";
import { deleteTopicsApi } from "../../../src/protocol/messages/delete-topics.ts";
import { describeConfigsApi } from "../../../src/protocol/messages/describe-configs.ts";
import { metadataApi } from "../../../src/protocol/messages/metadata.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { topicKeys } from "../../../src/embedded/configs/topic-keys.ts";
import { type Case, UNKNOWN_ID, create, range } from "./asking.ts";
import type { Side } from "./side.ts";

type NewTopic = Input<CreateTopicsRequest["topics"][number]>;

const ONE = { numPartitions: 1, replicationFactor: 1 };
const BY_HAND = { numPartitions: -1, replicationFactor: -1 };

const make = (side: Side, topics: readonly NewTopic[], version = 7, validateOnly = true): Promise<unknown> =>
  side.ask(createTopicsApi, { timeoutMs: 10_000, validateOnly, topics }, version);

/** Every config with values that fit some types and not others. */
const configValues: Case = {
  name: "the values of topic configs",
  run: async (side) => {
    const values = [
      "",
      " ",
      "x",
      "-3",
      "-2",
      "-1",
      "0",
      "1",
      "3",
      "10",
      "23",
      "99",
      " 7 ",
      "1.5",
      "+4",
      "0x10",
      "1e3",
      "true",
      "TRUE",
      "false",
      "2147483647",
      "2147483648",
      "9223372036854775807",
      "9223372036854775808",
      "1048576",
      "compact",
      "delete",
      "compact,delete",
      " compact , delete ",
      "compact,",
      "delete,delete",
      "x,",
      ",",
      ",x",
      "delete,compact,delete",
      "gzip",
      "GZIP",
      "none",
      "uncompressed",
      "CreateTime",
      "LogAppendTime",
      "createtime",
      "0:1,1:2",
      "*",
      "none",
    ];
    for (const name of topicKeys.keys())
      for (const value of values) await make(side, [{ name: "valued", ...ONE, configs: [{ name, value }] }]);
    for (const name of topicKeys.keys())
      await make(side, [{ name: "valued", ...ONE, configs: [{ name, value: null }] }], 5);
  },
};

/** Finds out which of several faulty values is reported: a reported value is left out of the next request. */
const configOrder: Case = {
  name: "the order in which topic configs are looked at",
  run: async (side) => {
    const names = [...topicKeys.keys()];
    for (let i = 0; i < names.length; i++)
      await make(side, [
        {
          name: "ordered",
          ...ONE,
          configs: names
            .slice(i)
            .sort()
            .map((name) => ({ name, value: "?" })),
        },
      ]);
  },
};

/** Values that do not go together. */
const configPairs: Case = {
  name: "topic configs that contradict each other",
  run: async (side) => {
    const pairs: readonly Record<string, string>[] = [
      { "min.compaction.lag.ms": "100", "max.compaction.lag.ms": "50" },
      { "retention.ms": "100", "local.retention.ms": "200" },
      { "retention.bytes": "100", "local.retention.bytes": "200" },
      { "retention.ms": "-1", "local.retention.ms": "200" },
      { "remote.storage.enable": "true" },
      { "remote.storage.enable": "true", "cleanup.policy": "compact" },
      { "remote.log.copy.disable": "true" },
      { "remote.log.delete.on.disable": "true" },
      { "segment.bytes": "1048576", "max.message.bytes": "10485760" },
      { "no.such": "1", "nor.such": "2" },
      { "retention.ms": "x", "no.such": "2" },
      { "no.such": "2", "retention.ms": "x" },
      { "retention.ms": "x", "max.message.bytes": "y" },
      { "": "x" },
    ];
    for (const configs of pairs)
      await make(side, [
        { name: "paired", ...ONE, configs: Object.entries(configs).map(([name, value]) => ({ name, value })) },
      ]);
    await make(side, [
      {
        name: "paired",
        ...ONE,
        configs: [
          { name: "retention.ms", value: "1" },
          { name: "retention.ms", value: "2" },
        ],
      },
    ]);
    await make(side, [
      {
        name: "paired",
        ...ONE,
        configs: [
          { name: "retention.ms", value: "1" },
          { name: "no.such", value: null },
        ],
      },
    ]);
    await make(side, [
      {
        name: "paired",
        ...ONE,
        configs: [
          { name: "no.such", value: "1" },
          { name: "retention.ms", value: null },
        ],
      },
    ]);
  },
};

const making: Case = {
  name: "what is wrong with a new topic",
  run: async (side) => {
    await create(side, "made.here_1");
    for (const name of [
      "..",
      "a/b",
      "ä",
      "a,b",
      "a\u0000b",
      "x".repeat(249),
      "made_here_1",
      "made.here.1",
      "made-here.1",
      "made.here_1",
      "__consumer_offsets",
      "__cluster_metadata",
      "__internal",
      "-",
      "_",
    ])
      await make(side, [{ name, ...ONE }]);
    for (const numPartitions of [-1, -2, 0, 2, 10_001, 100_001, 2_147_483_647])
      await make(side, [{ name: "counted", numPartitions, replicationFactor: 1 }]);
    for (const replicationFactor of [-2, -1, 0, 2, 3, 32_767])
      await make(side, [{ name: "copied", numPartitions: 1, replicationFactor }]);
    for (const assignments of [
      [{ partitionIndex: 0, brokerIds: [] }],
      [{ partitionIndex: 0, brokerIds: [0, 0] }],
      [{ partitionIndex: 0, brokerIds: [0, 77] }],
      [{ partitionIndex: 0, brokerIds: [-1] }],
      [{ partitionIndex: -1, brokerIds: [0] }],
      [
        { partitionIndex: 0, brokerIds: [0] },
        { partitionIndex: 0, brokerIds: [0] },
      ],
      [
        { partitionIndex: 1, brokerIds: [0] },
        { partitionIndex: 0, brokerIds: [0] },
      ],
      [
        { partitionIndex: 0, brokerIds: [0] },
        { partitionIndex: 2, brokerIds: [0] },
      ],
    ])
      await make(side, [{ name: "by-hand", ...BY_HAND, assignments }]);
    const assignments = [{ partitionIndex: 0, brokerIds: [0] }];
    for (const numbers of [
      { numPartitions: -1, replicationFactor: 1 },
      { numPartitions: 1, replicationFactor: -1 },
      ONE,
    ])
      await make(side, [{ name: "by-hand", ...numbers, assignments }]);
    // Finds out which of several faults is reported.
    await make(side, [
      { name: "bad name", numPartitions: 0, replicationFactor: 9, configs: [{ name: "no.such", value: "1" }] },
    ]);
    await make(side, [
      { name: "made.here_1", numPartitions: 0, replicationFactor: 9, configs: [{ name: "no.such", value: "1" }] },
    ]);
    await make(side, [
      { name: "faults", numPartitions: 0, replicationFactor: 9, configs: [{ name: "no.such", value: "1" }] },
    ]);
    await make(side, [
      { name: "faults", numPartitions: 1, replicationFactor: 9, configs: [{ name: "no.such", value: "1" }] },
    ]);
    await make(side, [
      {
        name: "faults",
        ...BY_HAND,
        assignments: [{ partitionIndex: 3, brokerIds: [77] }],
        configs: [{ name: "no.such", value: "1" }],
      },
    ]);
    for (const version of range(2, 7)) {
      await make(side, [], version);
      await make(side, [{ name: "made.here_1", ...ONE }], version);
    }
    for (const version of [4, 7])
      await make(
        side,
        [
          { name: "good", ...ONE },
          { name: "bad name", ...ONE },
          { name: "twice", ...ONE },
          { name: "twice", ...ONE },
          { name: "zero", numPartitions: 0, replicationFactor: 1 },
        ],
        version,
      );
    await make(side, [
      { name: "a1", numPartitions: 6000, replicationFactor: 1 },
      { name: "bad name", numPartitions: 4001, replicationFactor: 1 },
      { name: "twice", ...ONE },
      { name: "twice", ...ONE },
      { name: "__cluster_metadata", ...ONE },
    ]);
    await make(side, [
      { name: "twice", ...ONE },
      { name: "twice", ...ONE },
      { name: "__cluster_metadata", ...ONE },
      { name: "a1", ...ONE },
    ]);
    await make(side, [
      { name: "a1", numPartitions: 6000, replicationFactor: 1 },
      { name: "twice", numPartitions: 6000, replicationFactor: 1 },
      { name: "twice", ...ONE },
    ]);
    // Two that collide with each other.
    await make(side, [
      { name: "within.a", ...ONE },
      { name: "within_a", ...ONE },
    ]);
    await side.ask(metadataApi, { topics: [{ name: "good" }], allowAutoTopicCreation: false }, 9);
  },
};

const growing: Case = {
  name: "what is wrong with more partitions",
  run: async (side) => {
    await create(side, "grown", {}, 2);
    const ask = (
      topics: readonly {
        name: string;
        count: number;
        assignments?: readonly { brokerIds: readonly number[] }[] | null;
      }[],
      validateOnly: boolean,
      version: number,
    ): Promise<unknown> =>
      side.ask(
        createPartitionsApi,
        {
          timeoutMs: 10_000,
          validateOnly,
          topics: topics.map(({ assignments = null, ...topic }) => ({ ...topic, assignments })),
        },
        version,
      );
    for (const version of range(0, 3)) {
      for (const count of [-5, -1, 0, 1, 2, 3, 10_002, 100_000]) await ask([{ name: "grown", count }], true, version);
      for (const name of ["nowhere", "", "bad name!", "__consumer_offsets_"])
        await ask([{ name, count: 3 }], true, version);
      for (const assignments of [
        [],
        [{ brokerIds: [] }],
        [{ brokerIds: [0] }],
        [{ brokerIds: [77] }],
        [{ brokerIds: [0, 0] }],
        [{ brokerIds: [0, 77] }],
        [{ brokerIds: [0] }, { brokerIds: [0] }],
      ]) {
        await ask([{ name: "grown", count: 3, assignments }], true, version);
        await ask([{ name: "grown", count: 4, assignments }], true, version);
        await ask([{ name: "grown", count: 2, assignments }], true, version);
      }
      await ask([], true, version);
      await ask(
        [
          { name: "grown", count: 3 },
          { name: "grown", count: 4 },
          { name: "nowhere", count: 1 },
        ],
        true,
        version,
      );
      await ask([{ name: "grown", count: 3 + version }], false, version);
      await side.topicId("grown", { partitions: 3 + version });
    }
    await side.ask(metadataApi, { topics: [{ name: "grown" }], allowAutoTopicCreation: false }, 9);
  },
};

const deleting: Case = {
  name: "what is wrong with deleting a topic",
  run: async (side) => {
    const first = await create(side, "gone-1");
    await create(side, "gone-2");
    for (const version of range(1, 5)) {
      for (const topicNames of [[], [""], ["bad name!"], ["nowhere", "nowhere"], ["nowhere", "neither"]])
        await side.ask(deleteTopicsApi, { timeoutMs: 10_000, topicNames }, version);
    }
    for (const topics of [
      [],
      [{ name: "" }],
      [{ name: null }],
      [{ name: "gone-1", topicId: first }],
      [{ name: "nowhere", topicId: first }],
      [
        { name: null, topicId: UNKNOWN_ID },
        { name: null, topicId: UNKNOWN_ID },
      ],
      [{ name: "nowhere" }, { name: "nowhere" }],
      [{ name: "gone-1" }, { name: null, topicId: first }],
      [{ name: "gone-2" }, { name: "gone-2" }],
      [{ name: null, topicId: first }],
      [{ name: null, topicId: first }],
      [{ name: "gone-2" }],
    ])
      await side.ask(deleteTopicsApi, { timeoutMs: 10_000, topics }, 6);
    await create(side, "gone-1", {}, 1, first);
    await side.ask(metadataApi, { topics: [{ name: null, topicId: first }], allowAutoTopicCreation: false }, 12);
  },
};

const describing: Case = {
  name: "DescribeConfigs of all there is",
  run: async (side) => {
    await create(side, "described", {
      "cleanup.policy": "compact,delete",
      "retention.ms": "77",
      "min.insync.replicas": "1",
      "max.message.bytes": "1048588",
    });
    const broker = "0";
    for (const version of range(1, 4)) {
      for (const includeSynonyms of [false, true]) {
        for (const configurationKeys of [null, [], ["retention.ms", "no.such", "retention.ms"], ["no.such"]])
          await side.ask(
            describeConfigsApi,
            { includeSynonyms, resources: [{ resourceType: 2, resourceName: "described", configurationKeys }] },
            version,
          );
      }
      for (const [resourceType, resourceName] of [
        [2, ""],
        [4, ""],
        [4, "77"],
        [4, "x"],
        [4, "-1"],
        [0, "x"],
        [1, "x"],
        [3, "x"],
        [127, "x"],
        [-1, "x"],
      ] as const)
        await side.ask(
          describeConfigsApi,
          { resources: [{ resourceType, resourceName, configurationKeys: null }] },
          version,
        );
      await side.ask(describeConfigsApi, { resources: [] }, version);
      await side.ask(
        describeConfigsApi,
        {
          resources: [
            { resourceType: 2, resourceName: "described", configurationKeys: ["retention.ms"] },
            { resourceType: 2, resourceName: "described", configurationKeys: ["cleanup.policy"] },
            { resourceType: 2, resourceName: "nowhere", configurationKeys: null },
          ],
        },
        version,
      );
      const configurationKeys = [
        "compression.type",
        "delete.topic.enable",
        "fetch.max.bytes",
        "log.cleanup.policy",
        "log.flush.interval.messages",
        "log.message.timestamp.type",
        "log.retention.bytes",
        "log.retention.hours",
        "log.segment.bytes",
        "max.incremental.fetch.session.cache.slots",
        "message.max.bytes",
        "transaction.max.timeout.ms",
        "num.partitions",
        "auto.create.topics.enable",
        "broker.id",
        "default.replication.factor",
        "node.id",
        "min.insync.replicas",
      ];
      for (const includeSynonyms of [false, true])
        await side.ask(
          describeConfigsApi,
          { includeSynonyms, resources: [{ resourceType: 4, resourceName: broker, configurationKeys }] },
          version,
        );
    }
  },
};

const asking: Case = {
  name: "Metadata of what is not there",
  run: async (side) => {
    const topicId = await create(side, "asked");
    for (const version of range(0, 13)) {
      // Before version 4 every unknown topic is created, and Kafka does not promise how soon.
      const unknown = version < 4 ? [] : [["nowhere"], ["nowhere", "asked", "bad name!"]];
      for (const names of [
        ...unknown,
        [""],
        ["bad name!"],
        ["."],
        ["x".repeat(250)],
        ["asked", "asked"],
        ["bad name!", "asked"],
      ])
        await side.ask(
          metadataApi,
          { topics: names.map((name) => ({ name })), allowAutoTopicCreation: version < 4 },
          version,
        );
      if (version >= 10) {
        await side.ask(metadataApi, { topics: [{ topicId, name: "asked" }], allowAutoTopicCreation: false }, version);
        await side.ask(
          metadataApi,
          { topics: [{ topicId: UNKNOWN_ID, name: "asked" }], allowAutoTopicCreation: false },
          version,
        );
        await side.ask(metadataApi, { topics: [{ name: null }], allowAutoTopicCreation: false }, version);
        await side.ask(
          metadataApi,
          { topics: [{ name: null, topicId }, { name: "asked" }], allowAutoTopicCreation: false },
          version,
        );
      }
      if (version >= 8)
        await side.ask(
          metadataApi,
          {
            topics: [{ name: "asked" }],
            allowAutoTopicCreation: false,
            includeTopicAuthorizedOperations: true,
            ...(version <= 10 ? { includeClusterAuthorizedOperations: true } : {}),
          },
          version,
        );
    }
  },
};

export const topicEdges: readonly Case[] = [
  configValues,
  configOrder,
  configPairs,
  making,
  growing,
  deleting,
  describing,
  asking,
];
