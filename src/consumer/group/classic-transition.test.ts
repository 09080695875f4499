import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { brokerError } from "../../errors/broker-error.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { CLASSIC_NEXT, isClassicLegal } from "./classic-rules.ts";
import {
  type ClassicAction,
  type ClassicEvent,
  type ClassicState,
  classicStart,
  classicWakeMs,
} from "./classic-state.ts";
import { type ClassicContext, classicTransition } from "./classic-transition.ts";

/** A machine with its own clock. */
class Machine {
  state: ClassicState = classicStart(0);
  nowMs = 0;
  #calls = 0;
  readonly context = (): ClassicContext => ({
    nowMs: this.nowMs,
    heartbeatIntervalMs: 3000,
    backoffMs: (attempt) => Math.min(100 * (attempt + 1), 1000),
    nextCall: () => ++this.#calls,
  });

  on(event: ClassicEvent): readonly ClassicAction[] {
    const { state, actions } = classicTransition(this.state, event, this.context());
    this.state = state;
    return actions;
  }

  /** The actions, without their fields. */
  does(event: ClassicEvent): string[] {
    return this.on(event).map((action) => action.do);
  }

  get call(): number {
    return "call" in this.state ? this.state.call : 0;
  }

  fail(code: number, memberId?: string): string[] {
    return this.does({
      type: "failed",
      call: this.call,
      error: brokerError(code, "a request"),
      ...(memberId === undefined ? {} : { memberId }),
    });
  }

  /** When it wants to be woken; then it is. */
  wake(): string[] {
    this.nowMs = Math.max(this.nowMs, classicWakeMs(this.state));
    return this.does({ type: "tick" });
  }

  join(): this {
    this.wake();
    this.fail(79, "m1");
    this.on({ type: "joined", call: this.call, memberId: "m1", generation: 7, protocol: "range" });
    this.on({ type: "synced", call: this.call });
    return this;
  }
}

const joined = (): Machine => new Machine().join();
const preparing = (): Machine => {
  const machine = joined();
  machine.wake();
  machine.fail(27);
  return machine;
};

test("the first join: a member id is asked for, then the group is joined, synced, and heartbeats begin", () => {
  const machine = new Machine();
  assert.deepEqual(machine.on({ type: "tick" }), [
    { do: "join", call: 1, memberId: "", reason: "the consumer's first join" },
  ]);
  assert.deepEqual(machine.on({ type: "failed", call: 1, error: brokerError(79, "joining"), memberId: "m1" }), [
    { do: "join", call: 2, memberId: "m1", reason: "the consumer's first join" },
  ]);
  assert.deepEqual(machine.on({ type: "joined", call: 2, memberId: "m1", generation: 7, protocol: "range" }), [
    { do: "sync", call: 3, memberId: "m1", generation: 7, protocol: "range" },
  ]);
  assert.deepEqual(machine.on({ type: "synced", call: 3 }), [{ do: "assign", generation: 7 }]);
  assert.equal(classicWakeMs(machine.state), 3000);
  machine.nowMs = 3000;
  assert.deepEqual(machine.on({ type: "tick" }), [{ do: "heartbeat", call: 4, memberId: "m1", generation: 7 }]);
  assert.equal(classicWakeMs(machine.state), Number.POSITIVE_INFINITY, "one heartbeat at a time");
  machine.nowMs = 3500;
  machine.on({ type: "beat", call: 4 });
  assert.equal(classicWakeMs(machine.state), 6000);
  assert.equal(
    machine.state.name === "stable" && machine.state.seenAtMs,
    3000,
    "the coordinator knew it when the heartbeat was sent, not when the answer came",
  );
});

const leading = (): Machine => {
  const made = new Machine();
  made.wake();
  made.fail(79, "m1");
  made.on({ type: "joined", call: made.call, memberId: "m1", generation: 7, protocol: "range", isLeader: true });
  return made;
};
const workOf = ({ state }: Machine): number => (state.name === "leading" ? state.work : -1);

test("a leader that divides for a long time heartbeats meanwhile, and syncs when it has divided", () => {
  const machine = leading();
  assert.equal(classicWakeMs(machine.state), 3000);
  assert.deepEqual(machine.wake(), ["heartbeat"]);
  machine.on({ type: "beat", call: machine.call });
  assert.deepEqual(machine.wake(), ["heartbeat"]);
  assert.equal(machine.nowMs, 6000);
  assert.deepEqual(machine.does({ type: "divided", work: workOf(machine) - 1 }), [], "another division's result");
  assert.deepEqual(machine.does({ type: "divided", work: workOf(machine) }), ["sync"]);
  assert.equal(classicWakeMs(machine.state), Number.POSITIVE_INFINITY, "no heartbeat behind a SyncGroup that waits");
  assert.deepEqual(machine.does({ type: "synced", call: machine.call }), ["assign"]);
});

test("a newer rebalance while the leader divides: it joins at once, and the result that comes later is dropped", () => {
  const machine = leading();
  const work = workOf(machine);
  machine.wake();
  assert.deepEqual(machine.fail(27), []);
  assert.deepEqual(machine.does({ type: "divided", work }), []);
  assert.equal(machine.state.name, "unjoined");
  assert.equal(classicWakeMs(machine.state), machine.nowMs);
  assert.deepEqual(machine.wake(), ["join"]);
});

test("a leader whose assignor fails leaves, so that the others need not wait for its session to end", () => {
  const machine = leading();
  assert.deepEqual(
    machine.does({
      type: "undivided",
      work: workOf(machine),
      error: new KafkaError("config", "the assignor mine failed"),
    }),
    ["leave", "lose", "fail"],
  );
  const other = leading();
  assert.deepEqual(
    other.does({ type: "undivided", work: workOf(other), error: brokerError(5, "metadata") }),
    [],
    "metadata that is not there yet: it joins again",
  );
  assert.equal(other.state.name, "unjoined");
});

const FATAL = [23, 24, 26, 30, 81, 35];
/** The effect of each error in each state: the actions, and the next state. */
const table: readonly (readonly [
  state: string,
  machine: () => Machine,
  code: number,
  actions: readonly string[],
  next: string,
  memberId?: string,
])[] = [
  ...(["joining", "syncing"] as const).flatMap((name) => {
    const machine = (): Machine => {
      const made = new Machine();
      made.wake();
      made.fail(79, "m1");
      if (name === "syncing")
        made.on({ type: "joined", call: made.call, memberId: "m1", generation: 7, protocol: "range" });
      return made;
    };
    return [
      [name, machine, 14, [], "unjoined", "m1"],
      [name, machine, 15, ["forget-coordinator"], "unjoined", "m1"],
      [name, machine, 16, ["forget-coordinator"], "unjoined", "m1"],
      [name, machine, 27, [], "unjoined", "m1"],
      [name, machine, 22, ["lose"], "unjoined", "m1"],
      [name, machine, 25, ["lose"], "unjoined", ""],
      [name, machine, 82, ["lose", "fail"], "failed"],
      ...FATAL.map((code) => [name, machine, code, ["lose", "fail"], "failed"] as const),
    ] as const;
  }),
  ...(
    [
      [14, [], "leading"],
      [15, ["forget-coordinator"], "leading"],
      [27, [], "unjoined"],
      [22, ["lose"], "unjoined"],
      [25, ["lose"], "unjoined"],
      [82, ["lose", "fail"], "failed"],
    ] as const
  ).map(([code, actions, next]) => {
    const machine = (): Machine => {
      const made = leading();
      made.wake();
      return made;
    };
    return ["leading", machine, code, actions, next] as const;
  }),
  ...(["stable", "preparing"] as const).flatMap((name) => {
    const machine = (): Machine => {
      const made = name === "stable" ? joined() : preparing();
      made.wake();
      return made;
    };
    return [
      [name, machine, 14, [], name, "m1"],
      [name, machine, 15, ["forget-coordinator"], name, "m1"],
      [name, machine, 16, ["forget-coordinator"], name, "m1"],
      [name, machine, 27, name === "stable" ? ["prepare"] : [], "preparing", "m1"],
      [name, machine, 22, ["lose"], "unjoined", "m1"],
      [name, machine, 25, ["lose"], "unjoined", ""],
      [name, machine, 82, ["lose", "fail"], "failed"],
      [name, machine, 30, ["lose", "fail"], "failed"],
    ] as const;
  }),
];

for (const [name, machine, code, actions, next, memberId] of table) {
  test(`${name}: error ${code} → ${next}${actions.length === 0 ? "" : `, ${actions.join(", ")}`}`, () => {
    const made = machine();
    assert.equal(made.state.name, name);
    assert.deepEqual(made.fail(code), actions);
    assert.equal(made.state.name, next);
    if (memberId !== undefined) assert.equal("memberId" in made.state && made.state.memberId, memberId);
  });
}

test("a connection that breaks: joining begins again with another coordinator, a member stays one and heartbeats again", () => {
  const error = new KafkaError("connection", "broken", { retriable: true });
  for (const machine of [joined(), preparing()]) {
    const { name } = machine.state;
    machine.wake();
    assert.deepEqual(machine.does({ type: "failed", call: machine.call, error }), ["forget-coordinator"]);
    assert.equal(machine.state.name, name);
    assert.equal(classicWakeMs(machine.state), machine.nowMs + 100);
    assert.deepEqual(machine.wake(), ["heartbeat"]);
  }
});

test(
  "a group that rebalances: what must be given back is, heartbeats go on meanwhile, then it joins as the member " +
    "that it is",
  () => {
    const machine = preparing();
    assert.deepEqual(machine.wake(), ["heartbeat"]);
    assert.deepEqual(machine.fail(27), [], "heard already");
    assert.deepEqual(machine.does({ type: "prepared" }), []);
    assert.equal(
      machine
        .on({ type: "tick" })
        .map((a) => (a.do === "join" ? a.memberId : ""))
        .join(),
      "m1",
    );
  },
);

test(
  "a commit that comes after the group's next generation has begun, while the answer to the join is under way, " +
    "loses no partitions",
  () => {
    const machine = preparing();
    machine.does({ type: "prepared" });
    machine.wake();
    assert.equal(machine.state.name, "joining");
    assert.deepEqual(machine.does({ type: "refused", generation: 7, error: brokerError(22, "cannot commit") }), []);
    assert.equal(machine.state.name, "joining");
    assert.deepEqual(
      machine.does({ type: "refused", generation: 7, error: brokerError(25, "cannot commit") }),
      ["lose"],
      "it is no member at all any more",
    );
  },
);

test("a commit that was refused: the member joins anew at once; one of an earlier generation says nothing", () => {
  const machine = joined();
  assert.deepEqual(machine.does({ type: "refused", generation: 6, error: brokerError(22, "cannot commit") }), []);
  assert.deepEqual(machine.does({ type: "refused", generation: 7, error: brokerError(22, "cannot commit") }), ["lose"]);
  assert.equal(classicWakeMs(machine.state), machine.nowMs);
});

test("an application that stalls: it leaves, holds nothing, and joins as a new member when records are asked for", () => {
  for (const machine of [joined(), preparing()]) {
    assert.deepEqual(machine.does({ type: "stalled" }), ["lose", "leave"]);
    assert.deepEqual(machine.wake(), []);
    machine.nowMs = 99_999;
    assert.deepEqual(machine.does({ type: "polled" }), []);
    assert.deepEqual(
      machine.on({ type: "tick" }).map((a) => (a.do === "join" ? `join as "${a.memberId}"` : a.do)),
      ['join as ""'],
    );
  }
});

const code = fc.constantFrom(14, 15, 16, 22, 25, 27, 79, 82, 30, 7, 81);
const events: fc.Arbitrary<(machine: Machine) => ClassicEvent> = fc.oneof(
  fc.constant(() => ({ type: "tick" }) as const),
  fc.nat(4000).map((ms) => (machine: Machine) => {
    machine.nowMs += ms;
    return { type: "tick" } as const;
  }),
  fc.tuple(fc.boolean(), fc.boolean()).map(
    ([stale, isLeader]) =>
      (m: Machine) =>
        ({
          type: "joined",
          call: m.call - Number(stale),
          memberId: "m1",
          generation: 7,
          protocol: "range",
          isLeader,
        }) as const,
  ),
  fc.boolean().map((stale) => (m: Machine) => ({ type: "divided", work: workOf(m) - Number(stale) }) as const),
  fc
    .boolean()
    .map(
      (isFatal) => (m: Machine) =>
        ({ type: "undivided", work: workOf(m), error: brokerError(isFatal ? 30 : 5, "x") }) as const,
    ),
  fc.boolean().map((stale) => (m: Machine) => ({ type: "synced", call: m.call - Number(stale) }) as const),
  fc.boolean().map((stale) => (m: Machine) => ({ type: "beat", call: m.call - Number(stale) }) as const),
  fc.tuple(code, fc.boolean()).map(
    ([c, stale]) =>
      (m: Machine) =>
        ({ type: "failed", call: m.call - Number(stale), error: brokerError(c, "x"), memberId: "m2" }) as const,
  ),
  fc.tuple(code, fc.integer({ min: 6, max: 7 })).map(
    ([c, generation]) =>
      () =>
        ({ type: "refused", generation, error: brokerError(c, "x") }) as const,
  ),
  fc
    .constantFrom(
      { type: "prepared" } as const,
      { type: "rejoin", reason: "r" } as const,
      { type: "stalled" } as const,
      { type: "polled" } as const,
    )
    .map((event) => () => event),
);

test(
  "whatever happens: one request at a time, each under a number of its own; nothing is assigned twice without a " +
    "join; it never waits for nothing; leaving ends it",
  () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 60 }), (list) => {
        const machine = new Machine();
        const seen = new Set<number>();
        let holds = false;
        for (const make of list) {
          const before = machine.state.name;
          const actions = machine.on(make(machine));
          assert.ok(CLASSIC_NEXT[before].includes(machine.state.name), `${before} became ${machine.state.name}`);
          for (const action of actions) {
            if ("call" in action) {
              assert.ok(!seen.has(action.call));
              seen.add(action.call);
              assert.equal(action.call, machine.call, "the state waits for the request that was just made");
            }
            if (action.do === "assign") {
              assert.equal(machine.state.name, "stable");
              holds = true;
            }
            if (action.do === "lose") holds = false;
            if (action.do === "heartbeat")
              assert.ok(
                machine.state.name === "stable" ||
                  machine.state.name === "preparing" ||
                  machine.state.name === "leading",
              );
            if (action.do === "fail") assert.ok(!holds, "what is held is lost before it fails");
          }
          assert.ok(actions.filter((action) => "call" in action).length <= 1);
          const { name } = machine.state;
          if (name !== "away" && name !== "failed" && machine.call === 0)
            assert.ok(classicWakeMs(machine.state) < Number.POSITIVE_INFINITY, `${name} waits for nothing`);
        }
        machine.on({ type: "leave" });
        assert.ok(machine.state.name === "left" || machine.state.name === "failed");
        assert.deepEqual(machine.wake(), []);
      }),
      { numRuns: 1000 },
    );
  },
);

test("an answer to a request that is waited for, in a state that waits for another one, is a fault; a late answer is none", () => {
  const machine = new Machine();
  machine.wake();
  assert.equal(machine.state.name, "joining");
  const { call } = machine;
  const error = brokerError(14, "a request");
  assert.ok(!isClassicLegal(machine.state, { type: "synced", call }));
  assert.ok(!isClassicLegal(machine.state, { type: "beat", call }));
  assert.ok(!isClassicLegal(machine.state, { type: "tick" }));
  assert.ok(!isClassicLegal(machine.state, { type: "divided", work: 1 }));
  assert.ok(isClassicLegal(machine.state, { type: "synced", call: call - 1 }));
  assert.ok(isClassicLegal(machine.state, { type: "failed", call, error }));
  assert.ok(isClassicLegal(machine.state, { type: "refused", generation: 7, error }));
});
