import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KafkaError } from "../../errors/kafka-error.ts";
import { type Placement, type PlanSettings, RoutePlan } from "./route-plan.ts";
import type { Destination } from "./route.ts";
import { done, type Refusal, refusal, type Verdict } from "./verdict.ts";

const BACKOFF_MS = 100;
const error = (message: string): KafkaError => new KafkaError("broker", message, { retriable: true });
const refuse = (then: Refusal["then"], message: string = then): Refusal => ({ then, error: error(message) });
const to = (destination: Destination): Placement => ({ then: "ask", destination });

function planOf(count: number, settings: Partial<PlanSettings> = {}): RoutePlan<string> {
  return new RoutePlan<string>(count, {
    endsAtMs: 10_000,
    maxTries: Number.POSITIVE_INFINITY,
    isAllOrNothing: false,
    backoffMs: (tried) => BACKOFF_MS * 2 ** tried,
    tooLate: (tried, last) => new KafkaError("timeout", `too late after ${tried}: ${last.message}`),
    ...settings,
  });
}

/** A plan whose keys were looked up at 0 and asked. */
function askedPlan(count: number, settings: Partial<PlanSettings> = {}): RoutePlan<string> {
  const plan = planOf(count, settings);
  const { lookUps } = plan.next(0);
  plan.located(
    lookUps,
    lookUps.map(() => to(1)),
    0,
  );
  plan.next(0);
  return plan;
}

const words = (plan: RoutePlan<string>): readonly string[] =>
  plan.results().map((result) => (result.error === undefined ? result.answer : result.error.message));

test("all keys are looked up at once, and each broker gets one request", () => {
  const plan = planOf(4);
  const first = plan.next(0);
  assert.deepEqual(first.lookUps, [0, 1, 2, 3]);
  assert.deepEqual(first.requests, []);
  assert.deepEqual(plan.next(0).lookUps, [], "a key is not looked up twice at a time");
  const address = { host: "b", port: 9, nodeId: 3 };
  plan.located([0, 1, 2, 3], [to(1), to(address), to(1), to({ ...address })], 5);
  assert.deepEqual(plan.next(5).requests, [
    { destination: 1, keys: [0, 2] },
    { destination: address, keys: [1, 3] },
  ]);
  assert.deepEqual(plan.next(5).requests, [], "a key is not asked twice at a time");
  plan.answered([1, 3], [done("b"), done("d")], 6);
  plan.answered([0, 2], [done("a"), done("c")], 7);
  assert.equal(plan.isEnded, true);
  assert.deepEqual(words(plan), ["a", "b", "c", "d"]);
});

test("a refused key goes again after the backoff, alone, while the others' request is still under way", () => {
  const plan = planOf(3);
  plan.next(0);
  plan.located([0, 1, 2], [to(1), to(1), to(2)], 0);
  plan.next(0);
  plan.answered([0, 1], [done("a"), refuse("retry")], 10);
  assert.deepEqual({ ...plan.next(10) }, { lookUps: [], requests: [], staleMs: -Infinity, wakeMs: 110 });
  assert.deepEqual(plan.next(109.9).requests, []);
  assert.deepEqual(plan.next(110).requests, [{ destination: 1, keys: [1] }]);
  plan.answered([1], [refuse("retry")], 120);
  assert.equal(plan.next(120).wakeMs, 320, "the second backoff is longer");
});

test("after lookUp the broker is looked up again, and what was known at the refusal does not count", () => {
  const plan = askedPlan(2);
  plan.answered([0, 1], [refuse("lookUp"), refuse("retry")], 50);
  assert.deepEqual(plan.next(149).lookUps, []);
  const { lookUps, staleMs, requests } = plan.next(150);
  assert.deepEqual([lookUps, staleMs, requests], [[0], 50, [{ destination: 1, keys: [1] }]]);
  plan.located([0], [to(2)], 160);
  assert.deepEqual(plan.next(160).requests, [{ destination: 2, keys: [0] }]);
});

test("a lookup that finds nothing backs off, and one that is refused for good ends its key alone", () => {
  const plan = planOf(2);
  plan.next(0);
  plan.located([0, 1], [refuse("lookUp"), refuse("fail", "no such group")], 0);
  assert.deepEqual(plan.next(99).lookUps, []);
  assert.deepEqual(plan.next(100).lookUps, [0]);
  plan.located([0], [refuse("retry")], 100);
  assert.deepEqual(plan.next(299).lookUps, [], "for a key without a broker retry means to look again");
  assert.deepEqual(plan.next(300).lookUps, [0]);
  plan.located([0], [to("any")], 300);
  plan.next(300);
  plan.answered([0], [done("a")], 301);
  assert.deepEqual(words(plan), ["a", "no such group"]);
});

test("keys that are refused together wait equally long, also with jitter", () => {
  let drawn = 0;
  const plan = askedPlan(3, { backoffMs: () => 100 + drawn++ });
  plan.answered([0, 1, 2], [refuse("retry"), refuse("retry"), refuse("retry")], 0);
  assert.deepEqual(plan.next(100).requests, [{ destination: 1, keys: [0, 1, 2] }]);
});

test("a key whose next try would be too late ends at once, and says why", () => {
  const plan = askedPlan(1, { endsAtMs: 150 });
  plan.answered([0], [refuse("retry", "busy")], 50);
  assert.deepEqual(words(plan), ["too late after 1: busy"]);
});

test("with maxTries a key fails with its own error", () => {
  const plan = askedPlan(2, { maxTries: 2 });
  plan.answered([0, 1], [refuse("retry", "first"), done("b")], 0);
  plan.next(100);
  plan.answered([0], [refuse("lookUp", "second")], 100);
  assert.deepEqual(words(plan), ["second", "b"]);
});

test("all or nothing: the first key that fails ends the others; what the same answer has is kept", () => {
  const plan = askedPlan(4, { isAllOrNothing: true });
  plan.answered([0, 1, 2], [done("a"), refuse("fail", "denied"), done("c")], 0);
  assert.deepEqual(words(plan), ["a", "denied", "c", "denied"]);
  plan.answered([3], [done("d")], 1);
  assert.deepEqual(words(plan), ["a", "denied", "c", "denied"], "an answer that comes afterwards changes nothing");
});

test("endAll ends what is left, each key with its own error", () => {
  const plan = askedPlan(3);
  plan.answered([0, 1], [done("a"), refuse("retry", "busy")], 0);
  plan.endAll((key) => error(`${key}: ${plan.failures(key).tried}, ${plan.failures(key).last?.message ?? "none"}`));
  assert.deepEqual(words(plan), ["a", "1: 1, busy", "2: 0, none"]);
  assert.deepEqual(plan.next(1000).requests, []);
  assert.equal(plan.next(1000).wakeMs, Number.POSITIVE_INFINITY);
});

test("an answer that says nothing about a key fails it; results are not to be had before the end", () => {
  const plan = askedPlan(2);
  assert.throws(() => plan.results(), /has no result yet/);
  plan.answered([0, 1], [done("a")], 0);
  assert.match(words(plan)[1] ?? "", /was not answered/);
});

test("the verdict on an error: not retriable fails, another broker is looked up, the rest is asked again", () => {
  const table: readonly (readonly [KafkaError, Refusal["then"]])[] = [
    [new KafkaError("broker", "29", { code: 29 }), "fail"],
    [new KafkaError("connection", "lost", { retriable: true }), "lookUp"],
    [new KafkaError("broker", "6", { code: 6, retriable: true }), "lookUp"],
    [new KafkaError("broker", "16", { code: 16, retriable: true }), "lookUp"],
    [new KafkaError("broker", "41", { code: 41, retriable: true }), "lookUp"],
    [new KafkaError("broker", "14", { code: 14, retriable: true }), "retry"],
    [new KafkaError("broker", "89", { code: 89, retriable: true }), "retry"],
  ];
  for (const [given, then] of table) assert.equal(refusal(given).then, then, given.message);
});

/** The dice of a random cluster: each number decides one placement, one verdict or one duration. */
type Dice = () => number;

interface UnderWay {
  readonly dueMs: number;
  readonly keys: readonly number[];
  readonly isLookup: boolean;
}

interface Run {
  readonly plan: RoutePlan<string>;
  /** How often each key was sent. */
  readonly sent: number[];
  /** How often a broker that was asked about the key refused it. */
  readonly refusals: number[];
}

/** Plays a plan against random brokers until it ends, and checks at every step what must always hold. */
function play(count: number, dice: Dice, isAllOrNothing: boolean): Run {
  const endsAtMs = 3000;
  const plan = planOf(count, { endsAtMs, isAllOrNothing });
  const run: Run = { plan, sent: [], refusals: [] };
  const busy = new Set<number>();
  const ended = new Set<number>();
  let underWay: UnderWay[] = [];
  let nowMs = 0;
  const begin = (keys: readonly number[], isLookup: boolean): void => {
    for (const key of keys) {
      assert.ok(!busy.has(key), `key ${key} is under way twice`);
      assert.ok(!ended.has(key), `key ${key} has ended`);
      busy.add(key);
      if (!isLookup) run.sent[key] = (run.sent[key] ?? 0) + 1;
    }
    underWay.push({ dueMs: nowMs + (dice() % 200), keys, isLookup });
  };
  const refused = (key: number): Refusal => {
    const then = (["retry", "lookUp", "retry", "lookUp", "fail"] as const)[dice() % 5] ?? "retry";
    if (then === "fail") ended.add(key);
    return refuse(then, `refused ${key}`);
  };
  const arrive = ({ keys, isLookup }: UnderWay): void => {
    for (const key of keys) busy.delete(key);
    if (isLookup)
      plan.located(
        keys,
        keys.map((key) => (dice() % 3 === 0 ? refused(key) : to(dice() % 3))),
        nowMs,
      );
    else
      plan.answered(
        keys,
        keys.map((key): Verdict<string> => {
          if (dice() % 2 === 0) {
            run.refusals[key] = (run.refusals[key] ?? 0) + 1;
            return refused(key);
          }
          ended.add(key);
          return done(`answer ${key}`);
        }),
        nowMs,
      );
  };
  for (let steps = 0; !plan.isEnded; steps++) {
    assert.ok(steps < 10_000, "the plan does not come to its end");
    const { lookUps, requests, wakeMs } = plan.next(nowMs);
    if (lookUps.length > 0) begin(lookUps, true);
    const brokers = requests.map(({ destination }) => destination);
    assert.equal(new Set(brokers).size, brokers.length, "a broker gets one request");
    for (const { keys } of requests) begin(keys, false);
    const nextMs = Math.min(wakeMs, endsAtMs, ...underWay.map(({ dueMs }) => dueMs));
    assert.ok(nextMs > nowMs || underWay.some(({ dueMs }) => dueMs <= nowMs) || nextMs === endsAtMs, "time goes on");
    nowMs = Math.max(nowMs, nextMs);
    if (nowMs >= endsAtMs) plan.endAll((key) => error(`late ${key}`));
    for (const one of underWay) if (one.dueMs <= nowMs) arrive(one);
    underWay = underWay.filter(({ dueMs }) => dueMs > nowMs);
  }
  for (const one of underWay) arrive(one); // answers that come after the end
  return run;
}

test("random brokers: every key ends once, is under way once at a time, and is sent again only after a refusal", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.infiniteStream(fc.nat(1_000_000)),
      fc.boolean(),
      (count, stream, isAllOrNothing) => {
        const { plan, sent, refusals } = play(count, () => stream.next().value as number, isAllOrNothing);
        const results = plan.results();
        assert.equal(results.length, count);
        for (const [key, { answer }] of results.entries()) {
          if (answer !== undefined) assert.equal(answer, `answer ${key}`);
          const times = sent[key] ?? 0;
          assert.ok(times <= (refusals[key] ?? 0) + 1, `key ${key} was sent ${times} times`);
        }
        assert.deepEqual(plan.results(), results, "what comes after the end changes nothing");
      },
    ),
    { numRuns: 300 },
  );
});
