// Every public method, with right and wrong arguments for it. A test compares the names with the prototypes: a new
// method must be added here.
import { deadLetter } from "../../../src/exactly-once/dead-letter.ts";
import { consumeTransformProduce } from "../../../src/exactly-once/consume-transform-produce.ts";
import { EmbeddedCluster } from "../../../src/embedded/embedded-cluster.ts";
import { Kafka } from "../../../src/kafka.ts";
import { observe } from "../../../src/observe.ts";
import { sendAll } from "../../../src/send-all.ts";
import { memoryStreams } from "../../../src/runtime/memory-streams.ts";
import type { Random } from "../../../src/simulation/random.ts";
import { adminCalls } from "./admin-calls.ts";
import { type AnyStream, consumerOptions, kafkaOptions, producerOptions } from "./options.ts";
import { GROUP, LIMITS, PARTITIONS, producerLimits, type Stage, TOPIC } from "./stage.ts";
import { callback, fields, list, optional, other, type Param, pick, signal, whole, words } from "./values.ts";

/** One method. */
export interface Call {
  /** The object of the call. */
  readonly on: (random: Random, isWrong: boolean) => unknown;
  readonly args: readonly Param[];
  /** Whether it returns a promise: then it never throws. */
  readonly isAsync?: boolean;
  /**
   * Its limit in virtual time, in ms, when its arguments have no `timeoutMs`; Infinity if it waits until its client is
   * closed.
   */
  readonly boundMs?: number;
  /** Added to its own `timeoutMs`. */
  readonly moreMs?: number;
  /** Handles its arguments and result when they were right. */
  readonly done?: (result: unknown, args: readonly unknown[]) => void;
  /** A getter. */
  readonly isGetter?: boolean;
  /** Called in place of the method: for functions, constructors and statics. */
  readonly call?: (...args: readonly never[]) => unknown;
}

/** Why a method is not called: it is internal, or another member is the same. */
export type NotCalled = string;

/** By class, then by member. */
export type Table = Readonly<Record<string, Readonly<Record<string, Call | NotCalled>>>>;

const { apiMs, maxBlockMs, deliveryTimeoutMs, requestTimeoutMs } = LIMITS;
const SAME_AS_CLOSE = "the same as close()";

/** Arguments of many calls. */
interface Params {
  readonly signal: Param;
  readonly limit: Param;
  readonly place: Param;
  readonly places: Param;
  readonly offsets: Param;
  readonly record: Param;
}

function paramsOf(stage: Stage): Params {
  const aSignal = signal((random) => {
    const controller = new AbortController();
    if (random.below(3) === 0) controller.abort();
    else if (random.below(2) === 0) void stage.world.sleep(random.below(2000)).then(() => controller.abort());
    return controller.signal;
  });
  const limit = optional(fields({ timeoutMs: whole(1, 3000), signal: aSignal }));
  const place = fields({ topic: words(TOPIC), partition: whole(0, PARTITIONS) }, ["topic", "partition"]);
  const offset = fields(
    {
      topic: words(TOPIC),
      partition: whole(0, PARTITIONS - 1),
      offset: whole(0, 20),
      metadata: {
        right: () => stage.name("commit"),
        wrong: (random) => pick(random, [5, true, null, {}, [], Symbol("m")]),
      },
    },
    ["topic", "partition", "offset", "metadata"],
  );
  const text: Param = { right: () => stage.name("record"), wrong: other(() => "").wrong };
  const record = fields(
    {
      topic: words(TOPIC),
      value: { right: text.right, wrong: (random) => pick(random, [undefined, 5, true, {}, Symbol("v"), []]) },
      key: optional({ right: text.right, wrong: (random) => pick(random, [5, true, {}, Symbol("v"), []]) }),
      partition: whole(0, PARTITIONS - 1),
      timestamp: whole(0, 2 ** 40),
      headers: other(() => ({ name: "value" })),
    },
    ["topic", "value"],
  );
  return { signal: aSignal, limit, place, places: list(place), offsets: list(offset), record };
}

export function tableOf(stage: Stage): Table {
  const params = paramsOf(stage);
  return {
    Kafka: kafkaCalls(stage, params),
    Admin: adminCalls(stage, params.limit, params.signal),
    Producer: producerCalls(stage, params),
    Transaction: transactionCalls(stage, params),
    Consumer: consumerCalls(stage, params),
    PartitionStream: streamCalls(stage),
    Iterator: iteratorCalls(stage),
    Pipeline: pipelineCalls(stage),
    EmbeddedCluster: clusterCalls(stage),
    functions: functionCalls(stage, params),
  };
}

/** Raw requests that change nothing, with options. */
function requestCalls(on: () => Kafka, aSignal: Param): Table[string] {
  const options = optional(
    fields({ to: words("any", "controller"), version: whole(5, 5), timeoutMs: whole(1, 3000), signal: aSignal }),
  );
  const message: Param = {
    right: (random) => pick(random, [{}, { statesFilter: ["Stable"], typesFilter: [] }]),
    wrong: (random) => pick<unknown>(random, [null, 5, [], "{}", { states: [] }, Symbol("m"), { statesFilter: "x" }]),
  };
  const broker = optional(fields({ broker: whole(1, 3), timeoutMs: whole(1, 3000), signal: aSignal }));
  return {
    request: { on, args: [words("ListGroups"), message, options], isAsync: true, boundMs: 62_000 },
    apiVersions: { on, args: [broker], isAsync: true, boundMs: 62_000 },
    brokerRelease: { on, args: [broker], isAsync: true, boundMs: 62_000 },
    ping: { on, args: [broker], isAsync: true, boundMs: 7000 },
  };
}

function kafkaCalls(stage: Stage, { limit, signal: aSignal }: Params): Table[string] {
  const on = (): Kafka => stage.kafka;
  const few = <T>(all: T[], one: unknown): void => {
    if (all.length < 6) all.push(one as T);
  };
  return {
    producer: {
      on,
      args: [optional(producerOptions(stage))],
      done: (made, [options]) => {
        if ((options as { enableIdempotence?: boolean } | undefined)?.enableIdempotence === false)
          stage.unsafeProducers.add(made);
        few(stage.producers, made);
      },
    },
    consumer: { on, args: [consumerOptions(stage)], done: (made) => few(stage.consumers, made) },
    admin: { on, args: [], done: (made) => few(stage.admins, made) },
    ...requestCalls(on, aSignal),
    close: {
      on: (random, isWrong) => {
        if (isWrong) return stage.kafka;
        const spare = stage.newKafka();
        const producer = spare.producer(producerLimits());
        for (let i = random.below(3); i > 0; i--)
          void producer.send({ topic: TOPIC, value: stage.name("record") }).catch(() => undefined);
        const loop = spare.consumer({ groupId: GROUP, topics: [TOPIC] })[Symbol.asyncIterator]();
        loop.next().catch(() => undefined);
        stage.spares.push(spare);
        return spare;
      },
      args: [limit],
      isAsync: true,
      boundMs: 62_000,
      moreMs: 8000,
    },
    [Symbol.asyncDispose.toString()]: SAME_AS_CLOSE,
  };
}

function sent(stage: Stage, result: unknown, args: readonly unknown[]): void {
  if (typeof result === "object" && result !== null && "offset" in result)
    stage.acknowledged.add(String((args[0] as { value: unknown }).value));
}

const id: Param = { right: () => "m", wrong: (random) => pick<unknown>(random, [null, 5, Symbol("m"), {}, []]) };
const group = (): Param =>
  fields(
    {
      groupId: words(GROUP, "other"),
      generationId: {
        right: (random) => random.between(-1, 3),
        wrong: (random) => pick<unknown>(random, [null, 1.5, NaN, "1"]),
      },
      memberId: id,
      groupInstanceId: id,
    },
    ["groupId"],
  );

function producerCalls(stage: Stage, { limit, offsets, record, signal: aSignal }: Params): Table[string] {
  const on = (random: Random): unknown => pick(random, stage.producers);
  const transactional = (random: Random): unknown =>
    random.below(4) === 0 ? pick(random, stage.producers) : stage.transactional;
  const onlySignal = optional(fields({ signal: aSignal }));
  const body = callback(() => async (tx: never) => {
    stage.transactions.push(tx);
    await stage.whim();
  });
  return {
    isClosed: { on, args: [], isGetter: true },
    counters: { on, args: [], isGetter: true },
    bufferedBytes: { on, args: [], isGetter: true },
    metrics: { on, args: [] },
    intake: "not for users: sendAll uses it",
    partitionsFor: { on, args: [words(TOPIC), limit], isAsync: true, boundMs: maxBlockMs },
    send: {
      on,
      args: [record, onlySignal],
      isAsync: true,
      boundMs: deliveryTimeoutMs + 2 * maxBlockMs,
      done: (result, args) => sent(stage, result, args),
    },
    enqueue: { on, args: [record] },
    ready: { on, args: [onlySignal], isAsync: true, boundMs: deliveryTimeoutMs + 2 * maxBlockMs },
    flush: { on, args: [limit], isAsync: true, boundMs: deliveryTimeoutMs + maxBlockMs },
    close: {
      on: (random, isWrong) =>
        isWrong ? on(random) : (stage.producers.slice(2).at(-1) ?? stage.newKafka().producer()),
      args: [limit],
      isAsync: true,
      boundMs: 62_000,
      moreMs: 4000,
    },
    initTransactions: { on: transactional, args: [limit], isAsync: true, boundMs: maxBlockMs },
    begin: { on: transactional, args: [limit], isAsync: true, boundMs: maxBlockMs },
    sendOffsets: { on: transactional, args: [offsets, group(), limit], isAsync: true, boundMs: maxBlockMs },
    commit: { on: transactional, args: [limit], isAsync: true, boundMs: deliveryTimeoutMs + 2 * maxBlockMs },
    abort: { on: transactional, args: [limit], isAsync: true, boundMs: maxBlockMs + requestTimeoutMs },
    transaction: {
      on: transactional,
      args: [body, limit],
      isAsync: true,
      boundMs: 2 * deliveryTimeoutMs + 6 * maxBlockMs,
      moreMs: deliveryTimeoutMs + 6 * maxBlockMs,
    },
    [Symbol.asyncDispose.toString()]: SAME_AS_CLOSE,
  };
}

function transactionCalls(stage: Stage, { offsets, record, signal: aSignal }: Params): Table[string] {
  const on = (random: Random): unknown =>
    random.below(2) === 0 ? stage.transactions.at(-1) : pick(random, stage.transactions);
  const onlySignal = optional(fields({ signal: aSignal }));
  return {
    send: {
      on,
      args: [record, onlySignal],
      isAsync: true,
      boundMs: deliveryTimeoutMs + 2 * maxBlockMs,
      done: (result, args) => sent(stage, result, args),
    },
    enqueue: { on, args: [record] },
    ready: { on, args: [onlySignal], isAsync: true, boundMs: deliveryTimeoutMs + 2 * maxBlockMs },
    sendOffsets: { on, args: [offsets, group()], isAsync: true, boundMs: maxBlockMs },
  };
}

function consumerCalls(stage: Stage, { limit, offsets, place, places, signal: aSignal }: Params): Table[string] {
  const on = (random: Random): unknown => pick(random, stage.consumers);
  const onlySignal = optional(fields({ signal: aSignal }));
  const spec: Param = {
    right: (random) => pick<unknown>(random, [0, 5, "earliest", "latest", { timestamp: 5 }, { durationMs: 1000 }]),
    wrong: (random) =>
      pick<unknown>(random, [
        null,
        undefined,
        "5",
        "",
        "end",
        -1,
        1.5,
        NaN,
        Infinity,
        {},
        [],
        { timestamp: "5" },
        { timestamp: 10n },
        { durationMs: -1 },
        { timestamp: 1, durationMs: 1 },
        Symbol("s"),
        other(() => 0).wrong(random) ?? null,
      ]),
  };
  const search = fields({ topic: words(TOPIC), partition: whole(0, PARTITIONS - 1), timestamp: whole(0, 2 ** 40) }, [
    "topic",
    "partition",
    "timestamp",
  ]);
  const from: Param = { right: spec.right, wrong: (random) => spec.wrong(random) ?? null };
  const assignment = fields({ topic: words(TOPIC), partition: whole(0, PARTITIONS - 1), offset: from }, [
    "topic",
    "partition",
  ]);
  const topics: Param = {
    right: (random) => pick<unknown>(random, [TOPIC, [TOPIC], /^t/, [TOPIC, "later"]]),
    wrong: (random) =>
      pick<unknown>(random, [
        null,
        5,
        [5],
        [TOPIC, null],
        [TOPIC, ""],
        Symbol("t"),
        {},
        [Symbol("t")],
        other(() => 0).wrong(random) ?? null,
        [, TOPIC],
      ]),
  };
  const each = callback(() => () => stage.whim());
  const run = fields(
    { eachRecord: each, concurrency: whole(1, 4), signal: aSignal, orderBy: words("partition", "key") },
    ["eachRecord"],
  );
  const iterator = (made: unknown): void => void stage.iterators.push(made as AsyncIterableIterator<unknown>);
  const stream = (made: unknown): void => void stage.streams.push(made as never);
  const call = (args: readonly Param[]): Call => ({ on, args, isAsync: true, boundMs: apiMs });
  const isTrue: Param = { right: () => true, wrong: (random) => pick<unknown>(random, [null, 1, "true", {}]) };
  const read: Param = {
    right: (random) => (stage.read.length > 0 ? pick(random, stage.read) : { topic: TOPIC, partition: 0, offset: 0 }),
    wrong: (random) =>
      random.below(2) === 0
        ? pick(random, [null, 5, {}, { topic: TOPIC }, { topic: TOPIC, partition: 0, offset: "1" }])
        : other(() => 0).wrong(random),
  };
  return {
    isClosed: { on, args: [], isGetter: true },
    counters: { on, args: [], isGetter: true },
    bufferedBytes: { on, args: [], isGetter: true },
    metrics: { on, args: [] },
    records: { on, args: [onlySignal], done: iterator },
    [Symbol.asyncIterator.toString()]: { on, args: [], done: iterator },
    batches: { on, args: [onlySignal], done: iterator },
    run: { on, args: [run], isAsync: true, boundMs: Infinity },
    partition: { on, args: [words(TOPIC), whole(0, PARTITIONS - 1), onlySignal], done: stream },
    transactionalReader: "not for users: consumeTransformProduce reads with it",
    position: { on, args: [place] },
    seek: { on, args: [place, spec] },
    currentLag: { on, args: [place] },
    lag: call([optional(fields({ timeoutMs: whole(1, 3000), signal: aSignal, inTime: isTrue }))]),
    health: { on, args: [optional(fields({ stuckAfterMs: whole(1, 3000), unreachableAfterMs: whole(1, 3000) }))] },
    offsetsForTimes: call([list(search), limit]),
    beginningOffsets: call([places, limit]),
    endOffsets: call([places, limit]),
    watermarks: call([place, limit]),
    pause: { on, args: [places] },
    pauseAll: { on, args: [] },
    resumeAll: { on, args: [] },
    paused: { on, args: [] },
    resume: { on, args: [places] },
    commit: call([optional(offsets), limit]),
    committed: call([places, limit]),
    groupMetadata: { on, args: [] },
    markProcessed: { on, args: [read] },
    assign: { on, args: [list(assignment)] },
    subscribe: { on, args: [topics] },
    unsubscribe: { ...call([limit]), moreMs: 2000 },
    subscription: { on, args: [] },
    assignment: { on, args: [] },
    enforceRebalance: { on, args: [optional(other(() => "why"))] },
    close: {
      on: (random, isWrong) =>
        isWrong ? on(random) : (stage.consumers.slice(5).at(-1) ?? stage.newKafka().consumer({ topics: [TOPIC] })),
      args: [
        optional(
          fields({ timeoutMs: whole(0, 3000), signal: aSignal, groupMembership: words("default", "leave", "remain") }),
        ),
      ],
      isAsync: true,
      boundMs: 33_000,
      moreMs: 3000,
    },
    [Symbol.asyncDispose.toString()]: SAME_AS_CLOSE,
  };
}

function streamCalls(stage: Stage): Table[string] {
  const on = (random: Random): unknown => pick(random, stage.streams);
  const iterator = (made: unknown): void => void stage.iterators.push(made as AsyncIterableIterator<unknown>);
  return {
    batches: { on, args: [], done: iterator },
    [Symbol.asyncIterator.toString()]: { on, args: [], done: iterator },
    leave: { on, args: [] },
  };
}

/** Keeps records for `markProcessed`, and reads a batch to its end. */
function taken(stage: Stage, result: unknown): void {
  const { value } = result as { readonly value: AnyStream | null | undefined };
  if (value === undefined || value === null) return;
  if ("records" in value) for (const record of value.records) stage.read.push(record);
  else stage.read.push(value);
}

function iteratorCalls(stage: Stage): Table[string] {
  const on = (random: Random): unknown =>
    random.below(2) === 0 ? stage.iterators.at(-1) : pick(random, stage.iterators);
  return {
    next: { on, args: [], isAsync: true, boundMs: Infinity, done: (result) => taken(stage, result) },
    return: { on, args: [], isAsync: true },
    cursor: "not for users: where the last record came from",
    [Symbol.asyncIterator.toString()]: { on, args: [] },
  };
}

function pipelineCalls(stage: Stage): Table[string] {
  const on = (random: Random): unknown => pick(random, stage.pipelines);
  return {
    counters: { on, args: [], isGetter: true },
    health: { on, args: [optional(fields({ stuckAfterMs: whole(1, 3000) }))] },
    stop: { on, args: [], isAsync: true, boundMs: 70_000 },
    close: {
      on,
      args: [optional(fields({ timeoutMs: whole(1, 3000) }))],
      isAsync: true,
      boundMs: 70_000,
      moreMs: 70_000,
    },
    [Symbol.asyncDispose.toString()]: SAME_AS_CLOSE,
  };
}

function clusterCalls(stage: Stage): Table[string] {
  const on = (random: Random, isWrong: boolean): unknown =>
    isWrong && random.below(2) === 0 ? stage.world.cluster : pick(random, stage.clusters);
  const node = whole(0, 4);
  const at = [words(TOPIC), whole(0, PARTITIONS)];
  const api = words("Produce", "Fetch");
  const errors = list({
    right: (random) => pick(random, ["NOT_LEADER_OR_FOLLOWER", "NONE"]),
    wrong: (random) => pick<unknown>(random, [null, "NO_SUCH_ERROR", "", 5.5, 40_000, -2, Symbol("e"), {}, []]),
  });
  const clientId: Param = {
    right: () => "app",
    wrong: (random) => pick<unknown>(random, [null, 5, Symbol("c"), {}, []]),
  };
  const scope = optional(fields({ broker: whole(0, 2), clientId, topic: words(TOPIC) }));
  const intercept: Param = {
    right: (random) => pick<unknown>(random, [() => undefined, "hang", { delayMs: 5 }]),
    wrong: (random) =>
      pick<unknown>(random, [null, 5, "hangs", { nosuch: 1 }, { delayMs: -1 }, { delayMs: "5" }, Symbol("i"), []]),
  };
  const when = (args: readonly Param[], isAsync = false): Call => ({ on, args, isAsync });
  return {
    platform: { on, args: [], isGetter: true },
    bootstrapServers: { on, args: [], isGetter: true },
    connector: { on, args: [], isGetter: true },
    intercept: when([
      api,
      intercept,
      optional(fields({ broker: whole(0, 2), times: whole(1, 5), when: callback(() => () => true) })),
    ]),
    failPartition: when([api, ...at, errors, optional(fields({ broker: whole(0, 2), clientId }))]),
    failRequests: when([api, errors, scope]),
    clearIntercepts: { on: (random) => pick(random, stage.clusters), args: [] },
    recordRequests: when([
      optional(
        fields({
          api: {
            right: api.right,
            wrong: (random) => pick<unknown>(random, [null, 5, "Prodcue", ["Produce", 5], Symbol("a")]),
          },
          limit: whole(1, 100),
          broker: whole(0, 2),
          topic: words(TOPIC),
        }),
      ),
    ]),
    stopBroker: when([node], true),
    startBroker: when([node], true),
    moveCoordinator: when([words("group", "transaction"), words(GROUP), node]),
    setTransactionVersion: when([whole(0, 2)]),
    addBroker: when([optional(fields({ port: whole(0, 0) }))], true),
    removeBroker: when([node], true),
    freezeMetadata: when([node]),
    thawMetadata: when([node]),
    moveLeader: when([...at, node]),
    electLeader: when([
      ...at,
      node,
      optional(
        fields({
          unclean: { right: (random) => random.below(2) === 0, wrong: (random) => pick(random, [0, "yes", null, {}]) },
        }),
      ),
    ]),
    pauseReplication: when([node]),
    resumeReplication: when([node]),
    shrinkIsr: when([node]),
    growTopic: when([words(TOPIC), whole(1, 9)]),
    createTopic: when([{ right: () => stage.name("topic"), wrong: words("t").wrong }, whole(1, 4)]),
    deleteTopic: when([words("nowhere")]),
    deleteRecords: when([...at, whole(0, 3)]),
    forgetProducers: when(at),
    // So high that no call has to wait.
    setQuotas: when([
      fields({ user: entityName("alice"), "client-id": entityName("app") }, ["user"]),
      other(() => ({ producer_byte_rate: 1e9 })),
    ]),
    connectionCount: { on, args: [], isGetter: true },
    snapshot: { on, args: [] },
    close: "it is closed at the end; a closed one is called then",
    [Symbol.asyncDispose.toString()]: SAME_AS_CLOSE,
  };
}

/** A name in the entity of a quota. Null is no wrong one: it stands for the default. */
function entityName(name: string): Param {
  const { right, wrong } = words(name);
  return { right, wrong: (random) => wrong(random) ?? 5 };
}

function functionCalls(stage: Stage, { record, signal: aSignal }: Params): Table[string] {
  const { world } = stage;
  const on = (): undefined => undefined;
  // A generator is a valid transform, and so is a proxy of one: a function is not inspected.
  const transform: Param = {
    right: () => async (records: readonly unknown[]) => {
      await stage.whim();
      return records.map(() => ({ topic: TOPIC, value: stage.name("record") }));
    },
    wrong: (random) => pick<unknown>(random, [undefined, null, 5, "f", {}, [], Symbol("f")]),
  };
  const pipeline = fields(
    {
      groupId: words("eos"),
      topics: {
        right: () => TOPIC,
        wrong: (random) => pick<unknown>(random, [null, undefined, 5, [], [5], "", [TOPIC, ""], {}, Symbol("t")]),
      },
      transactionalId: words("eos-0", "eos-1"),
      transform,
      maxRecords: whole(1, 9),
      maxMs: whole(0, 100),
      signal: aSignal,
      producer: other(() => producerLimits()),
      consumer: other(() => ({ defaultApiTimeoutMs: apiMs })),
    },
    ["groupId", "topics", "transactionalId", "transform", "producer", "consumer"],
  );
  const host = {
    runtime: world.runtime,
    clock: world.runtime.clock,
    entropy: world.random("third cluster"),
    ...memoryStreams(world.runtime),
  };
  return {
    consumeTransformProduce: {
      on,
      args: [pipeline],
      call: (options: never) => consumeTransformProduce(stage.kafka, options),
      done: (made) => {
        const started = made as (typeof stage.pipelines)[number];
        stage.pipelines.push(started);
        started.ended.catch(() => undefined);
        if (stage.pipelines.length > 3) void stage.pipelines.shift()?.close({ timeoutMs: 1000 });
      },
    },
    deadLetter: {
      on,
      args: [other(() => stage.producers[0]), fields({ topic: words(TOPIC) }, ["topic"])],
      call: (producer: never, options: never) => deadLetter(producer, options),
    },
    sendAll: {
      on,
      // It sends the records before a wrong one.
      args: [other((random) => pick<unknown>(random, stage.producers)), list(record, 3, "first")],
      isAsync: true,
      boundMs: deliveryTimeoutMs + 4 * maxBlockMs,
      call: (producer: never, records: never) => sendAll(producer, records),
    },
    observe: {
      on,
      args: [
        other((random) =>
          pick<unknown>(random, [stage.kafka, stage.producers[0], stage.consumers[0], stage.admins[0]]),
        ),
        fields({
          requestAnswered: optional(callback(() => () => stage.whim())),
          rebalanceEnded: optional(callback(() => () => undefined)),
          recordAcknowledged: optional(callback(() => () => undefined)),
        }),
      ],
      call: (target: never, hooks: never) => observe(target, hooks),
      done: (stop) => {
        (stop as () => void)();
      },
    },
    "new Kafka": { on, args: [kafkaOptions(stage)], call: (options: never) => new Kafka(options, stage.node.platform) },
    "EmbeddedCluster.start": {
      on,
      isAsync: true,
      args: [
        fields({
          brokers: whole(1, 3),
          autoCreateTopics: { right: () => true, wrong: (random) => pick(random, [0, "yes", null]) },
          numPartitions: whole(1, 5),
          topics: {
            right: () => ({ a: 1 }),
            wrong: (random) =>
              pick<unknown>(random, [
                null,
                [],
                5,
                { a: 0 },
                { a: "1" },
                { "": 1 },
                { a: { partitions: 1, nosuch: 1 } },
                new Map([["a", 1]]),
              ]),
          },
          groups: other(() => ({ initialRebalanceDelayMs: 0 })),
          host: words("127.0.0.1"),
        }),
      ],
      call: (options: never) => EmbeddedCluster.start(options, host),
      done: (made) => void (made as EmbeddedCluster).close(),
    },
  };
}
