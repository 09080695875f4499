// Configs of every kind of resource, altered and described, rightly and wrongly.
import { alterConfigsApi } from "../../../src/protocol/messages/alter-configs.ts";
import { describeConfigsApi } from "../../../src/protocol/messages/describe-configs.ts";
import { incrementalAlterConfigsApi } from "../../../src/protocol/messages/incremental-alter-configs.ts";
import { listConfigResourcesApi } from "../../../src/protocol/messages/list-config-resources.ts";
import { type Case, create, range } from "./asking.ts";
import type { Side } from "./side.ts";

const [TOPIC, BROKER, LOGGER, METRICS, GROUP] = [2, 4, 8, 16, 32] as const;
const OPERATIONS = { set: 0, delete: 1, append: 2, subtract: 3 } as const;
type Operation = keyof typeof OPERATIONS | number;
type Change = readonly [name: string, operation: Operation, value?: string | null];
type Resource = readonly [type: number, name: string, ...changes: Change[]];
type Replaced = readonly [type: number, name: string, ...configs: (readonly [name: string, value: string | null])[]];

async function alter(side: Side, resources: readonly Resource[], version = 1, validateOnly = false): Promise<void> {
  await side.ask(
    incrementalAlterConfigsApi,
    {
      validateOnly,
      resources: resources.map(([resourceType, resourceName, ...changes]) => ({
        resourceType,
        resourceName,
        configs: changes.map(([name, operation, value = null]) => ({
          name,
          configOperation: typeof operation === "number" ? operation : OPERATIONS[operation],
          value,
        })),
      })),
    },
    version,
  );
}

async function replace(side: Side, resources: readonly Replaced[], version = 2, validateOnly = false): Promise<void> {
  await side.ask(
    alterConfigsApi,
    {
      validateOnly,
      resources: resources.map(([resourceType, resourceName, ...configs]) => ({
        resourceType,
        resourceName,
        configs: configs.map(([name, value]) => ({ name, value })),
      })),
    },
    version,
  );
}

async function describe(
  side: Side,
  resources: readonly (readonly [type: number, name: string])[],
  configurationKeys: readonly string[] | null = null,
  version = 4,
): Promise<void> {
  await side.ask(
    describeConfigsApi,
    {
      includeSynonyms: true,
      resources: resources.map(([resourceType, resourceName]) => ({ resourceType, resourceName, configurationKeys })),
    },
    version,
  );
}

/** A real broker learns of an altered config a moment later. */
async function untilShown(
  side: Side,
  [resourceType, resourceName]: readonly [number, string],
  name: string,
  value: string | null,
): Promise<void> {
  let tries = 0;
  await side.until(async (ask) => {
    const resources = [{ resourceType, resourceName, configurationKeys: [name] }];
    const { results } = await ask(describeConfigsApi, { resources }, 4);
    return (results[0]?.configs[0]?.value ?? null) === value || ++tries > 100;
  });
}

const topicConfigs: Case = {
  name: "IncrementalAlterConfigs of topics",
  run: async (side) => {
    for (const name of ["alter", "alter.2"]) await create(side, name);
    for (const changes of [
      [["cleanup.policy", "append", "compact"]],
      [["cleanup.policy", "append", "compact"]],
      [["cleanup.policy", "subtract", "nope"]],
    ] as const)
      await alter(side, [[TOPIC, "alter", ...changes]]);
    await untilShown(side, [TOPIC, "alter"], "cleanup.policy", "delete,compact");
    await describe(side, [[TOPIC, "alter"]]);
    await alter(side, [[TOPIC, "alter", ["cleanup.policy", "subtract", "delete,compact"]]]);
    await untilShown(side, [TOPIC, "alter"], "cleanup.policy", "");
    await describe(side, [[TOPIC, "alter"]], ["cleanup.policy"]);
    await alter(side, [[TOPIC, "alter", ["cleanup.policy", "append", "delete, delete,compact"]]]);
    await untilShown(side, [TOPIC, "alter"], "cleanup.policy", "delete,compact");
    await alter(side, [[TOPIC, "alter", ["cleanup.policy", "delete", "ignored"]]]);
    await alter(side, [
      [
        TOPIC,
        "alter",
        ["cleanup.policy", "append", "delete"],
        ["retention.ms", "set", " 5 "],
        ["max.message.bytes", "set", "+7000"],
        ["preallocate", "set", "TRUE"],
        ["min.cleanable.dirty.ratio", "set", "1"],
        ["leader.replication.throttled.replicas", "append", "0:1"],
      ],
    ]);
    await untilShown(side, [TOPIC, "alter"], "retention.ms", "5");
    await describe(side, [[TOPIC, "alter"]]);
    for (const changes of WRONG_TOPIC_CHANGES) await alter(side, [[TOPIC, "alter", ...changes]]);
    await alter(side, [[TOPIC, "alter", ["retention.ms", "set", "99"]]], 1, true);
    await alter(side, [[TOPIC, "alter", ["retention.ms", "set", "-99"]]], 1, true);
    await describe(side, [[TOPIC, "alter"]]);
    for (const version of [0, 1]) await alter(side, [[TOPIC, "alter", ["preallocate", "delete"]]], version);
    await alter(side, [
      [TOPIC, "alter", ["retention.ms", "set", "9"]],
      [TOPIC, "alter.2", ["no.such", "set", "9"]],
      [TOPIC, "nowhere", ["retention.ms", "set", "9"]],
      [TOPIC, "nowhere", ["retention.ms", "set", "9"]],
      [TOPIC, "bad name!", ["retention.ms", "set", "9"]],
      [TOPIC, "", ["retention.ms", "set", "9"]],
      [TOPIC, "..", ["retention.ms", "set", "9"]],
    ]);
    await alter(side, [[TOPIC, "nowhere", ["no.such", "append", "9"]]]);
    for (const type of [0, 1, 3, 77, -1]) await alter(side, [[type, "alter", ["a", "set", "b"]]]);
    await alter(side, []);
    await untilShown(side, [TOPIC, "alter"], "retention.ms", "9");
    await describe(side, [[TOPIC, "alter"]], ["retention.ms"]);
  },
};

const WRONG_TOPIC_CHANGES: readonly (readonly Change[])[] = [
  [["cleanup.policy", "append", "sometimes"]],
  [["cleanup.policy", "append", ""]],
  [["cleanup.policy", "append", null]],
  [["retention.ms", "append", "5"]],
  [["retention.ms", "subtract", "5"]],
  [["retention.ms", "set", null]],
  [
    ["retention.ms", "set", null],
    ["retention.bytes", "set", null],
  ],
  [
    ["retention.ms", "set", null],
    ["retention.ms", "set", null],
  ],
  [
    ["retention.ms", "set", "5"],
    ["retention.ms", "delete"],
  ],
  [["retention.ms", "set", "abc"]],
  [["retention.ms", "set", "-2"]],
  [["no.such", "set", "5"]],
  [["no.such", "delete"]],
  [["no.such", "append", "a"]],
  [["", "set", "5"]],
  [
    ["retention.ms", "set", "6"],
    ["segment.bytes", "set", "1"],
  ],
  [["min.insync.replicas", "set", "0"]],
  [
    ["min.compaction.lag.ms", "set", "10"],
    ["max.compaction.lag.ms", "set", "5"],
  ],
  [["remote.storage.enable", "set", "true"]],
  [["leader.replication.throttled.replicas", "append", "*"]],
  [["compression.type", "set", "ZSTD"]],
  [["retention.ms", 9, "5"]],
  [["retention.ms", -1, "5"]],
  [],
];

const replacedConfigs: Case = {
  name: "AlterConfigs",
  run: async (side) => {
    for (const name of ["replace", "replace.2"]) await create(side, name, { "retention.bytes": "1000" });
    for (const version of range(0, 2)) await replace(side, [[TOPIC, "replace", ["retention.ms", "7"]]], version);
    await untilShown(side, [TOPIC, "replace"], "retention.ms", "7");
    await describe(side, [[TOPIC, "replace"]]);
    for (const one of [
      [TOPIC, "replace", ["retention.ms", "7"], ["retention.ms", "8"]],
      [TOPIC, "replace", ["retention.ms", null]],
      [TOPIC, "replace", ["no.such", "1"]],
      [TOPIC, "replace", ["retention.ms", "a"]],
      [TOPIC, "nowhere", ["retention.ms", "7"]],
      [TOPIC, "bad name!", ["retention.ms", "7"]],
      [TOPIC, "", ["retention.ms", "7"]],
      [LOGGER, "0", ["root", "INFO"]],
      [0, "x", ["a", "b"]],
      [77, "x", ["a", "b"]],
      [BROKER, "0", ["process.roles", "x"]],
      [BROKER, "0", ["log.retention.ms", null]],
      [BROKER, "5", ["log.retention.ms", "7"]],
      [BROKER, "abc", ["log.retention.ms", "7"]],
      [BROKER, "", ["log.retention.ms", "7"]],
      [BROKER, "0", ["min.insync.replicas", "1"]],
      [GROUP, "", ["share.session.timeout.ms", "50000"]],
      [GROUP, "r", ["no.such", "50000"]],
      [METRICS, "", ["interval.ms", "5000"]],
      [METRICS, "r", ["no.such", "5000"]],
      [METRICS, "r", ["interval.ms", "50"]],
    ] as readonly Replaced[])
      await replace(side, [one]);
    await replace(side, [[TOPIC, "replace", ["retention.bytes", "7"]]], 2, true);
    await replace(side, [
      [77, "x", ["a", "b"]],
      [TOPIC, "replace.2", ["retention.ms", "5"]],
    ]);
    await replace(side, [[GROUP, "r", ["share.session.timeout.ms", "50000"]]]);
    await replace(side, [[METRICS, "r", ["interval.ms", "5000"]]]);
    await replace(side, [[BROKER, "0", ["log.retention.bytes", "7777"]]]);
    await untilShown(side, [BROKER, "0"], "log.retention.bytes", "7777");
    await describe(
      side,
      [
        [GROUP, "r"],
        [METRICS, "r"],
        [TOPIC, "replace"],
        [TOPIC, "replace.2"],
        [BROKER, ""],
      ],
      null,
    );
    await describe(side, [[BROKER, "0"]], ["log.retention.bytes"]);
    await replace(side, [
      [TOPIC, "replace"],
      [GROUP, "r"],
      [METRICS, "r"],
      [BROKER, "0"],
    ]);
    await untilShown(side, [BROKER, "0"], "log.retention.bytes", "-1");
    await describe(side, [
      [TOPIC, "replace"],
      [GROUP, "r"],
      [METRICS, "r"],
    ]);
    await side.ask(listConfigResourcesApi, { resourceTypes: [GROUP, METRICS] }, 1);
  },
};

const brokerConfigs: Case = {
  name: "IncrementalAlterConfigs of brokers",
  run: async (side) => {
    await create(side, "of-broker");
    const both = ["log.retention.ms", "log.retention.hours", "log.retention.minutes", "retention.ms"];
    const all = [
      [BROKER, "0"],
      [BROKER, ""],
      [TOPIC, "of-broker"],
    ] as const;
    await alter(side, [[BROKER, "0", ["log.retention.ms", "set", "5000000"]]]);
    await untilShown(side, [BROKER, "0"], "log.retention.ms", "5000000");
    await describe(side, all, both);
    await alter(side, [[BROKER, "", ["log.retention.ms", "set", "6000000"]]]);
    await untilShown(side, [BROKER, ""], "log.retention.ms", "6000000");
    await describe(side, all, both);
    await alter(side, [[BROKER, "0", ["log.retention.ms", "delete"]]]);
    await untilShown(side, [BROKER, "0"], "log.retention.ms", "6000000");
    await describe(side, all, both);
    await alter(side, [[BROKER, "", ["log.retention.ms", "delete"]]]);
    await untilShown(side, [BROKER, "0"], "log.retention.ms", null);
    await describe(side, all, both);
    for (const [name, ...changes] of BROKER_CHANGES) await alter(side, [[BROKER, name, ...changes]]);
    await alter(
      side,
      [
        [BROKER, "0", ["log.retention.ms", "set", "77"]],
        [BROKER, "", ["log.retention.ms", "set", "78"]],
        [BROKER, "5", ["log.retention.ms", "set", "79"]],
      ],
      1,
      true,
    );
    await alter(side, [
      [BROKER, "0", ["log.retention.ms", "set", "77"]],
      [BROKER, "0", ["log.retention.ms", "set", "77"]],
    ]);
    await alter(side, [[BROKER, "0", ["log.message.timestamp.type", "set", "LogAppendTime"]]]);
    await untilShown(side, [TOPIC, "of-broker"], "message.timestamp.type", "LogAppendTime");
    // Kafka describes more configs of a broker than its file has; the file itself is its own.
    const changed = [
      "no.such",
      "listener.name.plaintext.max.connections",
      "log.cleanup.policy",
      "log.message.timestamp.type",
      "log.roll.ms",
      "log.flush.interval.ms",
      "log.roll.jitter.ms",
      "max.connections",
      "sasl.jaas.config",
      "num.io.threads",
      "min.insync.replicas",
    ];
    await describe(side, [[BROKER, "0"]], changed);
    await describe(side, [[BROKER, ""]]);
    await describe(side, [[TOPIC, "of-broker"]]);
    await replace(side, [[BROKER, "0"]]);
    await replace(side, [[BROKER, "", ["min.insync.replicas", "1"]]]);
    await untilShown(side, [TOPIC, "of-broker"], "message.timestamp.type", "CreateTime");
    await untilShown(side, [BROKER, ""], "listener.name.plaintext.max.connections", null);
    await describe(side, [
      [TOPIC, "of-broker"],
      [BROKER, ""],
    ]);
  },
};

const BROKER_CHANGES: readonly (readonly [name: string, ...changes: Change[]])[] = [
  ["0", ["process.roles", "set", "x"]],
  ["", ["process.roles", "set", "x"]],
  ["0", ["log.retention.hours", "delete"]],
  ["0", ["node.id", "set", "7"]],
  ["0", ["broker.rack", "set", "x"]],
  ["", ["ssl.keystore.type", "set", "PEM"]],
  ["0", ["ssl.key.password", "set", "x"]],
  ["", ["listeners", "set", "PLAINTEXT://:0"]],
  ["0", ["no.such", "set", "1"]],
  ["0", ["min.insync.replicas", "set", "1"]],
  ["0", ["min.insync.replicas", "delete"]],
  ["", ["min.insync.replicas", "delete"]],
  ["", ["min.insync.replicas", "set", "0"]],
  ["", ["min.insync.replicas", "set", "1"]],
  ["5", ["log.retention.ms", "set", "5000"]],
  ["abc", ["log.retention.ms", "set", "5000"]],
  ["-1", ["log.retention.ms", "set", "5000"]],
  ["0", ["message.max.bytes", "set", "abc"]],
  ["0", ["message.max.bytes", "set", "-1"]],
  ["0", ["message.max.bytes", "append", "1"]],
  ["0", ["message.max.bytes", "subtract", "1"]],
  ["0", ["message.max.bytes", "set", null]],
  ["0", ["message.max.bytes", "set", "1"], ["message.max.bytes", "set", "2"]],
  ["0", ["message.max.bytes", 9, "2"]],
  ["0", ["no.such.list", "append", "1"]],
  ["0", ["log.cleanup.policy", "append", "compact"]],
  ["0", ["log.cleanup.policy", "set", "sometimes"]],
  ["0", ["leader.replication.throttled.rate", "set", "-5"]],
  ["0", ["num.io.threads", "set", "100"]],
  ["0", ["num.io.threads", "set", "1"]],
  ["0", ["num.io.threads", "set", "9"]],
  ["0", ["log.segment.bytes", "set", "1"]],
  ["0", ["unclean.leader.election.enable", "set", "maybe"]],
  ["0", ["log.cleaner.min.cleanable.ratio", "set", "2"]],
  ["0", ["sasl.jaas.config", "set", "x"]],
  ["0", ["listener.name.plaintext.max.connections", "set", "7000"]],
  ["", ["listener.name.plaintext.max.connections", "set", "7001"]],
  ["0", ["log.roll.ms", "set", "500000"], ["log.roll.jitter.ms", "set", "5"], ["log.flush.interval.ms", "set", "5"]],
  ["0"],
  [""],
];

const groupConfigs: Case = {
  name: "configs of groups, metrics and loggers",
  run: async (side) => {
    for (const [name, value] of GROUP_VALUES) await alter(side, [[GROUP, "g", [name, "set", value]]]);
    for (const changes of [
      [["consumer.session.timeout.ms", "append", "1"]],
      [["streams.rack.aware.assignment.tags", "append", "z"]],
      [["streams.rack.aware.assignment.tags", "subtract", "a"]],
      [["consumer.session.timeout.ms", "set", null]],
      [["consumer.session.timeout.ms", 9, "1"]],
      [["foo", "delete"]],
      [
        ["consumer.session.timeout.ms", "set", "1"],
        ["consumer.session.timeout.ms", "delete"],
      ],
      [
        ["consumer.session.timeout.ms", "set", "45000"],
        ["foo", "set", "1"],
      ],
    ] as readonly (readonly Change[])[])
      await alter(side, [[GROUP, "g", ...changes]]);
    await alter(side, [[GROUP, "", ["consumer.session.timeout.ms", "set", "50000"]]]);
    await alter(side, [[GROUP, "never", ["consumer.session.timeout.ms", "set", "50000"]]], 1, true);
    await untilShown(side, [GROUP, "g"], "errors.deadletterqueue.topic.name", "t");
    await describe(side, [
      [GROUP, "g"],
      [GROUP, "unset"],
      [GROUP, ""],
    ]);
    await describe(side, [[GROUP, "g"]], ["foo"]);
    for (const [name, value] of METRICS_VALUES) await alter(side, [[METRICS, "m", [name, "set", value]]]);
    for (const [name, ...change] of [
      ["m", "metrics", "append", "z"],
      ["m", "metrics", "subtract", "z"],
      ["m", "interval.ms", "set", null],
      ["", "interval.ms", "set", "1000"],
      ["m", "foo", "delete"],
      ["bad name!", "interval.ms", "set", "1000"],
    ] as const)
      await alter(side, [[METRICS, name, change]]);
    await untilShown(side, [METRICS, "bad name!"], "interval.ms", "1000");
    await describe(side, [
      [METRICS, "m"],
      [METRICS, "unset"],
      [METRICS, ""],
    ]);
    await side.ask(listConfigResourcesApi, {}, 0);
    for (const types of [[GROUP, METRICS, LOGGER, BROKER], [BROKER, BROKER], [99], [0], [1], [99, TOPIC]])
      await side.ask(listConfigResourcesApi, { resourceTypes: types }, 1);
    await alter(side, [
      [METRICS, "m", ["interval.ms", "delete"], ["metrics", "delete"], ["match", "delete"]],
      [METRICS, "bad name!", ["interval.ms", "delete"]],
    ]);
    await replace(side, [[GROUP, "g"]]);
    await untilShown(side, [METRICS, "bad name!"], "interval.ms", "300000");
    await untilShown(side, [GROUP, "g"], "errors.deadletterqueue.topic.name", "");
    await side.ask(listConfigResourcesApi, { resourceTypes: [METRICS, GROUP] }, 1);
    const root = "root";
    const own = "org.apache.kafka.server.logger.LoggingController";
    for (const [name, ...changes] of [
      ["0", [root, "set", "INFO"]],
      ["0", [root, "set", "info"]],
      ["0", [root, "set", "OFF"]],
      ["0", ["no.such", "set", "INFO"]],
      ["0", ["no.such", "delete"]],
      ["0", [root, "append", "INFO"]],
      ["0", [root, "subtract", "INFO"]],
      ["0", [root, "delete"]],
      ["0", [root, "set", null]],
      ["0", [root, 9, "INFO"]],
      ["0", [root, "set", "INFO"], [root, "set", "DEBUG"]],
      ["1", [root, "set", "INFO"]],
      ["", [root, "set", "INFO"]],
      ["abc", [root, "set", "INFO"]],
      ["0", [own, "set", "DEBUG"]],
      ["0", [own, "delete"]],
      ["0", [own, "set", "TRACE"], ["no.such", "set", "INFO"]],
      ["0"],
    ] as readonly (readonly [name: string, ...changes: Change[]])[])
      await alter(side, [[LOGGER, name, ...changes]]);
    await alter(side, [[LOGGER, "0", [root, "set", "WARN"]]], 1, true);
    await describe(side, [
      [LOGGER, "0"],
      [LOGGER, "1"],
      [LOGGER, ""],
      [LOGGER, "abc"],
    ]);
  },
};

const GROUP_VALUES: readonly (readonly [name: string, value: string])[] = [
  ["consumer.session.timeout.ms", "50000"],
  ["consumer.session.timeout.ms", "44999"],
  ["consumer.session.timeout.ms", "60001"],
  ["consumer.session.timeout.ms", "abc"],
  ["consumer.session.timeout.ms", "0"],
  ["consumer.heartbeat.interval.ms", "4999"],
  ["consumer.heartbeat.interval.ms", "15001"],
  ["consumer.heartbeat.interval.ms", "15000"],
  ["consumer.assignment.interval.ms", "15001"],
  ["consumer.assignment.interval.ms", "-1"],
  ["share.session.timeout.ms", "1"],
  ["share.record.lock.duration.ms", "14999"],
  ["share.record.lock.duration.ms", "1"],
  ["share.delivery.count.limit", "11"],
  ["share.delivery.count.limit", "1"],
  ["share.partition.max.record.locks", "4001"],
  ["share.auto.offset.reset", "never"],
  ["share.auto.offset.reset", "by_duration:PT1H"],
  ["share.auto.offset.reset", "by_duration:P1DT2H3M4.5S"],
  ["share.auto.offset.reset", "by_duration:x"],
  ["share.auto.offset.reset", "by_duration:P"],
  ["share.isolation.level", "x"],
  ["share.assignment.interval.ms", "15001"],
  ["share.renew.acknowledge.enable", "x"],
  ["streams.heartbeat.interval.ms", "1"],
  ["streams.num.standby.replicas", "3"],
  ["streams.num.standby.replicas", "-1"],
  ["streams.initial.rebalance.delay.ms", "-1"],
  ["streams.assignor.name", "foo"],
  ["streams.assignor.name", "sticky"],
  ["streams.rack.aware.assignment.tags", "a,b"],
  ["streams.rack.aware.assignment.tags", "a,a"],
  ["errors.deadletterqueue.copy.record.enable", "true"],
  ["foo", "1"],
  ["errors.deadletterqueue.topic.name", "t"],
];

const METRICS_VALUES: readonly (readonly [name: string, value: string])[] = [
  ["interval.ms", "99"],
  ["interval.ms", "3600001"],
  ["interval.ms", "abc"],
  ["interval.ms", "1000"],
  ["metrics", "a,b"],
  ["metrics", ""],
  ["metrics", "a,*"],
  ["match", "foo=bar"],
  ["match", "client_id=x"],
  ["match", "client_id=["],
  ["match", "client_id"],
  ["match", "client_id=a=b"],
  ["match", ""],
  ["match", "client_software_name=x,client_id=y"],
  ["foo", "1"],
];

const describedConfigs: Case = {
  name: "DescribeConfigs",
  run: async (side) => {
    await create(side, "described", { "retention.ms": "1234567" });
    for (const version of range(1, 4)) {
      await describe(side, [[TOPIC, "described"]], null, version);
      await describe(side, [[GROUP, "any"]], null, version);
      await describe(side, [[METRICS, "any"]], null, version);
    }
    await describe(side, [
      [TOPIC, ""],
      [TOPIC, "nowhere"],
      [TOPIC, "bad!"],
      [BROKER, "1"],
      [BROKER, "abc"],
    ]);
    for (const name of ["+0", "00"])
      await describe(side, [[BROKER, name]], ["log.retention.bytes", "log.retention.ms"]);
    for (const type of [77, 0, 1, 3, -1])
      await describe(side, [
        [TOPIC, "described"],
        [type, "x"],
      ]);
    await describe(side, [[TOPIC, "described"]], ["retention.ms", "retention.ms", "nokey"]);
    await describe(
      side,
      [
        [TOPIC, "described"],
        [TOPIC, "described"],
      ],
      ["retention.ms"],
    );
    await describe(side, [[TOPIC, "described"]], []);
    await describe(side, []);
    // Of the file of a real broker, only this differs: its addresses and folders, its roles, and the topics of its own.
    const { results } = (await side.ask(
      describeConfigsApi,
      { includeSynonyms: true, resources: [{ resourceType: BROKER, resourceName: "0", configurationKeys: null }] },
      4,
    )) ?? { results: [] };
    side.transcript.pop();
    side.transcript.push(
      (results[0]?.configs ?? [])
        .filter(({ name }) => !OF_THE_MACHINE.test(name))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
  },
};

const OF_THE_MACHINE =
  /listener|^log\.dirs?$|^controller\.quorum\.voters|process\.roles|\.topic\.|^transaction\.state|^broker\.(session|heartbeat)|offload/;

export const configEdges: readonly Case[] = [
  topicConfigs,
  replacedConfigs,
  brokerConfigs,
  groupConfigs,
  describedConfigs,
];
