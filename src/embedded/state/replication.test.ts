import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { batchOf } from "../../../test/embedded/raw-client.ts";
import { PartitionLog } from "./partition-log.ts";
import type { ReplicationRules } from "./replication-rules.ts";
import type { Election } from "./replication.ts";

/** One partition on brokers that a test stops, pauses and starts. */
class Lab {
  readonly up: Set<number>;
  readonly paused = new Map<number, number>();
  readonly log: PartitionLog;
  minIsr = 1;
  mayElectUncleanly = false;
  nowMs = 0;

  constructor(replicas: readonly number[] = [0, 1, 2], keepsEligible = true) {
    this.up = new Set(replicas);
    const rules: ReplicationRules = {
      isUp: (id) => this.up.has(id),
      pausedSinceMs: (id) => this.paused.get(id),
      minInSyncReplicas: () => this.minIsr,
      mayElectUncleanly: () => this.mayElectUncleanly,
      keepsEligible,
    };
    this.log = new PartitionLog(0, replicas[0]!, replicas, rules);
  }

  append(...values: string[]): void {
    for (const value of values) this.log.append(batchOf({ values: [value] }), 1, 0);
  }

  stop(id: number): Election | undefined {
    this.up.delete(id);
    return this.update();
  }

  start(id: number): Election | undefined {
    this.up.add(id);
    return this.update();
  }

  pause(id: number): void {
    this.paused.set(id, this.nowMs);
    this.update();
  }

  resume(id: number): void {
    this.paused.delete(id);
    this.update();
  }

  update(): Election | undefined {
    return this.log.changed((replication) => replication.update(this.nowMs));
  }

  elect(id: number): Election | undefined {
    return this.log.changed((replication) => replication.elect(id, this.nowMs));
  }

  drop(id: number): void {
    this.log.changed((replication) => (replication.drop(id), undefined));
  }

  dropLagging(maxLagMs: number): void {
    this.log.changed((replication) => (replication.dropLagging(maxLagMs, this.nowMs), undefined));
  }

  /** Leader, ISR, high watermark and end. */
  get state(): unknown {
    const { leaderId, isr, highWatermark, logEndOffset } = this.log;
    return [leaderId, isr, highWatermark, logEndOffset];
  }
}

const epochOf = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getInt32(12);

test("followers are in step: what is appended is committed", () => {
  const lab = new Lab();
  lab.append("a", "b");
  assert.deepEqual(lab.state, [0, [0, 1, 2], 2, 2]);
});

test("nothing is committed without a follower that is in the ISR and lags", () => {
  const lab = new Lab();
  lab.append("a");
  lab.pause(2);
  lab.append("b", "c");
  assert.deepEqual(lab.state, [0, [0, 1, 2], 1, 3]);
  lab.resume(2);
  assert.deepEqual(lab.state, [0, [0, 1, 2], 3, 3]);
});

test("who lags for too long falls out of the ISR, and what waited for it is committed", () => {
  const lab = new Lab();
  lab.pause(2);
  lab.append("a");
  lab.nowMs = 9;
  lab.dropLagging(10);
  assert.deepEqual(lab.state, [0, [0, 1, 2], 0, 1]);
  lab.nowMs = 10;
  lab.dropLagging(10);
  assert.deepEqual(lab.state, [0, [0, 1], 1, 1]);
});

test("who has all that there is does not lag, however long it was silent", () => {
  const lab = new Lab();
  lab.append("a");
  lab.pause(2);
  lab.nowMs = 1000;
  lab.dropLagging(10);
  assert.deepEqual(lab.log.isr, [0, 1, 2]);
  lab.drop(2);
  assert.deepEqual(lab.log.isr, [0, 1], "by call it falls out all the same");
});

test("a broker that stops leaves the ISR; the first replica in sync leads; who comes back joins", () => {
  const lab = new Lab();
  lab.append("a");
  assert.deepEqual(lab.stop(0), { leaderId: 1, leaderEpoch: 1, isClean: true, fromOffset: 1, toOffset: 1 });
  assert.deepEqual(lab.state, [1, [1, 2], 1, 1]);
  lab.append("b");
  lab.start(0);
  assert.deepEqual(lab.state, [1, [0, 1, 2], 2, 2]);
});

test("a clean election loses what was not committed, and nothing else", () => {
  const lab = new Lab([0, 1]);
  lab.append("a");
  lab.pause(1);
  lab.append("b", "c");
  const election = lab.stop(0);
  assert.deepEqual(election, { leaderId: 1, leaderEpoch: 1, isClean: true, fromOffset: 3, toOffset: 1 });
  assert.deepEqual(lab.state, [1, [1], 1, 1]);
  lab.append("d");
  assert.deepEqual(
    lab.log.batches.map(({ bytes }) => epochOf(bytes)),
    [0, 1],
  );
  lab.start(0);
  assert.deepEqual(lab.state, [1, [0, 1], 2, 2], "the old leader cut off what it had beyond");
});

test("without a replica that has all that is committed nobody leads, until one is back", () => {
  const lab = new Lab([0, 1]);
  lab.stop(1);
  lab.append("a");
  assert.equal(lab.stop(0)?.leaderId, -1);
  assert.equal(lab.start(1), undefined);
  assert.deepEqual([lab.log.leaderId, lab.log.isr, lab.log.replication.eligible], [-1, [], [0]]);
  assert.equal(lab.start(0)?.leaderId, 0);
  assert.deepEqual(lab.state, [0, [0, 1], 1, 1]);
});

test("where the topic allows it, one that lacks records leads: they are gone", () => {
  const lab = new Lab([0, 1]);
  lab.mayElectUncleanly = true;
  lab.append("a");
  lab.stop(1);
  lab.append("b", "c");
  lab.stop(0);
  assert.deepEqual(lab.start(1), { leaderId: 1, leaderEpoch: 2, isClean: false, fromOffset: 3, toOffset: 1 });
  assert.deepEqual(lab.state, [1, [1], 1, 1]);
  assert.deepEqual(lab.log.epochs.endOf(0, lab.log.logEndOffset), { leaderEpoch: 0, endOffset: 1 });
});

test("logs that parted part again: an old leader that is elected brings back what only it had", () => {
  const lab = new Lab([0, 1]);
  lab.append("a");
  lab.stop(1);
  lab.append("b", "c");
  lab.mayElectUncleanly = true;
  lab.stop(0);
  lab.start(1);
  lab.append("x", "y", "z");
  lab.stop(1);
  assert.deepEqual(lab.start(0), { leaderId: 0, leaderEpoch: 4, isClean: false, fromOffset: 4, toOffset: 1 });
  lab.append("d");
  assert.deepEqual(
    lab.log.batches.map(({ bytes, baseOffset }) => [baseOffset, epochOf(bytes)]),
    [
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 4],
    ],
  );
  assert.deepEqual(
    [1, 2, 3, 4].map((epoch) => lab.log.epochs.endOf(epoch, lab.log.logEndOffset).endOffset),
    [3, 3, 3, 4],
  );
});

test(
  "what two old replicas have in common beyond the leader's log is not cut off when one follows the other as a " +
    "leader",
  () => {
    const lab = new Lab();
    lab.append("a");
    for (const id of [2, 1, 0]) {
      lab.pause(id);
      lab.append(`after ${id}`);
    }
    for (const id of [2, 0]) lab.elect(id);
    assert.deepEqual([lab.log.leaderId, lab.log.logEndOffset], [0, 4]);
    const election = lab.elect(1);
    assert.deepEqual([election?.fromOffset, election?.toOffset, lab.log.logEndOffset], [4, 2, 2]);
  },
);

test("below min.insync.replicas nothing is committed, and those that left stay eligible (KIP-966)", () => {
  const lab = new Lab();
  lab.minIsr = 2;
  lab.append("a");
  lab.stop(2);
  lab.append("b");
  lab.stop(1);
  lab.append("c");
  assert.deepEqual(lab.state, [0, [0], 2, 3]);
  assert.deepEqual(lab.log.replication.eligible, [1]);
  lab.stop(0);
  assert.equal(lab.start(2), undefined, "2 lacks b");
  assert.equal(lab.start(1)?.leaderId, 1);
  assert.deepEqual(lab.state, [1, [1, 2], 2, 2]);
});

test("before KIP-966 the high watermark went on below min.insync.replicas, and the last one in sync stayed in the ISR", () => {
  const lab = new Lab([0, 1], false);
  lab.minIsr = 2;
  lab.stop(1);
  lab.append("a");
  assert.deepEqual(lab.state, [0, [0], 1, 1]);
  lab.stop(0);
  assert.deepEqual([lab.log.leaderId, lab.log.isr], [-1, [0]]);
  lab.start(1);
  assert.equal(lab.log.leaderId, -1);
  assert.equal(lab.start(0)?.leaderId, 0);
});

test("a producer is known as far as its batches are there", () => {
  const lab = new Lab([0, 1]);
  const append = (baseSequence: number): number =>
    lab.log.append(batchOf({ producerId: 7, producerEpoch: 0, baseSequence }), 1, 0);
  const verdict = (baseSequence: number): string =>
    lab.log.producers.states.check({
      producerId: 7,
      producerEpoch: 0,
      baseSequence,
      count: 1,
      maxTimestamp: 0,
      isTransactional: false,
    }).kind;
  append(0);
  lab.pause(1);
  append(1);
  append(2);
  lab.stop(0);
  assert.deepEqual([verdict(0), verdict(1), verdict(3)], ["duplicate", "append", "error"]);
});

test("transactions go back with the log", () => {
  const lab = new Lab([0, 1]);
  lab.append("a");
  lab.pause(1);
  lab.log.append(batchOf({ producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true }), 1, 0);
  lab.drop(1);
  assert.deepEqual([lab.log.lastStableOffset, lab.log.highWatermark], [1, 2]);
  lab.elect(1);
  lab.append("b");
  assert.deepEqual([lab.log.lastStableOffset, lab.log.highWatermark], [2, 2]);
});

test("another broker takes the place of one, with all that it had", () => {
  const lab = new Lab([0, 1]);
  lab.append("a");
  lab.up.add(5);
  assert.equal(lab.log.changed((replication) => replication.reassign(0, 5, 0))?.leaderId, 5);
  assert.deepEqual(
    [lab.log.replicas, lab.state],
    [
      [5, 1],
      [5, [5, 1], 1, 1],
    ],
  );
  lab.log.changed((replication) => replication.reassign(1, 0, 0));
  assert.deepEqual([lab.log.replicas, lab.log.isr, lab.log.leaderId], [[5, 0], [5, 0], 5]);
});

test("a replica that goes leaves its place to those that are there, which have caught up", () => {
  const lab = new Lab([0, 1]);
  lab.pause(1);
  lab.append("a", "b");
  lab.drop(1);
  assert.equal(lab.log.changed((replication) => replication.remove(0, 0))?.leaderId, 1);
  assert.deepEqual([lab.log.replicas, lab.state], [[1], [1, [1], 2, 2]]);
});

test("what retention deleted is not brought back by a replica that lacks it", () => {
  const lab = new Lab([0, 1]);
  lab.pause(1);
  lab.append("a", "b", "c");
  lab.drop(1);
  lab.log.deleteBefore(2);
  lab.elect(1);
  assert.deepEqual(
    [lab.log.logStartOffset, lab.log.logEndOffset, lab.log.batchCount, lab.log.sizeInBytes],
    [0, 0, 0, 0],
  );
  lab.append("d");
  assert.deepEqual(lab.log.read(0, 1000, true).length, 1);
});

test("nothing beyond the high watermark is read, of a lagging follower nothing that it does not have", () => {
  const lab = new Lab();
  lab.append("a");
  lab.pause(1);
  lab.append("b", "c");
  const { log } = lab;
  const size = log.batches[0]!.bytes.length;
  assert.deepEqual(
    [log.read(0, 1 << 20, true).length, log.read(1, 1 << 20, true).length, log.bytesFrom(0), log.bytesFrom(1)],
    [1, 0, size, 0],
  );
  lab.drop(1);
  assert.deepEqual(
    [
      log.bytesFrom(0),
      log.bytesFrom(0, log.replication.readableTo(2)),
      log.bytesFrom(0, log.replication.readableTo(1)),
    ],
    [3 * size, 3 * size, size],
  );
  assert.deepEqual(
    [0, 1, 2].map((id) => log.replication.endOffsetOf(id)),
    [3, 1, 3],
  );
});

type Step =
  | {
      readonly do: "append" | "stop" | "start" | "pause" | "resume" | "drop" | "elect" | "unclean";
      readonly id: number;
    }
  | { readonly do: "dropLagging"; readonly id: number };

const steps = fc.array(
  fc.record({
    do: fc.constantFrom<Step["do"][]>(
      "append",
      "append",
      "append",
      "stop",
      "start",
      "pause",
      "resume",
      "drop",
      "elect",
      "unclean",
      "dropLagging",
    ),
    id: fc.nat(2),
  }),
  { maxLength: 40 },
);
const setting = fc.record({
  steps,
  minIsr: fc.integer({ min: 1, max: 3 }),
  mayElectUncleanly: fc.boolean(),
  keepsEligible: fc.boolean(),
  withUnclean: fc.boolean(),
});

/** The offset up to which two logs are the same. */
function common(a: readonly unknown[], b: readonly unknown[]): number {
  const at = a.findIndex((batch, i) => batch !== b[i]);
  return at < 0 ? a.length : at;
}

/** Applies one step; returns the election that followed. */
function step(lab: Lab, { do: what, id }: Step): Election | undefined {
  lab.nowMs++;
  switch (what) {
    case "append":
      if (lab.log.leaderId >= 0) lab.append("v");
      return undefined;
    case "stop":
      return lab.stop(id);
    case "start":
      return lab.start(id);
    case "pause":
      lab.pause(id);
      return undefined;
    case "resume":
      lab.resume(id);
      return undefined;
    case "drop":
      lab.drop(id);
      return undefined;
    case "dropLagging":
      lab.dropLagging(3);
      return undefined;
    case "elect":
      return lab.log.replication.canLead(id) ? lab.elect(id) : undefined;
    case "unclean":
      return lab.up.has(id) ? lab.elect(id) : undefined;
  }
}

test(
  "replicas that each had a log of their own would have the same: prefixes, ends, epochs, and what is committed " +
    "stays",
  () => {
    fc.assert(
      fc.property(setting, ({ steps: all, minIsr, mayElectUncleanly, keepsEligible, withUnclean }) => {
        const lab = new Lab([0, 1, 2], keepsEligible);
        lab.minIsr = minIsr;
        lab.mayElectUncleanly = withUnclean && mayElectUncleanly;
        const { log } = lab;
        const logs = new Map<number, unknown[]>([
          [0, []],
          [1, []],
          [2, []],
        ]); // the log of each broker
        let acknowledged: unknown[] = []; // acknowledged by all in-sync replicas, and by enough of them
        for (const one of all) {
          if (one.do === "unclean" && !withUnclean) continue;
          const before = { highWatermark: log.highWatermark, leaderEpoch: log.leaderEpoch, batches: [...log.batches] };
          const election = step(lab, one);
          if (election !== undefined)
            assert.deepEqual(
              [election.leaderEpoch, election.fromOffset, election.toOffset],
              [before.leaderEpoch + 1, before.batches.length, common(before.batches, log.batches)],
            );
          // Each broker's own log: the leader's grows, and followers copy it.
          const { leaderId } = log;
          if (one.do === "append" && leaderId >= 0) logs.get(leaderId)!.push(log.batches.at(-1));
          if (leaderId >= 0)
            for (const id of [0, 1, 2])
              if (lab.up.has(id) && !lab.paused.has(id)) logs.set(id, [...logs.get(leaderId)!]);
          const own = logs.get(log.replication.lastLeaderId)!;
          assert.deepEqual(log.batches.length, own.length);
          assert.ok(
            log.batches.every((batch, i) => batch === own[i] && batch.baseOffset === i),
            "the shared log is the leader's",
          );
          for (const id of [0, 1, 2])
            assert.equal(log.replication.endOffsetOf(id), logs.get(id)!.length, `the end of broker ${id}`);
          for (const { bytes, baseOffset } of log.batches)
            assert.equal(log.epochs.epochAt(baseOffset), epochOf(bytes), "the epoch of a batch");
          // The committed records.
          const isClean = election?.isClean ?? true;
          if (isClean) assert.ok(log.highWatermark >= before.highWatermark, "the high watermark never goes back");
          const atLeast = isClean ? before.highWatermark : Math.min(before.highWatermark, election!.toOffset);
          const isStuck = leaderId < 0 || (keepsEligible && log.isr.length < log.replication.minIsr);
          assert.equal(
            log.highWatermark,
            isStuck ? atLeast : Math.max(atLeast, Math.min(...log.isr.map((id) => common(logs.get(id)!, own)))),
            "committed is what all in sync have",
          );
          if (isClean && keepsEligible)
            assert.ok(
              acknowledged.every((batch, i) => log.batches[i] === batch),
              "what was acknowledged is there",
            );
          if (log.isr.length >= log.replication.minIsr || !isClean)
            acknowledged = log.batches.slice(0, log.highWatermark);
          if (keepsEligible)
            for (const id of [...log.isr, ...log.replication.eligible])
              assert.ok(
                acknowledged.every((batch, i) => logs.get(id)![i] === batch),
                `broker ${id} has all that is committed`,
              );
          assert.ok(log.leaderId < 0 || log.isr.includes(log.leaderId), "the leader is in sync");
          assert.equal(
            log.bytesFrom(0),
            log.batches.slice(0, log.highWatermark).reduce((sum, { bytes }) => sum + bytes.length, 0),
          );
        }
      }),
      { numRuns: 2000 },
    );
  },
);
