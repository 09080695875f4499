import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KafkaError } from "../../errors/kafka-error.ts";
import { PreparationQueue, type PreparingRecord } from "./preparation-queue.ts";

const late = new KafkaError("timeout", "late");

test(
  "whatever is ready when: each record goes once, those that are sent in their order, and none waits past its " +
    "deadline but behind one that may",
  () => {
    const one = fc.record({ atMs: fc.nat(50), readyAfterMs: fc.option(fc.nat(100)), fails: fc.boolean() });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (given) => {
        const timeoutMs = 40;
        const sorted = [...given].sort((a, b) => a.atMs - b.atMs);
        const queue = new PreparationQueue(() => late);
        const sent: number[] = [];
        const gone = new Map<number, number>();
        const records: PreparingRecord[] = [];
        for (let nowMs = 0; nowMs <= 200; nowMs++) {
          sorted.forEach(({ atMs, readyAfterMs, fails }, i) => {
            if (atMs === nowMs) {
              const go = (): void => {
                assert.ok(!gone.has(i), "once");
                gone.set(i, nowMs);
              };
              queue.add(
                (records[i] = {
                  deadlineMs: nowMs + timeoutMs,
                  state: "preparing",
                  send: () => {
                    go();
                    sent.push(i);
                  },
                  fail: go,
                }),
              );
            }
            const record = records[i];
            if (
              record !== undefined &&
              readyAfterMs !== null &&
              atMs + readyAfterMs === nowMs &&
              record.state === "preparing"
            )
              record.state = fails ? new KafkaError("serialization", "no") : "ready";
          });
          queue.advance(nowMs);
        }
        assert.ok(queue.isEmpty);
        assert.deepEqual(
          sent,
          [...sent].sort((a, b) => a - b),
        );
        sorted.forEach(({ atMs }, i) =>
          assert.ok((gone.get(i) ?? Infinity) <= atMs + timeoutMs, `${i} went at ${gone.get(i) ?? -1}`),
        );
      }),
    );
  },
);
