import type { ScenarioBug } from "./scenario-bug.ts";
import type { Patch } from "./patched-copy.ts";

/** Of a loop that its application leaves within a batch. */
export const POSITION_BUGS: readonly ScenarioBug[] = [
  {
    what: "a loop that is left, and counts its record as processed although its application did not",
    invariant: "C9",
    patches: [{ file: "consumer/reading/record-stream", from: "hand.cursor.giveBack(hand.from);", to: "void hand;" }],
  },
  {
    what: "a loop that is left, and loses the rest of its batch",
    invariant: "C9",
    patches: [
      {
        file: "consumer/reading/record-stream",
        from: "        this.#putBack();\n        this.#loop.end();\n        return Promise.resolve(DONE);",
        to:
          "        this.#cursor?.advance(this.#batch?.nextOffset ?? 0);\n        this.#loop.end();\n" +
          "        return Promise.resolve(DONE);",
      },
    ],
  },
];

/** Of a call of the producer that only one scenario makes. */
export const PRODUCER_CALLS_BUGS: readonly ScenarioBug[] = [
  {
    what: "a record that its signal withdrew, and that is sent nevertheless",
    invariant: "P5",
    patches: [
      {
        file: "producer/accepting/record-intake",
        from: "this.#accumulator.withdraw(settle, takenBack(signal));",
        to: "settle(Promise.reject(takenBack(signal)));",
      },
    ],
  },
];

/** One request until the broker acknowledged one, of any partition; a success ends every retry. */
export const ONE_GUARD_A_BROKER: readonly Patch[] = [
  {
    file: "producer/partition/partition-state",
    from: 'export const FRESH = { name: "fresh"',
    to: 'export const FRESH = { name: "flowing"',
  },
  {
    file: "producer/partition/partition-state",
    from: 'return inFlight > 0 ? undefined : { name: "fresh"',
    to: 'return inFlight > 0 ? undefined : { name: "flowing"',
  },
  {
    file: "producer/partition/partition-state",
    from: ': { name: "fresh", inFlight, lastSentMs };\n}\nfunction enlisted',
    to: ': { name: "flowing", inFlight, lastSentMs };\n}\nfunction enlisted',
  },
  {
    file: "producer/partition/partition-state",
    from: "const isOld = inFlight === 0 && nowMs >= lastSentMs + PROOF_MS;",
    to: "const isOld = false;",
  },
  {
    file: "producer/partition/partition-queue",
    from: "const at = this.#batches.indexOf(batch);\n        if (at <= 0) {",
    to: "const at = 0;\n        if (at <= 0) {",
  },
  {
    file: "producer/sending/sink",
    from: "if (connection === this.#connection)\n            return;",
    to: "if (connection !== undefined)\n            return;",
  },
];

/** Of consumeTransformProduce. */
export const EXACTLY_ONCE_BUGS: readonly ScenarioBug[] = [
  {
    invariant: "T3",
    what: "offsets that are committed outside of the transaction",
    patches: [
      {
        file: "exactly-once/attempt",
        from: "await producer.sendOffsets(this.batch.offsets(), reader.metadata(), { signal: closing });",
        to: "",
      },
      {
        file: "exactly-once/pipeline",
        from: "enableAutoCommit: false",
        to: "enableAutoCommit: true, autoCommitIntervalMs: 500",
      },
    ],
  },
  {
    invariant: "T3",
    what: "the output of a try that is to be aborted, kept",
    patches: [
      {
        file: "exactly-once/attempt",
        from: "await producer.abort({ signal: expired });",
        to: "await producer.commit({ signal: expired });",
      },
    ],
  },
];

/** `close(null)` leaves a consumer half closed. */
export const HALF_CLOSED: readonly Patch[] = [
  { file: "consumer/closing", from: 'errorOf(CLOSE_OPTIONS, options, "close")', to: "undefined" },
];

/** A client that sends although a quota throttles it. */
export const SENDS_ON: readonly Patch[] = [
  {
    file: "network/request-queue",
    from: "        this.#throttle.untilMs = Math.max(",
    to: "        if (throttleMs < 0)\n            this.#throttle.untilMs = Math.max(",
  },
];
