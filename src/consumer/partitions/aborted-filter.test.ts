import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { AbortedFilter, type AbortedTransaction, type FilteredBatch } from "./aborted-filter.ts";

interface Written extends FilteredBatch {
  readonly isAbortMarker: boolean;
  /** The reference: its transaction ended with an abort. */
  fate: boolean;
}

const step = fc.record({
  producerId: fc.integer({ min: 0, max: 3 }),
  what: fc.constantFrom("write", "write", "plain", "commit", "abort"),
  size: fc.integer({ min: 1, max: 4 }),
});

test("against a naive reference: interleaved producers, markers, plain batches, a response from anywhere in the log", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(40), (steps, from) => {
      const log: Written[] = [];
      const open = new Map<number, Written[]>();
      const aborted: (AbortedTransaction & { end: number })[] = [];
      let at = 0;
      for (const { producerId, what, size } of steps) {
        const isControl = what === "commit" || what === "abort";
        const batch: Written = {
          baseOffset: at,
          producerId,
          isTransactional: what !== "plain",
          isControl,
          isAbortMarker: what === "abort",
          fate: false,
        };
        if (what === "write") open.set(producerId, [...(open.get(producerId) ?? []), batch]);
        else if (isControl) {
          const transaction = open.get(producerId);
          if (transaction === undefined) continue;
          open.delete(producerId);
          if (what === "abort") {
            for (const one of transaction) one.fate = true;
            aborted.push({ producerId, firstOffset: transaction[0]!.baseOffset, end: at });
          }
        }
        log.push(batch);
        at += size;
      }
      const answered = log.slice(from);
      const start = answered[0]?.baseOffset ?? at;
      const filter = new AbortedFilter(aborted.filter((one) => one.end >= start).reverse());
      assert.deepEqual(
        answered.map((batch) => filter.isAborted(batch, batch.isAbortMarker)),
        answered.map((batch) => batch.fate),
      );
    }),
    { numRuns: 500 },
  );
});

test("without a list nothing is aborted", () => {
  assert.equal(
    new AbortedFilter(null).isAborted({ baseOffset: 0, producerId: 1, isTransactional: true, isControl: false }, false),
    false,
  );
});
