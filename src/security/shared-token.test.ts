import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaError } from "../errors/kafka-error.ts";
import { Cancellation } from "../runtime/cancellation.ts";
import { oauthBearer } from "./oauth-bearer.ts";
import { SharedToken, type TokenHost } from "./shared-token.ts";
import type { OAuthToken, TokenContext, TokenProvider } from "./token.ts";

/** A host whose time moves only by `pass`. */
class ManualHost implements TokenHost {
  readonly #timers = new Set<{ readonly atMs: number; readonly fire: () => void }>();
  #nowMs = 1000;
  /** How far the wall clock is off. */
  skewMs = 0;
  readonly clock = { now: () => this.#nowMs + this.skewMs, monotonic: () => this.#nowMs };
  readonly entropy = { fill: (bytes: Uint8Array) => void bytes.fill(128) };
  readonly runtime = {
    spawn: (task: () => PromiseLike<void>) => void task(),
    delayFor: (ms: number) => {
      let timer: { readonly atMs: number; readonly fire: () => void } | undefined;
      return {
        then: (fire: (value: void) => void) => {
          timer = { atMs: this.#nowMs + ms, fire };
          this.#timers.add(timer);
        },
        [Symbol.dispose]: () => {
          if (timer !== undefined) this.#timers.delete(timer);
        },
      };
    },
  };

  get timers(): number {
    return this.#timers.size;
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      await settled();
      const next = [...this.#timers].sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#nowMs = next.atMs;
      this.#timers.delete(next);
      next.fire();
    }
    this.#nowMs = untilMs;
    await settled();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const temporary = new KafkaError("connection", "the endpoint is down", { retriable: true });

/** A provider that answers by hand, and the calls that it got. */
function byHand(): { readonly provider: TokenProvider; readonly calls: PendingCall[] } {
  const calls: PendingCall[] = [];
  const provider: TokenProvider = (context) =>
    new Promise((resolve, reject) => void calls.push({ context, resolve, reject }));
  return { provider, calls };
}

interface PendingCall {
  readonly context: TokenContext;
  readonly resolve: (token: OAuthToken | string) => void;
  readonly reject: (error: unknown) => void;
}

test("a token does not live longer because the clock is set back, nor is it used after the clock says its end", async () => {
  const host = new ManualHost();
  let fetches = 0;
  const tokens = new SharedToken(({ nowMs }) => ({ value: `t${++fetches}`, expiresAtMs: nowMs + 10_000 }), host);
  const value = async (): Promise<string> => (await tokens.get()).value;
  assert.equal(await value(), "t1");
  host.skewMs = -3_600_000;
  await host.pass(7000);
  assert.equal(await value(), "t1");
  await host.pass(2000);
  assert.equal(await value(), "t2", "9 of its 10 s are over");
  await host.pass(7000);
  assert.equal(await value(), "t2", "the new one is counted from its own beginning");
  host.skewMs = 0;
  assert.equal(await value(), "t3");
});

test("connections that start together share one fetch, and later ones its token", async () => {
  const host = new ManualHost();
  const { provider, calls } = byHand();
  const tokens = new SharedToken(provider, host);
  const both = [tokens.get(), tokens.get()];
  await settled();
  assert.equal(calls.length, 1);
  assert.equal(calls[0]?.context.nowMs, 1000);
  calls[0]?.resolve({ value: "a", expiresAtMs: 3_601_000 });
  assert.deepEqual(
    (await Promise.all(both)).map(({ value }) => value),
    ["a", "a"],
  );
  assert.equal((await tokens.get()).value, "a");
  assert.equal(calls.length, 1);
  assert.equal(host.timers, 0, "the time limit of the fetch is gone");
});

test("a token endpoint that is down: a call that waited for it did not say why", async () => {
  const host = new ManualHost();
  const { provider, calls } = byHand();
  const tokens = new SharedToken(provider, host);
  const told: [who: string, why: KafkaError][] = [];
  const first = tokens.get(undefined, (error) => told.push(["first", error]));
  await settled();
  calls[0]?.reject(temporary);
  await settled();
  const second = tokens.get(undefined, (error) => told.push(["second", error]));
  assert.deepEqual(told, [
    ["first", temporary],
    ["second", temporary],
  ]);
  await host.pass(10_000);
  calls[1]?.reject(temporary);
  await host.pass(10_000);
  assert.equal(told.length, 4);
  calls[2]?.resolve({ value: "a", expiresAtMs: 3_601_000 });
  assert.equal(await first, await second);
  assert.equal(told.length, 4);
});

test("a token is fetched again when its time has come, and the old one is used while that fails", async () => {
  const host = new ManualHost();
  const { provider, calls } = byHand();
  const tokens = new SharedToken(provider, host);
  const first = tokens.get();
  await settled();
  calls[0]?.resolve({ value: "a", expiresAtMs: 3_601_000 });
  await first;
  await host.pass(2_969_000); // 0.825 of an hour are 2,970 s, and this host is no more exact
  assert.equal((await tokens.get()).value, "a");
  await host.pass(2000);
  const second = tokens.get();
  await settled();
  assert.equal(calls.length, 2);
  calls[1]?.reject(temporary);
  assert.equal((await second).value, "a");
  assert.equal(tokens.lastError, temporary);
  await host.pass(9999);
  assert.equal((await tokens.get()).value, "a");
  assert.equal(calls.length, 2);
  await host.pass(1);
  const third = tokens.get();
  await settled();
  calls[2]?.resolve({ value: "b", expiresAtMs: 9_000_000 });
  assert.equal((await third).value, "b");
  assert.equal(tokens.lastError, undefined);
});

test("a temporary failure is repeated with growing waits while a caller waits, and no longer", async () => {
  const host = new ManualHost();
  let calls = 0;
  const tokens = new SharedToken(
    () => {
      calls++;
      throw new Error("not yet");
    },
    host,
    { loginRetryBackoffMs: 100, loginRetryBackoffMaxMs: 400 },
  );
  const signal = new Cancellation();
  const waiting = assert.rejects(tokens.get(signal), (error: KafkaError) => {
    assert.equal(error.kind, "connection");
    assert.equal(error.retriable, true);
    assert.match(error.message, /still no token.*sasl: token failed/);
    return true;
  });
  const seen: number[] = [];
  for (const ms of [99, 2, 198, 2, 398, 2, 398, 2, 398, 2]) {
    await host.pass(ms);
    seen.push(calls);
  }
  assert.deepEqual(seen, [1, 2, 2, 3, 3, 4, 4, 5, 5, 6]);
  signal.cancel(new KafkaError("timeout", "the call is over"));
  await waiting;
  await host.pass(60_000);
  assert.equal(calls, 6);
  assert.equal(host.timers, 0);
});

test("a permanent failure reaches all callers at once and is not kept", async () => {
  const host = new ManualHost();
  const refused = new KafkaError("authentication", "invalid_client");
  let error: KafkaError | undefined = refused;
  const tokens = new SharedToken(() => {
    if (error !== undefined) throw error;
    return { value: "a", expiresAtMs: 9_000_000 };
  }, host);
  for (const result of await Promise.allSettled([tokens.get(), tokens.get()]))
    assert.equal(result.status === "rejected" && result.reason, refused);
  error = undefined;
  assert.equal((await tokens.get()).value, "a");
});

test("a provider that hangs is left after the time limit, and asked again", async () => {
  const host = new ManualHost();
  const { provider, calls } = byHand();
  const tokens = new SharedToken(provider, host, { loginReadTimeoutMs: 5000 });
  const waiting = tokens.get();
  await host.pass(4999);
  assert.equal(calls[0]?.context.signal.aborted, false);
  await host.pass(1);
  assert.equal(calls[0]?.context.signal.aborted, true);
  assert.match(tokens.lastError?.message ?? "", /no token .* arrived within 5000 ms/);
  await host.pass(200);
  calls[1]?.resolve({ value: "a", expiresAtMs: 9_000_000 });
  calls[0]?.resolve({ value: "late", expiresAtMs: 9_000_000 });
  assert.equal((await waiting).value, "a");
  assert.equal((await tokens.get()).value, "a");
});

test("each caller has its own deadline", async () => {
  const host = new ManualHost();
  const { provider, calls } = byHand();
  const tokens = new SharedToken(provider, host);
  const signal = new Cancellation();
  const impatient = assert.rejects(tokens.get(signal), { kind: "timeout" });
  const patient = tokens.get();
  await settled();
  signal.cancel(new KafkaError("timeout", "the call is over"));
  await impatient;
  assert.equal(signal.listenerCount, 0);
  calls[0]?.resolve("opaque");
  assert.equal((await patient).value, "opaque");
  await assert.rejects(tokens.get(signal), { kind: "timeout" });
});

const broker = { host: "b", port: 9092 };

test("OAUTHBEARER sends the token and its extensions, and an empty answer is the end", async () => {
  const extensions = { logicalCluster: "lkc-1", identityPoolId: "p" };
  const values: (OAuthToken | string)[] = ["abc.def=", { value: "t", extensions, principal: "alice" }];
  const mechanism = oauthBearer(new SharedToken(() => values.shift() ?? "", new ManualHost()));
  const first = mechanism.exchange(broker);
  assert.equal(Buffer.from(await first.begin(0)).toString(), "n,,\u0001auth=Bearer abc.def=\u0001\u0001");
  assert.deepEqual(await first.next(new Uint8Array()), { kind: "done" });
  const second = mechanism.exchange(broker);
  const bytes = Buffer.from(await second.begin(0)).toString();
  const parts = ["n,,", "auth=Bearer t", "logicalCluster=lkc-1", "identityPoolId=p", "", ""];
  assert.equal(bytes, parts.join("\u0001"));
  assert.equal(second.principal, "alice");
});

test("an answer to the token is a refusal: byte 01 is sent, the error has the broker's reason and the token's facts", async () => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const value = `${part({ alg: "RS256" })}.${part({ sub: "alice", aud: "kafka", iss: "i\u0001", exp: 3601 })}.c2lnbmF0dXJl`;
  let fetches = 0;
  const tokens = new SharedToken(() => (fetches++, value), new ManualHost());
  const exchange = oauthBearer(tokens).exchange(broker);
  await exchange.begin(1000);
  const step = await exchange.next(Buffer.from(`{"status":"invalid_token","echo":"${value}"}`));
  assert.ok(step.kind === "failed");
  assert.deepEqual(step.bytes, Uint8Array.of(1));
  assert.equal(step.error.kind, "authentication");
  assert.equal(
    step.error.message,
    'the broker refused the authentication of user "alice" by SASL OAUTHBEARER: ' +
      '{"status":"invalid_token","echo":"[secret]"}. ' +
      "The token ends in 3600 s; its issuer (iss) is i , its audience (aud) is kafka",
  );
  // The token was dropped.
  await oauthBearer(tokens).exchange(broker).begin(1000);
  assert.equal(fetches, 2);
});
