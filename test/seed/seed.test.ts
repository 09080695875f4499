// The seed's tests on the embedded cluster, in virtual time; test/kafka/seed.test.ts runs the same bodies on a real
// Kafka.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Kafka, type KafkaBaseOptions } from "../../src/kafka.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { inWorld } from "../client/world.ts";
import { root } from "../house/root.ts";
import { seedTests } from "./seed-tests.ts";

for (const { seed, name, body } of seedTests) {
  test(`${seed}: ${name}`, () =>
    inWorld({ brokers: 1, latencyMs: 1 }, async ({ kafka, client, platform }) => {
      const { runtime, connector } = platform;
      const alone: Kafka<typeof runtime>[] = [];
      const newAlone = (options: KafkaBaseOptions): Kafka<typeof runtime> => {
        alone.push(
          new Kafka<typeof runtime>(
            { ...options, cluster: { bootstrapServers: "nobody:9092", connector }, onLog: () => undefined, runtime },
            platform,
          ),
        );
        return alone[alone.length - 1]!;
      };
      let count = 0;
      await body({
        kafka,
        brokerCount: 1,
        client: ({ isAlone = false, ...options } = {}) => (isAlone ? newAlone(options) : client(options)),
        fresh: (what) => `${what}-${++count}`,
        nowMs: () => platform.clock.now(),
        pause: (ms) => sleep(platform, ms),
      });
      for (const made of alone) await made.close().catch(() => undefined); // already reported
    }));
}

test("docs/seed-tests.md has a line for each of the seed's 44 tests, and names ours as they are", () => {
  const page = readFileSync(join(root, "docs", "seed-tests.md"), "utf8").replaceAll(/ +\|/g, " |");
  const lines = page.split("\n").filter((line) => /^\| `(test_\w+|utils)::/.test(line));
  assert.equal(lines.length, 44);
  for (const { seed, name } of seedTests)
    assert.ok(
      lines.some((line) => line.startsWith(`| \`${seed}\` |`) && line.includes(name)),
      `${seed}: ${name}`,
    );
  assert.equal(lines.filter((line) => !line.includes("| missing")).length, seedTests.length);
});
