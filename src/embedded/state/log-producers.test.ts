import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { batchOf } from "../../../test/embedded/raw-client.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { endMarkerBatch, markerOf } from "../end-marker.ts";
import { PartitionLog } from "./partition-log.ts";

interface Step {
  readonly kind: "plain" | "batch" | "commit" | "abort";
  readonly producerId: number;
  readonly count: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("plain", "batch", "batch", "commit", "abort"),
  producerId: fc.nat(3),
  count: fc.integer({ min: 1, max: 3 }),
});
const marker = (producerId: number, isCommit: boolean, more: object = {}): Parameters<typeof endMarkerBatch>[0] => ({
  producerId,
  producerEpoch: 0,
  coordinatorEpoch: 0,
  timestamp: 5,
  isCommit,
  ...more,
});

/** A log, and a second, simplest possible computation of what is decided in it. */
function written(steps: readonly Step[]): {
  readonly log: PartitionLog;
  readonly open: Map<number, number>;
  readonly aborted: { producerId: number; firstOffset: number; lastOffset: number }[];
} {
  const log = new PartitionLog(0, 0, [0]);
  const sequences = new Map<number, number>();
  const open = new Map<number, number>();
  const aborted: { producerId: number; firstOffset: number; lastOffset: number }[] = [];
  for (const { kind, producerId, count } of steps) {
    if (kind === "plain") log.append(batchOf({ values: Array.from({ length: count }, () => "v") }), count, 1);
    else if (kind === "batch") {
      const baseSequence = sequences.get(producerId) ?? 0;
      sequences.set(producerId, baseSequence + count);
      const at = log.append(
        batchOf({
          values: Array.from({ length: count }, () => "v"),
          producerId,
          producerEpoch: 0,
          baseSequence,
          isTransactional: true,
        }),
        count,
        1,
      );
      if (!open.has(producerId)) open.set(producerId, at);
    } else {
      const at = log.append(endMarkerBatch(marker(producerId, kind === "commit")), 1, 5);
      const firstOffset = open.get(producerId);
      open.delete(producerId);
      if (kind === "abort" && firstOffset !== undefined) aborted.push({ producerId, firstOffset, lastOffset: at });
    }
  }
  return { log, open, aborted };
}

test("the last stable offset is where the first open transaction began, and aborted ones are told where they overlap", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(60), fc.nat(60), (steps, a, b) => {
      const { log, open, aborted } = written(steps);
      assert.equal(log.lastStableOffset, Math.min(log.highWatermark, ...open.values()));
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      assert.deepEqual(
        log.producers.transactions.abortedBetween(start, end),
        aborted.filter(({ firstOffset, lastOffset }) => lastOffset >= start && firstOffset < end),
      );
      // The state follows from the batches alone.
      const [producers, stable] = [log.producers.states.active, log.lastStableOffset];
      log.producers.rebuild(log.batches);
      assert.deepEqual([log.producers.states.active, log.lastStableOffset], [producers, stable]);
    }),
  );
});

test("a transaction whose marker is not on all replicas yet counts as open", () => {
  const { log } = written([
    { kind: "batch", producerId: 1, count: 2 },
    { kind: "plain", producerId: 0, count: 1 },
    { kind: "commit", producerId: 1, count: 1 },
  ]);
  const { transactions } = log.producers;
  assert.deepEqual(
    [2, 3, 4].map((highWatermark) => transactions.lastStableOffset(highWatermark)),
    [0, 0, 4],
  );
});

test("a marker is read as it was written, by Kafka's layout", () => {
  const one = {
    producerId: 4_000_000_000,
    producerEpoch: 7,
    coordinatorEpoch: 3,
    timestamp: 1_767_225_600_000,
    isCommit: true,
  };
  assert.deepEqual(markerOf(endMarkerBatch(one)), one);
  assert.deepEqual(markerOf(endMarkerBatch({ ...one, isCommit: false })), { ...one, isCommit: false });
  assert.equal(
    Buffer.from(endMarkerBatch(one).subarray(57)).toString("hex"),
    "00000001" + "20" + "00" + "00" + "00" + "08" + "00000001" + "0c" + "000000000003" + "00",
  );
});

test(
  "markers of older epochs and older coordinators are refused, of version 2 also those of the same epoch unless " +
    "they are retries",
  () => {
    const { log } = written([{ kind: "batch", producerId: 1, count: 1 }]);
    const check = (more: object, version: number): number =>
      log.producers.states.checkMarker(marker(1, true, more), version);
    assert.deepEqual(
      [check({ producerEpoch: -1 }, 0), check({}, 0), check({}, 2), check({ producerEpoch: 1 }, 2)],
      [ErrorCode.INVALID_PRODUCER_EPOCH, ErrorCode.NONE, ErrorCode.INVALID_PRODUCER_EPOCH, ErrorCode.NONE],
    );
    log.append(endMarkerBatch(marker(1, true, { producerEpoch: 1, coordinatorEpoch: 2 })), 1, 5);
    assert.deepEqual(
      [check({ producerEpoch: 1, coordinatorEpoch: 2 }, 2), check({ producerEpoch: 1, coordinatorEpoch: 1 }, 2)],
      [ErrorCode.NONE, ErrorCode.TRANSACTION_COORDINATOR_FENCED],
    );
  },
);

test("within a transaction a producer writes nothing else, and after it a new epoch begins with 0", () => {
  const { log } = written([{ kind: "batch", producerId: 1, count: 1 }]);
  const check = (more: object): unknown => {
    const verdict = log.producers.states.check({
      producerId: 1,
      producerEpoch: 0,
      baseSequence: 1,
      count: 1,
      maxTimestamp: 0,
      isTransactional: true,
      ...more,
    });
    return verdict.kind === "error" ? verdict.code : verdict.kind;
  };
  assert.deepEqual(
    [check({}), check({ isTransactional: false }), check({ baseSequence: 0 }), check({ baseSequence: 2 })],
    ["append", ErrorCode.INVALID_TXN_STATE, "duplicate", ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER],
  );
  log.append(endMarkerBatch(marker(1, true, { producerEpoch: 1 })), 1, 5);
  assert.deepEqual(
    [check({}), check({ producerEpoch: 1 }), check({ producerEpoch: 1, baseSequence: 0 })],
    [ErrorCode.INVALID_PRODUCER_EPOCH, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, "append"],
  );
  // An unknown producer may begin anywhere, except in transactions of version 2.
  assert.deepEqual(
    [
      check({ producerId: 9 }),
      check({ producerId: 9, beginsWithZero: true }),
      check({ producerId: 9, beginsWithZero: true, baseSequence: 0 }),
    ],
    ["append", ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, "append"],
  );
});

test("aborted transactions that ended before the log begins are forgotten", () => {
  const { log } = written([
    { kind: "batch", producerId: 1, count: 1 },
    { kind: "abort", producerId: 1, count: 1 },
    { kind: "batch", producerId: 2, count: 1 },
    { kind: "abort", producerId: 2, count: 1 },
  ]);
  log.deleteBefore(2);
  assert.deepEqual(log.producers.transactions.abortedBetween(0, 100), [
    { producerId: 2, firstOffset: 2, lastOffset: 3 },
  ]);
});
