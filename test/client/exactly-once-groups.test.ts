// consumeTransformProduce with a real group on the embedded cluster, in virtual time: instances crash, come and go,
// answers are lost, the coordinator moves; each input has its effect once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { consumeTransformProduce } from "../../src/exactly-once/consume-transform-produce.ts";
import type { ConsumeTransformProduce } from "../../src/exactly-once/handle.ts";
import type { InputOptions } from "../../src/exactly-once/options.ts";
import { Random } from "../../src/simulation/random.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, text, type World } from "./world.ts";

const COUNT = 1200;
const ways: readonly (readonly [name: string, options: InputOptions<Uint8Array, Uint8Array>])[] = [
  ["KIP-848", { groupProtocol: "consumer" }],
  [
    "eager",
    {
      groupProtocol: "classic",
      partitionAssignmentStrategy: ["range"],
      sessionTimeoutMs: 6000,
      heartbeatIntervalMs: 1000,
    },
  ],
  [
    "cooperative",
    {
      groupProtocol: "classic",
      partitionAssignmentStrategy: ["cooperative-sticky"],
      sessionTimeoutMs: 6000,
      heartbeatIntervalMs: 1000,
    },
  ],
];

/** An instance that can crash: its connections are cut, and it makes no others. */
class Instance {
  readonly pipe: ConsumeTransformProduce;
  isCrashed = false;
  /** Crashed, or fenced by another with its name. */
  isGone = false;
  readonly clientId: string;
  readonly #streams = new Set<{ close(): void }>();

  constructor(
    { cluster, client, platform }: World,
    number: number,
    name: string,
    random: Random,
    consumer: InputOptions<Uint8Array, Uint8Array>,
  ) {
    this.clientId = `instance-${number}`;
    const { connector } = cluster;
    const connect = async (
      ...[target, sink, o]: Parameters<NonNullable<typeof connector>["connect"]>
    ): ReturnType<NonNullable<typeof connector>["connect"]> => {
      if (this.isCrashed || connector === undefined) throw new Error("crashed");
      const stream = await connector.connect(target, sink, o);
      this.#streams.add(stream);
      return stream;
    };
    const kafka = client({
      cluster: { bootstrapServers: cluster.bootstrapServers, connector: { connect } },
      clientId: this.clientId,
      requestTimeoutMs: 3000,
      onLog: () => undefined,
    });
    this.pipe = consumeTransformProduce(kafka, {
      groupId: "g",
      topics: ["in"],
      transactionalId: name,
      consumer,
      maxRecords: 20,
      maxMs: 50,
      producer: { transactionTimeoutMs: 20_000 },
      transform: async (records) => {
        await sleep(platform, random.below(8) === 0 ? random.between(3000, 10_000) : random.between(0, 60));
        return records.map(({ partition, offset, value }) => ({
          topic: "out",
          key: `${partition}`,
          value: `${partition}:${offset}:${text(value) ?? ""}`,
        }));
      },
    });
    const gone = (): void => void (this.isGone = true);
    this.pipe.ended.then(gone, gone);
  }

  crash(): void {
    this.isCrashed = true;
    this.isGone = true;
    for (const stream of this.#streams) stream.close();
  }

  async close(): Promise<void> {
    await this.pipe.close(this.isCrashed ? { timeoutMs: 100 } : {});
    await this.pipe.ended;
  }
}

const LOSSY = [
  "ConsumerGroupHeartbeat",
  "EndTxn",
  "TxnOffsetCommit",
  "AddPartitionsToTxn",
  "AddOffsetsToTxn",
  "Produce",
  "InitProducerId",
  "OffsetFetch",
  "JoinGroup",
  "SyncGroup",
  "Heartbeat",
  "LeaveGroup",
  "FindCoordinator",
  "Fetch",
] as const;

/**
 * Occasional faults: responses are lost, requests are refused, and a member that still works is removed from its
 * group.
 */
async function trouble(
  { cluster, platform }: World,
  random: Random,
  instances: readonly Instance[],
  isOver: () => boolean,
): Promise<void> {
  const ends: (() => void)[] = [];
  while (!isOver()) {
    await sleep(platform, random.between(50, 800));
    const victim = instances[random.below(instances.length)];
    if (victim === undefined) continue;
    const { clientId } = victim;
    const api = LOSSY[random.below(LOSSY.length)] ?? "EndTxn";
    const what = (["disconnect", "disconnect-after", "hang"] as const)[random.below(3)] ?? "hang";
    const kind = random.below(6);
    if (kind === 0) cluster.failPartition("Produce", "out", random.below(2), ["UNKNOWN_PRODUCER_ID"]);
    else if (kind === 1) cluster.failRequests("TxnOffsetCommit", ["ILLEGAL_GENERATION"]);
    else if (kind === 2) {
      const handles = [
        cluster.intercept("Heartbeat", "hang", { clientId }),
        cluster.intercept("ConsumerGroupHeartbeat", "hang", { clientId }),
      ];
      const end = (): void => handles.forEach((handle) => handle());
      ends.push(end);
      void sleep(platform, 9000).then(end);
    } else if (kind === 3 && instances.filter(({ isGone }) => !isGone).length > 2) {
      // It dies while its commit is under way: carried out long after others have its partitions.
      cluster.intercept(
        "EndTxn",
        () => {
          victim.crash();
          return { applyLaterMs: 9000 };
        },
        { times: 1, clientId },
      );
    } else cluster.intercept(api, what, { times: 1, clientId });
  }
  for (const end of ends) end();
}

async function check(
  world: World,
  seed: number,
  consumer: InputOptions<Uint8Array, Uint8Array>,
  outcomes: { aborted: number },
): Promise<void> {
  const { kafka, platform } = world;
  const random = Random.keyed(seed, "instances");
  const pause = (ms: number): Promise<void> => sleep(platform, ms);
  let isOver = false;
  const writing = (async (): Promise<void> => {
    const producer = kafka.producer();
    for (let i = 0; i < COUNT; i++) {
      producer.enqueue({ topic: "in", partition: i % 4, value: `${i}` });
      if (i % 10 === 9) await pause(100);
    }
    await producer.flush();
    await producer.close();
  })();
  const instances = ["a", "b"].map((name, i) => new Instance(world, i, name, random, consumer));
  const troubling = trouble(world, Random.keyed(seed, "trouble"), instances, () => isOver);
  for (const name of ["c", "a", "b"]) {
    await pause(random.between(500, 3000));
    if (random.below(2) === 0) instances[random.below(instances.length)]?.crash();
    // Under the name of one that lives it fences that one.
    instances.push(new Instance(world, instances.length, name, random, consumer));
  }
  await writing;
  isOver = true;
  await troubling;
  instances.push(new Instance(world, instances.length, "last", random, consumer)); // others may all be gone by now
  const results: string[] = [];
  const reader = kafka.consumer({ topics: ["out"], isolationLevel: "read_committed" });
  const giveUp = pause(900_000).then(() => reader.close()); // an hour would not bring what is lost
  for await (const { value } of reader) if (results.push(text(value) ?? "") >= COUNT) break;
  await pause(40_000); // what comes twice would have come by then
  for (const instance of instances)
    await instance.close().catch((error: unknown) => assert.equal((error as { kind?: string }).kind, "fenced"));
  const again = kafka.consumer({ topics: ["out"], isolationLevel: "read_committed" });
  const stop = pause(1000).then(() => again.close());
  const all: string[] = [];
  for await (const { value } of again) all.push(text(value) ?? "");
  await stop;
  await giveUp;
  outcomes.aborted += instances.reduce((sum, { pipe }) => sum + pipe.counters.aborted, 0);
  assert.deepEqual(
    all.map((result) => Number(result.split(":")[2])).sort((x, y) => x - y),
    Array.from({ length: COUNT }, (_, i) => i),
  );
}

for (const [way, consumer] of ways) {
  for (const transactionVersion of [2, 1] as const) {
    test(
      `${way}, transaction.version ${transactionVersion}: whatever is lost, whoever crashes or takes over a name, ` +
        "each input has its effect once",
      async () => {
        const outcomes = { aborted: 0 };
        for (let seed = 1; seed <= 6; seed++) {
          await inWorld(
            {
              brokers: 3,
              topics: { in: 4, out: 2 },
              transactionVersion,
              seed,
              latencyMs: 1,
              client: { onLog: () => undefined },
            },
            (world) => check(world, seed, consumer, outcomes),
          ).catch((error: unknown) => {
            throw new Error(`seed ${seed}`, { cause: error });
          });
        }
        assert.ok(outcomes.aborted > 10, `${outcomes.aborted} transactions were aborted`);
      },
    );
  }
}
