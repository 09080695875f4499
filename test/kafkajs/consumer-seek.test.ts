// `seek` with kafkajs and with the drop-in: before and just after `run`, in a handler, twice, -1, -2, partitions that
// are not this consumer's, with and without auto-commit (check 31).
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Consumer, Kafka } from "kafkajs";
import { factsOf } from "./real-kafkajs.ts";
import { MODULES, onTcp, pause, until } from "./tcp-cluster.ts";

const topic = "orders";
const LAST = "5";

interface Case {
  readonly name: string;
  readonly fromBeginning: boolean;
  /** Called as soon as `run` was called, and in each message, with the offsets so far. */
  readonly seek: (seek: (offset: string, partition?: number, topic?: string) => void, seen: readonly string[]) => void;
}

const once = (after: number, offsets: readonly string[], partition = 0, of = topic): Case["seek"] => {
  return (seek, seen) => {
    if (seen.length === after) for (const offset of offsets) seek(offset, partition, of);
  };
};

const BEYOND = "beyond the end";

const CASES: readonly Case[] = [
  { name: "none", fromBeginning: true, seek: () => undefined },
  { name: "just after run", fromBeginning: true, seek: once(0, ["3"]) },
  { name: "just after run, back from the end", fromBeginning: false, seek: once(0, ["3"]) },
  { name: "just after run, twice", fromBeginning: true, seek: once(0, ["1", "4"]) },
  { name: "in a handler, on", fromBeginning: true, seek: once(2, ["4"]) },
  { name: "in a handler, back", fromBeginning: true, seek: once(4, ["1"]) },
  { name: "in a handler, to its own message", fromBeginning: true, seek: once(3, ["2"]) },
  { name: "in a handler, to the next message", fromBeginning: true, seek: once(3, ["3"]) },
  { name: "in a handler, twice", fromBeginning: true, seek: once(2, ["4", "3"]) },
  { name: "in the handler of the last message", fromBeginning: true, seek: once(5, ["3"]) },
  { name: "to -1 just after run", fromBeginning: true, seek: once(0, ["-1"]) },
  { name: "to -2 just after run", fromBeginning: false, seek: once(0, ["-2"]) },
  { name: "to -2 in a handler", fromBeginning: true, seek: once(3, ["-2"]) },
  { name: "to -1 in a handler", fromBeginning: true, seek: once(2, ["-1"]) },
  { name: BEYOND, fromBeginning: true, seek: once(0, ["100"]) },
  { name: "of a partition that there is not", fromBeginning: true, seek: once(0, ["3"], 77) },
  { name: "of a topic that is not subscribed", fromBeginning: true, seek: once(0, ["3"], 0, "others") },
];

interface Reader {
  readonly consumer: Consumer;
  readonly seen: string[];
  fetches: number;
}

/** Begins to read, and seeks as the case says. */
async function begin(kafka: Kafka, one: Case, autoCommit: boolean): Promise<Reader> {
  const consumer = kafka.consumer({ groupId: one.name, maxWaitTimeInMs: 50 });
  const reader: Reader = { consumer, seen: [], fetches: 0 };
  const seek = (offset: string, partition = 0, of = topic): void => consumer.seek({ topic: of, partition, offset });
  consumer.on(consumer.events.FETCH, () => reader.fetches++);
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: one.fromBeginning });
  const running = consumer.run({
    autoCommit,
    eachMessage: async ({ message }) => {
      reader.seen.push(message.offset);
      one.seek(seek, reader.seen);
    },
  });
  one.seek(seek, reader.seen);
  await running;
  return reader;
}

/** By case: the offsets of the messages that came, and the one that its group has committed. */
async function traces(
  module: (typeof MODULES)[number][1],
  autoCommit: boolean,
): Promise<Record<string, readonly [seen: string, committed: string | undefined]>> {
  return await onTcp(1, async (world) => {
    await world.send(0, Number(LAST));
    const kafka = world.kafka(module);
    const readers = await Promise.all(CASES.map((one) => begin(kafka, one, autoCommit)));
    // All have their positions, and have read what there is.
    await until(() => readers.every(({ fetches }) => fetches >= 5));
    await pause(500);
    await world.send(0, 1);
    await until(() => readers.every(({ seen }) => seen.at(-1) === LAST));
    await pause(200);
    await Promise.all(readers.map(({ consumer }) => consumer.disconnect()));
    const admin = kafka.admin();
    const result: Record<string, readonly [string, string | undefined]> = {};
    for (const [i, { seen }] of readers.entries()) {
      const { name = "" } = CASES[i] ?? {};
      const [found] = await admin.fetchOffsets({ groupId: name, topics: [topic] });
      result[name] = [seen.join(" "), found?.partitions[0]?.offset];
    }
    await admin.disconnect();
    return result;
  });
}

/**
 * The messages that come, where the drop-in differs on purpose. kafkajs commits -1 and -2 and, like any
 * negative offset, takes them for none: it goes by `fromBeginning`.
 */
const OTHERWISE: Readonly<Record<string, { readonly ours: string; readonly theirs: RegExp }>> = {
  "to -1 just after run": { ours: "5", theirs: /^0 1 2 3 4 5$/ },
  "to -1 in a handler": { ours: "0 1 5", theirs: /^0 1 0 1 2 3 4 5$/ },
  "to -2 just after run": { ours: "0 1 2 3 4 5", theirs: /^(5|0 1 2 3 4 5)$/ },
};

for (const autoCommit of [true, false])
  test(`the same messages, and the same committed offset, autoCommit ${autoCommit}`, async () => {
    const [theirs = {}, ours = {}] = await Promise.all(MODULES.map(([, module]) => traces(module, autoCommit)));
    for (const { name } of CASES) {
      const [theirSeen, theirCommitted] = theirs[name] ?? [];
      const [ourSeen, ourCommitted] = ours[name] ?? [];
      const otherwise = OTHERWISE[name];
      if (otherwise === undefined) assert.equal(ourSeen, theirSeen, name);
      else {
        assert.equal(ourSeen, otherwise.ours, name);
        assert.match(theirSeen ?? "", otherwise.theirs, name);
      }
      // Without autoCommit kafkajs still commits the default; the drop-in leaves the group's offset alone.
      if (name === BEYOND && !autoCommit) assert.deepEqual([ourCommitted, theirCommitted], ["-1", "-2"]);
      else if (otherwise === undefined) assert.equal(ourCommitted, theirCommitted, name);
      else assert.equal(ourCommitted, autoCommit ? "6" : "-1", name);
    }
  });

test("before run: seek throws the same, before and after connect, and after stop", async () => {
  const [theirs, ours] = await Promise.all(
    MODULES.map(([, module]) =>
      onTcp(1, async ({ kafka }) => {
        const consumer = kafka(module).consumer({ groupId: "g", maxWaitTimeInMs: 50 });
        const attempt = (): unknown => {
          try {
            return consumer.seek({ topic, partition: 0, offset: "1" });
          } catch (error) {
            const { chain, message } = factsOf(error) as Record<string, unknown>;
            return [chain, message];
          }
        };
        const trace = [attempt()];
        await consumer.connect();
        trace.push(attempt());
        await consumer.subscribe({ topic });
        trace.push(attempt());
        await consumer.run({ eachMessage: async () => undefined });
        trace.push(attempt());
        await consumer.stop();
        trace.push(attempt());
        await consumer.disconnect();
        trace.push(attempt());
        return trace;
      }),
    ),
  );
  assert.deepEqual(ours, theirs);
});
