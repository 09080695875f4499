// Assignors that return a promise, or fail, as their group and their consumer see them, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type {
  Assignor,
  AssignorContext,
  AssignorInput,
  GroupAssignment,
} from "../../src/consumer/group/assignors/assignor.ts";
import { rangeAssignor } from "../../src/consumer/group/assignors/range.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { GroupReader } from "./group-reader.ts";
import { type World, inWorld } from "./world.ts";

const wrong = <T>(value: unknown): T => value as T;
const assignorOf = (assign: (input: AssignorInput, context?: AssignorContext) => unknown): Assignor => ({
  name: "mine",
  rebalanceProtocol: "eager",
  assign: (input, context) => wrong(assign(input, context)),
});
const options = (assignor: Assignor): object => ({
  topics: ["t"],
  groupId: "g",
  partitionAssignmentStrategy: [assignor],
  heartbeatIntervalMs: 100,
  sessionTimeoutMs: 6000,
});

/** How often an API was asked of the cluster. */
function counted({ cluster }: World, api: "Heartbeat" | "SyncGroup" | "JoinGroup"): () => number {
  let count = 0;
  cluster.intercept(api, () => {
    count++;
    return undefined;
  });
  return () => count;
}

test(
  "an assignor whose promise takes ten times the session timeout: the leader heartbeats meanwhile and stays in the " +
    "group",
  () =>
    inWorld({ topics: { t: 4 } }, async (world) => {
      const heartbeats = counted(world, "Heartbeat");
      const joins = counted(world, "JoinGroup");
      let divisions = 0;
      const slow = assignorOf(async (input) => {
        divisions++;
        await sleep(world.platform, 60_000);
        return rangeAssignor.assign(input);
      });
      const reader = new GroupReader(world, options(slow));
      await reader.until(({ held }) => held.size === 4);
      assert.equal(divisions, 1);
      assert.ok(heartbeats() >= 500, `${heartbeats()} heartbeats`);
      assert.equal(joins(), 2, "one for a member id, one with it");
      await reader.close();
      reader.checkHooks();
    }),
);

test(
  "a member joins while the leader still divides: the old division is told to stop, its late result is dropped, " +
    "and the newer rebalance does not wait for it",
  () =>
    inWorld({ topics: { t: 4 }, groups: { initialRebalanceDelayMs: 0 } }, async (world) => {
      const stopped: boolean[] = [];
      const late: ((result: GroupAssignment) => void)[] = [];
      const stuck = assignorOf((input, context) => {
        if (input.members.length > 1) return rangeAssignor.assign(input);
        context?.signal.addEventListener("abort", () => stopped.push(true));
        return new Promise<GroupAssignment>((resolve) => late.push(resolve));
      });
      const first = new GroupReader(world, options(stuck));
      for (let i = 0; late.length === 0 && i < 1000; i++) await sleep(world.platform, 10);
      const fromMs = world.platform.clock.monotonic();
      const second = new GroupReader(world, options(stuck));
      await GroupReader.untilAll([first, second], () => first.held.size === 2 && second.held.size === 2);
      assert.ok(world.platform.clock.monotonic() - fromMs < 1000, "not as long as a rebalance may take");
      assert.deepEqual(stopped, [true]);
      for (const resolve of late) resolve(new Map([["nobody", []]]));
      await sleep(world.platform, 1000);
      assert.deepEqual([first.held.size, second.held.size], [2, 2]);
      for (const reader of [second, first]) await reader.consumer.close({ timeoutMs: 5000 });
      for (const reader of [first, second]) reader.checkHooks();
    }),
);

test("a consumer is closed while its assignor has not settled: close does not wait for it, and the group is left", () =>
  inWorld({ topics: { t: 4 } }, async (world) => {
    let isStopped = false;
    let isAsked = false;
    const never = assignorOf((_input, context) => {
      isAsked = true;
      context?.signal.addEventListener("abort", () => (isStopped = true));
      return new Promise(() => undefined);
    });
    const reader = new GroupReader(world, options(never));
    for (let i = 0; !isAsked && i < 1000; i++) await sleep(world.platform, 10);
    const fromMs = world.platform.clock.monotonic();
    await reader.close();
    assert.ok(world.platform.clock.monotonic() - fromMs < 1000);
    assert.ok(isStopped);
    assert.equal(world.cluster.snapshot().groups.find(({ groupId }) => groupId === "g")?.members.length ?? 0, 0);
  }));

test(
  "an assignor that fails ends the leader's loop with an error that says how: thrown, rejected, never settled, no " +
    "assignment",
  () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      for (const [assign, message] of [
        [
          () => {
            throw new Error("no idea");
          },
          /^group g: the assignor mine failed: no idea$/,
        ],
        [() => Promise.reject(new Error("no idea")), /^group g: the assignor mine failed: no idea$/],
        [
          () => ({
            then: () => {
              throw new Error("no thenable");
            },
          }),
          /the assignor mine failed: no thenable/,
        ],
        [
          () => new Promise(() => undefined),
          /the assignor mine has not returned an assignment within maxPollIntervalMs \(3000 ms\)/,
        ],
        [() => Promise.resolve(null), /the assignor mine: its assignment takes a Map .* not null/],
        [() => null, /its assignment takes a Map .* not null/],
        [() => Promise.resolve(new Map([["nobody", []]])), /has partitions for "nobody", which is not a member/],
        [
          ({ members }: AssignorInput) => new Map([[members[0]?.memberId, null]]),
          /takes a list of partitions, .* not null/,
        ],
        [
          ({ members }: AssignorInput) => new Map([[members[0]?.memberId, [{ topic: "t", partition: 1 }]]]),
          /gives away t-1, which does not exist/,
        ],
      ] as const) {
        const consumer = world.kafka.consumer({ ...options(assignorOf(assign)), maxPollIntervalMs: 3000 });
        await assert.rejects(consumer[Symbol.asyncIterator]().next(), { kind: "config", message });
        await consumer.close();
      }
    }),
);

test("a division whose time is over is told to stop; a turn that it does not await ends no process", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    let context: AssignorContext | undefined;
    const consumer = world.kafka.consumer({
      ...options(
        assignorOf((_input, given) => {
          context = given;
          return new Promise(() => undefined);
        }),
      ),
      maxPollIntervalMs: 3000,
    });
    await assert.rejects(consumer[Symbol.asyncIterator]().next(), { kind: "config" });
    assert.equal(context?.signal.aborted, true);
    void context.giveTurn();
    await assert.rejects(async () => context?.giveTurn());
    await consumer.close();
  }));

test("the leader's assignor fails: another member leads at once, not only when the leader's session is over", () =>
  inWorld({ topics: { t: 4 } }, async (world) => {
    const failing = assignorOf(() => {
      throw new Error("not I");
    });
    const bad = world.kafka.consumer({ ...options(failing), sessionTimeoutMs: 40_000 });
    const failed = assert.rejects(bad[Symbol.asyncIterator]().next(), /not I/);
    await sleep(world.platform, 100); // it is the first, and so the leader
    const good = new GroupReader(world, {
      ...options(assignorOf((input) => rangeAssignor.assign(input))),
      sessionTimeoutMs: 40_000,
    });
    await failed;
    const fromMs = world.platform.clock.monotonic();
    await good.until(({ held }) => held.size === 4);
    assert.ok(world.platform.clock.monotonic() - fromMs < 10_000);
    await bad.close();
    await good.close();
  }));
