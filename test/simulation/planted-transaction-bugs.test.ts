// Plants bugs of coordinators and leaders by intercepts: the invariant of each finds it within a few seeds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { transactionScenario } from "../../src/scenarios/transaction-scenario.ts";

/** The planted bug, and the invariant that finds it. */
const PLANTED: readonly {
  readonly what: string;
  readonly invariant: string;
  readonly plant: NonNullable<Parameters<typeof transactionScenario>[0]["plant"]>;
}[] = [
  {
    what: "a coordinator that aborts a commit now and then",
    invariant: "T2",
    plant: ({ cluster }) => {
      let ends = 0;
      cluster.intercept("EndTxn", ({ message }) =>
        message.committed && ++ends % 7 === 0 ? { rewrite: { ...message, committed: false } } : undefined,
      );
    },
  },
  {
    what: "a coordinator that commits an abort",
    invariant: "T2",
    plant: ({ cluster }) => {
      cluster.intercept("EndTxn", ({ message }) =>
        message.committed ? undefined : { rewrite: { ...message, committed: true } },
      );
    },
  },
  {
    what: "a leader that acknowledges before it appends, and does not append",
    invariant: "T1",
    plant: ({ cluster }) => {
      let produces = 0;
      cluster.intercept("Produce", ({ message, topics }) =>
        topics.includes("debits") && !topics.includes("credits") && ++produces % 5 === 0
          ? {
              answer: {
                responses: message.topicData.map(({ topicId, name, partitionData }) => ({
                  topicId,
                  name,
                  partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: 0, baseOffset: 0 })),
                })),
              },
            }
          : undefined,
      );
    },
  },
  {
    what: "offsets of another transaction",
    invariant: "T5",
    plant: ({ cluster }) => {
      cluster.intercept("TxnOffsetCommit", ({ message }) => ({
        rewrite: {
          ...message,
          topics: message.topics.map(({ partitions, ...topic }) => ({
            ...topic,
            partitions: partitions.map((partition) => ({
              ...partition,
              committedOffset: partition.committedOffset + 1_000_000,
            })),
          })),
        },
      }));
    },
  },
];

for (const { what, invariant, plant } of PLANTED) {
  test(`planted: ${what}, found as ${invariant}`, async () => {
    const told = new Set<string>();
    for (let seed = 1; seed <= 20 && !told.has(invariant); seed++)
      for (const violation of (
        await runScenario(transactionScenario({ transactionVersion: 2, plant }), { seed, plan: { faults: [] } })
      ).violations)
        told.add(violation.invariant);
    assert.ok(told.has(invariant), [...told].join());
  });
}
