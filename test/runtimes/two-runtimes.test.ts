// The default runtime and a simulated one in one process, each with a client and a cluster of its own.
import { test } from "node:test";
import assert from "node:assert/strict";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka } from "../../src/node.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld, take, text } from "../client/world.ts";

test("two runtimes in one process do not touch each other: neither's time, tasks nor records", async () => {
  const values = (prefix: string): string[] => Array.from({ length: 300 }, (_, i) => `${prefix}${i}`);
  const real = async (): Promise<number> => {
    const cluster = await EmbeddedCluster.start({ topics: { t: 1 } });
    const kafka = new Kafka({ cluster });
    const began = performance.now();
    const producer = kafka.producer();
    for (const value of values("real ")) await producer.send({ topic: "t", value });
    assert.deepEqual(
      (await take(kafka.consumer({ topics: ["t"] }), 300)).map((r) => text(r.value)),
      values("real "),
    );
    const before = performance.now();
    const delay = kafka.runtime.delayFor(30);
    await delay;
    delay[Symbol.dispose]();
    assert.ok(performance.now() - before >= 30, "real delays take real time");
    await kafka.close();
    await cluster.close();
    return performance.now() - began;
  };
  const simulated = (): Promise<readonly [number, string]> =>
    inWorld({ topics: { t: 1 }, seed: 5 }, async ({ kafka, platform }) => {
      const began = platform.clock.monotonic();
      const producer = kafka.producer();
      for (const value of values("virtual ")) await producer.send({ topic: "t", value });
      await sleep(platform, 3_600_000); // an hour that no test waits for
      assert.deepEqual(
        (await take(kafka.consumer({ topics: ["t"] }), 300)).map((r) => text(r.value)),
        values("virtual "),
      );
      return [platform.clock.monotonic() - began, platform.scheduler.traceHash] as const;
    });
  const [, alone] = await simulated();
  const [elapsed, [virtual, beside]] = await Promise.all([real(), simulated()]);
  assert.ok(virtual >= 3_600_000 && elapsed < 3_600_000);
  assert.equal(beside, alone, "what happens beside a simulation changes nothing in it");
});
