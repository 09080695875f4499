// Packages that stand on kafkajs, each used as its README says, on kafkajs and on the alias.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { nodeBinary } from "../package/site.ts";
import { type Brokers, embeddedBrokers, makeTopics, realBrokers } from "./brokers.ts";
import { CLIENTS, type Client, Installation, type Tarballs, packBoth } from "./installation.ts";

const PACKAGES = [
  "@christiangalsterer/kafkajs-prometheus-exporter@3.2.1",
  "prom-client@15.1.3",
  "@kafkajs/confluent-schema-registry@4.1.0",
  "kafkajs-snappy@1.1.0",
  "kafkajs-async-retry@1.0.0",
  "@ovotech/avro-kafkajs@0.8.1",
  "@jm18457/kafkajs-msk-iam-authentication-mechanism@4.0.0",
];

interface Proof {
  readonly what: string;
  /** Names of topics, each with its number of partitions. */
  readonly topics: Readonly<Record<string, number>>;
  /** `real`: on a real Kafka as well. */
  readonly isReal?: true;
  readonly expected: unknown;
}

interface MskResult {
  readonly wrong: string;
  /** The mechanism's log lines. */
  readonly lines: readonly string[];
}

/** Metrics that stay at zero in a run without a crash and without a wait. */
const UNUSED = /connection_crashed_total$|queue_size$|(admin|producer)_connection_count$/;

const PROOFS: Readonly<Record<string, Proof>> = {
  schemaRegistry: {
    what: "@kafkajs/confluent-schema-registry encodes and decodes",
    topics: { schema: 1 },
    expected: { id: 1, decoded: [{ n: 1 }, { n: 2 }, { n: 3 }], buffers: true },
  },
  asyncRetry: {
    what: "kafkajs-async-retry tries again later, and gives up",
    topics: { work: 1, "retried-retry-1": 1, "retried-retry-2": 1, "retried-dlq": 1 },
    isReal: true,
    expected: {
      tried: ["later 0 work", "later 1 work", "never 0 work", "never 1 work", "never 2 work", "now 0 work"],
      dead: ["never"],
    },
  },
  avro: {
    what: "@ovotech/avro-kafkajs wraps producer, transaction and consumer",
    topics: { avro: 3 },
    isReal: true,
    expected: { eachMessage: [{ n: 1 }, { n: 2 }], eachBatch: [{ n: 1 }, { n: 2 }] },
  },
  n8n: {
    what: "n8n's way: a batch by hand, isRunning and isStale, heartbeats",
    topics: { n8n: 3 },
    isReal: true,
    expected: { stale: 1, stopped: 1, all: 200, again: [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20], begins: 101 },
  },
};

let tarballs: Tarballs;
let brokers: readonly Brokers[];
const installations = new Map<Client, Installation>();

before(async () => {
  tarballs = packBoth();
  brokers = [await embeddedBrokers(), await realBrokers()];
  // @ovotech/avro-kafkajs names kafkajs 1 as its peer: its users install with this option.
  const args = ["--legacy-peer-deps"];
  for (const client of CLIENTS)
    installations.set(
      client,
      new Installation({ client, tarballs, packages: PACKAGES, args, node: nodeBinary("24.21.0") }),
    );
});

after(async () => {
  tarballs.remove();
  for (const each of brokers) await each.stop();
  for (const installation of installations.values()) installation.remove();
});

let runs = 0;

/** Runs a part of the program on topics of its own. */
async function part(client: Client, name: string, topics: Proof["topics"], on = brokers[0]!): Promise<unknown> {
  const prefix = `library${runs++}`;
  for (const [topic, partitions] of Object.entries(topics)) await makeTopics(on, [`${prefix}-${topic}`], partitions);
  const program = installations.get(client)!.start("libraries.mjs", [on.bootstrapServers, prefix, name]);
  return (await program.whenEnded()).json();
}

for (const client of CLIENTS) {
  for (const [name, { what, topics, isReal, expected }] of Object.entries(PROOFS))
    test(`${client}: ${what}`, async () => {
      for (const on of isReal === true ? brokers : brokers.slice(0, 1))
        assert.deepEqual(await part(client, name, topics, on), expected, on.name);
    });

  test(`${client}: kafkajs-snappy is registered and read`, async () => {
    const { isUsed, ...rest } = (await part(client, "snappy", { snappy: 1 })) as Readonly<Record<string, unknown>>;
    assert.deepEqual(rest, { same: true, count: 2 });
    // The alias has its own Snappy, and uses it.
    if (client === "kafkajs") assert.equal(isUsed, true);
  });

  test(`${client}: factories of the shapes of kafkajs-lz4 and @kafkajs/zstd are registered`, async () => {
    const { isUsed, ...rest } = (await part(client, "shapes", { zstd: 1 })) as Readonly<Record<string, unknown>>;
    assert.deepEqual(rest, { isKept: true, same: true });
    if (client === "kafkajs") assert.equal(isUsed, true);
  });

  test(`${client}: an MSK IAM mechanism logs in, signed by its package; a wrong secret is refused`, async () => {
    const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const cluster = await EmbeddedCluster.start({
      ports: [0],
      topics: { t: 1 },
      users: { app: { aws: { accessKeyId: "AKIDEXAMPLE", secretAccessKey } } },
      sasl: { mechanisms: ["AWS_MSK_IAM"] },
    });
    try {
      const program = installations
        .get(client)!
        .start("libraries.mjs", [...[cluster.bootstrapServers, "msk", "msk", secretAccessKey]]);
      const { wrong, lines, ...rest } = (await program.whenEnded()).json<MskResult>();
      assert.deepEqual(rest, { right: "logged in", unchanged: true });
      assert.deepEqual(
        lines.map((line) => line.replace(/\[.*?\]: /, "")),
        ["Access denied", "Authentication response", "SASL AWS_MSK_IAM authentication successful"].map(
          (text) => `SaslAuthenticator-AWS_MSK_IAM: ${text}`,
        ),
      );
      assert.match(wrong, /^KafkaJS\w+: .*Access denied/i);
    } finally {
      await cluster.close();
    }
  });

  test(`${client}: the Prometheus exporter gets every metric`, async () => {
    const metrics = (await part(client, "prometheus", { prom: 3 })) as Readonly<Record<string, { isUsed: boolean }>>;
    const names = Object.keys(metrics);
    assert.equal(names.length, 29);
    assert.deepEqual(
      names.filter((name) => !UNUSED.test(name) && !metrics[name]!.isUsed),
      [],
      "without a value",
    );
    const of = (name: string): unknown => metrics[name];
    assert.deepEqual(of("kafka_consumer_batch_size_total"), {
      ...{ type: "counter", isUsed: true, labels: "partition,topic" },
    });
    assert.deepEqual(of("kafka_consumer_heartbeat_total"), {
      ...{ type: "counter", isUsed: true, labels: "group_id,member_id" },
    });
  });
}
