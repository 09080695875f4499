// Every administration call of Java, through everything that can go wrong with it, in virtual time. The names "a", "b"
// and "c" are items; broker 1 leads and coordinates "a", broker 2 "b", broker 3 "c". Held are the outcome of each item,
// how many requests of its API were sent, and how long the call took.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Admin } from "../../../src/admin/admin.ts";
import { LazyCalls } from "../../../src/admin/lazy-calls.ts";
import * as ErrorCode from "../../../src/errors/error-code.ts";
import { apiVersionsApi } from "../../../src/protocol/messages/api-versions.ts";
import { describeGroupsApi } from "../../../src/protocol/messages/describe-groups.ts";
import { findCoordinatorApi } from "../../../src/protocol/messages/find-coordinator.ts";
import { metadataApi } from "../../../src/protocol/messages/metadata.ts";
import { sleep } from "../../../src/runtime/sleep.ts";
import { ScriptedBrokers } from "../scripted-brokers.ts";
import { type Again, type CallLimits, type CallRow, type CodeOf, outcomeOf, THROTTLE_MS } from "./call-row.ts";
import { COMPOSED, ROWS } from "./rows.ts";

test("each of Java's 62 calls has a row here", () => {
  const calls = Object.getOwnPropertyNames(LazyCalls.prototype).filter((name) => name !== "constructor");
  assert.deepEqual(ROWS.map(({ name }) => name).sort(), calls.filter((name) => !COMPOSED.includes(name)).sort());
  assert.equal(ROWS.length, 62);
});

interface Outcome {
  readonly items: readonly string[];
  readonly requests: number;
  readonly tookMs: number;
  readonly metadataRequests: number;
}

interface Scenario extends CallLimits {
  /** The code of an item in the answer that is the `time`th about it. Default 0. */
  readonly codeOf?: (name: string, time: number) => number;
  /** The node id of a broker that is down. */
  readonly stopped?: number;
  /** A topic that does not exist. */
  readonly noTopic?: string;
  readonly isAbsent?: boolean;
  readonly isSilent?: boolean;
  readonly abortAfterMs?: number;
}

async function run(row: CallRow, scenario: Scenario): Promise<Outcome> {
  const { codeOf = (): number => ErrorCode.NONE, stopped, noTopic, isAbsent, isSilent, abortAfterMs } = scenario;
  const limits = scenario.timeoutMs === undefined ? {} : { timeoutMs: scenario.timeoutMs };
  let outcome: Outcome | undefined;
  await ScriptedBrokers.run(
    async (brokers) => {
      const nodeOf = new Map(["a", "b", "c"].map((name, i) => [name, i + 1]));
      for (const [name, nodeId] of nodeOf) if (name !== noTopic) brokers.leaders.set(name, nodeId);
      brokers.script(findCoordinatorApi, ({ coordinatorKeys }) => ({
        coordinators: coordinatorKeys.map((key) => {
          const nodeId = nodeOf.get(key) ?? 1;
          return { key, nodeId, host: `broker${nodeId}`, port: 9092 };
        }),
      }));
      // describeConsumerGroups asks for a group that is of another type.
      if (row.name === "describeConsumerGroups")
        brokers.script(describeGroupsApi, ({ groups }) => ({
          groups: groups.map((groupId) => ({ groupId, errorCode: ErrorCode.GROUP_ID_NOT_FOUND })),
        }));
      const admin: Admin = brokers.kafka.admin();
      const times = new Map<string, number>();
      const counted: CodeOf = (name) => {
        times.set(name, (times.get(name) ?? 0) + 1);
        return codeOf(name, times.get(name) ?? 0);
      };
      let isCalled = false;
      if (isAbsent !== true)
        brokers.script(row.api, (message, nodeId) => {
          if (!isCalled) return "usual";
          return isSilent === true ? "hang" : row.answer(message as never, counted, nodeId);
        });
      await admin.listTopics(); // a connection is open now
      isCalled = true;
      if (stopped !== undefined) await brokers.stop(stopped);
      const { clock, runtime } = brokers.platform;
      const count = (api: { readonly name: string }): number => brokers.seen(api).length;
      const [requests, metadataRequests] = [count(row.api), count(metadataApi)];
      const fromMs = clock.monotonic();
      const abort = new AbortController();
      if (abortAfterMs !== undefined)
        runtime.spawn(async () => {
          await sleep(brokers.platform, abortAfterMs);
          abort.abort();
        });
      const items = await outcomeOf(row.run(admin, row.names, { ...limits, signal: abort.signal }));
      outcome = {
        items,
        requests: count(row.api) - requests,
        tookMs: clock.monotonic() - fromMs,
        metadataRequests: count(metadataApi) - metadataRequests,
      };
    },
    { count: 3 },
  );
  assert.ok(outcome !== undefined);
  return outcome;
}

/** The outcome of a call if each item has this one. "all" calls name the brokers that failed. */
function every(row: CallRow, code: string): readonly string[] {
  if (row.route === "all") return code === "ok" ? ["ok"] : [1, 2, 3].map((nodeId) => `${nodeId}: ${code}`);
  return row.names.length === 0 ? [code] : row.names.map(() => code);
}

/** The outcome of a call whose items have these codes. */
function each(row: CallRow, codes: readonly string[]): readonly string[] {
  if (row.route !== "all") return codes;
  return codes.flatMap((code, i) => (code === "ok" ? [] : [`${i + 1}: ${code}`]));
}

const isSpread = ({ route, names, isOneBroker }: CallRow): boolean =>
  names.length > 0 && isOneBroker !== true && ["leader", "node", "all", "coordinator"].includes(route);

/** How many requests a call needs: one to each broker that has items. */
const requestsOf = (row: CallRow): number => (isSpread(row) ? 3 : 1);

const AGAIN: Readonly<Record<number, readonly (Again | undefined)[]>> = {
  [ErrorCode.NOT_CONTROLLER]: ["item", "retriable"],
  [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS]: ["coordinator", "retriable"],
  [ErrorCode.THROTTLING_QUOTA_EXCEEDED]: ["item", "retriable"],
};
const isAgain = (row: CallRow, code: number): boolean => AGAIN[code]?.includes(row.again) === true;

function assertBetween(value: number, least: number, most: number): void {
  assert.ok(value >= least && value <= most, `${value} ms, not ${least} to ${most}`);
}

/** Every connection has these two from its start: no broker is without them, and no code of theirs is scripted. */
const isUsual = ({ api }: CallRow): boolean => api.key === metadataApi.key || api.key === apiVersionsApi.key;

for (const row of ROWS)
  describe(row.name, () => {
    test("all is well: one request to each broker that has items", async () => {
      const { items, requests, tookMs } = await run(row, {});
      assert.deepEqual([items, requests], [every(row, "ok"), requestsOf(row)]);
      assertBetween(tookMs, 0, 1);
    });

    test("one broker of three is down: only its items fail, at the deadline", async () => {
      const { items, requests, tookMs } = await run(row, { stopped: 2, timeoutMs: 3000 });
      assert.deepEqual(items, isSpread(row) ? each(row, ["ok", "timeout", "ok"]) : every(row, "ok"));
      assert.equal(requests, isSpread(row) ? 2 : 1);
      assertBetween(tookMs, isSpread(row) ? 2000 : 0, isSpread(row) ? 3000 : 1);
    });

    for (const [code, name] of [
      [ErrorCode.NOT_CONTROLLER, "NOT_CONTROLLER"],
      [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, "COORDINATOR_LOAD_IN_PROGRESS"],
    ] as const)
      if (!isUsual(row))
        test(`${name} once: sent again after a backoff where that helps, reported at once elsewhere`, async () => {
          const { items, requests, tookMs } = await run(row, { codeOf: (_name, time) => (time === 1 ? code : 0) });
          const again = isAgain(row, code);
          assert.deepEqual(items, every(row, again ? "ok" : name));
          assert.equal(requests, requestsOf(row) * (again ? 2 : 1));
          assertBetween(tookMs, again ? 80 : 0, again ? 130 : 1);
        });

    if (row.names.length > 0 && row.isOneCode !== true)
      test("one item throttled, one refused, one good: only the throttled one is sent again", async () => {
        const { TOPIC_AUTHORIZATION_FAILED: refused, THROTTLING_QUOTA_EXCEEDED: throttled } = ErrorCode;
        const { items, requests, tookMs } = await run(row, {
          codeOf: (name, time) => (name === "b" ? refused : name === "a" && time === 1 ? throttled : 0),
        });
        const again = isAgain(row, throttled);
        const first = again ? "ok" : "THROTTLING_QUOTA_EXCEEDED";
        assert.deepEqual(items, each(row, [first, "TOPIC_AUTHORIZATION_FAILED", "ok"]));
        assert.equal(requests, requestsOf(row) + (again ? 1 : 0));
        const least = again ? (row.againWhenThrottled === true ? THROTTLE_MS : 80) : 0;
        assertBetween(tookMs, least, again ? least + 50 : 1);
      });

    if (row.route === "leader" && row.names.length > 0)
      test("a topic that does not exist is reported after one fresh Metadata", async () => {
        const { items, requests, metadataRequests, tookMs } = await run(row, { noTopic: "b" });
        assert.deepEqual(items, ["ok", "UNKNOWN_TOPIC_OR_PARTITION", "ok"]);
        assert.equal(requests, 2);
        assert.ok(metadataRequests <= 2, `${metadataRequests} requests`);
        assertBetween(tookMs, 0, 500);
      });
    else if (row.unknown !== undefined)
      test("a name that does not exist: its item says so, after one request", async () => {
        const { unknown = 0 } = row;
        const { items, requests, tookMs } = await run(row, {
          codeOf: (name) => (name === "b" || row.names.length === 0 ? unknown : 0),
        });
        const name = Object.entries(ErrorCode).find(([, code]) => code === unknown)?.[0] ?? "";
        assert.deepEqual(items, row.names.length === 0 ? [name] : each(row, ["ok", name, "ok"]));
        assert.equal(requests, requestsOf(row));
        assertBetween(tookMs, 0, 1);
      });

    if (!isUsual(row))
      test("a broker without the API: unsupported at once, unless another API serves as well", async () => {
        const { items, requests, tookMs } = await run(row, { isAbsent: true });
        assert.equal(requests, 0);
        if (row.name === "describeConsumerGroups") assert.deepEqual(items, every(row, "GROUP_ID_NOT_FOUND"));
        else assert.deepEqual(items, every(row, row.asksOtherApi === true ? "ok" : "unsupported"));
        assertBetween(tookMs, 0, 1);
      });

    test("aborted after 10 ms", async () => {
      const { items, requests, tookMs } = await run(row, { isSilent: true, abortAfterMs: 10 });
      assert.deepEqual([items, requests], [["cancelled"], requestsOf(row)]);
      assertBetween(tookMs, 10, 10.1);
    });

    test("a timeout of 100 ms against silent brokers", async () => {
      const { items, requests, tookMs } = await run(row, { isSilent: true, timeoutMs: 100 });
      assert.deepEqual([items, requests], [every(row, "timeout"), requestsOf(row)]);
      assertBetween(tookMs, 100, 100.1);
    });
  });
