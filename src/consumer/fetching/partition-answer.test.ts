import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as ErrorCode from "../../errors/error-code.ts";
import { ERROR_TABLE } from "../../errors/error-table.ts";
import { type AskedPartition, type PartitionVerdict, partitionVerdict, unknownForTooLong } from "./partition-answer.ts";
import { KafkaError } from "../../errors/kafka-error.ts";

const ASKED: AskedPartition = {
  topic: "t",
  partition: 2,
  nodeId: 1,
  isReplica: false,
  position: 100,
  consumedOffset: -1,
  consumedTimestamp: -1,
  fetchOffset: 100,
  fetchEpoch: 4,
  isParting: false,
  hasData: false,
  timesOutOfRange: 0,
  leaderEpoch: 4,
};
const EARLIEST = { autoOffsetReset: "earliest", startOffset: "latest", startOption: "startOffset" } as const;
const NONE = { ...EARLIEST, autoOffsetReset: undefined };
const NO_END = { epoch: -1, endOffset: -1 };

const verdict = (
  errorCode: number,
  asked: Partial<AskedPartition> = {},
  policy: Parameters<typeof partitionVerdict>[2] = EARLIEST,
): PartitionVerdict => partitionVerdict({ errorCode, divergingEpoch: NO_END }, { ...ASKED, ...asked }, policy);

/** A row: the code, what is known of the partition, the verdict. */
const TABLE: readonly (readonly [keyof typeof ErrorCode, Partial<AskedPartition>, PartitionVerdict["name"]])[] = [
  ["NONE", {}, "answered"],
  ["NONE", { isReplica: true }, "answered"],
  ["NONE", { isParting: true }, "diverged"],
  ["NOT_LEADER_OR_FOLLOWER", {}, "retry"],
  ["NOT_LEADER_OR_FOLLOWER", { isReplica: true }, "leave-replica"],
  ["FENCED_LEADER_EPOCH", {}, "retry"],
  ["UNKNOWN_LEADER_EPOCH", {}, "retry"],
  ["REPLICA_NOT_AVAILABLE", {}, "retry"],
  ["KAFKA_STORAGE_ERROR", {}, "retry"],
  ["OFFSET_NOT_AVAILABLE", {}, "retry"],
  ["UNKNOWN_SERVER_ERROR", {}, "retry"],
  ["UNKNOWN_TOPIC_OR_PARTITION", {}, "unknown"],
  ["UNKNOWN_TOPIC_ID", {}, "unknown"],
  ["INCONSISTENT_TOPIC_ID", {}, "unknown"],
  ["TOPIC_AUTHORIZATION_FAILED", {}, "failed"],
  ["CORRUPT_MESSAGE", {}, "failed"],
  ["INVALID_TOPIC_EXCEPTION", {}, "failed"],
  ["OFFSET_OUT_OF_RANGE", {}, "ask-again"],
  ["OFFSET_OUT_OF_RANGE", { hasData: true }, "defer"],
  ["OFFSET_OUT_OF_RANGE", { isReplica: true }, "leave-replica"],
  ["OFFSET_OUT_OF_RANGE", { timesOutOfRange: 1 }, "reset"],
  ["OFFSET_OUT_OF_RANGE", { timesOutOfRange: 1, leaderEpoch: 3 }, "ask-again"],
  ["OFFSET_OUT_OF_RANGE", { timesOutOfRange: 9, leaderEpoch: 3 }, "ask-again"],
  ["OFFSET_OUT_OF_RANGE", { timesOutOfRange: 10, leaderEpoch: 3 }, "reset"],
];

for (const [code, asked, name] of TABLE)
  test(`${code} with ${JSON.stringify(asked)}: ${name}`, () =>
    assert.equal(verdict(ErrorCode[code] as number, asked).name, name));

test("an epoch that ended elsewhere is a log that differs", () => {
  const end = { epoch: 3, endOffset: 50 };
  assert.deepEqual(partitionVerdict({ errorCode: 0, divergingEpoch: end }, ASKED, EARLIEST), { name: "diverged", end });
});

test("a position that the log does not have: the policy says where reading goes on", () => {
  const lost = (asked: Partial<AskedPartition>, policy: Parameters<typeof partitionVerdict>[2]): PartitionVerdict =>
    verdict(ErrorCode.OFFSET_OUT_OF_RANGE, { timesOutOfRange: 1, ...asked }, policy);
  const why = { from: 100, why: "the log does not have offset 100 any more" };
  assert.deepEqual(lost({}, EARLIEST), { name: "reset", where: "earliest", lost: why });
  const nearest = { ...EARLIEST, autoOffsetReset: "nearest" } as const;
  assert.deepEqual(lost({}, nearest), { name: "reset", where: "latest", lost: why });
  assert.deepEqual(lost({ consumedOffset: 99, consumedTimestamp: 7 }, nearest), {
    name: "reset",
    where: { timestamp: 7 },
    lost: why,
  });
  const parting = lost({ isParting: true, position: 80 }, EARLIEST);
  assert.ok(parting.name === "reset");
  assert.equal(parting.lost.from, 80, "what was fetched and not read is not the application's");
  const failed = lost({}, NONE);
  assert.ok(failed.name === "failed");
  assert.match(failed.error.message, /autoOffsetReset is "none": seek/);
  assert.deepEqual([failed.error.topic, failed.error.partition, failed.error.offset], ["t", 2, 100]);
});

test("whatever a broker answers: a verdict, errors name place and code, and a replica's refusal never counts", () => {
  const codes = fc.constantFrom(0, ...ERROR_TABLE.map(([code]) => code), 12_345);
  const asked = fc.record({
    isReplica: fc.boolean(),
    hasData: fc.boolean(),
    isParting: fc.boolean(),
    timesOutOfRange: fc.nat(12),
    leaderEpoch: fc.integer({ min: -1, max: 6 }),
  });
  fc.assert(
    fc.property(codes, asked, fc.constantFrom(EARLIEST, NONE), (code, known, policy) => {
      const found = verdict(code, known, policy);
      if (code === 0) assert.ok(found.name === "answered" || found.name === "diverged");
      else if (known.isReplica) assert.equal(found.name, "leave-replica");
      else if ("error" in found) {
        assert.deepEqual([found.error.topic, found.error.partition], ["t", 2]);
        assert.equal(found.error.code, code);
      } else assert.equal(code, ErrorCode.OFFSET_OUT_OF_RANGE);
      if (found.name === "reset") assert.ok(!known.hasData && policy === EARLIEST);
    }),
    { numRuns: 1000 },
  );
});

test("a partition that stays unknown is reported with the broker's words, once the time is over", () => {
  const error = new KafkaError("broker", "cannot fetch t-2: no such topic", { code: 3 });
  assert.equal(unknownForTooLong(error, ASKED, 999, 1000), undefined);
  const failure = unknownForTooLong(error, ASKED, 1000, 1000);
  assert.ok(failure !== undefined);
  assert.deepEqual([failure.kind, failure.topic, failure.partition, failure.cause], ["timeout", "t", 2, error]);
  assert.match(failure.message, /no such topic for 1000 ms; was the topic deleted/);
});
