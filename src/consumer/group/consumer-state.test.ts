import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { brokerError } from "../../errors/broker-error.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import {
  type ConsumerAction,
  type ConsumerEvent,
  type ConsumerState,
  consumerStart,
  consumerTransition,
  consumerWakeMs,
} from "./consumer-state.ts";
import { CONSUMER_NEXT, isConsumerLegal } from "./consumer-rules.ts";

class Machine {
  state: ConsumerState = consumerStart("m0", 0);
  nowMs = 0;
  #calls = 0;
  #ids = 0;

  on(event: ConsumerEvent): readonly ConsumerAction[] {
    const { state, actions } = consumerTransition(this.state, event, {
      nowMs: this.nowMs,
      backoffMs: (attempt) => Math.min(100 * (attempt + 1), 1000),
      nextCall: () => ++this.#calls,
      newMemberId: () => `m${++this.#ids}`,
    });
    this.state = state;
    return actions;
  }

  get call(): number {
    return "call" in this.state ? this.state.call : 0;
  }

  beat(epoch: number, hasAssignment = false): string[] {
    return this.on({ type: "beat", call: this.call, memberId: "m0", epoch, intervalMs: 5000, hasAssignment }).map(
      (action) => action.do,
    );
  }

  fail(code: number): string[] {
    return this.on({ type: "failed", call: this.call, error: brokerError(code, "the heartbeat") }).map(
      (action) => action.do,
    );
  }

  wake(): readonly ConsumerAction[] {
    this.nowMs = Math.max(this.nowMs, consumerWakeMs(this.state));
    return this.on({ type: "tick" });
  }
}

const joining = (): Machine => {
  const machine = new Machine();
  machine.wake();
  return machine;
};
const joined = (): Machine => {
  const machine = joining();
  machine.beat(3, true);
  return machine;
};
const beating = (): Machine => {
  const machine = joined();
  machine.wake();
  return machine;
};

test("joining: the first heartbeat is of epoch 0 and says everything; its answer brings epoch, interval and assignment", () => {
  const machine = new Machine();
  assert.deepEqual(machine.wake(), [{ do: "heartbeat", call: 1, memberId: "m0", epoch: 0, isFull: true }]);
  assert.deepEqual(machine.beat(3, true), ["assign"]);
  assert.equal(consumerWakeMs(machine.state), 5000);
  assert.deepEqual(machine.wake(), [{ do: "heartbeat", call: 2, memberId: "m0", epoch: 3, isFull: false }]);
});

test("what was given back or taken is told at once, also when a heartbeat is under way", () => {
  const machine = joined();
  machine.on({ type: "news" });
  assert.equal(consumerWakeMs(machine.state), 0);
  assert.equal(machine.wake().length, 1);
  machine.on({ type: "news" });
  machine.nowMs = 700;
  machine.beat(4);
  assert.equal(consumerWakeMs(machine.state), 700, "the heartbeat that was under way did not say it");
  machine.wake();
  machine.beat(5);
  assert.equal(consumerWakeMs(machine.state), 5700);
});

test("an answer with an epoch below 0 changes nothing of what the member is", () => {
  const machine = beating();
  machine.beat(-1);
  assert.equal(machine.state.name === "joined" && machine.state.epoch, 3);
});

const table: readonly (readonly [
  name: string,
  machine: () => Machine,
  code: number,
  actions: readonly string[],
  next: string,
  memberId?: string,
])[] = [
  ["joining", joining, 14, [], "unjoined", "m0"],
  ["joining", joining, 15, ["forget-coordinator"], "unjoined", "m0"],
  ["joining", joining, 16, ["forget-coordinator"], "unjoined", "m0"],
  ["joining", joining, 25, [], "unjoined", "m1"],
  ["joining", joining, 110, [], "unjoined", "m0"],
  ["joining", joining, 111, ["await-release"], "unjoined", "m0"],
  ...[30, 35, 42, 69, 81, 82, 112, 128].map((code) => ["joining", joining, code, ["fail"], "failed"] as const),
  ["joined", beating, 14, [], "joined", "m0"],
  ["joined", beating, 15, ["forget-coordinator"], "joined", "m0"],
  ["joined", beating, 16, ["forget-coordinator"], "joined", "m0"],
  ["joined", beating, 25, ["lose"], "unjoined", "m1"],
  ["joined", beating, 69, ["lose"], "unjoined", "m1"],
  ["joined", beating, 110, ["lose"], "unjoined", "m0"],
  ["joined", beating, 113, ["lose"], "unjoined", "m0"],
  ["joined", beating, 82, ["lose", "fail"], "failed"],
  ["joined", beating, 30, ["lose", "fail"], "failed"],
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

test(
  "an instance id that another still has: a member that was killed is waited for until its session must be over; " +
    "whoever has it then is a live one",
  () => {
    const machine = joining();
    assert.deepEqual(machine.fail(111), ["await-release"]);
    let tries = 0;
    for (; machine.state.name === "unjoined"; tries++) {
      machine.wake();
      assert.deepEqual(machine.fail(111), machine.state.name === "unjoined" ? [] : ["fail"]);
    }
    assert.equal(machine.state.name, "failed");
    assert.ok(machine.nowMs >= 65_000 && machine.nowMs < 67_000, String(machine.nowMs));
    assert.ok(tries > 60 && tries < 80, `${tries} tries, a second apart`);
    const soon = joining();
    soon.fail(111);
    soon.wake();
    assert.deepEqual(soon.beat(3, true), ["assign"]);
  },
);

test("after a heartbeat of unknown fate the next says everything again, and the member stays one", () => {
  const machine = beating();
  machine.on({
    type: "failed",
    call: machine.call,
    error: new KafkaError("connection", "broken", { retriable: true }),
  });
  assert.deepEqual(
    machine.wake().map((action) => action.do === "heartbeat" && [action.epoch, action.isFull]),
    [[3, true]],
  );
});

test(
  "fenced: it joins again at once, from epoch 0; a commit that was refused fences too, unless the epoch went on " +
    "meanwhile",
  () => {
    for (const refuse of [
      (m: Machine): string[] => m.fail(110),
      (m: Machine): string[] =>
        m.on({ type: "refused", epoch: 3, error: brokerError(110, "cannot commit") }).map((a) => a.do),
    ]) {
      const machine = beating();
      assert.deepEqual(refuse(machine), ["lose"]);
      assert.deepEqual(
        machine.wake().map((action) => action.do === "heartbeat" && action.epoch),
        [0],
      );
    }
    assert.deepEqual(beating().on({ type: "refused", epoch: 2, error: brokerError(110, "cannot commit") }), []);
  },
);

test("a stalled application's member leaves with its id, and comes back with it", () => {
  const machine = joined();
  assert.deepEqual(
    machine.on({ type: "stalled" }).map((action) => action.do),
    ["lose", "leave"],
  );
  machine.on({ type: "polled" });
  assert.deepEqual(
    machine.wake().map((action) => action.do === "heartbeat" && [action.memberId, action.epoch]),
    [["m0", 0]],
  );
});

const code = fc.constantFrom(14, 15, 16, 25, 69, 110, 111, 113, 82, 27, 7);
const events: fc.Arbitrary<(machine: Machine) => ConsumerEvent> = fc.oneof(
  fc.nat(6000).map((ms) => (m: Machine) => {
    m.nowMs += ms;
    return { type: "tick" } as const;
  }),
  fc.tuple(fc.boolean(), fc.integer({ min: -1, max: 9 }), fc.boolean()).map(
    ([stale, epoch, hasAssignment]) =>
      (m: Machine) =>
        ({
          type: "beat",
          call: m.call - Number(stale),
          memberId: null,
          epoch,
          intervalMs: 5000,
          hasAssignment,
        }) as const,
  ),
  fc.tuple(code, fc.boolean()).map(
    ([c, stale]) =>
      (m: Machine) =>
        ({ type: "failed", call: m.call - Number(stale), error: brokerError(c, "x") }) as const,
  ),
  fc.tuple(code, fc.nat(9)).map(
    ([c, epoch]) =>
      () =>
        ({ type: "refused", epoch, error: brokerError(c, "x") }) as const,
  ),
  fc
    .constantFrom({ type: "news" } as const, { type: "stalled" } as const, { type: "polled" } as const)
    .map((event) => () => event),
);

test(
  "whatever happens: one heartbeat at a time, an assignment only from the answer to it, never waiting for nothing, " +
    "leaving ends it",
  () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 60 }), (list) => {
        const machine = new Machine();
        for (const make of list) {
          const before = machine.call;
          const event = make(machine);
          const from = machine.state;
          const actions = machine.on(event);
          assert.ok(CONSUMER_NEXT[from.name].includes(machine.state.name), `${from.name} became ${machine.state.name}`);
          const requests = actions.filter((action) => action.do === "heartbeat");
          assert.ok(requests.length <= 1);
          if (requests.length === 1) assert.ok(before === 0 && requests[0]?.call === machine.call);
          if (actions.some((action) => action.do === "assign"))
            assert.ok(event.type === "beat" && event.call === before && machine.state.name === "joined");
          const { name } = machine.state;
          if (name !== "away" && name !== "failed" && machine.call === 0)
            assert.ok(consumerWakeMs(machine.state) < Number.POSITIVE_INFINITY, `${name} waits for nothing`);
        }
        const wasJoined = machine.state.name === "joined";
        const actions = machine.on({ type: "leave" });
        if (wasJoined)
          assert.deepEqual(
            actions.map((action) => action.do),
            ["leave"],
          );
        assert.ok(machine.state.name === "left" || machine.state.name === "failed");
        assert.deepEqual(machine.wake(), []);
      }),
      { numRuns: 1000 },
    );
  },
);

test("a wake-up in a state that does not wake by itself is a fault, and so is an answer to no request", () => {
  const error = brokerError(14, "a request");
  assert.ok(!isConsumerLegal({ name: "left" }, { type: "tick" }));
  assert.ok(!isConsumerLegal({ name: "away", memberId: "m" }, { type: "tick" }));
  assert.ok(isConsumerLegal(consumerStart("m", 0), { type: "tick" }));
  assert.ok(!isConsumerLegal(consumerStart("m", 0), { type: "failed", call: 0, error }));
  assert.ok(isConsumerLegal({ name: "left" }, { type: "failed", call: 3, error }));
});
