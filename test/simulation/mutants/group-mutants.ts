import type { Patch } from "./patched-copy.ts";

/** A planted bug of group members, and the invariant that finds it. */
export interface GroupMutant {
  readonly what: string;
  readonly invariant: string;
  readonly patches: readonly Patch[];
  /** A seed that found it once: it is tried first to save time. */
  readonly hint?: number;
}

export const GROUP_MUTANTS: readonly GroupMutant[] = [
  {
    what: "a commit ahead of processing: the current record counts as processed",
    invariant: "C5",
    patches: [
      { file: "consumer/reading/in-hand", from: "Math.max(inHand.from, cursor.progress.processedTo)", to: "undefined" },
    ],
  },
  {
    hint: 3,
    what: "a delivery after the revoke",
    invariant: "C2",
    patches: [
      {
        file: "consumer/group/holdings",
        from: "if (!keys.has(key))\n                this.#fetcher.partitions.find(one)?.hold(true);",
        to: "if (!keys.has(key)) {}",
      },
    ],
  },
  {
    what: "no heartbeat while a callback runs",
    invariant: "C7",
    patches: [
      {
        file: "consumer/group/membership",
        from: "get topics() {",
        to:
          "get isBusy() { return [...this.#fetcher.handOut.loops].some((loop) => !loop.isAsking); }\n    " +
          "get topics() {",
      },
      {
        file: "consumer/group/classic-requests",
        from: "async heartbeat({ memberId, generation }, isLeading, signal) {",
        to:
          "async heartbeat({ memberId, generation }, isLeading, signal) {\n        while (this.#host.isBusy && " +
          "!signal.aborted) await new Promise((resolve) => this.#host.client.runtime.delayFor(500).then(resolve));",
      },
    ],
  },
  {
    what: "a lost wake-up: an assigned partition does not wake the fetch loop",
    invariant: "C11",
    patches: [
      {
        file: "consumer/group/holdings",
        from: "        cursor.hold(false);\n        this.#fetcher.handOut.changed(cursor);",
        to: "        cursor.hold(false);",
      },
    ],
  },
  {
    hint: 2,
    what: "a lost wake-up: new room for records does not wake the fetch loop",
    invariant: "C11",
    patches: [
      {
        file: "consumer/fetching/hand-out",
        from: "        this.#wakeSource(cursor, before);\n        if (batch === undefined)",
        to: "        if (batch === undefined)",
      },
    ],
  },
  {
    hint: 7,
    what: "a member of KIP-848 that is fenced, and never joins again",
    invariant: "C11",
    patches: [
      {
        file: "consumer/group/consumer-state",
        from: "return { state: consumerStart(context.newMemberId(), context.nowMs), actions: [lose] };",
        to: 'return { state: { name: "away", memberId: state.memberId }, actions: [lose] };',
      },
      {
        file: "consumer/group/consumer-state",
        from: "return { state: consumerStart(state.memberId, context.nowMs), actions: [lose] };",
        to: 'return { state: { name: "away", memberId: state.memberId }, actions: [lose] };',
      },
    ],
  },
  {
    hint: 2,
    what: "records of an aborted transaction that began in the previous response",
    invariant: "C10",
    patches: [
      {
        file: "consumer/fetching/fetch-answers",
        from: "new AbortedFilter(answer.abortedTransactions)",
        to:
          "new AbortedFilter(answer.abortedTransactions?.filter(({ firstOffset }) => firstOffset >= " +
          "cursor.log.fetchOffset) ?? null)",
      },
    ],
  },
];
