// The credit of a tunnel: the bytes that wait are bounded, and both sides never wait for each other.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { messagesOf, ReceiveWindow, SendCredit } from "./credit.ts";
import { MESSAGE_BYTES } from "./window-limits.ts";

test("a sender with any credit left may send one whole message, and then waits", () => {
  const credit = new SendCredit(10);
  assert.equal(credit.isOpen, true);
  credit.sent(MESSAGE_BYTES);
  assert.equal(credit.isOpen, false);
  credit.added(MESSAGE_BYTES - 10);
  assert.equal(credit.isOpen, false, "nothing is left");
  credit.added(1);
  assert.equal(credit.isOpen, true);
});

test("a message without credit, an empty one and one that is too large are mistakes", () => {
  for (const [bytes, isGood] of [
    [1, true],
    [MESSAGE_BYTES, true],
    [MESSAGE_BYTES + 1, false],
    [0, false],
  ] as const)
    assert.equal(new ReceiveWindow(MESSAGE_BYTES).received(bytes), isGood, `${bytes}`);
  const window = new ReceiveWindow(MESSAGE_BYTES);
  assert.equal(window.received(MESSAGE_BYTES), true);
  assert.equal(window.received(1), false, "the credit is used up");
});

test("whatever is sent and consumed in any order: no more waits than a window and a message, and it never stops", () => {
  const steps = fc.array(fc.record({ send: fc.boolean(), bytes: fc.integer({ min: 1, max: MESSAGE_BYTES }) }));
  fc.assert(
    fc.property(fc.integer({ min: MESSAGE_BYTES, max: 8 * MESSAGE_BYTES }), steps, (windowBytes, all) => {
      const credit = new SendCredit(windowBytes);
      const window = new ReceiveWindow(windowBytes);
      const waiting: number[] = [];
      for (const { send, bytes } of all) {
        if (send && credit.isOpen) {
          credit.sent(bytes);
          assert.equal(window.received(bytes), true, "a sender that obeys is never blamed");
          waiting.push(bytes);
        } else if (!send) credit.added(window.consumed(waiting.shift() ?? 0));
        const sum = waiting.reduce((total, one) => total + one, 0);
        assert.ok(sum < windowBytes + MESSAGE_BYTES, `${sum} bytes wait`);
      }
      for (const bytes of waiting) credit.added(window.consumed(bytes));
      assert.equal(credit.isOpen, true, "all is consumed, so the sender may go on");
    }),
  );
});

test("chunks become messages of at most 64 KiB, with the same bytes in the same order", () => {
  const chunk = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.integer({ min: MESSAGE_BYTES - 2, max: 2 * MESSAGE_BYTES + 2 }).map((length) => new Uint8Array(length).fill(7)),
  );
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 6 }), (chunks) => {
      const messages = messagesOf(chunks);
      assert.deepEqual(Buffer.concat(messages), Buffer.concat(chunks));
      for (const [i, { length }] of messages.entries())
        assert.ok(i === messages.length - 1 ? length > 0 && length <= MESSAGE_BYTES : length === MESSAGE_BYTES);
    }),
    { numRuns: 50 },
  );
});
