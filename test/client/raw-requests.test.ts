// Raw requests, the versions of brokers, and the limits of versions, on an embedded cluster in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestDestination } from "../../src/admin/raw/destination.ts";
import { knownApis } from "../../src/protocol/known-apis.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka } from "../../src/kafka.ts";
import { nodePlatform } from "../../src/platform/node/platform.ts";
import { standaloneConsumer, standaloneProducer } from "../../src/standalone.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { errorOf } from "./error-of.ts";
import { inWorld } from "./world.ts";

const wrong = (value: unknown): never => value as never;

test("a request goes where it is sent to: to any broker, the controller, a broker, a leader, a coordinator", () =>
  inWorld({ brokers: 3, topics: { t: 3 } }, async ({ cluster, kafka }) => {
    const reached: number[] = [];
    cluster.intercept("ListGroups", ({ nodeId }) => {
      reached.push(nodeId);
    });
    const { brokers, controllerId, topics } = await kafka.request("Metadata", { topics: [{ name: "t" }] });
    const leader = topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === 1)?.leaderId ?? -1;
    const coordinatorOf = async (keyType: number, key: string): Promise<number> =>
      (await kafka.request("FindCoordinator", { keyType, coordinatorKeys: [key] })).coordinators[0]?.nodeId ?? -1;
    const cases: readonly (readonly [to: RequestDestination, nodeId: number])[] = [
      ["controller", controllerId],
      ...brokers.map(({ nodeId }) => [{ broker: nodeId }, nodeId] as const),
      [{ leader: { topic: "t", partition: 1 } }, leader],
      [{ coordinator: { group: "g7" } }, await coordinatorOf(0, "g7")],
      [{ coordinator: { transactionalId: "tx3" } }, await coordinatorOf(1, "tx3")],
    ];
    for (const [to, nodeId] of cases) {
      const { errorCode, groups } = await kafka.request("ListGroups", {}, { to });
      assert.deepEqual([errorCode, groups, reached.splice(0)], [0, [], [nodeId]], JSON.stringify(to));
    }
    await kafka.request("ListGroups", {});
    assert.equal(reached.length, 1);
  }));

test("the version is the highest of both sides, or the pinned one", () =>
  inWorld({ brokers: 1 }, async ({ cluster, kafka }) => {
    const versions: number[] = [];
    cluster.intercept("Metadata", ({ apiVersion }) => {
      versions.push(apiVersion);
    });
    await kafka.request("Metadata", { topics: [] });
    await kafka.request("Metadata", { topics: [] }, { version: 4 });
    const [highest, pinned] = versions.slice(-2);
    const { min, max } = (await kafka.apiVersions()).orThrow()[0]?.apis["Metadata"] ?? { min: -1, max: -1 };
    assert.deepEqual([highest, pinned], [max, 4]);
    const error = await errorOf(kafka.request("Metadata", { topics: [] }, { version: 14 }));
    assert.equal(error.kind, "unsupported");
    assert.match(
      error.message,
      new RegExp(`Metadata version 14: broker \\S+ serves versions ${min} to ${max}, this client speaks 0 to 13`),
    );
    const absent = await errorOf(kafka.request("StreamsGroupDescribe", { groupIds: ["g"] }));
    assert.equal(absent.kind, "unsupported");
    assert.match(absent.message, /the broker does not serve StreamsGroupDescribe \(API key 89\)/);
  }));

test("a name, a field, a value, an option or a destination that is wrong is refused before anything is sent", () =>
  inWorld({ brokers: 1 }, async ({ cluster, kafka }) => {
    await kafka.request("Metadata", { topics: [] });
    let requests = 0;
    for (const api of ["Metadata", "ListGroups", "Produce", "DescribeGroups"] as const)
      cluster.intercept(api, () => {
        requests++;
      });
    const cases: readonly (readonly [call: Promise<unknown>, message: RegExp])[] = [
      [kafka.request(wrong("Metadta"), wrong({})), /^request: there is no API "Metadta"; did you mean Metadata\?$/],
      [
        kafka.request(wrong("MetadataRequest"), wrong({})),
        /there is no API "MetadataRequest"; did you mean Metadata\?/,
      ],
      [kafka.request(wrong("describegroups"), wrong({})), /did you mean DescribeGroups\?/],
      [kafka.request(wrong("DescribeShare"), wrong({})), /did you mean DescribeShareGroupOffsets/],
      [kafka.request(wrong("x"), wrong({})), /names are Kafka's own, for example Metadata/],
      [kafka.request(wrong(null), wrong({})), /there is no API "null"/],
      [kafka.request(wrong("toString"), wrong({})), /there is no API "toString"/],
      [kafka.request("Metadata", wrong(undefined)), /^request: MetadataRequest takes an object, not undefined$/],
      [kafka.request("Metadata", wrong([])), /^request: MetadataRequest takes an object, not an array$/],
      [
        kafka.request("Metadata", wrong({ topcs: [] })),
        /^request: MetadataRequest has no field "topcs"; did you mean topics\? It has topics, allowAutoTopicCreation/,
      ],
      [
        kafka.request("Metadata", wrong({ topics: [{ name: "a" }, { nam: "b" }] })),
        /^request: MetadataRequest\.topics\[1\] has no field "nam"; did you mean name\? It has topicId, name/,
      ],
      [kafka.request("Metadata", wrong({ topics: ["a"] })), /MetadataRequest\.topics\[0\] takes an object, not "a"/],
      [
        kafka.request("Metadata", wrong({ topics: "a" })),
        /^request: MetadataRequest\.topics \(version \d+\): an array is expected, not string/,
      ],
      [
        kafka.request("DescribeGroups", wrong({ groups: [5] })),
        /^request: DescribeGroupsRequest\.groups\[0\] \(version \d\): a string is expected, not 5/,
      ],
      [kafka.request("Produce", {}), /^request: Produce with acks 0 has no response: set acks to 1 or -1/],
      [kafka.request("ListGroups", {}, wrong(null)), /^request takes an object with to, version, timeoutMs, signal/],
      [kafka.request("ListGroups", {}, wrong({ dest: "any" })), /^request has no option "dest"/],
      [kafka.request("ListGroups", {}, wrong({ version: "3" })), /version takes a whole number from 0 to 32767/],
      [kafka.request("ListGroups", {}, { timeoutMs: 0 }), /timeoutMs takes a whole number from 1/],
      [kafka.request("ListGroups", {}, wrong({ signal: 5 })), /signal takes an AbortSignal, not 5/],
      [kafka.request("ListGroups", {}, wrong({ to: "leader" })), /to takes "any", "controller", \{ broker: .*"leader"/],
      [kafka.request("ListGroups", {}, wrong({ to: null })), /to takes "any".* not null/],
      [kafka.request("ListGroups", {}, wrong({ to: {} })), /to takes exactly one of/],
      [kafka.request("ListGroups", {}, wrong({ to: { broker: "1" } })), /broker takes a whole number/],
      [kafka.request("ListGroups", {}, wrong({ to: { node: 1 } })), /has no option "node"/],
      [
        kafka.request("ListGroups", {}, wrong({ to: { broker: 1, leader: { topic: "t", partition: 0 } } })),
        /to takes exactly one of/,
      ],
      [kafka.request("ListGroups", {}, wrong({ to: { leader: { topic: "t" } } })), /leader needs partition/],
      [kafka.request("ListGroups", {}, wrong({ to: { coordinator: {} } })), /to takes exactly one of/],
      [kafka.request("ListGroups", {}, wrong({ to: { coordinator: { groupId: "g" } } })), /has no option "groupId"/],
      [
        kafka.request("ListGroups", {}, wrong({ to: { coordinator: { shareGroup: { group: "g" } } } })),
        /shareGroup needs topicId/,
      ],
    ];
    for (const [call, message] of cases) {
      const error = await errorOf(call);
      assert.match(error.message, message);
      assert.equal(error.kind, "config", error.message);
    }
    assert.equal(requests, 0);
  }));

test("a field that the chosen version cannot carry is named", () =>
  inWorld({ brokers: 1 }, async ({ kafka }) => {
    const error = await errorOf(kafka.request("ListGroups", { statesFilter: ["Stable"] }, { version: 3 }));
    assert.equal(error.kind, "unsupported");
    assert.match(error.message, /ListGroupsRequest\.statesFilter \(version 3\): this version does not have the field/);
  }));

test("a request that was sent is not sent again when the connection is lost; the next one opens another", () =>
  inWorld({ brokers: 1 }, async ({ cluster, kafka }) => {
    await kafka.request("ListGroups", {});
    const lost = cluster.intercept("ListGroups", "disconnect", { times: 1 });
    const error = await errorOf(kafka.request("ListGroups", {}));
    assert.deepEqual([error.kind, error.outcome, error.retriable, lost.calls], ["connection", "indefinite", true, 1]);
    const { errorCode } = await kafka.request("ListGroups", {});
    assert.equal(errorCode, 0);
  }));

test("a timeout, a signal and close() end the wait; a long request does not close the connection", () =>
  inWorld({ brokers: 1, client: { requestTimeoutMs: 1000 } }, async ({ cluster, kafka, platform }) => {
    cluster.intercept("ListGroups", { delayMs: 5000 }, { times: 1 });
    assert.equal((await kafka.request("ListGroups", {}, { timeoutMs: 9000 })).errorCode, 0);
    cluster.intercept("ListGroups", "hang");
    const late = await errorOf(kafka.request("ListGroups", {}, { timeoutMs: 500 }));
    assert.equal(late.kind, "timeout");
    assert.match(late.message, /^cannot request ListGroups: not done in time.*timeout 500 ms/);
    const controller = new AbortController();
    const cancelled = errorOf(kafka.request("ListGroups", {}, { signal: controller.signal }));
    const closed = errorOf(kafka.request("ListGroups", {}));
    await sleep(platform, 10);
    controller.abort();
    assert.equal((await cancelled).kind, "cancelled");
    await kafka.close();
    assert.equal((await closed).kind, "closed");
    assert.equal((await errorOf(kafka.request("Metadata", {}))).kind, "closed");
    assert.equal((await errorOf(kafka.apiVersions())).kind, "closed");
    assert.equal((await errorOf(kafka.brokerRelease())).kind, "closed");
  }));

test("apiVersions has the ranges and features of each broker; one that does not answer fails alone", () =>
  inWorld({ brokers: 3 }, async ({ cluster, kafka }) => {
    const all = await kafka.apiVersions();
    const { brokers } = await kafka.request("Metadata", { topics: [] });
    assert.deepEqual(
      all.entries.map(([nodeId]) => nodeId),
      brokers.map(({ nodeId }) => nodeId).sort(),
    );
    for (const { apis, finalizedFeatures, supportedFeatures, finalizedFeaturesEpoch } of all.orThrow()) {
      assert.equal(apis["ApiVersions"]?.min, 0);
      assert.ok((apis["Produce"]?.max ?? 0) >= 12);
      assert.ok((finalizedFeatures["metadata.version"]?.max ?? 0) > 0);
      assert.ok((supportedFeatures["metadata.version"]?.max ?? 0) > 0);
      assert.ok((finalizedFeaturesEpoch ?? -1) >= 0);
      assert.deepEqual(
        Object.keys(apis).filter((name) => !knownApis().some((api) => api.name === name)),
        [],
      );
    }
    const [first, second] = all.entries.map(([nodeId]) => nodeId);
    assert.ok(first !== undefined && second !== undefined);
    const one = await kafka.apiVersions({ broker: second });
    assert.deepEqual([one.size, one.entries[0]?.[0]], [1, second]);
    const absent = await kafka.apiVersions({ broker: 77 });
    assert.ok(KafkaError.is(absent.get(77)));
    cluster.intercept("ApiVersions", ({ nodeId }) => (nodeId === first ? "hang" : undefined));
    const some = await kafka.apiVersions({ timeoutMs: 1000 });
    assert.deepEqual(
      some.entries.map(([, result]) => (KafkaError.is(result) ? result.kind : "ok")),
      ["timeout", "ok", "ok"],
    );
    for (const [call, message] of [
      [kafka.apiVersions(wrong({ node: 1 })), /apiVersions has no option "node"/],
      [kafka.apiVersions({ broker: -1 }), /broker takes a whole number/],
      [kafka.brokerRelease(wrong({ nodeId: 1 })), /brokerRelease has no option "nodeId"; did you mean broker\?/],
    ] as const)
      assert.match((await errorOf(call)).message, message);
  }));

test("an API that this client does not know has its key for a name; the release is then the newest known one", () =>
  inWorld({ brokers: 1 }, async ({ cluster, kafka }) => {
    const all = Array.from({ length: 200 }, (_, apiKey) => ({ apiKey, minVersion: 0, maxVersion: 30 }));
    cluster.intercept("ApiVersions", { respond: (response) => ({ ...response, apiKeys: all }) });
    const [nodeId, versions] = (await kafka.apiVersions()).entries[0] ?? [-1];
    assert.ok(versions !== undefined && !KafkaError.is(versions));
    assert.deepEqual(versions.apis["API 199"], { min: 0, max: 30 });
    assert.deepEqual(versions.apis["Produce"], { min: 0, max: 30 });
    assert.equal(await kafka.brokerRelease(), "4.4");
    assert.equal(await kafka.brokerRelease({ broker: nodeId }), "4.4");
  }));

test("minVersions and maxVersions limit every request of every client, but not a pinned version", () =>
  inWorld({ brokers: 1, topics: { t: 1 } }, async ({ cluster, client }) => {
    const kafka = client({ maxVersions: { Metadata: 9, Fetch: 12, Produce: 9, ApiVersions: 3 } });
    const seen = new Map<string, Set<number>>();
    for (const api of ["Metadata", "Fetch", "Produce", "ApiVersions"] as const)
      cluster.intercept(api, ({ apiName, apiVersion }) => {
        seen.set(apiName, (seen.get(apiName) ?? new Set()).add(apiVersion));
      });
    await kafka.producer().send({ topic: "t", value: "v" });
    for await (const { offset } of kafka.consumer({ topics: ["t"] })) {
      assert.equal(offset, 0);
      break;
    }
    assert.deepEqual(Object.fromEntries([...seen].map(([name, versions]) => [name, [...versions]])), {
      ApiVersions: [3],
      Metadata: [9],
      Produce: [9],
      Fetch: [12],
    });
    await kafka.request("Metadata", { topics: [] }, { version: 12 });
    assert.ok(seen.get("Metadata")?.has(12));
  }));

test("a minimum that the broker does not serve fails the requests of that API, and says all ranges", () =>
  inWorld({ brokers: 1, topics: { t: 1 } }, async ({ cluster, client }) => {
    cluster.intercept("ApiVersions", {
      respond: (response) => ({
        ...response,
        apiKeys: response.apiKeys.map((one) => (one.apiKey === 0 ? { ...one, maxVersion: 8 } : one)),
      }),
    });
    const kafka = client({ minVersions: { Produce: 9 } });
    const error = await errorOf(kafka.producer().send({ topic: "t", value: "v" }));
    assert.equal(error.kind, "unsupported");
    assert.match(
      error.message,
      /Produce: the broker serves versions \d to 8, this client speaks \d to \d+, minVersions and maxVersions allow 9 to/,
    );
    assert.equal((await kafka.request("ListGroups", {})).errorCode, 0, "other APIs work");
  }));

test("limits that are wrong fail at once: in the constructor, or with the first connection", () =>
  inWorld({ brokers: 1 }, async ({ client }) => {
    for (const [options, message] of [
      [{ maxVersions: 5 }, /^Kafka: maxVersions takes a plain object, not 5/],
      [{ minVersions: { Fetch: "4" } }, /^Kafka: minVersions\.Fetch takes a whole number from 0 to 32767, not "4"/],
      [{ minVersions: { Fetch: -1 } }, /minVersions\.Fetch takes a whole number/],
      [{ maxVersions: new Map() }, /maxVersions takes a plain object, not a Map/],
      [{ maxVersion: {} }, /Kafka has no option "maxVersion"; did you mean maxVersions\?/],
    ] as const)
      assert.throws(
        () => client(wrong(options)),
        (e: unknown) => KafkaError.is(e) && message.test(e.message),
      );
    for (const [options, message] of [
      [{ maxVersions: { Fetsh: 3 } }, /maxVersions: there is no API "Fetsh"; did you mean Fetch\?/],
      [{ minVersions: { FetchRequest: 3 } }, /minVersions: there is no API "FetchRequest"; did you mean Fetch\?/],
      [{ maxVersions: { Fetch: 3 } }, /maxVersions: Fetch takes versions from 4 to 18, .* not 3/],
      [{ minVersions: { Fetch: 19 } }, /minVersions: Fetch takes versions from 4 to 18, .* not 19/],
      [
        { minVersions: { Fetch: 12 }, maxVersions: { Fetch: 11 } },
        /minVersions and maxVersions allow Fetch 12 to 11, which is no version at all/,
      ],
    ] as const) {
      const kafka = client(wrong(options));
      const error = await errorOf(kafka.request("ListGroups", {}, { timeoutMs: 60_000 }));
      assert.match(error.message, message);
      assert.equal(error.kind, "config", error.message);
      assert.equal(error.retriable, false);
    }
  }));

test("bootstrapControllers: wrong uses are refused at once, in a standalone client too", async () => {
  const options = { bootstrapControllers: "localhost:9", platform: nodePlatform(), onLog: () => undefined };
  for (const [make, kind, message] of [
    [
      () => new Kafka({ ...options, bootstrapServers: "localhost:9" }),
      "config",
      /bootstrapServers or bootstrapControllers, not both/,
    ],
    [
      () => new Kafka({ ...options, bootstrapControllers: "localhost" }),
      "config",
      /bootstrapControllers has "localhost", which is no host:port/,
    ],
    [
      () => new Kafka({ ...options, bootstrapControllers: wrong(5) }),
      "config",
      /bootstrapControllers takes "host:port"/,
    ],
    [() => new Kafka({ ...options, bootstrapControllers: [] }), "config", /bootstrapControllers is empty/],
    [() => standaloneProducer(options), "unsupported", /standaloneProducer needs the brokers: set bootstrapServers/],
    [() => standaloneConsumer(options, { topics: ["t"] }), "unsupported", /standaloneConsumer needs the brokers/],
    [() => new Kafka(options).producer(), "unsupported", /a producer needs the brokers: set bootstrapServers/],
    [() => new Kafka(options).consumer({ topics: ["t"] }), "unsupported", /a consumer needs the brokers/],
  ] as const)
    assert.throws(
      make,
      (e: unknown) => KafkaError.is(e) && e.kind === kind && message.test(e.message),
      String(message),
    );
  const kafka = new Kafka(options);
  for (const call of [
    kafka.admin().listTopics(),
    kafka.admin().createTopics([{ topic: "t" }]),
    kafka.brokerRelease(),
    kafka.request("ListOffsets", {}, { to: { leader: { topic: "t", partition: 0 } } }),
  ]) {
    const error = await errorOf(Promise.resolve(call));
    assert.deepEqual([error.kind, error.codeName], ["unsupported", "UNSUPPORTED_ENDPOINT_TYPE"]);
  }
  await kafka.close();
});

test("names of APIs, fields and options are types, and so are the fields of a response", () =>
  inWorld({ brokers: 1 }, async ({ kafka }) => {
    const { brokers } = await kafka.request("Metadata", { topics: [{ name: "t" }] });
    const port: number | undefined = brokers[0]?.port;
    assert.ok(port !== undefined);
    // @ts-expect-error there is no such API
    await errorOf(kafka.request("NoSuchApi", {}));
    // @ts-expect-error there is no such field
    await errorOf(kafka.request("Metadata", { topic: [] }));
    // @ts-expect-error the field takes a list
    await errorOf(kafka.request("Metadata", { topics: "t" }));
    // @ts-expect-error there is no such destination
    await errorOf(kafka.request("Metadata", {}, { to: { node: 1 } }));
    // @ts-expect-error there is no such API
    assert.throws(() => new Kafka({ maxVersions: { NoSuchApi: 1 } }), { kind: "config" });
  }));
