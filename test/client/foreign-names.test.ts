// Names of kafkajs, librdkafka and Java, in each place where options are taken: the answer is our name, and the object
// that takes it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FOREIGN_NAMES, optionsOf, ownersOf } from "../../src/errors/foreign-names.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { inWords } from "../../src/errors/words.ts";
import { Kafka } from "../../src/kafka.ts";
import { type World, inWorld } from "./world.ts";

type Place = "Kafka" | "producer" | "consumer" | "run" | "topic";

/** The error text of each place for options with this name. */
async function answer({ kafka, client }: World, place: Place, name: string): Promise<string> {
  const options = { [name]: 1 } as never;
  const calls: Readonly<Record<Place, () => unknown>> = {
    Kafka: () => client(options),
    producer: () => kafka.producer(options),
    consumer: () => kafka.consumer(options),
    run: () => kafka.consumer({ topics: ["t"] }).run(options),
    topic: () =>
      kafka
        .admin()
        .createTopics([options])
        .then((results) => results.orThrow()),
  };
  let error: unknown;
  try {
    error = await calls[place]();
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(KafkaError.is(error), `${place} takes ${name}`);
  assert.equal(error.kind, "config", error.message);
  return error.message;
}

const TABLE: readonly (readonly [place: Place, name: string, said: RegExp])[] = [
  // Names that a rule derives.
  ["Kafka", "bootstrap.servers", /did you mean bootstrapServers\?/],
  ["Kafka", "bootstrap_servers", /did you mean bootstrapServers\?/],
  ["Kafka", "client.id", /did you mean clientId\?/],
  ["Kafka", "requestTimeout", /did you mean requestTimeoutMs\?/],
  ["Kafka", "metadata.max.age.ms", /did you mean metadataMaxAgeMs\?/],
  ["producer", "linger.ms", /did you mean lingerMs\?/],
  ["producer", "linger", /did you mean lingerMs\?/],
  ["producer", "enable.idempotence", /did you mean enableIdempotence\?/],
  ["producer", "transactionTimeout", /did you mean transactionTimeoutMs\?/],
  ["consumer", "group.id", /did you mean groupId\?/],
  ["consumer", "auto.offset.reset", /did you mean autoOffsetReset\?/],
  ["consumer", "sessionTimeout", /did you mean sessionTimeoutMs\?/],
  ["consumer", "heartbeatInterval", /did you mean heartbeatIntervalMs\?/],
  // Names of the table.
  ["Kafka", "brokers", /did you mean bootstrapServers\?/],
  ["Kafka", "ssl", /did you mean tls\?/],
  ["Kafka", "log_level", /did you mean logLevel\?/],
  ["Kafka", "debug", /: logLevel \("debug"\)\./],
  ["producer", "logLevel", /: that is logLevel of new Kafka\(\)/],
  ["Kafka", "connectionTimeout", /did you mean socketConnectionSetupTimeoutMs\?/],
  ["Kafka", "retry", /: retryBackoffMs and retryBackoffMaxMs of new Kafka\(\)/],
  ["Kafka", "security.protocol", /: tls \(tls: true for "SSL" and "SASL_SSL", and sasl for .*"SASL_SSL"\)\./],
  ["Kafka", "sasl.mechanism", /: sasl \(\{ mechanism \}\)\./],
  ["Kafka", "sasl.mechanisms", /: sasl \(\{ mechanism \}\)\./],
  ["Kafka", "sasl.jaas.config", /: sasl \(\{ mechanism, username, password \}\)\./],
  ["Kafka", "sasl.oauthbearer.token.endpoint.url", /: sasl \(an object with mechanism and what/],
  ["producer", "sasl", /: that is sasl of new Kafka\(\)/],
  ["producer", "sasl.username", /: that is sasl of new Kafka\(\) \(\{ username \}\)/],
  ["producer", "max.in.flight.requests.per.connection", /did you mean maxInFlightRequests\?/],
  ["producer", "queue.buffering.max.ms", /did you mean lingerMs\?/],
  ["producer", "queue.buffering.max.kbytes", /: bufferMemory \(in bytes, not in kilobytes\)/],
  ["producer", "message.timeout.ms", /did you mean deliveryTimeoutMs\?/],
  ["producer", "idempotent", /did you mean enableIdempotence\?/],
  ["consumer", "retries", /: temporary errors are retried until the time limit/],
  ["producer", "timeout", /did you mean requestTimeoutMs\?/],
  ["producer", "compression", /did you mean compressionType\?/],
  ["producer", "messages", /: send\(\{ topic, key, value \}\)/],
  ["consumer", "fromBeginning", /: autoOffsetReset \("earliest" is the default\)\./],
  ["consumer", "maxWaitTimeInMs", /did you mean fetchMaxWaitMs\?/],
  ["consumer", "maxBytes", /did you mean fetchMaxBytes\?/],
  ["consumer", "rebalanceTimeout", /did you mean rebalanceTimeoutMs\?/],
  ["consumer", "allowAutoTopicCreation", /did you mean allowAutoCreateTopics\?/],
  ["run", "eachMessage", /did you mean eachRecord\?/],
  ["run", "partitionsConsumedConcurrently", /did you mean concurrency\?/],
  ["run", "retry", /did you mean retries\?/],
  ["topic", "num_partitions", /did you mean numPartitions\?/],
  ["topic", "name", /did you mean topic\?/],
  // Names of another object.
  ["Kafka", "group.id", /: that is groupId of kafka\.consumer\(\)\. It has/],
  ["Kafka", "fromBeginning", /: that is autoOffsetReset of kafka\.consumer\(\) \("earliest" is the default\)/],
  ["Kafka", "acks", /: that is acks of kafka\.producer\(\)/],
  ["producer", "brokers", /: that is bootstrapServers of new Kafka\(\)/],
  ["Kafka", "ssl.cipher.suites", /: tls \(\{ ciphers \}\)\./],
  ["Kafka", "ssl.engine.factory.class", /: tls \(docs\/security\.md of the package lists its options\)\./],
  ["producer", "ssl.ca.location", /: that is tls of new Kafka\(\) \(\{ ca \}/],
  ["producer", "client.id", /: that is clientId of new Kafka\(\)/],
  ["consumer", "linger.ms", /: that is lingerMs of kafka\.producer\(\)/],
  ["consumer", "eachMessage", /: that is eachRecord of consumer\.run\(\)/],
  ["run", "fromBeginning", /: that is autoOffsetReset of kafka\.consumer\(\)/],
  ["run", "autoCommit", /: that is enableAutoCommit of kafka\.consumer\(\)/],
  ["run", "topics", /: that is topics of kafka\.consumer\(\)/],
  ["topic", "acks", /: that is acks of kafka\.producer\(\)/],
  ["Kafka", "numPartitions", /: that is numPartitions of admin\.createTopics\(\)/],
  // Typing mistakes.
  ["Kafka", "boostrapServers", /did you mean bootstrapServers\?/],
  ["producer", "lingerMS", /did you mean lingerMs\?/],
  ["producer", "acsk", /did you mean acks\?/],
  ["consumer", "grupId", /did you mean groupId\?/],
];

test("each name is answered with ours, and with the object that takes it", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    for (const [place, name, said] of TABLE) assert.match(await answer(world, place, name), said, `${place}: ${name}`);
  }));

test("every name of the table has an answer in every place that does not have it", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    for (const place of ["Kafka", "producer", "consumer", "run", "topic"] as const) {
      for (const name of FOREIGN_NAMES) {
        if (name === "retries" && (place === "run" || place === "producer")) continue; // it is ours there
        assert.match(
          await answer(world, place, name),
          new RegExp(`has no (option|field) "${name.replaceAll(".", "\\.")}"(; did you mean \\w+\\?|: .+\\.) It has `),
          `${place}: ${name}`,
        );
      }
    }
  }));

test("the table's own options are those that each object takes", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    for (const [place, owner] of [
      ["Kafka", "new Kafka()"],
      ["producer", "kafka.producer()"],
      ["consumer", "kafka.consumer()"],
      ["run", "consumer.run()"],
      ["topic", "admin.createTopics()"],
    ] as const) {
      const taken = (await answer(world, place, "zzzzzzzz")).split("it has ")[1]?.split(", ") ?? [];
      assert.deepEqual([...taken].sort(), [...optionsOf(owner)].sort(), owner);
      for (const name of taken) assert.ok(ownersOf(name).includes(owner), `${owner} ${name}`);
    }
  }));

test("calls without their options, and values of a wrong type, as JavaScript writes them", () =>
  inWorld({}, async ({ kafka }) => {
    const config = { kind: "config" };
    assert.throws(() => new (Kafka as unknown as new () => unknown)(), config);
    assert.throws(() => (kafka.consumer as unknown as () => unknown).call(kafka), config);
    await assert.rejects(
      async () =>
        kafka
          .admin()
          .createTopics({ topics: [{ topic: "t" }] } as never)
          .then((results) => results.orThrow()),
      config,
    );
    assert.throws(() => kafka.producer({ lingerMs: "5000" as never }), { kind: "config", message: /not "5000"$/ });
    assert.throws(() => kafka.producer({ lingerMs: 5n as never }), { kind: "config", message: /not 5n$/ });
    assert.deepEqual([5n, "5000", -0, 5, NaN, null, undefined, true].map(inWords), [
      "5n",
      '"5000"',
      "-0",
      "5",
      "NaN",
      "null",
      "undefined",
      "true",
    ]);
  }));

test(
  "methods of other clients say what to do, are no part of the type, and no framework takes a client for something " +
    "else",
  () =>
    inWorld({}, async ({ kafka }) => {
      const clients = { producer: kafka.producer(), consumer: kafka.consumer({ topics: ["t"] }), admin: kafka.admin() };
      for (const [client, name, said] of [
        [
          clients.producer,
          "connect",
          /^a producer has no method connect\(\): connections are opened when they are needed/,
        ],
        [clients.producer, "disconnect", /close\(\)/],
        [clients.producer, "sendBatch", /send\(\{ topic, key, value \}\)/],
        [clients.producer, "beginTransaction", /begin\(\)/],
        [clients.consumer, "connect", /^a consumer has no method connect\(\)/],
        [clients.consumer, "disconnect", /close\(\)/],
        [clients.consumer, "poll", /for await \(const record of consumer\)/],
        [clients.consumer, "commitOffsets", /commit\(offsets\)/],
        [clients.admin, "connect", /^an admin has no method connect\(\)/],
        [clients.admin, "disconnect", /close\(\)/],
        [clients.admin, "fetchTopicMetadata", /describeTopics/],
      ] as const) {
        const call = (client as unknown as Readonly<Record<string, () => unknown>>)[name];
        assert.throws(() => call?.(), { kind: "config", message: said }, name);
      }
      for (const client of Object.values(clients)) {
        const shown: string[] = [];
        for (const name in client) shown.push(name);
        assert.deepEqual(
          shown.filter((name) => name !== "isClosed"),
          [],
        );
        for (const name of [
          "then",
          "on",
          "once",
          "pipe",
          "write",
          "emit",
          "addListener",
          "addEventListener",
          "stop",
          "next",
        ])
          assert.ok(!(name in client), name);
      }
      const isUnknownToTypes: "connect" extends keyof (typeof clients)["producer"] ? false : true = true;
      assert.ok(isUnknownToTypes);
    }),
);
