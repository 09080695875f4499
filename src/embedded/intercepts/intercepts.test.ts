import { test } from "node:test";
import assert from "node:assert/strict";
import {
  NOW,
  type RawClient,
  type RawWorld,
  batchOf,
  produceTo,
  withCluster,
} from "../../../test/embedded/raw-client.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { encodeRequest } from "../../protocol/headers.ts";
import { findCoordinatorApi } from "../../protocol/messages/find-coordinator.ts";
import { fetchApi } from "../../protocol/messages/fetch.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { produceApi } from "../../protocol/messages/produce.ts";
import { sleep } from "../../runtime/sleep.ts";

const highWatermark = ({ cluster }: RawWorld, partition = 0): number | undefined =>
  cluster.snapshot().topics[0]?.partitions[partition]?.highWatermark;

/** The error code of a Produce response, or that the broker closed the connection. */
async function produced(client: RawClient, records = batchOf()): Promise<number | "hung up"> {
  try {
    return (await produceTo(client, records)).errorCode;
  } catch {
    return "hung up";
  }
}

test("observed: a request is seen with all that is known of it, and served as usual", () =>
  withCluster({ brokers: 2, topics: { t: 1 } }, async (world) => {
    const seen: unknown[] = [];
    const handle = world.cluster.intercept(
      "Produce",
      ({ nodeId, apiKey, apiName, apiVersion, clientId, correlationId, topics, message, signal }) => {
        seen.push({
          nodeId,
          apiKey,
          apiName,
          apiVersion,
          clientId,
          correlationId,
          topics,
          acks: message.acks,
          gone: signal.aborted,
        });
      },
    );
    assert.equal(await produced(await world.connect()), 0);
    assert.deepEqual(seen, [
      {
        nodeId: 0,
        apiKey: 0,
        apiName: "Produce",
        apiVersion: 12,
        clientId: "raw",
        correlationId: 1,
        topics: ["t"],
        acks: -1,
        gone: false,
      },
    ]);
    assert.deepEqual([handle.calls, handle.left], [1, Infinity]);
  }));

test("answered: what was given is the answer, after its delay, and nothing is written", () =>
  withCluster({ topics: { t: 1 } }, async (world) => {
    world.cluster.intercept(
      "Produce",
      {
        delayMs: 30,
        answer: { responses: [{ name: "t", partitionResponses: [{ index: 0, errorCode: 0, baseOffset: 77 }] }] },
      },
      { times: 1 },
    );
    const answer = await produceTo(await world.connect(), batchOf());
    assert.deepEqual(
      [answer.baseOffset, answer.logAppendTimeMs, highWatermark(world)],
      [77, -1, 0],
      "what was left out has its default",
    );
    assert.equal(world.platform.clock.now(), NOW + 30);
  }));

test("rewritten: the broker serves another request than the one that was sent; a later intercept sees that one", () =>
  withCluster({ topics: { t: 2 } }, async (world) => {
    const partitions: (number | undefined)[] = [];
    world.cluster.intercept("Produce", ({ message }) => ({
      rewrite: {
        ...message,
        topicData: message.topicData.map((topic) => ({
          ...topic,
          partitionData: topic.partitionData.map((data) => ({ ...data, index: 1 })),
        })),
      },
    }));
    world.cluster.intercept(
      "Produce",
      ({ message }) => void partitions.push(message.topicData[0]?.partitionData[0]?.index),
    );
    const answer = await produceTo(await world.connect(), batchOf());
    assert.deepEqual([answer.index, answer.baseOffset], [1, 0]);
    assert.deepEqual([partitions, highWatermark(world, 0), highWatermark(world, 1)], [[1], 0, 1]);
  }));

test(
  "rewritten from a part: what is left out of a request has its default, and what the version cannot carry makes " +
    "the broker hang up",
  () =>
    withCluster({ topics: { t: 1, u: 1 } }, async ({ connect, cluster, logged }) => {
      cluster.intercept("Metadata", { rewrite: { topics: [{ name: "u" }] } }, { times: 1 });
      const client = await connect();
      assert.deepEqual(
        (await client.request(metadataApi, { topics: null }, 12)).topics.map(({ name }) => name),
        ["u"],
      );
      cluster.intercept("Metadata", { rewrite: { topics: [{ name: null }] } }, { times: 1 });
      assert.equal(
        await client.exchange(encodeRequest(metadataApi, { topics: [] }, 1, client.nextId, "raw")),
        undefined,
      );
      assert.match(String(logged[0]?.fields?.["reason"]), /MetadataRequest.*topics\[0\]\.name/);
    }),
);

test("a response is rewritten from the whole of the broker's, by one intercept after the other", () =>
  withCluster({ topics: { t: 1 } }, async (world) => {
    world.cluster.intercept("Produce", {
      respond: (response) => ({ ...response, throttleTimeMs: response.throttleTimeMs + 5 }),
    });
    world.cluster.intercept("Produce", {
      respond: (response) => ({ ...response, throttleTimeMs: response.throttleTimeMs * 10 }),
    });
    const client = await world.connect();
    const { throttleTimeMs, responses } = await client.request(
      produceApi,
      { acks: 1, timeoutMs: 1, topicData: [{ name: "t", partitionData: [{ index: 0, records: batchOf() }] }] },
      12,
    );
    assert.deepEqual(
      [throttleTimeMs, responses[0]?.partitionResponses[0]?.baseOffset, highWatermark(world)],
      [50, 0, 1],
    );
  }));

test("delayed: the delays of all intercepts add up, and the request is served after them", () =>
  withCluster({ topics: { t: 1 } }, async (world) => {
    world.cluster.intercept("Produce", { delayMs: 40 });
    world.cluster.intercept(async () => {
      await sleep(world.platform, 2);
      return { delayMs: 3 };
    });
    assert.equal(await produced(await world.connect()), 0);
    assert.equal(Math.floor(world.platform.clock.monotonic()), 45);
  }));

test("disconnected before: nothing was written; disconnected after: it was", () =>
  withCluster({ topics: { t: 1 } }, async (world) => {
    world.cluster.intercept("Produce", "disconnect", { times: 1 });
    world.cluster.intercept("Produce", "disconnect-after", { times: 1 });
    assert.equal(await produced(await world.connect()), "hung up");
    assert.equal(highWatermark(world), 0);
    assert.equal(await produced(await world.connect()), "hung up");
    assert.equal(highWatermark(world), 1);
    assert.equal(await produced(await world.connect()), 0);
  }));

test("hung: no answer ever, and nothing behind it on the connection is looked at", () =>
  withCluster({ topics: { t: 1 } }, async (world) => {
    world.cluster.intercept("Produce", "hang", { times: 1 });
    const client = await world.connect();
    const first = produced(client);
    const second = produced(client);
    await sleep(world.platform, 100_000);
    assert.equal(highWatermark(world), 0);
    assert.equal(await produced(await world.connect()), 0, "another connection is served");
    client.close();
    assert.deepEqual([await first, await second, highWatermark(world)], ["hung up", "hung up", 1]);
  }));

test("applied later: the connection is cut at once, and the request is carried out when the client has long retried", () =>
  withCluster({ topics: { t: 1 } }, async (world) => {
    world.cluster.intercept("Produce", { applyLaterMs: 500 }, { times: 1 });
    assert.equal(await produced(await world.connect(), batchOf({ values: ["ghost"] })), "hung up");
    assert.equal(Math.floor(world.platform.clock.monotonic()), 0);
    assert.equal(await produced(await world.connect(), batchOf({ values: ["retried"] })), 0);
    assert.equal(highWatermark(world), 1);
    await sleep(world.platform, 500);
    assert.equal(highWatermark(world), 2, "the ghost");
  }));

test("applied later: not by a broker that was stopped before, also where it is back by then", () =>
  withCluster({ brokers: 2, topics: { t: 1 } }, async (world) => {
    world.cluster.intercept("Produce", { applyLaterMs: 500 }, { times: 1 });
    assert.equal(await produced(await world.connect()), "hung up");
    await world.cluster.stopBroker(0);
    await world.cluster.startBroker(0);
    world.cluster.moveLeader("t", 0, 0);
    await sleep(world.platform, 1000);
    assert.equal(highWatermark(world), 0);
  }));

test("applied later: a cluster that closes leaves no task behind", () =>
  withCluster({ topics: { t: 1 } }, async (world) => {
    world.cluster.intercept("Produce", { applyLaterMs: 1e9 });
    assert.equal(await produced(await world.connect()), "hung up");
  }));

test("scopes: by broker, client, topic, and any condition", () =>
  withCluster({ brokers: 2, topics: { t: 1, u: 1 } }, async ({ cluster, connect }) => {
    const counts = {
      broker: cluster.intercept(() => undefined, { broker: 1 }),
      client: cluster.intercept(() => undefined, { clientId: "raw" }),
      otherClient: cluster.intercept("Metadata", () => undefined, { clientId: "else" }),
      topic: cluster.intercept(() => undefined, { topic: "u" }),
      when: cluster.intercept("Metadata", () => undefined, {
        when: ({ apiVersion, message }) => apiVersion === 4 && message.topics?.length === 1,
      }),
      together: cluster.intercept("Metadata", () => undefined, {
        broker: 0,
        clientId: "raw",
        topic: "t",
        when: ({ apiVersion }) => apiVersion === 4,
      }),
    };
    const [zero, one] = [await connect(0), await connect(1)];
    await zero.request(metadataApi, { topics: [{ name: "t" }] }, 4);
    await zero.request(metadataApi, { topics: null }, 4); // all of them
    await one.request(metadataApi, { topics: [{ name: "u" }] }, 5);
    await one.request(findCoordinatorApi, { coordinatorKeys: ["g"] });
    assert.deepEqual(Object.fromEntries(Object.entries(counts).map(([name, { calls }]) => [name, calls])), {
      broker: 2,
      client: 4,
      otherClient: 0,
      topic: 2,
      when: 1,
      together: 2,
    });
  }));

test("a topic is found by its id, and in a fetch session that names nothing", () =>
  withCluster({ topics: { t: 2, u: 1 } }, async ({ cluster, connect }) => {
    const ids = new Map(cluster.snapshot().topics.map(({ topic, topicId }) => [topic, topicId]));
    const client = await connect();
    const seen: (readonly string[])[] = [];
    cluster.intercept("Fetch", ({ topics }) => void seen.push(topics));
    const inT = cluster.intercept("Fetch", () => undefined, { topic: "t" });
    const asked = (topic: string): { readonly topicId: string; readonly partitions: readonly object[] } => ({
      topicId: ids.get(topic) ?? "",
      partitions: [{ partition: 0, partitionMaxBytes: 100 }],
    });
    const { sessionId } = await client.request(fetchApi, {
      maxBytes: 100,
      sessionEpoch: 0,
      topics: [asked("t"), asked("u")],
    });
    await client.request(fetchApi, { maxBytes: 100, sessionId, sessionEpoch: 1 });
    await client.request(fetchApi, {
      maxBytes: 100,
      sessionId,
      sessionEpoch: 2,
      forgottenTopicsData: [{ topicId: ids.get("t") ?? "", partitions: [0] }],
    });
    await client.request(fetchApi, { maxBytes: 100, sessionId, sessionEpoch: 3 });
    assert.deepEqual(seen, [["t", "u"], ["t", "u"], ["u"], ["u"]]);
    assert.equal(inT.calls, 2);
  }));

test(
  "times: so many requests and no more, also when they come at once; a handle ends it before, and clearIntercepts " +
    "all",
  () =>
    withCluster({ topics: { t: 1 } }, async ({ cluster, connect }) => {
      const handle = cluster.intercept("Metadata", { delayMs: 10 }, { times: 2 });
      const clients = await Promise.all([connect(), connect(), connect()]);
      await Promise.all(clients.map((client) => client.request(metadataApi, { topics: null })));
      assert.deepEqual([handle.calls, handle.left], [2, 0]);
      const [client] = clients;
      const ended = cluster.intercept("Metadata", "disconnect");
      ended();
      ended();
      const disposed = cluster.intercept("Metadata", "disconnect", { times: 3 });
      disposed[Symbol.dispose]();
      const cleared = cluster.intercept("Metadata", "disconnect");
      cluster.clearIntercepts();
      await client.request(metadataApi, { topics: null });
      assert.deepEqual(
        [ended, disposed, cleared].map(({ calls, left }) => [calls, left]),
        [
          [0, 0],
          [0, 0],
          [0, 0],
        ],
      );
    }),
);

test("the first that says how a request ends is the last that is asked", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect }) => {
    cluster.intercept(() => undefined);
    const first = cluster.intercept("Metadata", { answer: { clusterId: "first" } });
    const second = cluster.intercept("Metadata", { answer: { clusterId: "second" } });
    assert.equal((await (await connect()).request(metadataApi, { topics: null })).clusterId, "first");
    assert.deepEqual([first.calls, second.calls], [1, 0]);
  }));

const mistakes: readonly (readonly [what: string, intercept: () => unknown, message: RegExp])[] = [
  [
    "throws",
    () => {
      throw new Error("my assertion");
    },
    /an intercept of Metadata failed: my assertion/,
  ],
  ["rejects", () => Promise.reject(new Error("my assertion")), /an intercept of Metadata failed: my assertion/],
  ["answers a word that there is not", () => "disconect", /"disconnect-after", "hang" or an object, not "disconect"/],
  ["answers null", () => null, /or an object, not null/],
  ["misspells a field", () => ({ delay: 5 }), /no field "delay"; it takes answer \(with delayMs\)/],
  ["answers and rewrites", () => ({ answer: {}, rewrite: {} }), /not answer and rewrite/],
  ["delays what is applied later", () => ({ applyLaterMs: 5, delayMs: 5 }), /not applyLaterMs and delayMs/],
  ["gives a time that is none", () => ({ delayMs: "5" }), /delayMs takes milliseconds, 0 or more, not "5"/],
  [
    "gives a time without end",
    () => ({ applyLaterMs: Infinity }),
    /applyLaterMs takes milliseconds, 0 or more, not Infinity/,
  ],
  ["gives no function to respond", () => ({ respond: {} }), /respond takes a function/],
  [
    "fails while it responds",
    () => ({
      respond: () => {
        throw new Error("my assertion");
      },
    }),
    /an intercept of Metadata failed: my assertion/,
  ],
];
for (const [what, intercept, message] of mistakes) {
  test(`an intercept that ${what}: the broker hangs up, and logs an error that says so`, () =>
    withCluster({ topics: { t: 1 } }, async ({ cluster, connect, logged }) => {
      cluster.intercept("Metadata", intercept as () => undefined);
      const client = await connect();
      assert.equal(
        await client.exchange(encodeRequest(metadataApi, { topics: null }, 12, client.nextId, "raw")),
        undefined,
      );
      assert.equal(logged[0]?.level, "error");
      assert.match(String(logged[0].fields?.["reason"]), message);
    }));
}

test("what can never hold is refused, with a message that says what can", () =>
  withCluster({ brokers: 2, topics: { t: 1 } }, async ({ cluster }) => {
    const pass = (): undefined => undefined;
    const refused: readonly (readonly [() => unknown, RegExp])[] = [
      [
        () => cluster.intercept("Prodce" as "Produce", pass),
        /does not serve Prodce; it serves ApiVersions, Metadata, Produce/,
      ],
      [() => cluster.intercept("ShareFetch", pass), /does not serve ShareFetch/],
      [
        () => cluster.intercept("InitProducerId", pass, { topic: "t" } as object),
        /requests of InitProducerId name no topics.*Produce, Fetch/,
      ],
      [() => cluster.intercept("Produce", pass, { broker: 7 }), /there is no broker 7; the brokers are 0, 1/],
      [
        () => cluster.intercept("Produce", pass, { client: "a" } as object),
        /no field "client"; its fields are broker, clientId, topic, when, times/,
      ],
      [() => cluster.intercept("Produce", pass, { times: 0 }), /times takes a whole number from 1 on, not 0/],
      [() => cluster.intercept(pass, { times: 1.5 }), /times takes a whole number from 1 on, not 1.5/],
      [() => cluster.intercept("Produce", pass, { when: true } as object), /when takes a function/],
      [() => cluster.intercept("Produce", "disconect" as "disconnect"), /not "disconect"/],
      [
        () => cluster.intercept("Produce", undefined as unknown as "hang"),
        /intercept takes a function, or an interception for every request/,
      ],
    ];
    for (const [call, message] of refused)
      assert.throws(
        call,
        (error) => KafkaError.is(error) && error.kind === "config" && message.test(error.message),
        message.source,
      );
  }));
