import { test } from "node:test";
import assert from "node:assert/strict";
import { missingParts, partsInWords, type SeenTopic } from "./missing-parts.ts";

const topic = (name: string, leaders: readonly number[], errorCode = 0): SeenTopic => ({
  ...{ name, errorCode },
  partitions: leaders.map((leaderId, partitionIndex) => ({ partitionIndex, leaderId })),
});

test("what a broker lacks of a topic", () => {
  const table: readonly (readonly [seen: readonly SeenTopic[], partitions: number, missing: string | undefined])[] = [
    [[topic("a", [1, 2])], 1, undefined],
    [[topic("a", [1, 2])], 2, undefined],
    [[topic("a", [1, 2])], 3, "knows 2 partitions of topic a, not 3"],
    [[topic("a", [1])], 2, "knows 1 partition of topic a, not 2"],
    [[topic("a", [1, -1, -1])], 1, "knows no leader of a-1, a-2"],
    [[topic("a", [-1, -1, -1, -1, -1, -1, -1])], 1, "knows no leader of a-0, a-1, a-2, a-3, a-4, and 2 more"],
    [[topic("a", [], 3)], 1, "does not know topic a"],
    [[topic("a", [], 0)], 1, "does not know topic a"],
    [[topic("b", [1])], 1, "does not know topic a"],
    [[], 1, "does not know topic a"],
  ];
  for (const [seen, partitions, what] of table)
    assert.deepEqual(
      missingParts(7, ["a"], partitions, seen),
      what === undefined ? [] : [{ nodeId: 7, what }],
      JSON.stringify([seen, partitions]),
    );
});

test("equal parts are named once with their brokers, and a long list is cut", () => {
  const what = "does not know topic a";
  assert.equal(partsInWords([{ nodeId: 1, what }]), "broker 1 does not know topic a");
  assert.equal(
    partsInWords([
      { nodeId: 1, what },
      { nodeId: 2, what: "knows no leader of a-0" },
      { nodeId: 3, what },
    ]),
    "each of brokers 1, 3 does not know topic a; broker 2 knows no leader of a-0",
  );
  const many = Array.from({ length: 8 }, (_, i) => ({ nodeId: 1, what: `does not know topic t${i}` }));
  assert.match(partsInWords(many), /t4; and 3 more$/);
});
