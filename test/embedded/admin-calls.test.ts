// Each call of an admin on an embedded cluster: those whose API it serves are answered, the others end at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { handlers } from "../../src/embedded/handlers/registry.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { outcomeOf } from "../client/admin-calls/call-row.ts";
import { ROWS } from "../client/admin-calls/rows.ts";
import { inWorld } from "../client/world.ts";

const SERVED = handlers();

for (const row of ROWS)
  test(`${row.name}: ${SERVED.has(row.api.key) ? "answered" : "not served, and said so at once"}`, () =>
    inWorld({ brokers: 4, topics: { a: 1, b: 1, c: 1 } }, async ({ kafka, platform }) => {
      const admin = kafka.admin();
      await admin.listTopics();
      const fromMs = platform.clock.monotonic();
      const outcome = await outcomeOf(row.run(admin, row.names, { timeoutMs: 10_000 }));
      const isUnserved = outcome.every((code) => code.endsWith("unsupported"));
      assert.equal(isUnserved, !SERVED.has(row.api.key), outcome.join());
      assert.ok(!outcome.some((code) => code.endsWith("timeout") || code.endsWith("internal")), outcome.join());
      if (isUnserved) assert.ok(platform.clock.monotonic() - fromMs < 1, "it was not said at once");
    }));

test("a call that the embedded cluster does not serve names the API", () =>
  inWorld({ brokers: 1 }, async ({ kafka }) => {
    const [[, error] = []] = await kafka.admin().describeShareGroups(["g"]);
    assert.ok(KafkaError.is(error));
    assert.equal(error.kind, "unsupported");
    assert.match(error.message, /ShareGroupDescribe/);
  }));
