// simulate(): nodes, their crashes and clocks, and the trace hash.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka } from "../../src/node.ts";
import {
  type Fault,
  type FaultKind,
  FAULT_KINDS,
  type World,
  drawFaultPlan,
  parseFaultPlan,
  simulate,
} from "../../src/simulation.ts";
import { FAULTS } from "../../src/simulation/fault-table.ts";
import { take, text } from "../client/world.ts";

const fault = (kind: FaultKind, more: Partial<Fault> = {}): Fault => ({
  atMs: 100,
  durationMs: 1000,
  kind,
  node: 0,
  broker: 0,
  amount: 1,
  ...more,
});

test("a client of a node produces and consumes over the simulated network, and leaves nothing behind", async () => {
  const run = await simulate({ seed: 1, topics: { t: 1 } }, async (world) => {
    const kafka = new Kafka({ ...world.node("orders").kafkaOptions });
    const producer = kafka.producer();
    await producer.send({ topic: "t", value: "a" });
    const consumer = kafka.consumer({ topics: ["t"] });
    const got = await take(consumer, 1);
    await kafka.close();
    await world.sleep(10);
    world.recordLeaks();
    return got.map((record) => text(record.value));
  });
  assert.deepEqual(run.value, ["a"]);
  assert.deepEqual(
    run.history.filter(({ type }) => type === "leak").map((event) => ({ ...event, atMs: 0 })),
    [{ type: "leak", atMs: 0, node: "orders", tasks: 0, delays: 0, connections: 0 }],
  );
  assert.ok(
    run.history.some(
      (event) => event.type === "produce" && event.topic !== "" && event.count === 1 && event.baseSequence === 0,
    ),
  );
  assert.ok(run.history.some((event) => event.type === "response"));
  assert.ok(run.virtualMs > 0 && run.events > 20);
});

test("one seed gives one trace hash, and another seed another", async () => {
  const body = async (world: World): Promise<void> => {
    const kafka = new Kafka({ ...world.node("a").kafkaOptions });
    const producer = kafka.producer();
    for (let i = 0; i < 20; i++) await producer.send({ topic: "t", value: String(i) });
    await world.healed();
    await kafka.close();
  };
  const hash = async (seed: number): Promise<string> =>
    (
      await simulate(
        { seed, topics: { t: 3 }, faults: { faults: [fault("reset"), fault("slow-link", { amount: 20 })] } },
        body,
      )
    ).traceHash;
  assert.equal(await hash(1), await hash(1));
  assert.notEqual(await hash(1), await hash(2));
});

test("a crashed node stops all work, and begins its program again when it is restarted", async () => {
  const steps: string[] = [];
  await simulate({ seed: 1 }, async (world) => {
    const node = world.node("a");
    node.start(async (self) => {
      const { lives } = self;
      steps.push(`begin ${lives}`);
      await self.sleep(100);
      steps.push(`half ${lives}`);
      await self.sleep(100);
      steps.push(`end ${lives}`);
    });
    await world.sleep(150);
    node.crash();
    assert.equal(node.isUp, false);
    await world.sleep(1000);
    node.restart();
    await world.sleep(1000);
  });
  assert.deepEqual(steps, ["begin 1", "half 1", "begin 2", "half 2", "end 2"]);
});

test("a jump of the wall clock does not change the monotonic one; a stall postpones events", async () => {
  await simulate({ seed: 1 }, async (world) => {
    const { clock } = world.node("a");
    const [wall, monotonic] = [clock.now(), clock.monotonic()];
    world.node("a").jumpClock(-3_600_000);
    assert.equal(clock.now(), wall - 3_600_000);
    assert.equal(clock.monotonic(), monotonic);
    assert.ok(world.node("b").clock.now() >= wall);
    world.node("a").stall(5000);
    await world.node("a").sleep(10);
    assert.ok(clock.monotonic() - monotonic >= 5000);
  });
});

test("within() names the work that took too long; it rejects in virtual time", () =>
  assert.rejects(
    simulate({ seed: 1 }, (world) => world.within(50, "waiting", world.sleep(60))),
    (error: unknown) =>
      KafkaError.is(error) && error.kind === "timeout" && /waiting did not end within 50 ms/.test(error.message),
  ));

test("a program that throws is not lost", async () => {
  const { history } = await simulate({ seed: 1 }, async (world) => {
    world.node("a").start(() => Promise.reject(new KafkaError("internal", "boom")));
    await world.sleep(10);
    world.recordLeaks();
  });
  assert.deepEqual(
    history.flatMap((event) => (event.type === "failure" ? [event.message] : [])),
    ["boom"],
  );
});

for (const kind of FAULT_KINDS) {
  test(
    `the fault ${kind} begins and ends, and every record is ` +
      `written${kind === "unclean-election" ? ", and some are cut off" : " all the same"}`,
    async () => {
      const { value, history } = await simulate(
        {
          seed: 3,
          topics: { t: 2 },
          faults: { faults: [0, 1, 2].map((broker) => fault(kind, { broker, amount: 2 })) },
        },
        async (world) => {
          const kafka = new Kafka({ ...world.node("client").kafkaOptions, requestTimeoutMs: 2000 });
          const producer = kafka.producer();
          const node = world.node("client");
          const sent: Promise<unknown>[] = [];
          for (let i = 0; i < 30 && node.lives === 1; i++) {
            sent.push(producer.send({ topic: "t", partition: i % 2, value: String(i) }));
            await world.sleep(50);
          }
          await world.healed();
          if (node.lives > 1) return -1; // the work that it had started is gone
          await world.within(60_000, "sending", Promise.all(sent));
          await kafka.close();
          return world.cluster
            .snapshot()
            .topics[0]!.partitions.reduce((sum, partition) => sum + partition.highWatermark, 0);
        },
      );
      if (kind === "unclean-election") {
        assert.ok(value < 30, "what the new leader lacked is gone");
        assert.ok(history.some((event) => event.type === "truncation" && !event.isClean));
      } else assert.equal(value, kind === "crash" ? -1 : 30);
      assert.equal(history.filter((event) => event.type === "note").length, 6);
    },
  );
}

for (const enableIdempotence of [true, false]) {
  test(
    "a ghost at the broker is applied after the client retried: " +
      (enableIdempotence ? "the broker knows it again" : "without idempotence it is in the topic twice"),
    async () => {
      const { value } = await simulate(
        { seed: 1, brokers: 1, topics: { t: 1 }, faults: { faults: [fault("broker-ghost", { amount: 300 })] } },
        async (world) => {
          const kafka = new Kafka(world.node("client").kafkaOptions);
          await world.sleep(150);
          await kafka.producer({ enableIdempotence }).send({ topic: "t", value: "ghost" });
          const sent = world.cluster.snapshot().topics[0]?.partitions[0]?.highWatermark;
          await world.sleep(400);
          await kafka.close();
          return [sent, world.cluster.snapshot().topics[0]?.partitions[0]?.highWatermark];
        },
      );
      assert.deepEqual(value, [1, enableIdempotence ? 1 : 2]);
    },
  );
}

test("a seed that draws none of the later kinds has the plan that it always had", () => {
  const later: readonly FaultKind[] = ["broker-ghost", "partition-error"];
  const isOld = (seed: number): boolean => drawFaultPlan(seed).faults.every(({ kind }) => !later.includes(kind));
  const old = Array.from({ length: 100 }, (_, seed) => seed).filter(isOld);
  assert.ok(old.length > 30, `${old.length} of 100`);
  // Some seeds drew a later kind and use none of it: their faults differ.
  const kinds = FAULT_KINDS.filter((kind) => FAULTS[kind].onlyWhenAsked !== true && !later.includes(kind));
  const same = old.filter(
    (seed) => JSON.stringify(drawFaultPlan(seed)) === JSON.stringify(drawFaultPlan(seed, { kinds })),
  );
  assert.ok(same.length > 30, `${same.length} of ${old.length}`);
});

test("plans are drawn by swarm: all kinds occur, some runs have none, and a plan survives being written to a file", () => {
  const seen = new Set<string>();
  let none = 0;
  for (let seed = 0; seed < 200; seed++) {
    const plan = drawFaultPlan(seed, { kinds: FAULT_KINDS });
    assert.deepEqual(drawFaultPlan(seed, { kinds: FAULT_KINDS }), plan);
    assert.deepEqual(parseFaultPlan(JSON.parse(JSON.stringify(plan))), plan);
    if (plan.faults.length === 0) none++;
    for (const { kind, atMs, durationMs } of plan.faults) {
      seen.add(kind);
      assert.ok(atMs >= 500 && durationMs >= 1 && atMs + durationMs <= 20_000);
    }
  }
  assert.equal(seen.size, FAULT_KINDS.length);
  assert.ok(none > 3 && none < 50, `${none} of 200 without faults`);
});

test("a plan that is none is refused, and the message says where", () => {
  assert.throws(() => parseFaultPlan({}), /list `faults`/);
  assert.throws(
    () => parseFaultPlan({ faults: [fault("cut"), { ...fault("cut"), kind: "flood" }] }),
    /faults\[1\]\.kind takes one of partition, .*not flood/,
  );
  assert.throws(() => parseFaultPlan({ faults: [{ ...fault("cut"), atMs: "1" }] }), /faults\[0\]\.atMs takes a number/);
});
