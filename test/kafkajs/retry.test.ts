// Waits between tries, and what a caller gets after the last.
import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { retry } from "../../packages/kafkajs/src/retry/retry.ts";
import { RETRY_DEFAULTS, retrySettings } from "../../packages/kafkajs/src/retry/retry-options.ts";
import { firstWait, isRetried, nextWait } from "../../packages/kafkajs/src/retry/retry-waits.ts";
import {
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
} from "../../packages/kafkajs/src/errors/all-errors.ts";
import { factsOf, require } from "./real-kafkajs.ts";
import { inKafkaJsWorld } from "./world.ts";

type RealRetry = (
  options: object,
) => (attempt: (bail: (error: unknown) => void, retryCount: number, retryTime: number) => Promise<unknown>) => unknown;

test("the waits follow the formula: jitter, growth, a cap for one wait", () => {
  assert.deepEqual(
    [0, 0.5, 1].map((random) => firstWait(RETRY_DEFAULTS, random)),
    [240, 300, 360],
  );
  assert.deepEqual(
    [0, 0.5, 1].map((random) => nextWait(300, RETRY_DEFAULTS, random)),
    [480, 600, 720],
  );
  assert.equal(nextWait(29_000, RETRY_DEFAULTS, 0.5), 30_000);
  assert.equal(firstWait({ ...RETRY_DEFAULTS, initialRetryTime: 60_000 }, 0.5), 60_000, "the first is not capped");
  assert.equal(firstWait({ ...RETRY_DEFAULTS, initialRetryTime: 0 }, 0.5), 0);
});

test("waits stay within the jitter, and never become negative", () => {
  const settings = fc.record({
    maxRetryTime: fc.integer({ min: 0, max: 100_000 }),
    initialRetryTime: fc.integer({ min: 0, max: 100_000 }),
    factor: fc.double({ min: 0, max: 1, noNaN: true }),
    multiplier: fc.double({ min: 0, max: 5, noNaN: true }),
    retries: fc.nat(),
  });
  fc.assert(
    fc.property(
      settings,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 1e6 }),
      (of, random, ms) => {
        const first = firstWait(of, random);
        const { initialRetryTime: initial, factor } = of;
        const delta = factor * initial;
        assert.ok(first >= Math.floor(initial - delta) && first <= Math.ceil(initial + delta), `${first}`);
        const next = nextWait(ms, of, random);
        assert.ok(next >= 0 && next <= of.maxRetryTime);
      },
    ),
    // Without a minimum of the last bits, 6 ms became 7.
    { examples: [[{ ...RETRY_DEFAULTS, initialRetryTime: 6, factor: 3.71e-17 }, 1, 0]] },
  );
});

test("options that are undefined count as absent", () => {
  assert.deepEqual(retrySettings({ retries: undefined as never, factor: 0.5 }), { ...RETRY_DEFAULTS, factor: 0.5 });
  assert.deepEqual(retrySettings(), RETRY_DEFAULTS);
});

const named = (name: string): Error => Object.assign(new Error(name), { name });
const ERRORS: readonly Error[] = [
  new Error("plain"),
  ...["TypeError", "RangeError", "ReferenceError", "SyntaxError", "EvalError"].map(named),
  Object.assign(new Error("no"), { retriable: false }),
  Object.assign(new Error("yes"), { retriable: true }),
  Object.assign(new TypeError("yes"), { retriable: true }),
  Object.assign(new Error("outer"), { retriable: false, cause: new Error("inner") }),
  Object.assign(new Error("outer"), { cause: new Error("inner") }),
];

test("each kind of error is retried, or not, and reaches the caller as in kafkajs", async () => {
  const real = require("kafkajs/src/retry") as RealRetry;
  const settings = { ...RETRY_DEFAULTS, retries: 2, initialRetryTime: 0 };
  for (const error of ERRORS) {
    const failing = (): Promise<never> => Promise.reject(error);
    // kafkajs waits by Node's timers, all of them for 0 ms.
    const theirs = await Promise.resolve(real(settings)(failing)).catch(factsOf);
    let tries = 0;
    const mine = await inKafkaJsWorld({}, ({ host }) =>
      retry(host, settings, () => {
        tries++;
        return failing();
      }).catch(factsOf),
    );
    assert.equal(tries, isRetried(error) ? 3 : 1, String(error));
    assert.deepEqual(mine, theirs, String(error));
  }
});

test("bail gives the caller the very error; a result ends the tries; an end stops the wait", () =>
  inKafkaJsWorld({}, async ({ host, wait }) => {
    const error = new Error("as it is");
    assert.equal(
      await retry(host, RETRY_DEFAULTS, async ({ bail }) => bail(error)).catch((got: unknown) => got),
      error,
    );
    const began = host.clock.monotonic();
    const got = await retry(host, { ...RETRY_DEFAULTS, factor: 0 }, async ({ retryCount, retryTime }) => {
      if (retryCount < 3) throw new Error("again");
      return { retryCount, retryTime };
    });
    assert.deepEqual(got, { retryCount: 3, retryTime: 2400 });
    assert.equal(Math.round(host.clock.monotonic() - began), 300 + 600 + 1200);
    const end = { ended: false, pause: undefined as { end(): void } | undefined };
    const waiting = retry(host, RETRY_DEFAULTS, () => Promise.reject(error), end as never).catch(
      (last: unknown) => last,
    );
    await wait(100);
    end.ended = true;
    end.pause!.end();
    assert.equal(await waiting, error);
    assert.equal(Math.round(host.clock.monotonic() - began), 2100 + 100);
    assert.ok(KafkaJSNumberOfRetriesExceeded.prototype instanceof KafkaJSNonRetriableError);
  }));
