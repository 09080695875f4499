import { test } from "node:test";
import assert from "node:assert/strict";
import * as ErrorCode from "../../errors/error-code.ts";
import type { AnyHandler, RequestContext } from "../handler.ts";
import { createPartitions } from "./create-partitions.ts";
import { createTopics } from "./create-topics.ts";
import { listOffsets } from "./list-offsets.ts";

const MANY = 3000;

/** Items whose field counts how often it is read. */
function counted<T extends object>(field: string, values: readonly unknown[], more: T) {
  const seen = { reads: 0 };
  const items = values.map((value) =>
    Object.defineProperty({ ...more }, field, {
      enumerable: true,
      get: () => {
        seen.reads++;
        return value;
      },
    }),
  );
  return { items, seen };
}

const numbers = Array.from({ length: MANY }, (_, i) => i);
const names = numbers.map((i) => `t${i}`);
const context = {
  apiVersion: 9,
  nodeId: 0,
  throttle: { mutations: () => ({ take: () => true, throttleMs: 0 }), mutated: () => 0 },
  cluster: {
    topics: { byName: () => undefined, collision: () => undefined, newId: () => "" },
    brokers: () => [],
    nodes: () => [],
    numPartitions: 1,
    defaultReplicationFactor: 1,
  },
} as unknown as RequestContext;
const served = (handler: AnyHandler, request: unknown): unknown => handler.handle(request, context);

test("ListOffsets looks at each partition of a request a few times, and refuses those that it names twice", () => {
  const { items, seen } = counted("partitionIndex", [...numbers, 5, 7], { timestamp: -1, currentLeaderEpoch: -1 });
  const { topics } = served(listOffsets(), { isolationLevel: 0, topics: [{ name: "t", partitions: items }] }) as {
    readonly topics: readonly [{ readonly partitions: readonly { readonly errorCode: number }[] }];
  };
  assert.ok(seen.reads <= 10 * MANY, `${seen.reads} reads`);
  const { partitions } = topics[0];
  assert.equal(partitions.length, MANY);
  const twice = numbers.filter((i) => partitions[i]?.errorCode === ErrorCode.INVALID_REQUEST);
  assert.deepEqual(twice, [5, 7]);
});

for (const [api, handler, more, key] of [
  ["CreateTopics", createTopics(), { numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }, "topics"],
  ["CreatePartitions", createPartitions(), { count: 2, assignments: null }, "results"],
] as const)
  test(`${api} looks at each topic of a request a few times, and refuses those that it names twice`, () => {
    const { items, seen } = counted("name", [...names, "t5", "t7", "t5"], more);
    const response = served(handler, { topics: items, validateOnly: true, timeoutMs: 1 }) as {
      readonly [field: string]: readonly { readonly name: string; readonly errorMessage: string | null }[];
    };
    assert.ok(seen.reads <= 20 * MANY, `${seen.reads} reads`);
    const answers = response[key] ?? [];
    assert.equal(answers.length, MANY);
    const twice = answers.filter(({ errorMessage }) => errorMessage?.startsWith("Duplicate topic name") === true);
    assert.deepEqual(
      twice.map(({ name }) => name),
      ["t5", "t7"],
    );
  });
