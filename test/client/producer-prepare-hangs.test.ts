// A serde's prepare() that never settles: a schema registry that does not answer.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Serde } from "../../src/serdes/serde.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text, type World } from "./world.ts";

/** Prepares "hangs" for ever, and all else at once, or after the ms that it says. */
function hangingSerde(world: World): Serde<string> {
  return {
    prepare: (value) =>
      value === "hangs"
        ? new Promise(() => undefined)
        : value.startsWith("after")
          ? sleep(world.platform, Number(value.slice(6)))
          : undefined,
    serialize: (value, { utf8 }) => utf8.encode(value),
    deserialize: String,
  };
}

function fate(error: unknown, afterMs: number): string {
  const { kind, outcome } = KafkaError.from(error);
  return `${kind} ${outcome ?? ""} after ${Math.round(afterMs)}`;
}

/** When each promise settled, in virtual ms, and how. */
async function fates(world: World, sends: readonly Promise<unknown>[]): Promise<readonly string[]> {
  const from = world.platform.clock.monotonic();
  return Promise.all(
    sends.map((sent) =>
      sent.then(
        () => "written",
        (error: unknown) => fate(error, world.platform.clock.monotonic() - from),
      ),
    ),
  );
}

const topics = { t: 1, other: 1 };

for (const [name, options, afterMs] of [
  ["maxBlockMs", { maxBlockMs: 500, deliveryTimeoutMs: 1000, requestTimeoutMs: 500, lingerMs: 0 }, 500],
  ["deliveryTimeoutMs", { maxBlockMs: 60_000, deliveryTimeoutMs: 700, requestTimeoutMs: 500, lingerMs: 0 }, 700],
] as const) {
  test(
    `prepare() that never settles held its record, and all behind it, for ever: ${name} ends the wait, and the ` +
      "next has its turn",
    () =>
      inWorld({ topics, client: { requestTimeoutMs: 500 } }, async (world) => {
        const { requestTimeoutMs: _, ...rest } = options;
        const producer = world.kafka.producer({ ...rest, value: hangingSerde(world) });
        const sends = ["hangs", "behind", "after 100", "last"].map((value) => producer.send({ topic: "t", value }));
        assert.deepEqual(await fates(world, sends), [
          `timeout notWritten after ${afterMs}`,
          "written",
          "written",
          "written",
        ]);
        const values = (await take(world.kafka.consumer({ topics: ["t"] }), 3)).map((record) => text(record.value));
        assert.deepEqual(values, ["behind", "after 100", "last"], "in the order of the calls");
      }),
  );
}

test("another topic goes on while one waits for its serde", () =>
  inWorld({ topics }, async (world) => {
    const producer = world.kafka.producer({ value: hangingSerde(world) });
    const hanging = producer
      .send({ topic: "t", value: "hangs" })
      .catch((error: unknown) => KafkaError.from(error).message);
    const from = world.platform.clock.monotonic();
    await producer.send({ topic: "other", value: "fine" });
    assert.ok(world.platform.clock.monotonic() - from < 1000);
    assert.match(
      (await hanging) as string,
      /prepare\(\) of a serde has not settled within 60000 ms for a record of topic t/,
    );
  }));

test("close() settles what waits for its serde, also behind such a record, and ends in its time", () =>
  inWorld({ topics }, async (world) => {
    const producer = world.kafka.producer({ value: hangingSerde(world) });
    const settled = fates(
      world,
      ["hangs", "behind"].map((value) => producer.send({ topic: "t", value })),
    );
    await producer.close({ timeoutMs: 1000 });
    assert.deepEqual(await settled, ["closed notWritten after 1000", "closed notWritten after 1000"]);
  }));

test("a signal takes a record back at once while its serde prepares; those behind it go on", () =>
  inWorld({ topics }, async (world) => {
    const producer = world.kafka.producer({ value: hangingSerde(world) });
    const controller = new AbortController();
    const settled = fates(world, [
      producer.send({ topic: "t", value: "hangs" }, { signal: controller.signal }),
      producer.send({ topic: "t", value: "behind" }),
    ]);
    await sleep(world.platform, 100);
    controller.abort();
    assert.deepEqual(await settled, ["cancelled notWritten after 100", "written"]);
  }));

test("a flush waits for what was preparing when it was called, and for nothing that came later", () =>
  inWorld({ topics }, async (world) => {
    const producer = world.kafka.producer({ value: hangingSerde(world) });
    const first = producer.send({ topic: "t", value: "after 100" });
    const flushed = producer.flush();
    const hanging = producer.send({ topic: "other", value: "hangs" }).catch(() => "failed");
    await flushed;
    assert.equal((await first).offset, 0);
    assert.equal(producer.counters.acknowledged, 1);
    assert.equal(await hanging, "failed");
  }));
