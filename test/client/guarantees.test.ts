// docs/guarantees.md, row by row: the effect of a deadline, a signal and close() on each call to a silent broker.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Admin } from "../../src/admin/admin.ts";
import type { Consumer } from "../../src/consumer/consumer.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Kafka } from "../../src/kafka.ts";
import type { Producer } from "../../src/producer/producer.ts";
import type { AbortSignalLike } from "../../src/runtime/cancellation.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import { inWorld, type World } from "./world.ts";

interface Limits {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignalLike;
}

/** A client that has worked, and a call of it that its broker never answers. */
interface Case<C> {
  readonly name: string;
  /** Defaults of the table that `timeoutMs` stands for, ms; undefined: the call has no `timeoutMs`. */
  readonly defaultMs: number | undefined;
  readonly make: (kafka: Kafka<SimulatedRuntime>) => C;
  /** The steps before the broker falls silent. */
  readonly before?: (client: C) => Promise<unknown>;
  readonly call: (client: C, limits: Limits) => PromiseLike<unknown>;
  /** The kinds of its errors at its deadline, and when its signal fires. Default: `timeout`, `cancelled`. */
  readonly ended?: readonly [timeout: string, signal: string];
  /** The call after `close()`. Default: kind `closed`. */
  readonly afterClose?: string;
  /** The error of a waiting call when its client is closed. Default: kind `closed`. */
  readonly closedWhile?: readonly (string | undefined)[];
}

const kindOf = (error: unknown): string => {
  assert.ok(KafkaError.is(error), String(error));
  return error.kind;
};
const settled = (promise: PromiseLike<unknown>): Promise<string | undefined> =>
  Promise.resolve(promise).then(() => undefined, kindOf);

const plain = (kafka: Kafka<SimulatedRuntime>): Producer => kafka.producer();
const transactional = (kafka: Kafka<SimulatedRuntime>): Producer => kafka.producer({ transactionalId: "x" });
const reader = (kafka: Kafka<SimulatedRuntime>): Consumer =>
  kafka.consumer({ groupId: "g", assign: [{ topic: "t", partition: 0 }] });
const record = { topic: "t", value: "v" };
const at = { topic: "t", partition: 0 };
const open = (producer: Producer): Promise<unknown> => producer.begin().then(() => producer.send(record));
const group = { groupId: "g" };

const CASES: readonly Case<never>[] = (
  [
    { name: "send", defaultMs: undefined, make: plain, call: (p, l) => p.send(record, l) },
    {
      name: "flush",
      // By default it waits for as long as a record may be on its way: the record fails first.
      defaultMs: undefined,
      make: plain,
      call: (p, limits) => (void p.send(record).catch(() => undefined), p.flush(limits)),
      closedWhile: [undefined, "closed"],
    },
    { name: "initTransactions", defaultMs: 60_000, make: transactional, call: (p, l) => p.initTransactions(l) },
    { name: "begin", defaultMs: 60_000, make: transactional, call: (p, l) => p.begin(l) },
    {
      name: "sendOffsets",
      defaultMs: 60_000,
      make: transactional,
      before: open,
      call: (p, l) => p.sendOffsets([{ ...at, offset: 0 }], group, l),
      // Whatever fails here loses the transaction.
      ended: ["abortable", "abortable"],
    },
    { name: "commit", defaultMs: 240_000, make: transactional, before: open, call: (p, l) => p.commit(l) },
    { name: "abort", defaultMs: 90_000, make: transactional, before: open, call: (p, l) => p.abort(l) },
    {
      name: "transaction",
      defaultMs: undefined,
      make: transactional,
      call: (p, l) => p.transaction((tx) => tx.send(record), l),
    },
  ] satisfies readonly Case<Producer>[] as unknown as readonly Case<never>[]
).concat(
  [
    { name: "commit", defaultMs: 60_000, make: reader, call: (c, l) => c.commit([{ ...at, offset: 0 }], l) },
    { name: "committed", defaultMs: 60_000, make: reader, call: (c, l) => c.committed([at], l) },
    {
      name: "offsetsForTimes",
      defaultMs: 60_000,
      make: reader,
      call: (c, l) => c.offsetsForTimes([{ ...at, timestamp: 0 }], l),
    },
    { name: "beginningOffsets", defaultMs: 60_000, make: reader, call: (c, l) => c.beginningOffsets([at], l) },
    { name: "endOffsets", defaultMs: 60_000, make: reader, call: (c, l) => c.endOffsets([at], l) },
    { name: "watermarks", defaultMs: 60_000, make: reader, call: (c, l) => c.watermarks(at, l) },
    {
      name: "records",
      defaultMs: undefined,
      make: reader,
      call: (c, l) => c.records(l).next(),
      closedWhile: [undefined],
    },
    {
      name: "batches",
      defaultMs: undefined,
      make: reader,
      call: (c, l) => c.batches(l).next(),
      closedWhile: [undefined],
    },
    {
      name: "run",
      defaultMs: undefined,
      make: reader,
      call: (c, l) => c.run({ eachRecord: () => undefined, ...l }),
      closedWhile: [undefined],
    },
  ] satisfies readonly Case<Consumer>[] as unknown as readonly Case<never>[],
  [
    {
      name: "createTopics",
      defaultMs: 60_000,
      make: (kafka: Kafka<SimulatedRuntime>) => kafka.admin(),
      call: (a: Admin, l: Limits) => a.createTopics([{ topic: "n" }], l).then((results) => results.orThrow()),
    },
    {
      name: "deleteTopics",
      defaultMs: 60_000,
      make: (kafka) => kafka.admin(),
      call: (a, l) => a.deleteTopics(["t"], l).then((results) => results.orThrow()),
    },
    { name: "listTopics", defaultMs: 60_000, make: (kafka) => kafka.admin(), call: (a, l) => a.listTopics(l) },
    {
      name: "describeTopics",
      defaultMs: 60_000,
      make: (kafka) => kafka.admin(),
      call: (a, l) => a.describeTopics(["t"], l).then((results) => results.orThrow()),
    },
  ] satisfies readonly Case<Admin>[] as unknown as readonly Case<never>[],
);

/** A client whose cluster answers nothing any more, with one call under way. */
async function stuck(
  of: Case<never>,
  body: (
    world: World,
    client: { close(options?: Limits): Promise<void> },
    call: (limits: Limits) => PromiseLike<unknown>,
  ) => Promise<void>,
): Promise<void> {
  await inWorld({ brokers: 1, topics: { t: 1 } }, async (world) => {
    const client = of.make(world.kafka);
    await of.before?.(client);
    for (const api of SILENCED) world.cluster.intercept(api, "hang");
    await body(world, client, async (limits) => of.call(client, limits));
    world.cluster.clearIntercepts();
  });
}
const SILENCED = [
  "Metadata",
  "DescribeTopicPartitions",
  "Produce",
  "Fetch",
  "ListOffsets",
  "FindCoordinator",
  "InitProducerId",
  "AddOffsetsToTxn",
  "AddPartitionsToTxn",
  "TxnOffsetCommit",
  "EndTxn",
  "OffsetCommit",
  "OffsetFetch",
  "CreateTopics",
  "DeleteTopics",
] as const;

for (const of of CASES) {
  const { name, defaultMs, afterClose = "closed", closedWhile = ["closed"] } = of;
  const [timeout, cancelled] = of.ended ?? ["timeout", "cancelled"];
  if (defaultMs !== undefined)
    for (const timeoutMs of [undefined, 1500])
      test(`${name}: ends after ${timeoutMs ?? `${defaultMs} by default`} ms`, () =>
        stuck(of, async ({ platform }, _, call) => {
          const before = platform.clock.monotonic();
          assert.equal(await settled(call(timeoutMs === undefined ? {} : { timeoutMs })), timeout);
          assert.equal(Math.floor(platform.clock.monotonic() - before), timeoutMs ?? defaultMs);
        }));

  test(`${name}: a signal ends the wait, at once and with kind cancelled`, () =>
    stuck(of, async ({ platform }, _, call) => {
      const controller = new AbortController();
      const called = settled(call({ signal: controller.signal }));
      await sleep(platform, 500);
      const before = platform.clock.monotonic();
      controller.abort();
      assert.equal(await called, cancelled);
      assert.ok(platform.clock.monotonic() - before < 1, `${platform.clock.monotonic() - before} ms`);
      assert.equal(await settled(call({ signal: controller.signal })), cancelled, "a signal that has fired");
    }));

  test(`${name}: close() settles it within its timeoutMs, and a call after it rejects with ${afterClose}`, () =>
    stuck(of, async ({ platform }, client, call) => {
      const called = settled(call({}));
      await sleep(platform, 500);
      const before = platform.clock.monotonic();
      const closed = client.close({ timeoutMs: 1000 });
      const kind = await called;
      assert.ok(closedWhile.includes(kind), `${String(kind)}, not ${closedWhile.join(" or ")}`);
      await closed.catch(() => undefined);
      assert.ok(platform.clock.monotonic() - before <= 3000, `${platform.clock.monotonic() - before} ms`);
      assert.equal(await settled(call({})), afterClose);
    }));
}
