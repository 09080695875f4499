import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as ErrorCode from "../../../errors/error-code.ts";
import type { EndVerdict } from "./end-transaction.ts";
import { isEnding } from "./transaction.ts";
import { Transactions } from "./transactions.ts";

interface Step {
  readonly kind: "init" | "add" | "end" | "expire" | "markers";
  /** Which of the identities given so far sends the request: 0 is the newest. */
  readonly who: number;
  readonly isCommit: boolean;
  readonly version: 0 | 2;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("init", "add", "end", "expire", "markers"),
  who: fc.nat(3),
  isCommit: fc.boolean(),
  version: fc.constantFrom(0, 2),
});
const ID = "tx";

interface Identity {
  readonly producerId: number;
  readonly epoch: number;
}

class Model {
  readonly transactions: Transactions;
  readonly identities: Identity[] = [];
  nowMs = 0;
  #ids = 100;

  constructor() {
    this.transactions = new Transactions(() => this.#ids++);
  }

  get state(): string {
    const found = this.transactions.get(ID);
    return found === undefined ? "" : JSON.stringify({ ...found, partitions: [...found.partitions.keys()] });
  }

  run({ kind, who, isCommit, version }: Step): { readonly changed: boolean; readonly speaker: Identity | undefined } {
    const before = this.state;
    const speaker = this.identities.at(-1 - who);
    this.nowMs += 10;
    if (kind === "init") {
      const verdict = this.transactions.init(ID, { timeoutMs: 50, expected: undefined }, version);
      if ("transaction" in verdict)
        this.identities.push({ producerId: verdict.transaction.producerId, epoch: verdict.transaction.epoch });
    } else if (kind === "add" && speaker !== undefined)
      this.transactions.add({ transactionalId: ID, ...speaker }, [{ topic: "t", partition: who }], this.nowMs);
    else if (kind === "end" && speaker !== undefined)
      this.#ended(this.transactions.end(ID, { ...speaker, isCommit }, version, this.nowMs), version);
    else if (kind === "expire") this.transactions.expire(ID, version, this.nowMs);
    else if (kind === "markers") this.writeMarkers();
    return { changed: this.state !== before, speaker };
  }

  writeMarkers(): void {
    for (const partition of this.transactions.get(ID)?.partitions.values() ?? [])
      this.transactions.markerWritten(ID, partition);
    this.transactions.complete(ID);
  }

  #ended(verdict: EndVerdict, version: number): void {
    if ("prepared" in verdict && version === 2)
      this.identities.push({ producerId: verdict.prepared.producerId, epoch: verdict.prepared.epoch });
  }
}

test("whatever is asked in whatever order: epochs only grow, who is fenced changes nothing, and markers are waited for", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const model = new Model();
      for (const one of steps) {
        const before = model.transactions.get(ID);
        const { changed, speaker } = model.run(one);
        const after = model.transactions.get(ID);
        if (before === undefined || after === undefined) continue;
        assert.ok(after.producerId !== before.producerId || after.epoch >= before.epoch, "an epoch went back");
        const isStale =
          speaker === undefined || speaker.producerId !== before.producerId || speaker.epoch !== before.epoch;
        if ((one.kind === "add" || one.kind === "end") && isStale)
          assert.ok(!changed, `a stale producer changed something by ${one.kind}`);
        if (isEnding(before) && one.kind !== "markers") assert.ok(!changed, `${one.kind} while markers were written`);
      }
    }),
    { numRuns: 500 },
  );
});

test("an end that is repeated changes nothing, and says the same", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.boolean(),
      fc.constantFrom<0 | 2>(0, 2),
      (steps, isCommit, version) => {
        const model = new Model();
        for (const one of steps) model.run(one);
        model.writeMarkers();
        if (model.transactions.get(ID)?.status === "Ongoing")
          model.transactions.expire(ID, version, model.nowMs + 1000);
        model.writeMarkers();
        model.transactions.init(ID, { timeoutMs: 50, expected: undefined }, version);
        const { producerId, epoch } = model.transactions.get(ID) ?? { producerId: -1, epoch: -1 };
        assert.equal(
          model.transactions.add({ transactionalId: ID, producerId, epoch }, [{ topic: "t", partition: 0 }], 1),
          ErrorCode.NONE,
        );
        const first = model.transactions.end(ID, { producerId, epoch, isCommit }, version, 2);
        assert.ok("prepared" in first);
        model.writeMarkers();
        const over = model.state;
        const again = model.transactions.end(ID, { producerId, epoch, isCommit }, version, 3);
        assert.ok("done" in again);
        assert.deepEqual([again.done.producerId, again.done.epoch], [first.prepared.producerId, first.prepared.epoch]);
        assert.deepEqual(model.transactions.end(ID, { producerId, epoch, isCommit: !isCommit }, version, 3), {
          code: ErrorCode.INVALID_TXN_STATE,
        });
        assert.equal(model.state, over);
      },
    ),
  );
});

test("partitions that are in a transaction are verified, others not", () => {
  const model = new Model();
  model.run({ kind: "init", who: 0, isCommit: true, version: 2 });
  const speaker = { transactionalId: ID, ...model.identities[0]! };
  assert.equal(model.transactions.verify(speaker, { topic: "t", partition: 0 }), ErrorCode.TRANSACTION_ABORTABLE);
  model.transactions.add(speaker, [{ topic: "t", partition: 0 }], 5);
  assert.deepEqual(
    [0, 1].map((partition) => model.transactions.verify(speaker, { topic: "t", partition })),
    [ErrorCode.NONE, ErrorCode.TRANSACTION_ABORTABLE],
  );
  assert.equal(
    model.transactions.verify({ ...speaker, epoch: 9 }, { topic: "t", partition: 0 }),
    ErrorCode.PRODUCER_FENCED,
  );
  assert.equal(
    model.transactions.verify({ ...speaker, transactionalId: "another" }, { topic: "t", partition: 0 }),
    ErrorCode.INVALID_PRODUCER_ID_MAPPING,
  );
});

test(
  "while markers are written, adding partitions is too early, whatever id and epoch: a producer with the next " +
    "epoch was fenced",
  () => {
    const model = new Model();
    model.run({ kind: "init", who: 0, isCommit: true, version: 2 });
    const speaker = { transactionalId: ID, ...model.identities[0]! };
    const add = (more: Partial<Identity>): number =>
      model.transactions.add({ ...speaker, ...more }, [{ topic: "t", partition: 0 }], 5);
    assert.equal(add({}), ErrorCode.NONE);
    model.transactions.end(ID, { ...speaker, isCommit: true }, 2, 6);
    for (const more of [{}, { epoch: speaker.epoch + 1 }, { epoch: speaker.epoch - 1 }, { producerId: 999 }])
      assert.equal(add(more), ErrorCode.CONCURRENT_TRANSACTIONS);
    assert.equal(
      model.transactions.verify(speaker, { topic: "t", partition: 0 }),
      ErrorCode.PRODUCER_FENCED,
      "brokers that only ask are told of the epoch",
    );
    model.writeMarkers();
    assert.deepEqual(
      [add({}), add({ producerId: 999 }), add({ epoch: speaker.epoch + 1 })],
      [ErrorCode.PRODUCER_FENCED, ErrorCode.INVALID_PRODUCER_ID_MAPPING, ErrorCode.NONE],
    );
  },
);

test("a transaction runs out of time when it was open for as long as its producer said, not before", () => {
  const model = new Model();
  model.run({ kind: "init", who: 0, isCommit: true, version: 2 });
  model.transactions.add({ transactionalId: ID, ...model.identities[0]! }, [{ topic: "t", partition: 0 }], 100);
  model.transactions.add({ transactionalId: ID, ...model.identities[0]! }, [{ topic: "t", partition: 1 }], 140);
  assert.equal(model.transactions.expire(ID, 2, 149), undefined);
  assert.equal(model.transactions.expire(ID, 2, 150)?.status, "PrepareAbort");
  assert.equal(model.transactions.expire(ID, 2, 151), undefined);
});
