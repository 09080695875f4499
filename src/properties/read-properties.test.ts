import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { consumerSettings } from "../consumer/options.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { producerSettings } from "../producer/options.ts";
import { parseProperties } from "./properties.ts";
import { ADVICE } from "./property-advice.ts";
import { RULES } from "./property-rules.ts";
import { type OptionsOfProperties, optionsOf } from "./read-properties.ts";

const cert = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
const key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----";
const FILES: Readonly<Record<string, string>> = { "/ca.pem": cert, "/cert.pem": cert, "/key.pem": key };

function read(lines: readonly string[], ignoresUnknown = false): OptionsOfProperties {
  return optionsOf(
    parseProperties(lines.join("\n")),
    (path) => {
      const text = FILES[path];
      if (text === undefined) throw new KafkaError("config", "there is no such file");
      return new TextEncoder().encode(text);
    },
    ignoresUnknown,
  );
}

/** One entry, and the options that it sets. */
const CASES: readonly (readonly [entry: string, section: "kafka" | "producer" | "consumer", options: object])[] = [
  ["bootstrap.servers=a:1,b:2", "kafka", { bootstrapServers: "a:1,b:2" }],
  ["metadata.broker.list=a:1", "kafka", { bootstrapServers: "a:1" }],
  ["bootstrap.controllers=a:1", "kafka", { bootstrapControllers: "a:1" }],
  ["client.id = me ", "kafka", { clientId: "me" }],
  ["request.timeout.ms=1000", "kafka", { requestTimeoutMs: 1000 }],
  ["socket.timeout.ms=60000", "kafka", { requestTimeoutMs: 60_000 }],
  ["retry.backoff.ms=7", "kafka", { retryBackoffMs: 7 }],
  ["retry.backoff.max.ms=700", "kafka", { retryBackoffMaxMs: 700 }],
  ["socket.connection.setup.timeout.ms=1", "kafka", { socketConnectionSetupTimeoutMs: 1 }],
  ["metadata.max.age.ms=5", "kafka", { metadataMaxAgeMs: 5 }],
  ["connections.max.idle.ms=5", "kafka", { connectionsMaxIdleMs: 5 }],
  ["log_level=4", "kafka", { logLevel: "warn" }],
  ["log_level=7", "kafka", { logLevel: "debug" }],
  ["retries=0", "producer", { retries: 0 }],
  ["retries=2147483647", "producer", { retries: 2_147_483_647 }],
  ["message.send.max.retries=3", "producer", { retries: 3 }],
  ["receive.message.max.bytes=5000", "kafka", { maxFrameBytes: 5000 }],
  ["metadata.recovery.strategy=NONE", "kafka", { metadataRecoveryStrategy: "none" }],
  ["metadata.cluster.check.enable=false", "kafka", { metadataClusterCheckEnable: false }],
  ["acks=-1", "producer", { acks: "all" }],
  ["acks=all", "producer", { acks: "all" }],
  ["request.required.acks=1", "producer", { acks: 1 }],
  ["enable.idempotence=True", "producer", { enableIdempotence: true }],
  ["transactional.id=tx", "producer", { transactionalId: "tx" }],
  ["batch.size=16384", "producer", { batchSize: 16_384 }],
  ["queue.buffering.max.ms=5", "producer", { lingerMs: 5 }],
  ["queue.buffering.max.kbytes=2", "producer", { bufferMemory: 2048 }],
  ["message.timeout.ms=9", "producer", { deliveryTimeoutMs: 9 }],
  ["max.in.flight=1", "producer", { maxInFlightRequests: 1 }],
  ["compression.codec=lz4", "producer", { compressionType: "lz4" }],
  ["compression.type=zstd\ncompression.level=7", "producer", { compressionType: "zstd", compressionZstdLevel: 7 }],
  ["compression.type=gzip\ncompression.level=-1", "producer", { compressionType: "gzip" }],
  [
    "partitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner",
    "producer",
    { partitioner: "round_robin" },
  ],
  ["partitioner=consistent_random", "producer", { partitioner: "consistent_random" }],
  ["partitioner.rack.aware=true\nclient.rack=r1", "producer", { partitionerRackAware: true, clientRack: "r1" }],
  ["group.id=g", "consumer", { groupId: "g" }],
  ["group.protocol=CONSUMER", "consumer", { groupProtocol: "consumer" }],
  [
    "partition.assignment.strategy=org.apache.kafka.clients.consumer.RangeAssignor, cooperative-sticky",
    "consumer",
    { partitionAssignmentStrategy: ["range", "cooperative-sticky"] },
  ],
  ["enable.auto.commit=false", "consumer", { enableAutoCommit: false }],
  ["auto.offset.reset=smallest", "consumer", { autoOffsetReset: "earliest" }],
  ["auto.offset.reset=latest", "consumer", { autoOffsetReset: "latest" }],
  ["auto.offset.reset=error", "consumer", { autoOffsetReset: "none" }],
  ["auto.offset.reset=by_duration:PT1H", "consumer", { autoOffsetReset: "by_duration:PT1H" }],
  ["isolation.level=read_committed", "consumer", { isolationLevel: "read_committed" }],
  ["fetch.wait.max.ms=100", "consumer", { fetchMaxWaitMs: 100 }],
  ["fetch.message.max.bytes=5", "consumer", { maxPartitionFetchBytes: 5 }],
  ["client.rack=r1", "consumer", { clientRack: "r1" }],
];

for (const [entry, section, options] of CASES)
  test(`${entry.replaceAll("\n", ", ")} sets options of ${section}`, () => {
    assert.deepEqual(read(entry.split("\n"))[section], options);
  });

test("no other section gets an option", () => {
  for (const [entry, section] of CASES) {
    const found = read(entry.split("\n"));
    for (const other of (["kafka", "producer", "consumer"] as const).filter((one) => one !== section))
      if (!entry.includes("client.rack")) assert.deepEqual(found[other], {}, entry);
  }
});

test("TLS and a login: Java's names and librdkafka's give the same options", () => {
  const tls = { ca: cert, cert, key };
  const sasl = { mechanism: "SCRAM-SHA-256", username: "alice", password: 'a"b' };
  for (const lines of [
    [
      "security.protocol=SASL_SSL",
      "ssl.truststore.type=PEM",
      "ssl.truststore.location=/ca.pem",
      `ssl.keystore.certificate.chain=${cert.replaceAll("\n", "\\n")}`,
      `ssl.keystore.key=${key.replaceAll("\n", "\\n")}`,
      "sasl.mechanism=SCRAM-SHA-256",
      'sasl.jaas.config=a.ScramLoginModule required username="alice" password="a\\\\"b";',
    ],
    [
      "security.protocol=sasl_ssl",
      "ssl.ca.location=/ca.pem",
      "ssl.certificate.location=/cert.pem",
      "ssl.key.location=/key.pem",
      "sasl.mechanisms=SCRAM-SHA-256",
      "sasl.username=alice",
      'sasl.password=a"b',
    ],
  ])
    assert.deepEqual(read(lines).kafka, { tls, sasl });
  assert.deepEqual(read(["security.protocol=ssl", "enable.ssl.certificate.verification=false"]).kafka, {
    tls: { rejectUnauthorized: false },
  });
  assert.deepEqual(
    read([
      ...["security.protocol=sasl_ssl", "sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.method=oidc"],
      ...["sasl.oauthbearer.client.id=me", "sasl.oauthbearer.client.secret=s"],
      "sasl.oauthbearer.token.endpoint.url=https://id.example.com/token",
    ]).kafka,
    {
      tls: {},
      sasl: {
        mechanism: "OAUTHBEARER",
        oidc: { tokenEndpointUrl: "https://id.example.com/token", clientId: "me", clientSecret: "s" },
      },
    },
  );
});

test("entries that say what this client does in any case are accepted", () => {
  const lines = [
    "statistics.interval.ms=0",
    "debug=",
    "client.dns.lookup=use_all_dns_ips",
    "key.serializer=org.apache.kafka.common.serialization.StringSerializer",
    "value.deserializer=org.apache.kafka.common.serialization.ByteArrayDeserializer",
    "interceptor.classes=",
    "enable.metrics.push=false",
  ];
  assert.deepEqual(read(lines), { kafka: {}, producer: {}, consumer: {}, unknown: [] });
});

test("every entry that cannot be used is named in one error, with what to do, and without secrets", () => {
  for (const [lines, message] of [
    [
      ["linger.mss=5", "reconnect.backoff.ms=3", "max.poll.records=10", "no.such.thing=hunter2", "acks=all"],
      /^fromProperties: 4 properties cannot be used: linger\.mss \(it is not known here; did you mean linger\.ms\?\); reconnect\.backoff\.ms \(connections and requests share one backoff: use retry\.backoff\.ms\); max\.poll\.records \(the loops take one record.*\); no\.such\.thing \(it is not known here\); remove them, or pass ignoreUnknown: true/,
    ],
    [
      ["value.deserializer=a.StringDeserializer"],
      /value\.deserializer \(pass a serde as value to kafka\.consumer in code/,
    ],
    [["acks=2"], /^fromProperties: 1 property cannot be used: acks takes 0, 1, all, -1, not "2"$/],
    [
      ["linger.ms=0.5", "enable.idempotence=yes"],
      /linger\.ms takes a whole number, not "0\.5"; enable\.idempotence takes true or false/,
    ],
    [
      ["partitioner.class=com.example.Mine"],
      /partitioner\.class takes DefaultPartitioner.*other classes cannot run here, not "com\.example\.Mine"/,
    ],
    [["bootstrap.servers=a:1", "metadata.broker.list=b:1"], /metadata\.broker\.list contradicts bootstrap\.servers/],
    [
      ["compression.type=snappy", "compression.level=3"],
      /compression\.level \(the compression type snappy has no levels\)/,
    ],
    [["ssl.ca.location=/ca.pem"], /ssl\.ca\.location \(it has no effect without security\.protocol=SSL or SASL_SSL\)/],
    [
      ["security.protocol=SSL", "sasl.password=hunter2", "ssl.engine.factory.class=a.B", "security.providers=x"],
      /3 properties cannot be used: sasl\.password \(it has no effect without security\.protocol=SASL_SSL.*ssl\.engine\.factory\.class \(set the option tls.*security\.providers \(use the options tls and sasl in code\)$/,
    ],
    [["config.providers=file"], /config\.providers \(write the values themselves/],
    [["security.protocol=TLS"], /security\.protocol takes PLAINTEXT, SSL/],
    [
      ["security.protocol=SSL", "ssl.ca.location=/gone.pem"],
      /fromProperties: ssl\.ca\.location cannot be read: there is no such file/,
    ],
    [["security.protocol=SASL_SSL", "sasl.mechanism=PLAIN", "sasl.username=a"], /sasl\.password is missing or empty/],
    [["client.id="], /client\.id takes a text that is not empty/],
  ] as const)
    assert.throws(
      () => read(lines),
      (error: unknown) => {
        assert.ok(KafkaError.is(error), String(error));
        assert.equal(error.kind, "config");
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
});

test("ignoreUnknown returns the entries that no option corresponds to; wrong values and security are still refused", () => {
  const found = read(["acks=1", "max.poll.records=10", "linger.mss=5"], true);
  assert.deepEqual(found.producer, { acks: 1 });
  assert.deepEqual(found.unknown, [
    { name: "max.poll.records", reason: "the loops take one record, or one batch, at a time" },
    { name: "linger.mss", reason: "it is not known here; did you mean linger.ms?" },
  ]);
  for (const line of ["acks=9", "ssl.truststore.pasword=hunter2", "security.providers=x"])
    assert.throws(() => read([line], true), /1 property cannot be used/);
});

test("each option exists: the clients accept what the rules set", () => {
  const samples: Readonly<Record<string, string>> = {
    acks: "all",
    "compression.type": "gzip",
    "partitioner.class": "DefaultPartitioner",
    partitioner: "murmur2",
    "group.protocol": "classic",
    "partition.assignment.strategy": "range",
    "auto.offset.reset": "latest",
    "isolation.level": "read_committed",
    "partitioner.rack.aware": "false",
    "metadata.recovery.strategy": "none",
    "transactional.id": "tx",
  };
  for (const { names, of, option } of RULES) {
    const name = names[0] ?? "";
    const values = [samples[name], "5", "true", "text"].filter((value) => value !== undefined);
    const line = values
      .map((value) => `${name}=${value}`)
      .find((one) => {
        try {
          return Object.keys(read([one])[of]).length > 0;
        } catch {
          return false;
        }
      });
    assert.ok(line !== undefined, name);
    const { producer, consumer } = read([line]);
    const isUnknownOption = (error: unknown): boolean => KafkaError.is(error) && / has no option /.test(error.message);
    for (const check of [
      () => producerSettings(producer as never, {}, 30_000),
      () => consumerSettings({ ...consumer, topics: ["t"] } as never),
    ])
      try {
        check();
      } catch (error) {
        assert.ok(!isUnknownOption(error), `${option}: ${String(error)}`);
      }
  }
});

test("no name stands in both tables, or twice", () => {
  const names = [...RULES.flatMap((rule) => rule.names), ...Object.keys(ADVICE)];
  assert.equal(new Set(names).size, names.length);
});

test("whatever the entries are, there are options or one error of kind config", () => {
  const names = fc.constantFrom(...RULES.flatMap((rule) => rule.names), ...Object.keys(ADVICE), "ssl.x", "sasl.y", "z");
  const values = fc.oneof(fc.constantFrom("true", "all", "5", "-1", "", "none", "a.b.C"), fc.string());
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(names, values), { selector: ([name]) => name }),
      fc.boolean(),
      (entries, lax) => {
        try {
          const { unknown } = optionsOf(new Map(entries), () => new Uint8Array(), lax);
          assert.ok(lax || unknown.length === 0);
        } catch (error) {
          assert.ok(KafkaError.is(error) && error.kind === "config", String(error));
        }
      },
    ),
  );
});
