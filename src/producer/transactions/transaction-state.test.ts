import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { KafkaError } from "../../errors/kafka-error.ts";
import {
  abortable,
  NEW_PRODUCER,
  refusal,
  type TransactionEvent,
  transactionOf,
  type TransactionState,
  transition,
} from "./transaction-state.ts";

const FIRST = { producerId: 7, producerEpoch: 0 };
const NEXT = { producerId: 7, producerEpoch: 1 };
const LOST = new KafkaError("timeout", "not written in time");
const FENCED = new KafkaError("fenced", "another took its place");

const after = (events: readonly TransactionEvent[], from: TransactionState = NEW_PRODUCER): TransactionState =>
  events.reduce(transition, from);
const begun = (protocol: 1 | 2): TransactionEvent[] => [
  { name: "initialise" },
  { name: "initialised", identity: FIRST },
  { name: "begin", protocol, nowMs: 5 },
];

test("the ways through a transaction, and where they end", () => {
  const table: readonly (readonly [events: TransactionEvent[], name: TransactionState["name"]])[] = [
    [begun(1), "open"],
    [[...begun(1), { name: "commit" }, { name: "ended", next: undefined }], "ready"],
    [[...begun(1), { name: "abort" }, { name: "ended", next: undefined }], "ready"],
    [[...begun(1), { name: "unsure" }, { name: "commit" }, { name: "ended", next: undefined }], "uninitialised"],
    [
      [...begun(2), { name: "touched" }, { name: "unsure" }, { name: "commit" }, { name: "ended", next: NEXT }],
      "ready",
    ],
    [[...begun(2), { name: "touched" }, { name: "abort" }, { name: "ended", next: undefined }], "uninitialised"],
    [[...begun(2), { name: "commit" }, { name: "ended", next: undefined }], "ready"],
    [[...begun(1), { name: "failed", error: LOST }], "failed"],
    [[...begun(1), { name: "commit" }, { name: "failed", error: LOST }], "failed"],
    [
      [...begun(1), { name: "failed", error: LOST }, { name: "abort" }, { name: "ended", next: undefined }],
      "uninitialised",
    ],
    [[...begun(1), { name: "commit" }, { name: "commit-sent" }, { name: "unanswered", error: LOST }], "undecided"],
    [
      [
        ...begun(1),
        { name: "commit" },
        { name: "commit-sent" },
        { name: "unanswered", error: LOST },
        { name: "commit" },
        { name: "ended", next: undefined },
      ],
      "uninitialised",
    ],
    [
      [
        ...begun(1),
        { name: "abort" },
        { name: "unanswered", error: LOST },
        { name: "abort" },
        { name: "ended", next: undefined },
      ],
      "uninitialised",
    ],
    [[...begun(2), { name: "refused", error: FENCED }], "fatal"],
    [[{ name: "initialise" }, { name: "not-initialised" }], "uninitialised"],
    [[{ name: "abort" }], "uninitialised"],
  ];
  for (const [events, name] of table)
    assert.equal(after(events).name, name, JSON.stringify(events.map((event) => event.name)));
});

test("what a user does at a wrong time is thrown, and says what to do", () => {
  const failed = after([...begun(1), { name: "failed", error: LOST }]);
  const undecided = after([
    ...begun(1),
    { name: "commit" },
    { name: "commit-sent" },
    { name: "unanswered", error: LOST },
  ]);
  const aborting = after([...begun(1), { name: "abort" }, { name: "unanswered", error: LOST }]);
  const begin: TransactionEvent = { name: "begin", protocol: 1, nowMs: 0 };
  const table: readonly (readonly [TransactionState, TransactionEvent, string, RegExp])[] = [
    [NEW_PRODUCER, { name: "commit" }, "config", /begin\(\) first/],
    [after(begun(1)), begin, "config", /open already/],
    [failed, { name: "commit" }, "abortable", /call abort\(\)/],
    [failed, begin, "config", /call abort\(\) first/],
    [undecided, begin, "config", /commit\(\) or abort\(\) again/],
    [aborting, { name: "commit" }, "config", /cannot be committed any more/],
    [after([{ name: "refused", error: FENCED }]), { name: "abort" }, "fenced", /took its place/],
  ];
  for (const [state, event, kind, message] of table) assert.throws(() => transition(state, event), { kind, message });
});

test("an identity is renewed, not replaced: what the producer had is kept until it has another", () => {
  const state = after([
    ...begun(1),
    { name: "failed", error: LOST },
    { name: "abort" },
    { name: "ended", next: undefined },
  ]);
  assert.deepEqual(state, { name: "uninitialised", identity: FIRST });
  assert.deepEqual(transition(after([{ name: "initialise" }], state), { name: "initialised", identity: NEXT }), {
    name: "ready",
    identity: NEXT,
  });
});

test("an abortable error names its cause once, however often it is passed on", () => {
  const error = abortable(abortable(LOST));
  assert.deepEqual([error.kind, error.cause], ["abortable", LOST]);
});

const event: fc.Arbitrary<TransactionEvent> = fc.oneof(
  fc.constantFrom<TransactionEvent>(
    { name: "initialise" },
    { name: "initialised", identity: FIRST },
    { name: "not-initialised" },
    { name: "touched" },
    { name: "unsure" },
    { name: "failed", error: LOST },
    { name: "commit" },
    { name: "commit-sent" },
    { name: "abort" },
    { name: "ended", next: undefined },
    { name: "ended", next: NEXT },
    { name: "unanswered", error: LOST },
  ),
  fc.constantFrom<TransactionEvent>(
    { name: "begin", protocol: 1, nowMs: 1 },
    { name: "begin", protocol: 2, nowMs: 1 },
    { name: "refused", error: FENCED },
  ),
);

test(
  "whatever happens: only a commit that was asked for is sent, nothing is taken outside of a transaction, an " +
    "unsure one is never followed under its epoch, fatal stays",
  () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let state: TransactionState = NEW_PRODUCER;
        let unsure: object | undefined;
        for (const one of events) {
          let next: TransactionState;
          try {
            next = transition(state, one);
          } catch (error) {
            assert.ok(KafkaError.is(error) && ["config", "abortable", "fenced"].includes(error.kind));
            continue;
          }
          if (state.name === "fatal") assert.equal(next.name, "fatal");
          assert.equal(refusal(next) === undefined, next.name === "open");
          const transaction = transactionOf(next);
          if (transaction?.protocol === 1 && transaction.needsNewEpoch) unsure = transaction.identity;
          if (next.name === "initialising") unsure = undefined;
          if (next.name === "open" && state.name === "ready" && unsure !== undefined)
            assert.fail("a transaction began under an epoch that a late request may still have");
          if (one.name === "commit-sent" && "isCommitSent" in next && next.isCommitSent)
            assert.ok(["committing", "failed", "aborting", "undecided"].includes(state.name));
          state = next;
        }
      }),
      { numRuns: 2000 },
    );
  },
);
