// Every public call with what it does not take: a KafkaError of kind `config` that says what, where, and what belongs
// there; never an engine's TypeError.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { deadLetter } from "../../src/exactly-once/dead-letter.ts";
import { consumeTransformProduce } from "../../src/exactly-once/consume-transform-produce.ts";
import { json } from "../../src/serdes/json.ts";
import { drawFaultPlan } from "../../src/simulation/fault-plan.ts";
import { runScenario } from "../../src/simulation/scenario.ts";
import { searchSeeds } from "../../src/simulation/search.ts";
import { simulate } from "../../src/simulation/world.ts";
import { inWorld, type World } from "./world.ts";

type Call = readonly [call: () => unknown, message: RegExp];

/** Users without type checks get an error for each wrong argument. */
const wrong = (value: unknown): never => value as never;

/** Every call throws, or rejects, with kind `config` and the message; the object goes on to work. */
async function refuseAll(calls: readonly Call[]): Promise<void> {
  for (const [call, message] of calls) {
    let error: unknown;
    try {
      error = await call();
    } catch (thrown) {
      error = thrown;
    }
    assert.ok(KafkaError.is(error), `${String(message)}: ${String(error)}`);
    assert.deepEqual(
      [error.kind, message.test(error.message)],
      ["config", true],
      `${String(message)}: ${error.kind}: ${error.message}`,
    );
  }
}

/** Values that are no options, and unknown options, for a call with `timeoutMs` and `signal`. */
const limits = (call: string, make: (options: never) => unknown): Call[] => [
  [() => make(wrong(null)), new RegExp(`^${call} takes an object with .*timeoutMs, signal, not null`)],
  [() => make(wrong(5)), new RegExp(`^${call} takes an object with .*timeoutMs, signal, not 5`)],
  [
    () => make(wrong({ timeout: 5 })),
    new RegExp(`^${call} has no option "timeout"; did you mean timeoutMs\\? It has .*timeoutMs, signal`),
  ],
  [() => make(wrong({ timeoutMs: "5" })), /timeoutMs takes a whole number from \d to 2147483647, not "5"/],
  [() => make(wrong({ timeoutMs: -1 })), /timeoutMs takes .* not -1/],
  [() => make(wrong({ timeoutMs: Infinity })), /timeoutMs takes .* not Infinity/],
  [() => make(wrong({ signal: {} })), new RegExp(`^${call}: signal takes an AbortSignal, not an empty object`)],
  [() => make(wrong({ signal: new AbortController() })), /signal takes an AbortSignal, not an AbortController/],
];

const kafkaWith = ({ client }: World, options: object): unknown => client(options);

test("Kafka: options, and those inside of them, are refused by name", () =>
  inWorld({}, (world) =>
    refuseAll([
      [
        () => kafkaWith(world, { bootstrapServers: "localhost:9092" }),
        /^Kafka takes bootstrapServers or cluster, not both/,
      ],
      // Null was taken for an option that is left out.
      [() => kafkaWith(world, { bootstrapServers: null }), /^Kafka takes bootstrapServers or cluster, not both/],
      [() => kafkaWith(world, { bootstrapControllers: null }), /^Kafka takes bootstrapServers or cluster, not both/],
      [() => kafkaWith(world, { brokers: [] }), /^Kafka has no option "brokers"; did you mean bootstrapServers\?/],
      [() => kafkaWith(world, { "client.id": "me" }), /did you mean clientId\?/],
      [() => kafkaWith(world, { ssl: true }), /did you mean tls\?/],
      [() => kafkaWith(world, { clientId: 5 }), /^Kafka: clientId takes a string, not 5/],
      [
        () => kafkaWith(world, { tls: { rejectUnauthorised: false } }),
        /^Kafka: tls has no option "rejectUnauthorised"; did you mean rejectUnauthorized\?/,
      ],
      [
        () => kafkaWith(world, { tls: { ca: [5] } }),
        /^Kafka: tls\.ca takes PEM as text or as the bytes of a file, or a list of those, .*, not an array$/,
      ],
      [() => kafkaWith(world, { tls: false }), /^Kafka: tls takes an object with ca, .* not false/],
      [() => kafkaWith(world, { connector: {} }), /^Kafka: connector takes an object with connect\(\)/],
      [
        () => kafkaWith(world, { clock: { now: () => 1 } }),
        /^Kafka: clock takes an object with now\(\) and monotonic\(\)/,
      ],
      [() => kafkaWith(world, { entropy: 5 }), /^Kafka: entropy takes/],
      [() => kafkaWith(world, { codecs: { brotli: {} } }), /^Kafka: codecs has no codec "brotli"/],
      [
        () => kafkaWith(world, { codecs: { gzip: { compress: () => undefined } } }),
        /^Kafka: codecs.gzip takes an object with compress\(\) and decompress\(\)/,
      ],
      [() => kafkaWith(world, { onLog: {} }), /^Kafka: onLog takes a function/],
      [() => kafkaWith(world, { cluster: {} }), /^Kafka: cluster takes an embedded cluster/],
      [() => kafkaWith(world, { cluster: undefined, bootstrapServers: 9092 }), /^bootstrapServers takes "host:port"/],
      [
        () => kafkaWith(world, { cluster: undefined, bootstrapServers: ["a:1", 5] }),
        /^bootstrapServers takes "host:port"/,
      ],
      [
        () => kafkaWith(world, { requestTimeoutMs: Object.create(null) as object }),
        /requestTimeoutMs takes a whole number .* not an empty object/,
      ],
    ]),
  ));

test("a producer's options and calls", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const make = (options: unknown): unknown => kafka.producer(wrong(options));
    const producer = kafka.producer({ transactionalId: "t" });
    await refuseAll([
      [() => make(null), /^a producer takes an object with key, .* not null/],
      [() => make({ idempotent: true }), /^a producer has no option "idempotent"; did you mean enableIdempotence\?/],
      [() => make({ linger: 5 }), /did you mean lingerMs\?/],
      [() => make({ "linger.ms": 5 }), /did you mean lingerMs\?/],
      [() => make({ "message.timeout.ms": 5 }), /did you mean deliveryTimeoutMs\?/],
      [
        () => make({ value: json }),
        /^a producer: value takes an object with serialize\(\), not a function; call it: json\(\)/,
      ],
      [() => make({ enableIdempotence: "yes" }), /^a producer: enableIdempotence takes true or false, not "yes"/],
      [() => make({ transactionalId: 5 }), /^a producer: transactionalId takes a string, not 5/],
      [() => make({ onDelivery: true }), /^a producer: onDelivery takes a function/],
      [
        () =>
          make({
            onDelivery: function* () {
              yield 1;
            },
          }),
        /no generator: its body would not run/,
      ],
      [
        () =>
          make({
            partitioner: function* () {
              yield 1;
            },
          }),
        /^partitioner takes a function \(no generator/,
      ],
      [() => make({ partitioner: {} }), /^partitioner takes a function or one of/],
      [() => make({ interceptors: {} }), /^a producer: interceptors takes a list, not an empty object/],
      [
        () => make({ interceptors: [{ onsend: () => undefined }] }),
        /^a producer: interceptors\[0\] takes an object with onSend\(\)/,
      ],
      [() => make({ acks: Symbol("all") }), /acks takes "all", 1 or 0, not a symbol/],
      [() => make({ compressionType: 5 }), /compressionType/],
      [() => make({ compressionType: ["gzip", null] }), /compressionType/],
      ...limits("flush", (options) => producer.flush(options)),
      ...limits("close", (options) => producer.close(options)),
      ...limits("begin", (options) => producer.begin(options)),
      ...limits("commit", (options) => producer.commit(options)),
      ...limits("abort", (options) => producer.abort(options)),
      ...limits("transaction", (options) => producer.transaction(() => undefined, options)),
      [() => producer.transaction(wrong(undefined)), /^transaction: its body takes a function/],
      [
        () =>
          producer.transaction(
            wrong(function* () {
              yield 1;
            }),
          ),
        /no generator/,
      ],
    ]);
    const plain = kafka.producer();
    await refuseAll([
      [
        () => plain.send({ topic: "t", value: "v" }, wrong({ timeoutMs: 5 })),
        /^send has no option "timeoutMs": requestTimeoutMs/,
      ],
      [
        () => plain.send({ topic: "t", value: "v" }, wrong(null)),
        /^send takes an object with acks, compressionType, requestTimeoutMs, acksTimeoutMs, signal, not null/,
      ],
      [() => plain.send({ topic: "t", value: "v" }, wrong({ signal: true })), /^send: signal takes an AbortSignal/],
    ]);
    await producer.begin();
    await refuseAll([
      [() => producer.ready(wrong({ timeoutMs: 5 })), /^ready has no option "timeoutMs"/],
      [
        () => producer.sendOffsets(wrong(null), { groupId: "g" }),
        /^sendOffsets: offsets takes a list, not null: name each partition/,
      ],
      [
        () => producer.sendOffsets(wrong([{ topic: "t", partitions: [] }]), { groupId: "g" }),
        /^sendOffsets: offsets\[0\] has no field "partitions": name each partition/,
      ],
      [() => producer.sendOffsets([], wrong("g")), /^sendOffsets: the group takes an object with groupId, .* not "g"/],
      [
        () => producer.sendOffsets([], wrong({ group: "g" })),
        /^sendOffsets: the group has no option "group"; did you mean groupId\?/,
      ],
      [
        () => producer.sendOffsets([{ topic: "t", partition: 0, offset: 1 }], { groupId: "g" }, wrong({ timeout: 1 })),
        /^sendOffsets has no option "timeout"/,
      ],
    ]);
    await producer.send({ topic: "t", value: "v" });
    await producer.commit();
  }));

test("a consumer's options", () =>
  inWorld({ topics: { t: 1 } }, ({ kafka }) => {
    const make = (options: unknown) => (): unknown => kafka.consumer(wrong(options));
    const assignor = { name: "mine", rebalanceProtocol: "eager", assign: () => new Map() };
    const member = (options: object) => make({ groupId: "g", topics: ["t"], ...options });
    return refuseAll([
      [make(undefined), /^a consumer takes an object with assign, .* not undefined/],
      [make({ topics: ["t"], fromBeginning: true }), /^a consumer has no option "fromBeginning": autoOffsetReset/],
      [make({ topic: "t" }), /did you mean topics\?/],
      [make({ topics: { t: 1 } }), /topics takes names and regular expressions/],
      [make({ topics: ["t", Object.create(null)] }), /topics takes names and regular expressions/],
      [make({ topics: ["t"], value: {} }), /^a consumer: value takes an object with deserialize\(\)/],
      [make({ topics: ["t"], checkCrcs: 1 }), /^a consumer: checkCrcs takes true or false/],
      [make({ topics: ["t"], onPoison: "ignore" }), /^onPoison takes "fail", "skip" or a function, not "ignore"/],
      [make({ topics: ["t"], onPositionReset: [] }), /^a consumer: onPositionReset takes a function/],
      [
        make({ assign: { topic: "t", partition: 0 } }),
        /^a consumer: assign takes a list, not an object with topic, partition: name each partition/,
      ],
      [make({ assign: [null] }), /^a consumer: assign\[0\] takes an object/],
      [make({ assign: [{ topic: "t", partitions: [0] }] }), /^a consumer: assign\[0\] has no field "partitions"/],
      [make({ assign: [{ topic: "t", partition: 0, offest: 5 }] }), /did you mean offset\?/],
      [make({ assign: [{ topic: "t", partition: "0" }] }), /t has partition "0"/],
      [member({ groupId: 5 }), /^a consumer: groupId takes a string, not 5/],
      [member({ groupInstanceId: "" }), /^a consumer: groupInstanceId takes a string that is not empty/],
      [member({ sessionTimeout: 5 }), /did you mean sessionTimeoutMs\?/],
      [member({ enableAutoCommit: "no" }), /^a consumer: enableAutoCommit takes true or false/],
      [
        member({
          onAssigned: function* () {
            yield 1;
          },
        }),
        /no generator/,
      ],
      [member({ groupProtocol: 5 }), /groupProtocol takes .* not 5/],
      [member({ partitionAssignmentStrategy: "range" }), /^a consumer: partitionAssignmentStrategy takes a list/],
      [
        member({ partitionAssignmentStrategy: [null] }),
        /partitionAssignmentStrategy: an assignor takes a name, or an object/,
      ],
      [
        member({ partitionAssignmentStrategy: [{ ...assignor, rebalanceProtocol: "lazy" }] }),
        /partitionAssignmentStrategy: an assignor takes/,
      ],
    ]);
  }));

test("a consumer's calls", () =>
  inWorld({ topics: { t: 1 } }, async ({ kafka }) => {
    const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0 }] });
    const member = kafka.consumer({ groupId: "g", topics: ["t"] });
    const at = { topic: "t", partition: 0 };
    const places = (call: string, make: (partitions: never) => unknown): Call[] => [
      [() => make(wrong("t")), new RegExp(`^${call}: partitions takes a list, not "t": name each partition`)],
      [() => make(wrong([null])), new RegExp(`^${call}: partitions\\[0\\] takes an object`)],
      [
        () => make(wrong([{ topic: "t", partitions: [0] }])),
        /partitions\[0\] has no field "partitions": name each partition/,
      ],
      [() => make(wrong([at, { topic: "t" }])), /partitions\[1\] needs partition/],
      [
        () => make(wrong([{ ...at, partition: "0" }])),
        /partitions\[0\].partition takes a whole number from 0 to 2147483647, not "0"/,
      ],
      [() => make(wrong([{ ...at, topic: "" }])), /partitions\[0\].topic takes a string that is not empty/],
    ];
    await refuseAll([
      ...places("pause", (partitions) => consumer.pause(partitions)),
      ...places("resume", (partitions) => consumer.resume(partitions)),
      ...places("committed", (partitions) => member.committed(partitions)),
      ...places("beginningOffsets", (partitions) => consumer.beginningOffsets(partitions)),
      ...places("endOffsets", (partitions) => consumer.endOffsets(partitions)),
      ...limits("beginningOffsets", (options) => consumer.beginningOffsets([at], options)),
      ...limits("endOffsets", (options) => consumer.endOffsets([at], options)),
      ...limits("watermarks", (options) => consumer.watermarks(at, options)),
      ...limits("offsetsForTimes", (options) => consumer.offsetsForTimes([], options)),
      ...limits("commit", (options) => member.commit(undefined, options)),
      ...limits("committed", (options) => member.committed([at], options)),
      [() => consumer.offsetsForTimes(wrong({})), /^offsetsForTimes: searches takes a list/],
      [() => consumer.offsetsForTimes([wrong({ ...at, time: 5 })]), /has no field "time"/],
      [() => consumer.offsetsForTimes([wrong({ ...at, timestamp: new Date(0) })]), /has timestamp a Date/],
      [() => consumer.position(wrong(undefined)), /^position: the partition takes an object/],
      [() => consumer.position(wrong({ ...at, partition: "0" })), /partition takes a whole number/],
      [() => consumer.currentLag(wrong("t")), /^currentLag: the partition takes an object/],
      [() => consumer.seek(wrong(null), 5), /^seek: the partition takes an object/],
      [
        () => consumer.seek(wrong({ ...at, offset: 5 }), wrong(undefined)),
        /^seek\(\{ topic, partition \}, offset\): the offset takes a whole number/,
      ],
      [() => consumer.seek(at, wrong("5")), /^seek\(\{ topic, partition \}, offset\): the offset takes a whole number/],
      [() => consumer.assign(wrong("t")), /assign takes a list/],
      [() => consumer.assign([wrong({ ...at, timestmap: 5 })]), /assign\[0\] has no field "timestmap"/],
      [() => consumer.markProcessed(wrong(null)), /^markProcessed: the record takes an object/],
      [() => consumer.markProcessed(wrong(at)), /^markProcessed: the record.offset takes a whole number/],
      [() => consumer.partition(wrong(undefined), 0), /^partition: the partition needs topic/],
      [() => consumer.partition("t", wrong("0")), /^partition: the partition.partition takes a whole number/],
      [
        () => consumer.partition("t", 0, wrong({ timeoutMs: 5 })),
        /^partition has no option "timeoutMs"; it has signal/,
      ],
      [() => consumer.records(wrong({ signl: 5 })), /^records has no option "signl"; did you mean signal\?/],
      [() => consumer.batches(wrong(5)), /^batches takes an object with signal, not 5/],
      [() => consumer.run(wrong(undefined)), /^run takes an object with eachRecord/],
      [
        () => consumer.run(wrong({ eachMessage: () => undefined })),
        /^run has no option "eachMessage"; did you mean eachRecord\?/,
      ],
      [
        () =>
          consumer.run(
            wrong({
              eachRecord: async function* () {
                yield await Promise.resolve(1);
              },
            }),
          ),
        /^run: eachRecord takes a function \(no generator/,
      ],
      [() => consumer.run({ eachRecord: () => undefined, signal: wrong(true) }), /^run: signal takes an AbortSignal/],
      [
        () => consumer.run({ eachRecord: () => undefined, orderBy: wrong(Symbol("key")) }),
        /orderBy takes "partition" or "key", not a symbol/,
      ],
      [
        () => member.commit(wrong({ ...at, offset: 1 })),
        /^commit: offsets takes a list, not an object with topic, partition, offset: name each/,
      ],
      [() => member.commit(wrong(null)), /^commit: offsets takes a list, not null/],
      [
        () => member.commit([wrong({ ...at, offset: 1, timestamp: 5 })]),
        /^commit: offsets\[0\] has no field "timestamp": .* offset: record.offset \+ 1/,
      ],
      [() => member.commit([wrong({ ...at, offset: "1" })]), /t-0 has offset "1"/],
      [() => member.commit([wrong({ ...at, topic: Symbol("t"), offset: 1 })]), /a symbol-0 is no partition/],
      [() => consumer.close(wrong({ timeout: 5 })), /^close has no option "timeout"; did you mean timeoutMs\?/],
      [
        () => member.close(wrong({ groupMembership: "stay" })),
        /^close: groupMembership takes "default", "leave", "remain", not "stay"/,
      ],
    ]);
    assert.deepEqual([consumer.isClosed, member.isClosed], [false, false]);
    consumer.pause([at, { ...at, offset: 5 } as typeof at]);
    consumer.resume(consumer.assignment());
  }));

test(
  "an admin's calls: never an error of the wire format, and never a topic with other settings than those that were " +
    "meant",
  () =>
    inWorld({}, async ({ kafka, cluster }) => {
      const admin = kafka.admin();
      const create = (topics: unknown) => (): unknown =>
        admin.createTopics(wrong(topics)).then((results) => results.orThrow());
      await refuseAll([
        [create(undefined), /^createTopics: topics takes a list, not undefined: pass the list of topics/],
        [create({ topics: [{ topic: "t" }] }), /^createTopics: topics takes a list, not an object with topics/],
        [
          () => admin.describeConfigs([{ resourceType: "TOPIC", name: "" }]),
          /^describeConfigs: resources\[0\]\.name must not be empty/,
        ],
        [
          () => admin.incrementalAlterConfigs([{ resourceType: "GROUP", name: "", set: { a: "b" } }]),
          /^incrementalAlterConfigs: alterations\[0\]\.name must not be empty/,
        ],
        [create(["t"]), /^createTopics: topics\[0\] takes an object with topic, numPartitions/],
        [
          create([{ topic: "t", partitions: 12 }]),
          /^createTopics: topics\[0\] has no field "partitions"; did you mean numPartitions\?/,
        ],
        [create([{ name: "t" }]), /did you mean topic\?/],
        [create([{ numPartitions: 1 }]), /^createTopics: topics\[0\] needs topic/],
        [
          create([{ topic: "t", numPartitions: "12" }]),
          /topics\[0\].numPartitions takes a whole number from 1, .* not "12"/,
        ],
        [create([{ topic: "t", numPartitions: 0 }]), /numPartitions takes/],
        [create([{ topic: "t", replicationFactor: "2" }]), /topics\[0\].replicationFactor takes/],
        [
          create([{ topic: "t" }, { topic: "u", configs: { "retention.ms": 5 } }]),
          /topics\[1\].configs.retention.ms takes a string, not 5/,
        ],
        [create([{ topic: "t", configs: [] }]), /topics\[0\].configs takes a plain object, not an array/],
        [
          create([{ topic: "t", configs: new Map([["a", "b"]]) }]),
          /topics\[0\].configs takes a plain object, not a Map/,
        ],
        [
          () => admin.deleteTopics(wrong("t")).then((results) => results.orThrow()),
          /^deleteTopics: topics takes a list, not "t": pass the list of names/,
        ],
        [
          () => admin.deleteTopics(wrong([{ topic: "t" }])).then((results) => results.orThrow()),
          /^deleteTopics: topics\[0\] takes a name, or an id/,
        ],
        [
          () => admin.describeTopics(wrong(undefined)).then((results) => results.orThrow()),
          /^describeTopics: topics takes a list/,
        ],
        [
          () => admin.describeTopics(wrong([5])).then((results) => results.orThrow()),
          /^describeTopics: topics\[0\] takes a name, or an id/,
        ],
        [
          () => admin.listTopics(wrong({ x: 1 })),
          /^listTopics has no option "x"; it has listInternal, timeoutMs, signal/,
        ],
        ...limits("createTopics", (options) => admin.createTopics([], options).then((results) => results.orThrow())),
        ...limits("deleteTopics", (options) => admin.deleteTopics([], options).then((results) => results.orThrow())),
        ...limits("describeTopics", (options) =>
          admin.describeTopics([], options).then((results) => results.orThrow()),
        ),
      ]);
      assert.deepEqual(cluster.snapshot().topics, []);
    }),
);

test("exactly once: options, and what a transform returns", () =>
  inWorld({ topics: { in: 1, out: 1 } }, async ({ kafka }) => {
    const start = (options: object) => (): unknown =>
      consumeTransformProduce(
        kafka,
        wrong({ groupId: "g", topics: ["in"], transactionalId: "t", transform: () => [], ...options }),
      );
    await refuseAll([
      [() => consumeTransformProduce(kafka, wrong(null)), /^consumeTransformProduce takes an object/],
      [start({ groupId: undefined }), /^consumeTransformProduce needs groupId/],
      [start({ transforms: 1 }), /did you mean transform\?/],
      [start({ consumer: 5 }), /^consumeTransformProduce: consumer takes a plain object, not 5/],
      [start({ onAborted: 5 }), /onAborted takes a function/],
      [start({ signal: 5 }), /signal takes an AbortSignal/],
      [
        () => deadLetter(wrong(undefined), { topic: "dead" }),
        /^deadLetter: the producer takes an object with send\(\)/,
      ],
      [() => deadLetter(kafka.producer(), wrong(undefined)), /^deadLetter takes an object with topic, not undefined/],
      [
        () => deadLetter(kafka.producer(), wrong({ topics: "dead" })),
        /^deadLetter has no option "topics"; did you mean topic\?/,
      ],
    ]);
    await kafka.producer().send({ topic: "in", value: "v" });
    for (const [returned, message] of [
      [null, /the transform's result takes records, .* not null/],
      [{ topic: "out", value: "v" }, /the transform's result takes records, .* not an object with topic, value/],
      ["out", /the transform's result takes records, .* not "out"/],
      [[{ topic: "out" }], /has no field "value"/],
      [[undefined], /a record must be an object/],
    ] as const) {
      const running = consumeTransformProduce(kafka, {
        groupId: `g-${String(message)}`,
        topics: ["in"],
        transactionalId: "t",
        transform: () => wrong(returned),
      });
      await assert.rejects(running.ended, { kind: "config", message });
    }
  }));

test(
  "what users' callbacks return: an assignor's assignment, a serde's promise, an onPoison that wants the loop to " +
    "end",
  () =>
    inWorld({ topics: { t: 2 } }, async ({ kafka }) => {
      await kafka.producer().send({ topic: "t", partition: 0, value: "{" });
      for (const [assigned, message] of [
        [{}, /the assignor mine: its assignment takes a Map .* not an empty object/],
        [new Map([["nobody", [{ topic: "t", partition: 0 }]]]), /has partitions for "nobody", which is not a member/],
      ] as const) {
        const consumer = kafka.consumer({
          groupId: "g",
          topics: ["t"],
          groupProtocol: "classic",
          partitionAssignmentStrategy: [{ name: "mine", rebalanceProtocol: "eager", assign: () => wrong(assigned) }],
        });
        await assert.rejects(consumer[Symbol.asyncIterator]().next(), { kind: "config", message });
        await consumer.close();
      }
      const read = (options: object): Promise<unknown> =>
        kafka
          .consumer({ assign: [{ topic: "t", partition: 0 }], ...options })
          [Symbol.asyncIterator]()
          .next();
      await assert.rejects(
        read({ onPoison: "skip", value: { serialize: wrong, deserialize: () => Promise.resolve(1) } }),
        { kind: "config", message: /serde returned a promise from deserialize/ },
      );
      for (const returned of ["fail", false])
        await assert.rejects(read({ value: json(), onPoison: () => wrong(returned) }), {
          kind: "config",
          message: /onPoison could not handle it: it returned .*; to end the loop it must throw/,
        });
    }),
);

test("the embedded cluster: options at every depth, and its calls", async () => {
  const start = (options: unknown) => (): unknown => inWorld(wrong(options), () => Promise.resolve());
  await refuseAll([
    [start({ broker: 3 }), /^EmbeddedCluster has no option "broker"; did you mean brokers\?/],
    [start({ brokers: "3" }), /^EmbeddedCluster: brokers takes a whole number from 1 to 1000, not "3"/],
    [start({ topics: ["t"] }), /^EmbeddedCluster: topics takes a plain object, not an array/],
    [start({ topics: { t: "1" } }), /^EmbeddedCluster: topics.t takes an object with partitions/],
    [
      start({ topics: { t: { numPartitions: 1 } } }),
      /^EmbeddedCluster: topics.t has no field "numPartitions"; did you mean partitions\?/,
    ],
    [
      start({ topics: { t: { partitions: 1, configs: { "retention.ms": 1 } } } }),
      /topics.t.configs.retention.ms takes a string/,
    ],
    [
      start({ topics: { t: { partitions: 1, replicationFactor: 2 } } }),
      /topics.t.replicationFactor takes a whole number from 1 to 1, not 2/,
    ],
    [start({ groups: { initialRebalanceDelayMs: "0" } }), /^EmbeddedCluster: groups.initialRebalanceDelayMs takes/],
    [start({ groups: { initialRebalanceDelay: 0 } }), /did you mean initialRebalanceDelayMs\?/],
    [start({ autoCreateTopics: "no" }), /autoCreateTopics takes true or false/],
    [start({ groupVersion: true }), /groupVersion takes/],
  ]);
  await inWorld({ topics: { t: 1 } }, ({ cluster }) =>
    refuseAll([
      [() => cluster.failPartition("Produce", wrong(undefined), 0, [6]), /^failPartition: the topic takes a string/],
      [
        () => cluster.failPartition("Produce", "t", wrong("0"), [6]),
        /^failPartition: the partition takes a whole number from 0, not "0"/,
      ],
      [() => cluster.failPartition(wrong("Prodcue"), "t", 0, [6]), /does not serve Prodcue/],
      [() => cluster.failPartition(wrong(Symbol("Produce")), "t", 0, [6]), /does not serve a symbol/],
      [() => cluster.failPartition("Produce", "t", 0, wrong("NONE")), /errors are a list/],
      [() => cluster.failPartition("Produce", "t", 0, wrong([{}])), /Kafka has no error an empty object/],
      [() => cluster.failRequests("Metadata", [3], wrong({ client: "x" })), /a scope has no field "client"/],
      [() => cluster.failRequests("Metadata", [3], wrong(null)), /a scope takes an object, not null/],
      [() => cluster.intercept("Produce", wrong(null)), /or an object, not null/],
      [() => cluster.recordRequests(wrong(null)), /recordRequests takes an object, not null/],
      [() => cluster.recordRequests(wrong({ api: 5 })), /recordRequests: api takes a list, not 5/],
      [() => cluster.recordRequests(wrong({ apis: [] })), /has no field "apis"/],
      [() => cluster.stopBroker(wrong("0")), /there is no broker "0"/],
      [() => cluster.moveLeader("t", wrong("0"), 0), /there is no partition t-0/],
      [() => cluster.electLeader("t", 0, 0, wrong({ dirty: true })), /^electLeader has no option "dirty"/],
      [() => cluster.addBroker(wrong({ ports: 1 })), /^addBroker has no option "ports"; did you mean port\?/],
      [() => cluster.createTopic(wrong(undefined), 1), /createTopic takes the name of a topic, not undefined/],
      [() => cluster.createTopic("u", wrong("2")), /not "2"/],
      [() => cluster.growTopic("t", wrong("2")), /not "2"/],
      [() => cluster.deleteRecords("t", 0, wrong("0")), /records before "0" cannot be deleted/],
      [() => cluster.deleteTopic(wrong(Symbol("t"))), /there is no topic a symbol/],
      [
        () => cluster.moveCoordinator(wrong("groups"), "g", 0),
        /^moveCoordinator: the kind takes "group", "transaction", not "groups"/,
      ],
      [
        () => cluster.setTransactionVersion(wrong("2")),
        /^setTransactionVersion: transactionVersion takes a whole number from 0 to 2, not "2"/,
      ],
    ]),
  );
});

test("the simulator: options at every depth", async () => {
  const run = (options: unknown) => (): unknown => simulate(wrong(options), () => Promise.resolve());
  const never = (): never => assert.fail("it was run");
  await refuseAll([
    [run(null), /^simulate takes an object/],
    [run({}), /^simulate needs seed/],
    [run({ seed: "1" }), /^simulate: seed takes a whole number, not "1"/],
    [run({ seed: 1, brokerCount: 3 }), /^simulate has no option "brokerCount"/],
    [run({ seed: 1, link: { latency: 5 } }), /^simulate: link has no option "latency"; did you mean latencyUs\?/],
    [run({ seed: 1, faults: [] }), /^simulate: faults takes an object with faults, not an array/],
    [
      run({ seed: 1, faults: { faults: [{ atMs: 1, durationMs: 1, kind: "fire" }] } }),
      /^simulate: faults.faults\[0\].kind takes/,
    ],
    [() => simulate(wrong({ seed: 1 }), wrong(undefined)), /^simulate: the body takes a function/],
    [() => runScenario(wrong(null), never, { seed: 1 }), /a scenario is an object with a function `run`/],
    [
      () => runScenario(wrong({ run: never, limit: 5 }), never, { seed: 1 }),
      /^a scenario has no option "limit"; did you mean limitMs\?/,
    ],
    [
      () => runScenario({ run: never }, never, wrong({ seeds: 1 })),
      /^runScenario has no option "seeds"; did you mean seed\?/,
    ],
    [
      () => runScenario({ run: never, faults: wrong({ mosts: 1 }) }, never, { seed: 1 }),
      /^a scenario: faults has no option "mosts"; did you mean most\?/,
    ],
    [
      () => searchSeeds({ run: never }, never, wrong({ seed: 1 })),
      /^searchSeeds has no option "seed"; did you mean seeds\?/,
    ],
    [() => searchSeeds({ run: never }, never, { onRun: wrong(5) }), /^searchSeeds: onRun takes a function/],
    [() => drawFaultPlan(1, wrong({ from: 1 })), /^drawFaultPlan has no option "from"; did you mean fromMs\?/],
    [() => drawFaultPlan(1, { kinds: [wrong("fire")] }), /^drawFaultPlan: kinds\[0\] takes/],
  ]);
});
