import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type RawClient,
  type RawWorld,
  NOW,
  batchOf,
  produceTo,
  withCluster,
} from "../../../test/embedded/raw-client.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { alterConfigsApi } from "../../protocol/messages/alter-configs.ts";
import { describeConfigsApi } from "../../protocol/messages/describe-configs.ts";
import { incrementalAlterConfigsApi } from "../../protocol/messages/incremental-alter-configs.ts";
import { listConfigResourcesApi } from "../../protocol/messages/list-config-resources.ts";
import { EmbeddedCluster } from "../embedded-cluster.ts";

const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3];
const [TOPIC, BROKER, LOGGER, METRICS, GROUP] = [2, 4, 8, 16, 32];

type Change = readonly [name: string, operation: number, value?: string | null];

async function alter(
  client: RawClient,
  resourceType: number,
  resourceName: string,
  changes: readonly Change[],
  validateOnly = false,
): Promise<readonly [code: number | undefined, text: string | null | undefined]> {
  const configs = changes.map(([name, configOperation, value = null]) => ({ name, configOperation, value }));
  const resources = [{ resourceType, resourceName, configs }];
  const { responses } = await client.request(incrementalAlterConfigsApi, { resources, validateOnly });
  return [responses[0]?.errorCode, responses[0]?.errorMessage];
}

/** Value and source of a config. */
async function shown(
  client: RawClient,
  resourceType: number,
  resourceName: string,
  name: string,
): Promise<readonly [value: string | null | undefined, source: number | undefined]> {
  const resources = [{ resourceType, resourceName, configurationKeys: [name] }];
  const { results } = await client.request(describeConfigsApi, { resources });
  const [config] = results[0]?.configs ?? [];
  return [config?.value, config?.configSource];
}

const ok = [0, null];

test("a topic's config is set, appended to, subtracted from and deleted", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    const rows: readonly (readonly [changes: readonly Change[], value: string, source: number])[] = [
      [[["cleanup.policy", APPEND, "compact"]], "delete,compact", 1],
      [[["cleanup.policy", SUBTRACT, "delete"]], "compact", 1],
      [[["cleanup.policy", SUBTRACT, "compact"]], "", 1],
      [[["cleanup.policy", APPEND, "delete"]], "delete", 1],
      [[["cleanup.policy", SET, "compact"]], "compact", 1],
      [[["cleanup.policy", DELETE]], "delete", 5],
    ];
    for (const [changes, value, source] of rows) {
      assert.deepEqual(await alter(client, TOPIC, "t", changes), ok);
      assert.deepEqual(await shown(client, TOPIC, "t", "cleanup.policy"), [value, source], JSON.stringify(changes));
    }
  }));

test("of several changes of a resource all are made or none; other resources of the request are altered", () =>
  withCluster({ topics: { t: 1, u: 1 } }, async ({ connect }) => {
    const client = await connect();
    const good = { name: "retention.ms", configOperation: SET, value: "5" };
    const { responses } = await client.request(incrementalAlterConfigsApi, {
      resources: [
        { resourceType: TOPIC, resourceName: "t", configs: [good, { ...good, name: "segment.bytes" }] },
        { resourceType: TOPIC, resourceName: "u", configs: [good] },
      ],
    });
    assert.deepEqual(
      responses.map(({ errorCode }) => errorCode),
      [40, 0],
    );
    assert.deepEqual(await shown(client, TOPIC, "t", "retention.ms"), ["604800000", 5]);
    assert.deepEqual(await shown(client, TOPIC, "u", "retention.ms"), ["5", 1]);
  }));

test("wrong changes are refused with Kafka's codes and texts, and change nothing", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    const rows: readonly (readonly [
      type: number,
      name: string,
      changes: readonly Change[],
      code: number,
      text: RegExp,
    ])[] = [
      [TOPIC, "t", [["retention.ms", APPEND, "5"]], 40, /^Can't APPEND to key retention\.ms because its type/],
      [TOPIC, "t", [["retention.ms", SET, null]], 42, /^Null value not supported for : retention\.ms$/],
      [
        TOPIC,
        "t",
        [
          ["a", SET, "1"],
          ["a", DELETE],
        ],
        42,
        /^Error due to duplicate config keys$/,
      ],
      [TOPIC, "t", [["a", SET, "1"]], 40, /^Unknown topic config name: a$/],
      [TOPIC, "nowhere", [["retention.ms", SET, "1"]], 3, /^The topic 'nowhere' does not exist\.$/],
      [TOPIC, "", [["retention.ms", SET, "1"]], 42, /^Default topic resources are not allowed\.$/],
      [BROKER, "0", [["process.roles", SET, "x"]], 42, /^Cannot update these configs dynamically: \[process\.roles\]$/],
      [BROKER, "1", [["log.retention.ms", SET, "1"]], 42, /^Unexpected broker id, expected 0, but received 1$/],
      [BROKER, "", [["min.insync.replicas", DELETE]], 40, /^Cluster-level min\.insync\.replicas cannot be removed/],
      [BROKER, "0", [["min.insync.replicas", SET, "1"]], 40, /^Broker-level min\.insync\.replicas cannot be altered/],
      [LOGGER, "0", [["root", DELETE]], 42, /^Removing the log level of the root logger is not allowed$/],
      [LOGGER, "0", [["no.such", SET, "INFO"]], 40, /^Logger no\.such does not exist!$/],
      [GROUP, "g", [["consumer.session.timeout.ms", SET, "1"]], 40, /must be in the range 45000 to 60000 inclusive/],
      [METRICS, "m", [["match", SET, "foo=bar"]], 40, /^Illegal client matching pattern: foo=bar$/],
      [77, "x", [["a", SET, "1"]], 42, /^Unknown resource type 77$/],
    ];
    for (const [type, name, changes, code, text] of rows) {
      const [errorCode, errorMessage] = await alter(client, type, name, changes);
      assert.equal(errorCode, code, `${type} ${name} ${JSON.stringify(changes)}`);
      assert.match(errorMessage ?? "", text);
    }
    assert.deepEqual(await alter(client, TOPIC, "t", [["retention.ms", 9, "5"]]), [-1, null]);
    const { configResources } = await client.request(listConfigResourcesApi, { resourceTypes: [GROUP, METRICS] });
    assert.deepEqual(configResources, []);
    assert.deepEqual(await shown(client, TOPIC, "t", "retention.ms"), ["604800000", 5]);
  }));

test("a resource that is named twice is refused, by AlterConfigs too", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    const twice = [1, 2].map((ms) => ({
      resourceType: TOPIC,
      resourceName: "t",
      configs: [{ name: "retention.ms", value: String(ms) }],
    }));
    for (const api of [incrementalAlterConfigsApi, alterConfigsApi]) {
      const { responses } = await client.request(api, { resources: twice });
      assert.deepEqual(
        responses.map(({ errorCode, errorMessage }) => [errorCode, errorMessage]),
        twice.map(() => [42, "Each resource must appear at most once."]),
      );
    }
  }));

test("with validateOnly nothing changes", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    const rows: readonly (readonly [type: number, name: string, change: Change])[] = [
      [TOPIC, "t", ["retention.ms", SET, "5"]],
      [BROKER, "0", ["log.retention.ms", SET, "5"]],
      [GROUP, "g", ["consumer.session.timeout.ms", SET, "50000"]],
      [METRICS, "m", ["interval.ms", SET, "5000"]],
      [LOGGER, "0", ["root", SET, "DEBUG"]],
    ];
    for (const [type, name, change] of rows) {
      const before = await shown(client, type, name, change[0]);
      assert.deepEqual(await alter(client, type, name, [change], true), ok);
      assert.deepEqual(await shown(client, type, name, change[0]), before);
      assert.deepEqual(await alter(client, type, name, [change]), ok);
      assert.equal((await shown(client, type, name, change[0]))[0], change[2]);
    }
  }));

test("AlterConfigs replaces everything that was set", () =>
  withCluster({ topics: { t: { partitions: 1, configs: { "retention.bytes": "9" } } } }, async ({ connect }) => {
    const client = await connect();
    const replace = async (configs: readonly { name: string; value: string | null }[]): Promise<number | undefined> =>
      (await client.request(alterConfigsApi, { resources: [{ resourceType: TOPIC, resourceName: "t", configs }] }))
        .responses[0]?.errorCode;
    assert.equal(await replace([{ name: "retention.ms", value: "7" }]), 0);
    assert.deepEqual(await shown(client, TOPIC, "t", "retention.bytes"), ["-1", 5]);
    assert.deepEqual(await shown(client, TOPIC, "t", "retention.ms"), ["7", 1]);
    assert.equal(await replace([{ name: "retention.ms", value: null }]), 42);
    assert.equal(await replace([]), 0);
    assert.deepEqual(await shown(client, TOPIC, "t", "retention.ms"), ["604800000", 5]);
  }));

test("a topic has the value of its broker, else of all brokers, else of their file", () =>
  withCluster({ topics: { t: 1 }, configs: { "log.retention.hours": "1" } }, async ({ connect }) => {
    const client = await connect();
    const retention = (): Promise<unknown> => shown(client, TOPIC, "t", "retention.ms");
    assert.deepEqual(await retention(), ["3600000", 5]);
    assert.deepEqual(await alter(client, BROKER, "", [["log.retention.ms", SET, "3"]]), ok);
    assert.deepEqual(await retention(), ["3", 3]);
    assert.deepEqual(await alter(client, BROKER, "0", [["log.retention.ms", SET, "2"]]), ok);
    assert.deepEqual(await retention(), ["2", 2]);
    assert.deepEqual(await alter(client, TOPIC, "t", [["retention.ms", SET, "1"]]), ok);
    assert.deepEqual(await retention(), ["1", 1]);
  }));

test("altered configs have an effect on the next record", async () => {
  const rows: readonly (readonly [what: string, change: Change, code: number, world?: (world: RawWorld) => void])[] = [
    ["max.message.bytes", ["max.message.bytes", SET, "10"], 10],
    ["cleanup.policy", ["cleanup.policy", SET, "compact"], 87],
    ["message.timestamp.before.max.ms", ["message.timestamp.before.max.ms", SET, "1000"], 32],
    ["min.insync.replicas", ["min.insync.replicas", SET, "3"], 19, ({ cluster }) => cluster.shrinkIsr(2)],
  ];
  for (const [what, change, code, prepare] of rows)
    await withCluster({ brokers: 3, topics: { t: { partitions: 1, replicationFactor: 3 } } }, async (world) => {
      const client = await world.connect();
      if (prepare !== undefined) world.cluster.pauseReplication(2);
      prepare?.(world);
      const write = (): Promise<number> =>
        produceTo(client, batchOf({ timestamp: NOW - 60_000 })).then(({ errorCode }) => errorCode);
      assert.equal(await write(), 0, what);
      assert.deepEqual(await alter(client, TOPIC, "t", [change]), ok);
      assert.equal(await write(), code, what);
      assert.deepEqual(await alter(client, TOPIC, "t", [[change[0], DELETE]]), ok);
      assert.equal(await write(), 0, what);
    });
});

test("message.timestamp.type of all brokers stamps the next record", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    assert.equal((await produceTo(client, batchOf())).logAppendTimeMs, -1);
    assert.deepEqual(await alter(client, BROKER, "", [["log.message.timestamp.type", SET, "LogAppendTime"]]), ok);
    assert.ok((await produceTo(client, batchOf())).logAppendTimeMs >= NOW);
  }));

test("a lower min.insync.replicas commits what waited", () =>
  withCluster(
    { brokers: 2, topics: { t: { partitions: 1, replicationFactor: 2, configs: { "min.insync.replicas": "2" } } } },
    async ({ connect, cluster }) => {
      const client = await connect();
      await produceTo(client, batchOf());
      cluster.pauseReplication(1);
      cluster.shrinkIsr(1);
      await produceTo(client, batchOf(), { acks: 1 });
      const committed = (): number => cluster.snapshot().topics[0]?.partitions[0]?.highWatermark ?? -1;
      assert.equal(committed(), 1);
      assert.deepEqual(await alter(client, TOPIC, "t", [["min.insync.replicas", SET, "1"]]), ok);
      assert.equal(committed(), 2);
    },
  ));

test("ListConfigResources lists what has configs, by type", () =>
  withCluster({ brokers: 2, topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    await alter(client, GROUP, "g", [["consumer.session.timeout.ms", SET, "50000"]]);
    await alter(client, METRICS, "m", [["interval.ms", SET, "5000"]]);
    const list = async (resourceTypes: readonly number[], version = 1): Promise<unknown> => {
      const { errorCode, configResources } = await client.request(listConfigResourcesApi, { resourceTypes }, version);
      return [errorCode, ...configResources.map(({ resourceType, resourceName }) => `${resourceType} ${resourceName}`)];
    };
    assert.deepEqual(await list([]), [0, "32 g", "16 m", "8 0", "8 1", "4 0", "4 1", "2 t"]);
    assert.deepEqual(await list([GROUP]), [0, "32 g"]);
    assert.deepEqual(await list([], 0), [0, "16 m"]);
    assert.deepEqual(await list([GROUP, 99]), [35]);
  }));

test("the file of the brokers has only configs that Kafka has, and no option", async () => {
  const rows: readonly (readonly [configs: Record<string, string>, text: RegExp])[] = [
    [{ "no.such": "1" }, /configs: Kafka has no broker config no\.such$/],
    [{ "log.retention.ms": "long" }, /Invalid value long for configuration log\.retention\.ms: Not a number/],
    [{ "num.partitions": "1" }, /num\.partitions has an option of its own: numPartitions$/],
    [{ "group.max.size": "1" }, /group\.max\.size has an option of its own: groups\.maxSize$/],
    [{ "log.retention.ms": 1 as never }, /log\.retention\.ms/],
    [null as never, /configs/],
  ];
  for (const [configs, text] of rows)
    await assert.rejects(
      EmbeddedCluster.start({ configs }, {} as never),
      (error) => error instanceof KafkaError && error.kind === "config" && text.test(error.message),
    );
});
